"""Rewriting: a sheet's next generation, without its dead positions, and with pads of its own if a rotation was ordered.

1. `due` says which sheets; the repository presents one's rows.
2. `rewrite`: from rows whose MACs verify the next generation is made and kept beside the present one: positions
   without gaps, new MACs and tags, and for a rotation a new salt and new nonces. The repository is told which rows go
   where and what to add to them, pad' - pad, which is stored nowhere. Where there are two custodians, the second draws
   the new nonces and gives its own pad' - pad for them; both are added.
3. `rewritten`: the repository has the new file. The next generation takes the place of the old one, whose nonces are
   gone with the next store key.

Invariants:

* Until 3 every search uses the present generation; a crash anywhere leaves it whole, and 2 may be repeated.
* A sheet takes no new rows from 2 on. A row that is erased in between is erased in both.
* Nothing is begun while a row that counts is not among those presented: it may be on its way to its place.
* Still and patches keep the nonces they were made with; they die with the row as before.

A rotation bounds what leaks of keys from now on. After a key was stolen together with the rows, what it opened counts
as disclosed.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.matching import padding, tag
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import sheets, stacking, tagging
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    HOUSEKEEPING_KEY,
    ROTATION_KEY,
    Housekeeping,
    PartitionKeys,
    Rotation,
    Touched,
)
from countenance.zones.custodian.sheets import BARE, LIVING, TAGGED, NextSheet, Sheet, sheet_key
from countenance.zones.custodian.tagging import Presented

SALT, NONCE, ID, DIGEST = 32, 16, 16, 32
LEAST_DEAD = 64
"""Dead positions below which a sheet is not worth rewriting."""

MOST_TOLD = 1000
"""Sheets, and positions of one sheet, that the repository is told of at a time."""


def order(opened: Opened, camera: str = "") -> int:
    """Order a rotation of every sheet there is, or of one camera's; how many. Raises Refused for none."""
    with opened.lock:
        stacking.require(opened)
        names = tuple(key for key, _ in opened.store.all_kept(Sheet, f"{camera}/" if camera else ""))
        if not names:
            raise Refused("there is no sheet to rotate yet: nothing was recorded, or its retention is over")
        entry = opened.sequencer.append(Kind.ROTATION_ORDERED, {"sheets": str(len(names)), "camera": camera or "all"})
        waiting = opened.store.get(Rotation, ROTATION_KEY)
        left = tuple(sorted({*names, *(waiting.left if waiting else ())}))
        opened.store.put(Rotation(left, entry), ROTATION_KEY)
        return len(names)


def waiting(opened: Opened) -> int:
    """Sheets whose rotation was ordered and is not done."""
    rotation = opened.store.get(Rotation, ROTATION_KEY)
    return len(rotation.left) if rotation else 0


def told(opened: Opened) -> dict[str, Json]:
    """For the repository. `void`: sheets with erased rows still in the tags; `rewrite`: sheets to be rewritten; `lost`:
    sheets with lost rows, each with the number of rows that are in its tags.
    """
    with opened.lock:
        void: list[Json] = []
        lost: list[Json] = []
        rewrites: dict[str, Sheet] = {}
        for name, place in list(opened.store.all(Touched)):
            sheet = sheets.get(opened, place.camera, place.hour, place.number)
            if sheet is None:
                opened.store.drop(Touched, name)
                continue
            erased = np.flatnonzero(sheet.states == TAGGED)[:MOST_TOLD].tolist()
            missing = bool((sheet.states == LIVING).any())
            if missing:
                tagged = int(np.count_nonzero(sheet.has(TAGGED)))
                lost.append([sheet.camera, sheet.hour, sheet.number, sheet.generation, tagged])
            if erased:
                void.append([sheet.camera, sheet.hour, sheet.number, sheet.generation, list(erased)])
            elif _sparse(sheet):
                rewrites[name] = sheet
            elif not missing:
                opened.store.drop(Touched, name)
        rotation = opened.store.get(Rotation, ROTATION_KEY)
        for name in rotation.left[:MOST_TOLD] if rotation else ():
            camera, hour, number = name.rsplit("/", 2)
            found = sheets.get(opened, camera, int(hour), int(number))
            if found is None:
                _done(opened, name)
            else:
                rewrites[name] = found
        listed: list[Json] = [[one.camera, one.hour, one.number, one.generation] for one in rewrites.values()]
        return {"void": void[:MOST_TOLD], "rewrite": listed[:MOST_TOLD], "lost": lost[:MOST_TOLD]}


