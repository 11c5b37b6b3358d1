"""Remaking: the rows of a sheet made anew by another extractor, from its stills, under an approved order.

1. `told` says which sheets; the repository presents one's rows, as for any rewriting.
2. The order is held against its quorum, the *migrating* entry made, the next generation begun: salt and nonces of its
   own, and no rows yet. The sheet takes no new ones from then on. A second custodian, where there is one, has checked
   the order by its own roster before the entry, and has drawn the nonces.
3. The evidence process gets keys of the stills and of the new rows, a batch at a time, and returns masked rows.
4. What was not erased meanwhile becomes the next generation: tags and MACs of the new rows, in the order in which the
   repository is told of them. A sighting whose still gave no template stays, without a row.
5. When the repository has the new file and the next generation has taken the old one's place, *migrated* is an entry.

Invariants:

* No still is opened without the order's quorum as it stands then, nor without the entry.
* The lock is held in 1, 2, 4 and 5, not while the evidence process works. A search meanwhile uses the old generation;
  a crash anywhere leaves that whole, and everything may be repeated.
* A row that is erased meanwhile is erased in both generations. The still of a sighting whose erasure was asked for
  stays shut: it is left without a row.
* New rows are in memory until the answer has left, overwritten as far as they lie in our arrays. No template is here.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.matching import tag
from countenance.vocabulary.entries import Kind
from countenance.warrants.migrations import Permission
from countenance.zones.custodian import batches, migration, restricting, rewriting, sheets, stacking, tagging
from countenance.zones.custodian.batches import Work
from countenance.zones.custodian.migration import MigrationState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import MadeAnew, PartitionKeys, partition_key
from countenance.zones.custodian.requests import MINUTE
from countenance.zones.custodian.sheets import BARE, LIVING, TAGGED, NextSheet, Sheet, sheet_key

SALT, NONCE = 32, 16

PATIENCE_SECONDS = 300.0
"""How long the evidence process may take for one batch."""

RETRY_MINUTES = 2
"""How long a sheet or order that could not be carried on is not tried again."""


# Entries behind which one that a crash left is not looked for: it is made up for when the custodian next opens.
_LOOKED_BACK = 1000


@dataclass(frozen=True, slots=True)
class Remade:
    """A sheet (key: as the sheet's) that is being remade, until its *migrated* entry stands. `entry`: of *migrating*.

    `generation`: the one that will have the new rows. Counts of sightings, -1 until they are known: `rows` that have
    one, `without` a face in their still, and `altered`, whose still the repository does not hold as the edge signed it.
    """

    migration: str
    generation: int
    entry: int
    rows: int = -1
    without: int = -1
    altered: int = -1


def told(opened: Opened, *, besides: list[Json]) -> list[Json]:
    """Sheets to be presented to `sheet.rewrite`, at most as many as have a full sheet's rows, and at least one."""
    with opened.lock:
        settle(opened)
        rows, listed = 0, list[Json]()
        for state in _orders(opened):
            for sheet in migration.left(opened, state):
                place: Json = [sheet.camera, sheet.hour, sheet.number, sheet.generation]
                if place in besides or place in listed or _waits(opened, sheet):
                    continue
                rows += sheet.rows
                if listed and rows > tag.ROWS:
                    return listed
                listed.append(place)
        return listed


def wanted(opened: Opened, message: Message) -> bool:
    """Whether an order that may be carried out reaches the sheet that `sheet.rewrite` names."""
    with opened.lock:
        camera, hour, number = message.body.get("camera"), message.body.get("hour"), message.body.get("number")
        if not isinstance(camera, str) or type(hour) is not int or type(number) is not int:
            return False
        sheet = sheets.get(opened, camera, hour, number)
        return sheet is not None and not _waits(opened, sheet) and _permission(opened, sheet) is not None


def rewrite(opened: Opened, message: Message, evidence: Path) -> Message:
    """`sheet.rewrite` -> {generation, positions, extractor, dimension, replaced}, new rows and their MACs; or {repair}.

    `evidence`: the socket of the evidence process. Raises Refused if the sheet is not to be remade, Unavailable if the
    evidence process cannot do it: nothing has changed then.
    """
    with opened.lock:
        given = tagging.presented(opened, message)
        given.wipe()
        permission = _checked(opened, given.sheet)
        if rewriting.missing(given.sheet, given.positions):
            return Message(message.verb, {"repair": True})
    held, work = permission.order.migration, None
    try:
        with Connection(evidence, timeout=PATIENCE_SECONDS) as process:
            batches.prepare(process, permission.order)
            held = sheet_key(*given.sheet.place)
            with opened.lock:
                work = _begun(opened, given.sheet, given.positions)  # (2)
            rows, outcomes = batches.made(work, process, evidence, patience=PATIENCE_SECONDS)  # (3)
        with opened.lock:
            return _finished(opened, work, rows, outcomes, verb=message.verb)  # (4)
    except CountenanceError as error:
        with opened.lock:
            opened.desk.held[held] = opened.clock()
            if work is not None:
                _forgotten(opened, work)
        if isinstance(error, (Refused, Unavailable)):
            raise
        raise Unavailable("the evidence process could not make these templates anew; it is asked again") from error


def settle(opened: Opened) -> None:
    """Make the *migrated* entry of every sheet whose new generation counts (5). May be repeated at any time."""
    with opened.lock:
        for name, remade in list(opened.store.all(Remade)):
            camera, hour, number = name.rsplit("/", 2)
            sheet = sheets.get(opened, camera, int(hour), int(number))
            if sheet is not None and sheet.generation < remade.generation:
                continue
            begun = opened.sequencer.entry(remade.entry)
            before = dict(begun.facts)
            # What was begun may have given way to a rotation of the same sheet.
            if sheet is not None and remade.rows >= 0 and sheet.extractor.hex() == before["to"]:
                counts = {"rows": remade.rows, "without": remade.without, "altered": remade.altered}
                facts = {what: str(count) for what, count in counts.items()}
                if not _stands(opened, remade.entry):
                    opened.sequencer.append(Kind.MIGRATED, {**before, **facts}, of=remade.entry)
                opened.store.put(MadeAnew(begun.of), name)
            opened.store.drop(Remade, name)


def _stands(opened: Opened, begun: int) -> bool:
    """Whether the *migrated* entry of the *migrating* entry `begun` is there: a crash may have left it alone."""
    newest = opened.sequencer.size - 1
    entries = (opened.sequencer.entry(index) for index in range(newest, max(begun, newest - _LOOKED_BACK), -1))
    return any((entry.kind, entry.of) == (Kind.MIGRATED, begun) for entry in entries)


def _orders(opened: Opened) -> list[MigrationState]:
    """The orders that may be carried out now."""
    found = []
    for name, state in opened.store.all(MigrationState):
        try:
            migration.permitted(opened, state)
        except Refused:
            continue
        if not _held(opened, name):
            found.append(state)
    return found


def _permission(opened: Opened, sheet: Sheet) -> Permission | None:
    """Permission to remake this sheet, under the first order that gives it."""
    for state in _orders(opened):
        order = state.order
        inside = sheet.camera in order.cameras and order.first <= sheet.hour <= order.last
        if inside and migration.reaches(opened, state, sheet):
            return migration.permitted(opened, state)
    return None


def _checked(opened: Opened, sheet: Sheet) -> Permission:
    permission = _permission(opened, sheet)
    if permission is None:
        raise Refused("this sheet is not to be rewritten")
    return permission


def _waits(opened: Opened, sheet: Sheet) -> bool:
    return _held(opened, sheet_key(*sheet.place)) or not migration.filled(opened, sheet)


def _held(opened: Opened, name: str) -> bool:
    since = opened.desk.held.get(name)
    return since is not None and opened.clock() < since + RETRY_MINUTES * MINUTE


def _begun(opened: Opened, sheet: Sheet, presented: NDArray[np.intp]) -> Work:
    """Check once more, make the entry, begin the next generation: presented rows first, then living ones without a row.

    It has the present generation's number until it has rows, so that nothing takes it for a whole one.
    """
    now = sheets.the(opened, *sheet.place)
    keys = opened.store.get(PartitionKeys, partition_key(sheet.camera, sheet.hour))
    if now.generation != sheet.generation or keys is None:
        raise Refused("this sheet was rewritten, or its retention ended, since it was presented")
    if rewriting.missing(now, presented):
        raise Refused("a row of this sheet arrived since it was presented: present it again")
    permission, living = _checked(opened, now), np.flatnonzero(now.has(LIVING))
    withheld = _withheld(opened, now)
    positions = np.setdiff1d(np.intersect1d(presented, living), withheld)
    places = np.concatenate([positions, np.setdiff1d(living, positions)])
    picked, states = now.at(places), now.states[places] & np.uint8(LIVING | BARE)
    states[np.isin(places, withheld)] |= np.uint8(BARE)
    order, count = permission.order, len(positions)
    second = None
    if opened.second is not None and count:
        words = migration.the(opened, order.migration).approvals
        old = [(picked.sighting(at), picked.piece_nonce(at)) for at in range(count)]
        second = stacking.renewed(opened.second, order, words, place=(sheet.camera, sheet.hour), rows=old)
    drawn = second.nonces if second is not None else b""
    begun = replace(
        picked,
        salt=opened.random(SALT),
        nonces=drawn + opened.random(NONCE * picked.rows - len(drawn)),
        pieces=picked.pieces or picked.nonces,
        states=states,
    )
    name = sheet_key(*sheet.place)
    facts = {"camera": sheet.camera, "hour": str(sheet.hour), "sheet": str(sheet.number)}
    named = {"warrant": order.migration, "hash": permission.hash.hex(), "from": order.old.hex(), "to": order.new.hex()}
    entry = opened.sequencer.append(Kind.MIGRATING, {**named, **facts}, of=migration.the(opened, order.migration).entry)
    with opened.store.together():
        opened.store.keep(NextSheet, name, begun.to_bytes())
        opened.store.put(Remade(order.migration, now.generation + 1, entry), name)
    return batches.plan(opened, keys, begun=begun, positions=positions, order=order, second=second)


def _withheld(opened: Opened, sheet: Sheet) -> NDArray[np.intp]:
    """Positions of sightings that a clerk restricted: nobody may be shown them, and they will be erased."""
    found = (sheet.position(sighting) for sighting in restricting.restricted(opened))
    return np.array([position for position in found if position is not None], dtype=np.intp)


def _finished(
    opened: Opened, work: Work, rows: NDArray[np.int16], outcomes: NDArray[np.uint8], *, verb: str
) -> Message:
    """The next generation with its rows, and the answer. `rows`: (n, d); `outcomes`: (n,), see `batches`."""
    name, count = sheet_key(*work.begun.place), len(work.positions)
    begun, remade = _still(opened, work), opened.store.get(Remade, name)
    living = begun.has(LIVING)
    made = np.flatnonzero(living[:count] & (outcomes == batches.MADE))
    bare = np.flatnonzero(living[:count] & (outcomes != batches.MADE))
    lost = count + np.flatnonzero(living[count:])
    states = [np.full(len(made), LIVING | TAGGED), np.full(len(bare), LIVING | BARE), begun.states[lost]]
    after = replace(
        begun.at(np.concatenate([made, bare, lost])),
        generation=begun.generation + 1,
        extractor=work.order.new,
        dimension=work.order.dimension,
        states=np.concatenate(states).astype(np.uint8),
    )
    kept = rows[made]
    tags, macs = rewriting.proofs(opened, work.keys, after, kept)
    written = kept.astype("<i2").tobytes()
    rows.fill(0)
    kept.fill(0)
    without, altered = (int((outcomes == what).sum()) for what in (batches.WITHOUT, batches.ALTERED))
    if remade is None:
        raise Refused("this sheet is not being remade any more: its retention is over")
    with opened.store.together():
        opened.store.keep(NextSheet, name, replace(after, tags=tags).to_bytes())
        opened.store.put(replace(remade, rows=len(made), without=without, altered=altered), name)
    body: dict[str, Json] = {
        "generation": after.generation,
        "positions": work.positions[made].tolist(),
        "extractor": after.extractor.hex(),
        "dimension": after.dimension,
        "replaced": True,
    }
    return Message(verb, body, (written, macs))


def _still(opened: Opened, work: Work) -> Sheet:
    """The generation that was begun, as erasures have left it. Raises Refused if it is not the one any more."""
    now, data = sheets.get(opened, *work.begun.place), opened.store.kept(NextSheet, sheet_key(*work.begun.place))
    begun = Sheet.from_bytes(data) if data is not None else None
    if now is None or begun is None or begun.salt != work.begun.salt or now.generation != begun.generation:
        raise Refused("this sheet was rewritten, or its retention ended, while its templates were made anew")
    return begun


def _forgotten(opened: Opened, work: Work) -> None:
    """Drop what was begun and came to nothing, so that the sheet may take rows again."""
    name = sheet_key(*work.begun.place)
    data = opened.store.kept(NextSheet, name)
    if data is not None and Sheet.from_bytes(data).salt == work.begun.salt:
        with opened.store.together():
            opened.store.drop(NextSheet, name)
            opened.store.drop(Remade, name)
