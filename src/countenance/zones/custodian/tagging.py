"""Tagging: bring a sheet's linear tags up to what the repository holds, row by row, each proven by its MAC.

`drop`: erased rows leave the tags, so that the repository may overwrite them. `repair`: the tags are made anew from
the rows that are there. Invariants:

* Only a row whose MAC verifies for its position and this generation of the sheet is added or taken away.
* A living row that is not among the verified is *lost*: it is compared no more, and every answer says so, until the
  repository presents it again, here or at intake.
* Row and nonce are in one hand here. Rows are overwritten before an answer leaves, as far as they lie in our arrays.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Tampered
from countenance.matching import tag
from countenance.zones.custodian import sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, Touched, partition_key
from countenance.zones.custodian.sheets import BARE, LIVING, TAGGED, NextSheet, Sheet

_POSITION = 2


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Presented:
    """Rows of one sheet whose MACs verified. `positions`: (m,); `rows`: (m, d); `false`: how many did not verify."""

    sheet: Sheet
    keys: PartitionKeys
    positions: NDArray[np.intp]
    rows: NDArray[np.int16]
    false: int

    def __repr__(self) -> str:
        return f"Presented({self.sheet.name}, rows={len(self.positions)})"

    def wipe(self) -> None:
        """Overwrite the rows."""
        self.rows.fill(0)


def presented(opened: Opened, message: Message) -> Presented:
    """{camera, hour, number, generation} and blobs: positions (u16 little-endian), rows, MACs (16 bytes each).

    Raises Malformed for parts that do not fit, Refused if the sheet is of another generation now, or gone.
    """
    sheet, keys = _named(opened, message)
    if len(message.blobs) != 3:
        raise Malformed("rows are presented as positions, rows and MACs")
    stated, data, macs = message.blobs
    positions = np.frombuffer(stated, dtype="<u2").astype(np.intp) if len(stated) % _POSITION == 0 else None
    if positions is None or len(np.unique(positions)) != len(positions) or (positions >= sheet.rows).any():
        raise Malformed("each row is presented once, at a position that the sheet has")
    size = 2 * sheet.dimension
    if len(data) != size * len(positions) or len(macs) != tag.MAC * len(positions):
        raise Malformed("each position comes with one row and one MAC")
    key = sheets.mac_key(opened, keys, sheet)
    sound = [
        index
        for index, position in enumerate(positions.tolist())
        if _proven(
            key, position, data[size * index : size * (index + 1)], macs[tag.MAC * index : tag.MAC * (index + 1)]
        )
    ]
    rows = np.frombuffer(data, dtype="<i2").reshape(len(positions), sheet.dimension)[sound].astype(np.int16)
    return Presented(sheet, keys, positions[sound], rows, len(positions) - len(sound))


def repair(opened: Opened, message: Message) -> Message:
    """`tags.repair` -> {lost}: how many living rows were not among the verified."""
    with opened.lock:
        given = presented(opened, message)
        sheet, known = given.sheet, np.zeros(given.sheet.rows, dtype=np.bool_)
        known[given.positions] = True
        # What was erased and left the tags before stays out of them.
        known &= sheet.states != 0
        states = np.where(known, sheet.states | TAGGED, sheet.states & (LIVING | BARE)).astype(np.uint8)
        inside = known[given.positions]
        multipliers = sheets.multipliers(opened, given.keys, sheet, sheet.rows)
        tags = tag.tags(multipliers[:, given.positions[inside]], given.rows[inside])
        given.wipe()
        name = sheets.sheet_key(*sheet.place)
        with opened.store.together():
            sheets.put(opened, replace(sheet, states=states, tags=tags))
            # The repository is told of it until they are there again: they may come back from a backup.
            opened.store.put(Touched(*sheet.place), name)
            if (known & ~sheet.has(TAGGED)).any():
                # A next generation that was begun without a row that is here again would lose it for good.
                opened.store.drop(NextSheet, name)
        return Message(message.verb, {"lost": int(np.count_nonzero(states == LIVING))})


def drop(opened: Opened, message: Message) -> Message:
    """`tags.drop` -> {repair}: erased rows leave the tags. True if one did not verify: `repair` is needed."""
    with opened.lock:
        given = presented(opened, message)
        sheet, tags, states = given.sheet, given.sheet.tags, given.sheet.states.copy()
        multipliers = sheets.multipliers(opened, given.keys, sheet, sheet.rows)
        for position, row in zip(given.positions.tolist(), given.rows, strict=True):
            if states[position] == TAGGED:
                tags = tag.subtract(tags, multipliers[:, position], row)
                states[position] = 0
        given.wipe()
        sheets.put(opened, replace(sheet, states=states, tags=tags))
        return Message(message.verb, {"repair": given.false > 0})


def _named(opened: Opened, message: Message) -> tuple[Sheet, PartitionKeys]:
    camera, hour = message.body.get("camera"), message.body.get("hour")
    number, generation = message.body.get("number"), message.body.get("generation")
    if not isinstance(camera, str) or type(hour) is not int or type(number) is not int or type(generation) is not int:
        raise Malformed("a sheet is named by camera, hour, number and generation")
    sheet = sheets.get(opened, camera, hour, number)
    keys = opened.store.get(PartitionKeys, partition_key(camera, hour))
    if sheet is None or keys is None:
        raise Refused("there is no such sheet: its retention is over")
    if sheet.generation != generation:
        raise Refused(f"generation is {sheet.generation} now: delete the older one")
    return sheet, keys


def _proven(key: bytes, position: int, row: bytes, mac: bytes) -> bool:
    try:
        tag.check_mac(key, position, row, mac)
    except Tampered:
        return False
    return True
