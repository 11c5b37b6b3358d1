"""Measuring: a calibration of the site's own cameras, from sightings that are certainly of different people.

1. `begin`, at the terminal: cameras, whole hours that are over and were never counted before, in the budget. The
   *measuring* entry is made; from then on the hours are spent, whatever comes of it.
2. `told`: the sheets to be presented, for the repository.
3. `rows`: the repository presents one sheet's rows, masked, with their MACs; those that verify are unmasked, pairs are
   drawn (`pairing`), counted and overwritten. The repository is told nothing of them.
4. When all sheets are in: fewer than 10,000 pairs, and the *measured* entry says "not enough data" and no count; else
   the counts, rounded up, are the calibration, which stands by its entry.

Invariants:

* What is said is counts above fixed thresholds, in steps of STEP and never less than one: a sighting is in fewer pairs
  than a step. No hour of a camera is counted twice, so that no two counts differ by one sighting.
* Restricted and held sightings are left out; decoys are no rows. Of a sheet counts all that is there or nothing.
* Between 3 and 4 there are counts by sheet, in memory only. A custodian that stops says *measured*, unknown.

Who plants faces before a camera, or sightings as its edge, is told by a count that some were alike: not which of the
hour's people was, nor more than once a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.errors import Refused
from countenance.evaluation import rates
from countenance.formats.canonical import Json
from countenance.log.calibrations import BUDGET
from countenance.matching import padding
from countenance.vocabulary.calibration import Calibration, Point, Source
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment
from countenance.vocabulary.warrants import Scope
from countenance.warrants import scope
from countenance.warrants import threshold as thresholds
from countenance.zones.custodian import calibrating, cameras, holding, pairing, restricting, rewriting, sheets, tagging
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.pairing import THRESHOLDS
from countenance.zones.custodian.sheets import LIVING, TAGGED
from countenance.zones.custodian.tagging import Presented

LIFETIME = MILLISECONDS_AN_HOUR
"""Milliseconds after which what has not come is not waited for."""

STEP = 5
ROUNDED = 100
"""Counts are said in whole steps, upwards; comparisons in hundreds, downwards."""

MOST_ROWS = 500_000
MOST_TOLD = 100

_ONE_SIDED = 0.9


@dataclass(slots=True, repr=False)
class Measuring:
    """One count under way. `waiting`: places of sheets. `pairs`, `reached`: of each sheet that is in, (t,) each."""

    entry: int
    began: Moment
    extractor: bytes
    group: str
    cameras: tuple[str, ...]
    waiting: set[tuple[str, int, int]]
    pairs: list[int] = field(default_factory=list)
    reached: list[NDArray[np.int64]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Measuring({self.group}, {len(self.waiting)} sheets left)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be counted: `first` to `last`, hours, both included; `extractor`: digest."""

    group: str
    cameras: tuple[str, ...]
    first: int
    last: int
    extractor: bytes


def begin(opened: Opened, wanted: Wanted) -> dict[str, Json]:
    """Step 1. Raises Refused, with the reason."""
    if opened.second is not None:
        raise Refused(
            "with two custodians rows are counted nowhere, since one of them would need both pads: 'countenance "
            "evaluate calibrate' counts on pictures instead"
        )
    with opened.lock:
        if opened.desk.measuring is not None:
            raise Refused("another group is being counted: 'countenance calibration list' shows how far it is")
        _check(opened, wanted)
        partitions = [Partition(name, hour) for name in wanted.cameras for hour in range(wanted.first, wanted.last + 1)]
        found = [
            sheet
            for one in partitions
            for sheet in sheets.of_partition(opened, one.camera, one.hour)
            if sheet.extractor == wanted.extractor and sheet.rows
        ]
        if not 0 < sum(sheet.rows for sheet in found) <= MOST_ROWS:
            raise Refused(f"these hours have no rows of this extractor, or more than {MOST_ROWS}: name others")
        facts = {
            "group": wanted.group,
            "cameras": " ".join(wanted.cameras),
            "first": str(wanted.first),
            "last": str(wanted.last),
            "extractor": wanted.extractor.hex(),
            "sheets": str(len(found)),
        }
        entry = opened.sequencer.append(Kind.MEASURING, facts)
        opened.desk.measuring = Measuring(
            entry, opened.clock(), wanted.extractor, wanted.group, wanted.cameras, {sheet.place for sheet in found}
        )
        return {"entry": entry, "sheets": len(found)}


def told(opened: Opened) -> list[Json]:
    """Step 2: sheets as they are now, [camera, hour, number, generation] each."""
    with opened.lock:
        settle(opened)
        running = opened.desk.measuring
        if running is None:
            return []
        known = [(place, sheets.get(opened, *place)) for place in sorted(running.waiting)[:MOST_TOLD]]
        for place, sheet in known:
            if sheet is None:
                running.waiting.discard(place)
        _finish(opened)
        return [[one.camera, one.hour, one.number, one.generation] for _, one in known if one is not None]


def rows(opened: Opened, message: Message) -> Message:
    """Step 3: as `tagging.presented` -> {}, or {repair}: rows are missing, `tags.repair` first. Raises Refused."""
    with opened.lock:
        given = tagging.presented(opened, message)
        try:
            running = opened.desk.measuring
            if running is None or given.sheet.place not in running.waiting:
                raise Refused("this sheet is not to be counted, or was")
            if rewriting.missing(given.sheet, given.positions):
                return Message(message.verb, {"repair": True})
            pairs, reached = _counted(opened, given)
        finally:
            given.wipe()
        running.waiting.discard(given.sheet.place)
        running.pairs.append(pairs)
        running.reached.append(reached)
        _finish(opened)
        return Message(message.verb, {})


