"""A sheet's file: a header of 64 bytes, then rows of 2 d bytes, position k at 64 + 2 d k.

Header, little-endian: `cn-sheet`, version 1, dimension d, number, generation (u32 each), zeros, CRC-32 of the 60 bytes
before. A position that was never written, or was erased, reads as zeros; the file ends after the last one written.

Rows are mapped into memory and multiplied where they lie. A page that the disk cannot read any more ends the process
(SIGBUS), as does a file that somebody cuts while it is mapped: nothing but this process may write here.
"""

import mmap
import os
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Tampered
from countenance.vocabulary.cameras import Partition

POSITIONS = 4096
"""Rows of a sheet."""

HEADER = 64
_FIELDS = struct.Struct("<8sIIII36x")
_MAGIC, _VERSION = b"cn-sheet", 1
_LARGEST_DIMENSION = 4096


@dataclass(frozen=True, slots=True, order=True)
class SheetId:
    """Which sheet: the `number`-th of its partition, as it is after `generation` rewritings."""

    camera: str
    hour: int
    number: int
    generation: int

    @property
    def partition(self) -> Partition:
        """The camera and hour whose rows it holds."""
        return Partition(self.camera, self.hour)

    @property
    def name(self) -> str:
        """What its files are called, without their endings."""
        return f"{self.number}-{self.generation}"

    @property
    def next(self) -> "SheetId":
        """The sheet when it is rewritten."""
        return SheetId(self.camera, self.hour, self.number, self.generation + 1)

    def __str__(self) -> str:
        return f"{self.camera}/{self.hour}/{self.number}/{self.generation}"


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A masked row with its place: `row` 2 d bytes, `mac` 16 bytes, the custodian's over position and row."""

    position: int
    sighting: str
    mac: bytes
    row: bytes

    def __repr__(self) -> str:
        return f"Row({self.sighting}, position={self.position})"


def header(sheet: SheetId, dimension: int) -> bytes:
    """The 64 bytes that a sheet's file begins with."""
    fields = _FIELDS.pack(_MAGIC, _VERSION, dimension, sheet.number, sheet.generation)
    return fields + zlib.crc32(fields).to_bytes(4, "little")


def dimension_of(data: bytes, sheet: SheetId) -> int:
    """The dimension that a file's header says. Raises Tampered if it is not that of `sheet`."""
    if len(data) == HEADER:
        _, _, dimension, _, _ = _FIELDS.unpack(data[:-4])
        if 1 <= dimension <= _LARGEST_DIMENSION and data == header(sheet, dimension):
            return int(dimension)
    raise Tampered(f"the file of sheet {sheet} is damaged: restore the repository's rows from a backup")


def place(position: int, dimension: int) -> int:
    """Where in the file the row at `position` begins."""
    return HEADER + 2 * dimension * position


def mapped(file: int, sheet: SheetId) -> NDArray[np.int16]:
    """The rows of an open file, read-only, (n, d): n is how many positions the file covers. Raises Tampered, OSError.

    The map lasts as long as the array does, also when the file is unlinked or replaced.
    """
    dimension = dimension_of(os.pread(file, HEADER, 0), sheet)
    covered = min(POSITIONS, (os.fstat(file).st_size - HEADER) // (2 * dimension))
    if covered <= 0:
        return np.zeros((0, dimension), dtype=np.int16)
    area = mmap.mmap(file, place(covered, dimension), prot=mmap.PROT_READ)
    return np.frombuffer(area, dtype="<i2", count=covered * dimension, offset=HEADER).reshape(covered, dimension)