def rewrite(opened: Opened, message: Message) -> Message:
    """`sheet.rewrite` -> {generation, positions, extractor, dimension}, and deltas (none: rows stay) and MACs.

    `positions`: where each row of the new generation was. {repair}: rows are missing, `tags.repair` first.
    Raises Refused if the sheet is not to be rewritten.
    """
    with opened.lock:
        given = tagging.presented(opened, message)
        sheet, name = given.sheet, sheet_key(given.sheet.camera, given.sheet.hour, given.sheet.number)
        rotation = opened.store.get(Rotation, ROTATION_KEY)
        rotates = rotation is not None and name in rotation.left
        if not rotates and not _sparse(sheet):
            raise Refused("this sheet is not to be rewritten")
        if missing(sheet, given.positions):
            given.wipe()
            return Message(message.verb, {"repair": True})
        kept = np.flatnonzero(np.isin(given.positions, np.flatnonzero(sheet.has(LIVING))))
        after = _next(opened, sheet, given.positions[kept], rotates=rotates)
        second = None
        if rotates:
            old = _picked(sheet.nonces, given.positions[kept], NONCE)
            second = stacking.rotated(opened, sheet, old)
        if second is not None:
            after = replace(after, nonces=second[0] + after.nonces[len(second[0]) :])
        deltas, rows = _moved(opened, given, kept, after)
        if second is not None:
            deltas += second[1]
            rows += second[1]
            second[1].fill(0)
        tags, macs = proofs(opened, given.keys, after, rows)
        after = replace(after, tags=tags)
        given.wipe()
        rows.fill(0)
        opened.store.keep(NextSheet, name, after.to_bytes())
        body: dict[str, Json] = {
            "generation": after.generation,
            "positions": given.positions[kept].tolist(),
            "extractor": after.extractor.hex(),
            "dimension": after.dimension,
        }
        return Message(message.verb, body, (deltas.astype("<i2").tobytes(), macs))


def rewritten(opened: Opened, message: Message) -> Message:
    """`sheet.rewritten` {camera, hour, number, generation: the new one} -> {}. Saying it again changes nothing."""
    with opened.lock:
        camera, hour, number = message.body.get("camera"), message.body.get("hour"), message.body.get("number")
        if not isinstance(camera, str) or type(hour) is not int or type(number) is not int:
            raise Malformed("a sheet is named by camera, hour, number and generation")
        name = sheet_key(camera, hour, number)
        before, data = sheets.get(opened, camera, hour, number), opened.store.kept(NextSheet, name)
        if before is not None and before.generation == message.body.get("generation"):
            return Message(message.verb)
        if before is None or data is None:
            raise Refused("this sheet is not being rewritten: its retention is over, or it has to be presented again")
        after = Sheet.from_bytes(data)
        if after.generation != message.body.get("generation"):
            raise Refused("this sheet was not rewritten to that generation")
        with opened.store.together():
            sheets.put(opened, after)
            opened.store.drop(NextSheet, name)
            opened.store.put(Touched(camera, hour, number), name)
            kept = opened.store.get(Housekeeping, HOUSEKEEPING_KEY) or Housekeeping(opened.clock(), False)
            opened.store.put(replace(kept, dropped=True), HOUSEKEEPING_KEY)
        opened.pads.forget(before)
        if after.salt != before.salt:
            _done(opened, name)
        return Message(message.verb)


def missing(sheet: Sheet, positions: NDArray[np.intp]) -> bool:
    """Whether a living row that is in the tags is not at one of `positions`, those presented.

    The repository may have been told of it and not have written it yet: it would be lost with the old generation. One
    that it has not any more leaves the tags by `tags.repair`.
    """
    counted = np.flatnonzero(sheet.states == LIVING | TAGGED)
    return len(np.setdiff1d(counted, positions)) > 0


