"""Strangers: how often a camera and a purpose show reviewers somebody who is not the one searched for, held against
what their searches said was to be expected, and stopping those that surely show more than the policy allows.

What is counted, for each camera and for each purpose (a *count*):

* *Expected*: strangers that delivered searches were expected to return at most, by the calibration that set their
  thresholds. A row counts once for a probe, in however many searches or warrants the two meet again: what cannot bring
  a new stranger weighs nothing. Narrow searches, of few rows, weigh little: many of them hide nothing.
* *Strangers*: candidates that were not confirmed, and of whom at least one reviewer said *different*. A probe counts
  once, and nothing is expected of it after that: one person much like another passes again and again. The count moves
  with an outcome and never with a single verdict, so it tells no reviewer of another's. Who was not confirmed because
  reviewers were unsure stays *undecided*.
* *Widest*: of all its searches the largest share of the policy's limit on expected strangers that one was to use.

The test is `evaluation.sequential`: how many times the expected number there truly were at least, whenever one looks.
When that, times the widest search's expectation, is above the policy's limit, the count's camera or purpose is stopped.

Invariants:

* A stop is an entry before it takes effect, with all numbers it follows from. It is made before the answer to the
  outcome or search that led to it, and found again at opening if the process ended in between.
* Nothing is searched for a stopped purpose, nor on a stopped camera; what was being searched is not answered.
* Only a quorum lifts it (`clearing`), and with it the count begins anew. No policy and no single person does.

A wrong stop happens, to one camera or purpose between two clearings, with a probability of at most `sequential.ERROR`,
as long as searches return strangers as the calibration says, candidates of different probes do not depend on each
other, and nobody is taken for a stranger who is none.

Who can write the store live can put an older count back until the next opening, which finds it; the audit counts
purposes again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from countenance.errors import Refused
from countenance.evaluation import sequential
from countenance.formats.canonical import Json
from countenance.log import stop_rules
from countenance.log.stop_rules import Counted
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.warrants import Role
from countenance.warrants import threshold as thresholds
from countenance.warrants.threshold import Calibrations
from countenance.zones.custodian import cases, freezing
from countenance.zones.custodian.cases import NOT_CONFIRMED, Candidate, WarrantState
from countenance.zones.custodian.freezing import CAMERA, PURPOSE, Frozen
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

BILLION = 1_000_000_000
"""Expectations are whole billionths of a stranger."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is known of one camera or purpose (key: its name, `camera:NAME` or `purpose:WORDS`) since entry `since`.

    `searches`: delivered; `expected`, `widest`: billionths of a stranger; `limit`: the policy's for the widest search,
    thousandths of one.
    """

    searches: int
    strangers: int
    expected: int
    widest: int
    limit: int
    since: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One probe in one count (key: the count's name, a slash, the probe's keyed hash).

    `rows`: camera, hour, how many rows it was compared with, and at which lowest threshold (thousandths), a line for
    each: scopes have thousands. `stranger`: whether it has shown reviewers one.
    """

    rows: str
    stranger: bool

    @property
    def places(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Rows and lowest threshold, by camera and hour."""
        lines = (line.split() for line in self.rows.splitlines())
        return {(camera, int(hour)): (int(count), int(lowest)) for camera, hour, count, lowest in lines}

    def at(self, places: Mapping[tuple[str, int], tuple[int, int]]) -> "Compared":
        """This with other places."""
        lines = (f"{camera} {hour} {count} {lowest}" for (camera, hour), (count, lowest) in sorted(places.items()))
        return replace(self, rows="\n".join(lines))


@dataclass(frozen=True, slots=True)
class Searched:
    """A delivered search: rows compared of each (camera, hour), at `threshold`, under the policy's limit `allowed` and
    the calibrations `of` its cameras.
    """

    rows: Mapping[tuple[str, int], int]
    threshold: int
    allowed: float
    of: Calibrations

    def expected(self, rows: int, threshold: int) -> int:
        """Billionths of a stranger expected at most of so many rows at a threshold, by these calibrations."""
        return round(BILLION * thresholds.expected_false(self.of, rows, threshold))


def purpose_name(words: str) -> str:
    """The count of a purpose that the policy's text names, or, without `words`, of all that it does not name."""
    return f"{PURPOSE}{words}"


def check(opened: Opened, state: WarrantState, cameras: Sequence[str]) -> tuple[str, ...]:
    """Which cameras of a search are stopped and left out. Raises Refused if its purpose is stopped, or all of them."""
    if freezing.is_frozen(opened, purpose_name(state.purpose)):
        raise Refused(_SENTENCE.format("this purpose is", "it has"))
    stopped = tuple(name for name in cameras if freezing.is_frozen(opened, f"{CAMERA}{name}"))
    if len(stopped) == len(cameras):
        raise Refused(_SENTENCE.format("every camera of this warrant is", "each has"))
    return stopped


_SENTENCE = (
    "{} stopped: {} shown more strangers than the policy allows; ask an approver, who sees how many with "
    "'countenance errors' and can clear it"
)


def delivered(opened: Opened, state: WarrantState, searched: Searched) -> dict[str, str]:
    """Count a search, in the transaction that keeps its candidates; returns the facts of its entry."""
    whole = searched.expected(sum(searched.rows.values()), searched.threshold)
    limit = round(1000 * searched.allowed)
    cameras = sorted({camera for camera, _ in searched.rows})
    parts = {f"{CAMERA}{camera}": {at: n for at, n in searched.rows.items() if at[0] == camera} for camera in cameras}
    added = 0
    for name, rows in (*parts.items(), (purpose_name(state.purpose), searched.rows)):
        added = _newly(opened, f"{name}/{state.probe.hex()}", rows, searched)
        kept = _count(opened, name)
        if whole * kept.limit >= kept.widest * limit:
            kept = replace(kept, widest=whole, limit=limit)
        opened.store.put(replace(kept, searches=kept.searches + 1, expected=kept.expected + added), name)
    return {"expected": str(whole), "counted": str(added), "limit": str(limit)}


def _newly(opened: Opened, key: str, rows: Mapping[tuple[str, int], int], searched: Searched) -> int:
    """Billionths expected of the comparisons of these rows that the probe had not had before."""
    before = opened.store.get(Compared, key) or Compared("", stranger=False)
    if before.stranger:
        # It can count no second one, so nothing more is to be expected of it.
        return 0
    had, added, used = before.places, 0, searched.threshold
    for place, count in rows.items():
        known, lowest = had.get(place, (0, used))
        again = min(count, known)
        lower = max(0, searched.expected(again, used) - searched.expected(again, lowest))
        added += searched.expected(count - again, used) + lower
        had[place] = max(count, known), min(lowest, used)
    opened.store.put(before.at(had), key)
    return added


def raised_by(opened: Opened, state: WarrantState, known: Candidate) -> tuple[str, ...]:
    """The counts that go up by one if this candidate is found to be a stranger."""
    names = (f"{CAMERA}{known.camera}", purpose_name(state.purpose))
    return tuple(
        name
        for name in names
        if (of := opened.store.get(Compared, f"{name}/{state.probe.hex()}")) is not None
        and not of.stranger
        and known.search_entry > _count(opened, name).since
    )


def raise_(opened: Opened, state: WarrantState, names: Sequence[str]) -> None:
    """Count one more stranger in each of `names`, in the transaction that keeps the outcome."""
    for name in names:
        key = f"{name}/{state.probe.hex()}"
        if (of := opened.store.get(Compared, key)) is not None:
            opened.store.put(replace(of, stranger=True), key)
        kept = _count(opened, name)
        opened.store.put(replace(kept, strangers=kept.strangers + 1), name)


def settle(opened: Opened, *, of: int = -1) -> None:
    """Stop whatever surely shows more strangers than the policy allows. `of`: the entry that led to it."""
    for name, kept in list(opened.store.all(Count)):
        if beyond(kept) and not freezing.is_frozen(opened, name):
            facts = {
                "searches": str(kept.searches),
                "strangers": str(kept.strangers),
                "expected": str(kept.expected),
                "least": str(int(1000 * sequential.least(kept.strangers))),
                "widest": str(kept.widest),
                "limit": str(kept.limit),
            }
            freezing.stopped(opened, name, facts, of=of)


def beyond(kept: Count) -> bool:
    """Whether there are surely more strangers than the policy allows its widest search."""
    expected, widest, limit = kept.expected / BILLION, kept.widest / BILLION, kept.limit / 1000
    return sequential.beyond(kept.strangers, expected, widest=widest, limit=limit)


def begin_anew(opened: Opened, name: str, entry: int) -> None:
    """Count from `entry` on, by which a quorum cleared a camera or purpose.

    Rows that a probe was compared with before bring new strangers from here on, so they are expected anew.
    """
    with opened.store.together():
        for key, of in list(opened.store.all(Compared, f"{name}/")):
            if not of.stranger and key.rpartition("/")[0] == name:
                opened.store.drop(Compared, key)
        opened.store.put(Count(0, 0, 0, 0, 0, entry), name)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: what was cleared begins anew, and what should have been stopped when the process ended is.

    A store that was restored from a backup has forgotten: its purposes are counted again from the log.
    """
    with opened.lock:
        for index, entry in enumerate(history):
            name = dict(entry.facts).get("what", "")
            if entry.kind is Kind.CLEARED and name and _count(opened, name).since < index:
                begin_anew(opened, name, index)
        if any(entry.kind is Kind.RESTORED for entry in history):
            for name, said in stop_rules.counted(history).items():
                if name.startswith(PURPOSE):
                    opened.store.put(_at_least(_count(opened, name), said), name)
        settle(opened)


def _at_least(kept: Count, said: Counted) -> Count:
    wider = said if said.widest * kept.limit >= kept.widest * said.limit else kept
    return Count(
        searches=max(kept.searches, said.searches),
        strangers=max(kept.strangers, said.strangers),
        expected=max(kept.expected, said.expected),
        widest=wider.widest,
        limit=wider.limit,
        since=kept.since,
    )


def forget(opened: Opened, gone: Collection[tuple[str, int]]) -> None:
    """Forget comparisons with rows of these (camera, hour), which are no more; what they counted stays counted."""
    for key, kept in list(opened.store.all(Compared)):
        left = {place: of for place, of in kept.places.items() if place not in gone}
        if not left:
            opened.store.drop(Compared, key)
        elif left != kept.places:
            opened.store.put(kept.at(left), key)


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ERRORS by an approver, operator or auditor: every count, its bounds, and whether it is stopped."""
    if not {Role.APPROVER, Role.OPERATOR, Role.AUDITOR} & set(admitted.person.roles):
        raise Refused("this needs the role approver, operator or auditor on the roster")
    with opened.lock:
        waiting = _undecided(opened)
        counts: list[Json] = [
            _line(opened, name, kept, waiting.get(name, 0)) for name, kept in sorted(opened.store.all(Count))
        ]
        return {"counts": counts, "error": round(1000 * sequential.ERROR)}


def _line(opened: Opened, name: str, kept: Count, undecided: int) -> dict[str, Json]:
    """`low`, `high`: thousandths of a stranger that one search as wide as the widest shows; null where none was."""
    low, high = (
        (round(1000 * bound * kept.widest / kept.expected) if kept.expected else None)
        for bound in (sequential.least(kept.strangers), sequential.most(kept.strangers + undecided))
    )
    stop = opened.store.get(Frozen, name)
    return {
        "what": name,
        "searches": kept.searches,
        "strangers": kept.strangers,
        "undecided": undecided,
        "expected": kept.expected,
        "widest": kept.widest,
        "limit": kept.limit,
        "low": low,
        "high": high,
        "since": kept.since,
        "stopped": stop.entry if stop else None,
    }


def _undecided(opened: Opened) -> dict[str, int]:
    """By count, how many of its probes have candidates of whom nobody knows, and have shown no stranger yet."""
    found: dict[str, set[bytes]] = {}
    for _, one in opened.store.all(Candidate):
        open_still = not one.outcome or (one.outcome == NOT_CONFIRMED and not cases.different(one))
        if open_still and (state := opened.store.get(WarrantState, one.warrant)) is not None:
            for name in raised_by(opened, state, one):
                found.setdefault(name, set()).add(state.probe)
    return {name: len(probes) for name, probes in found.items()}


def _count(opened: Opened, name: str) -> Count:
    return opened.store.get(Count, name) or Count(0, 0, 0, 0, 0, -1)
