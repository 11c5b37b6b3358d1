"""Filling: give the rows of one presentation their places in sheets, and their MACs.

Invariants:

* A row gets the next position of the last sheet of its partition and extractor that is not full, was never rewritten
  and is not being rewritten; else the first of a new one.
* Tags, columns and places of one presentation are durable together, or none of them.
* The same row presented again gets the same place and the same MAC. One that the repository had lost counts again, and
  a next generation that was begun without it is given up.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from countenance.matching import tag
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.custodian import sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, Row
from countenance.zones.custodian.sheets import LIVING, TAGGED, NewRow, NextSheet, Sheet

NO_MAC = bytes(tag.MAC)
"""In place of a MAC: the sheet was rewritten since, and the repository holds the row with a MAC of its own."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row is, and the MAC (16 bytes) that the repository keeps beside it."""

    sighting: str
    number: int
    position: int
    generation: int
    mac: bytes


@dataclass(slots=True, repr=False)
class _Growing:
    keys: PartitionKeys
    sheet: Sheet
    mac_key: bytes
    new: list[NewRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.sheet.rows + len(self.new)


@dataclass(slots=True, repr=False)
class Filling:
    """The rows of one presentation. Inside the store's `together`: `add` or `again` for each, then `finish`."""

    opened: Opened
    _growing: dict[tuple[str, int, bytes, int], _Growing] = field(default_factory=dict)
    _placed: dict[str, Placed] = field(default_factory=dict)

    def add(self, keys: PartitionKeys, sighting: SightingRecord, new: NewRow) -> Placed:
        """The place of a row that is new."""
        group = (sighting.camera, sighting.hour, sighting.extractor, sighting.dimension)
        growing = self._growing.get(group)
        if growing is None or growing.rows >= tag.ROWS:
            if growing is not None:
                self._flush(growing)
            growing = self._growing[group] = self._open(keys, sighting)
        position = growing.rows
        growing.new.append(new)
        mac = tag.mac(growing.mac_key, position, new.row)
        placed = Placed(new.sighting, growing.sheet.number, position, growing.sheet.generation, mac)
        self._placed[new.sighting] = placed
        return placed

    def again(self, keys: PartitionKeys, row: Row, data: bytes) -> Placed:
        """The place of a row that has one already. `data`: the row, whose digest is right."""
        placed = self._placed.get(row.sighting)
        if placed is not None:
            return placed
        place = (row.camera, row.hour, row.sheet)
        growing = next((one for one in self._growing.values() if one.sheet.place == place), None)
        sheet = sheets.the(self.opened, *place) if growing is None else growing.sheet
        position = sheets.place(sheet, row.sighting)
        if sheet.generation:
            return Placed(row.sighting, sheet.number, position, sheet.generation, NO_MAC)
        if sheet.states[position] == LIVING:
            found = _found_again(self.opened, keys, sheet, position, data)
            sheets.put(self.opened, found)
            self.opened.store.drop(NextSheet, sheets.sheet_key(*place))
            if growing is not None:
                growing.sheet = found
        mac = tag.mac(sheets.mac_key(self.opened, keys, sheet), position, data)
        return Placed(row.sighting, sheet.number, position, sheet.generation, mac)

    def finish(self) -> None:
        """Keep every sheet that has grown."""
        for growing in self._growing.values():
            self._flush(growing)
        self._growing.clear()

    def _open(self, keys: PartitionKeys, sighting: SightingRecord) -> _Growing:
        there = sheets.of_partition(self.opened, sighting.camera, sighting.hour)
        alike = (sighting.extractor, sighting.dimension)
        last = next((sheet for sheet in reversed(there) if (sheet.extractor, sheet.dimension) == alike), None)
        if last is None or last.full or last.generation or sheets.pending(self.opened, last):
            begun = [one.sheet.number for one in self._growing.values() if _same_place(one.sheet, sighting)]
            number = 1 + max([sheet.number for sheet in there] + begun, default=-1)
            last = sheets.begun(
                sighting.camera, sighting.hour, number, extractor=sighting.extractor, dimension=sighting.dimension
            )
        return _Growing(keys, last, sheets.mac_key(self.opened, keys, last))

    def _flush(self, growing: _Growing) -> None:
        if growing.new:
            multipliers = sheets.multipliers(self.opened, growing.keys, growing.sheet, growing.rows)
            sheets.put(self.opened, sheets.extended(growing.sheet, growing.new, multipliers))


def _same_place(sheet: Sheet, sighting: SightingRecord) -> bool:
    return (sheet.camera, sheet.hour) == (sighting.camera, sighting.hour)


def _found_again(opened: Opened, keys: PartitionKeys, sheet: Sheet, position: int, data: bytes) -> Sheet:
    multipliers = sheets.multipliers(opened, keys, sheet, sheet.rows)
    states = sheet.states.copy()
    states[position] |= TAGGED
    row = np.frombuffer(data, dtype="<i2").astype(np.int16)
    return replace(sheet, states=states, tags=tag.add(sheet.tags, multipliers[:, position], row))