def erase_next(opened: Opened, sheet: Sheet, sighting: str) -> None:
    """Erase a row in the generation that is being written, too, if there is one."""
    name = sheet_key(sheet.camera, sheet.hour, sheet.number)
    data = opened.store.kept(NextSheet, name)
    after = Sheet.from_bytes(data) if data is not None else None
    position = after.position(sighting) if after is not None else None
    if after is not None and position is not None:
        opened.store.keep(NextSheet, name, after.erased(position).to_bytes())


def _sparse(sheet: Sheet) -> bool:
    """Whether more than half of the positions are dead, and none of their rows is in the tags any more."""
    dead = int(np.count_nonzero(sheet.states == 0))
    return dead >= LEAST_DEAD and 2 * dead > sheet.rows and not (sheet.states == TAGGED).any()


def _next(opened: Opened, sheet: Sheet, positions: NDArray[np.intp], *, rotates: bool) -> Sheet:
    """The next generation, tags still empty: the rows at `positions`, then living rows that were not presented."""
    lost = np.setdiff1d(np.flatnonzero(sheet.has(LIVING)), positions)
    order = np.concatenate([positions, lost]).astype(np.intp)
    states = np.full(len(order), LIVING | TAGGED, dtype=np.uint8)
    states[len(positions) :] = sheet.states[lost] & (LIVING | BARE)
    pieces = _picked(sheet.pieces or sheet.nonces, order, NONCE)
    return replace(
        sheet,
        generation=sheet.generation + 1,
        salt=opened.random(SALT) if rotates else sheet.salt,
        ids=_picked(sheet.ids, order, ID),
        nonces=opened.random(NONCE * len(order)) if rotates else _picked(sheet.nonces, order, NONCE),
        records=_picked(sheet.records, order, DIGEST),
        starts=sheet.starts[order],
        ends=sheet.ends[order],
        states=states,
        tags=np.zeros(sheet.dimension, dtype=np.uint64),
        pieces=pieces if rotates or sheet.pieces else b"",
    )


def _moved(
    opened: Opened, given: Presented, kept: NDArray[np.intp], after: Sheet
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """What the repository adds to each row for this custodian's pads, and the rows of the new generation."""
    rows, sheet = given.rows[kept], given.sheet
    if after.salt == sheet.salt:
        return np.empty((0, sheet.dimension), dtype=np.int16), rows
    count = NONCE * len(kept)
    old = _picked(sheet.nonces, given.positions[kept], NONCE)
    deltas = padding.pads(sheets.block_key(opened, given.keys, after), after.nonces[:count], sheet.dimension)
    before = padding.pads(sheets.block_key(opened, given.keys, sheet), old, sheet.dimension)
    deltas -= before
    before.fill(0)
    rows += deltas
    return deltas, rows


def proofs(
    opened: Opened, keys: PartitionKeys, after: Sheet, rows: NDArray[np.int16]
) -> tuple[NDArray[np.uint64], bytes]:
    """The tags of a generation that begins with `rows`, (n, d), and their MACs, 16 bytes each."""
    multipliers = sheets.multipliers(opened, keys, after, len(rows))
    key = sheets.mac_key(opened, keys, after)
    macs = (tag.mac(key, position, row.astype("<i2").tobytes()) for position, row in enumerate(rows))
    return tag.tags(multipliers, rows), b"".join(macs)


def _picked(column: bytes, positions: NDArray[np.intp], size: int) -> bytes:
    return b"".join(column[size * position : size * (position + 1)] for position in positions.tolist())


def _done(opened: Opened, name: str) -> None:
    """Cross a sheet off the rotation; the last one ends it, with an entry."""
    rotation = opened.store.get(Rotation, ROTATION_KEY)
    if rotation is None or name not in rotation.left:
        return
    left = tuple(one for one in rotation.left if one != name)
    if left:
        opened.store.put(replace(rotation, left=left), ROTATION_KEY)
        return
    opened.sequencer.append(Kind.ROTATED, {}, of=rotation.entry)
    opened.store.drop(Rotation, ROTATION_KEY)
