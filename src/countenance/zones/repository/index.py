"""A sheet's index: which positions of its file hold rows, whose, with what MAC and checksum.

Append-only, entries of 44 bytes, little-endian: kind (u8: 1 row, 2 erased), 0 (u8), position (u16), sighting (16),
MAC (16), CRC-32 of the row (u32), CRC-32 of the 40 bytes before (u32). Invariants:

* The newest whole entry of a position counts; a position without one holds nothing, whatever lies in the file.
* Entries at the end that are not whole were cut off by a crash before anybody was told of them: the next ones are
  written over them. One that is not whole before others is damage, and its row counts as missing.

Who can write it can hide rows or swap them: the custodian's tags and the MACs show both. The checksums are against
accidents.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAC = 16
"""Bytes of a row's MAC."""

_ROW, _ERASED = 1, 2
_FIELDS = struct.Struct("<BxH16s16sI")
ENTRY = _FIELDS.size + 4
"""Bytes of an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at `position`: the row of `sighting` with `checksum` (CRC-32), or the zeros where one was."""

    position: int
    sighting: str
    mac: bytes
    checksum: int
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """The newest entry of each position. `damaged`: how many cannot be read, a torn tail apart."""

    entries: Mapping[int, Entry]
    damaged: int

    def rows(self) -> tuple[Entry, ...]:
        """Entries that are not erased, in order of position."""
        return tuple(self.entries[at] for at in sorted(self.entries) if not self.entries[at].erased)


def read(data: bytes) -> Index:
    """The index that the file's bytes spell. Never raises: what cannot be read is not there."""
    entries: dict[int, Entry] = {}
    slots = [data[start : start + ENTRY] for start in range(0, len(data), ENTRY)]
    while slots and not whole(slots[-1]):
        slots.pop()
    damaged = 0
    for slot in slots:
        if not whole(slot):
            damaged += 1
            continue
        kind, position, sighting, mac, checksum = _FIELDS.unpack(slot[:-4])
        entries[position] = Entry(position, sighting.hex(), mac, checksum, erased=kind == _ERASED)
    return Index(entries, damaged)


def write(entries: Iterable[Entry]) -> bytes:
    """`entries` as they are appended to the file."""
    return b"".join(_written(entry) for entry in entries)


def whole(slot: bytes) -> bool:
    """Whether `slot` is an entry as it was written."""
    return len(slot) == ENTRY and zlib.crc32(slot[:-4]) == int.from_bytes(slot[-4:], "little") and slot[0] in (1, 2)


def _written(entry: Entry) -> bytes:
    kind = _ERASED if entry.erased else _ROW
    fields = _FIELDS.pack(kind, entry.position, bytes.fromhex(entry.sighting), entry.mac, entry.checksum)
    return fields + zlib.crc32(fields).to_bytes(4, "little")