def settle(opened: Opened) -> None:
    """End a count whose sheets never came, without a word of it."""
    with opened.lock:
        running = opened.desk.measuring
        if running is not None and opened.clock() >= running.began + LIFETIME:
            opened.desk.measuring = None
            _unknown(opened, running.entry, {"group": running.group})


def status(opened: Opened) -> dict[str, Json]:
    """For the terminal: which group is being counted, and what came of the newest count that gave nothing."""
    with opened.lock:
        settle(opened)
        running = opened.desk.measuring
        told: dict[str, Json] = {"group": running.group, "sheets": len(running.waiting)} if running else {}
        ended: dict[str, Json] = {}
        for entry in opened.sequencer.entries():
            if entry.kind is Kind.MEASURED:
                ended = {**dict(entry.facts), "made": entry.made}
            elif entry.kind is Kind.CALIBRATION and dict(entry.facts).get("source") == Source.SITE.value:
                ended = {}
        return {"measuring": told, "measured": ended}


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: whatever was being counted when the process ended came to nothing, and the log says so."""
    ended = {entry.of for entry in history if entry.kind in (Kind.MEASURED, Kind.CALIBRATION)}
    for index, entry in enumerate(history):
        if entry.kind is Kind.MEASURING and index not in ended:
            _unknown(opened, index, {"group": dict(entry.facts).get("group", "")})


def _check(opened: Opened, wanted: Wanted) -> None:
    span = Scope(wanted.cameras, Hour(wanted.first).start, Hour(wanted.last).end)
    scope.check(span)
    thresholds.check_group(wanted.group, wanted.cameras)
    calibrating.check_room(opened)
    for name in wanted.cameras:
        cameras.camera(opened, name)
    now = opened.clock()
    if span.end > now:
        raise Refused("only hours that are over are counted: give an earlier --to")
    for entry in opened.sequencer.entries():
        facts = dict(entry.facts)
        if entry.kind is Kind.MEASURING and set(facts["cameras"].split()) & set(wanted.cameras):
            if entry.made > now - BUDGET:
                raise Refused("one of these cameras was counted in the last 7 days: wait until they are over")
            if wanted.first <= int(facts["last"]) and int(facts["first"]) <= wanted.last:
                raise Refused("an hour of one of these cameras was counted before, and none is twice: give later ones")


def _counted(opened: Opened, given: Presented) -> tuple[int, NDArray[np.int64]]:
    """How many pairs of a sheet were drawn, and how many reached each threshold. Overwrites what it unmasks."""
    sheet = given.sheet
    apart = restricting.restricted(opened) | holding.held(opened)
    living = sheet.states[given.positions] == LIVING | TAGGED
    free = np.array([sheet.sighting(int(at)) not in apart for at in given.positions], dtype=np.bool_)
    kept = np.flatnonzero(living & free)
    positions = given.positions[kept]
    if not len(kept):
        return 0, np.zeros(len(THRESHOLDS), dtype=np.int64)
    nonces = b"".join(sheet.nonce(int(at)) for at in positions)
    pads = padding.pads(sheets.block_key(opened, given.keys, sheet), nonces, sheet.dimension)
    coded = given.rows[kept]
    try:
        coded -= pads
        chance = np.random.default_rng(int.from_bytes(opened.random(16)))
        pairs = pairing.drawn(sheet.starts[positions].astype(np.int64), sheet.ends[positions].astype(np.int64), chance)
        return len(pairs), pairing.counts(coded, pairs)
    finally:
        pads.fill(0)
        coded.fill(0)


def _finish(opened: Opened) -> None:
    """Step 4, once nothing is waited for."""
    running = opened.desk.measuring
    if running is None or running.waiting:
        return
    opened.desk.measuring = None
    comparisons = sum(running.pairs) // ROUNDED * ROUNDED
    points = thresholds.usable(_points(running, comparisons)) if comparisons >= thresholds.LEAST_COMPARISONS else ()
    if not points:
        said = {"group": running.group, "outcome": "not enough data"}
        opened.sequencer.append(Kind.MEASURED, said, of=running.entry)
        return
    made = Calibration(
        extractor=running.extractor,
        group=running.group,
        cameras=running.cameras,
        source=Source.SITE,
        told="pairs of people whom one of these cameras saw at the same time",
        made=opened.clock(),
        points=points,
    )
    try:
        calibrating.stand(opened, made, of=running.entry)
    except Refused:
        # Others were set meanwhile, and no more may stand.
        _unknown(opened, running.entry, {"group": running.group})


def _points(running: Measuring, comparisons: int) -> list[Point]:
    """A point for each threshold. People of one hour resemble each other: an hour's sheet counts as one subject."""
    reached = np.array(running.reached, dtype=np.float64)
    pairs = np.array(running.pairs, dtype=np.float64)
    most = rates.of_subjects(reached, pairs, coverage=_ONE_SIDED).high
    false = (-(-reached.sum(axis=0) // STEP)).clip(1) * STEP
    return [
        thresholds.point(at, int(number), comparisons, most=float(bound))
        for at, number, bound in zip(THRESHOLDS, false, most, strict=True)
    ]


def _unknown(opened: Opened, entry: int, facts: dict[str, str]) -> None:
    opened.sequencer.append(Kind.MEASURED, {**facts, "outcome": "unknown"}, of=entry)
