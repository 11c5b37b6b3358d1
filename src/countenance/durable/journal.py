"""An append-only file of records that survives kills and power cuts.

A record on disk: a 24-byte header (`cjr1`, index u64, length u32, CRC-32 of the data, CRC-32 of the header so far; all
big-endian), then the data. Invariants:

* `append` returns after fsync: what it returned for is there at the next start.
* A write cut short by a crash is a tail that nobody was told about: cut off at the next start and counted in `cut`.
* Damage with a later record behind it is no torn write and raises Tampered; nothing is repaired.
* A full disk leaves the file as it was.

Who can modify the file can rewrite it, checksums included: they are against accidents. A flipped bit inside the very
last record looks like a torn write. Whoever must notice either keeps a digest elsewhere, as `log.sequencer` does. One
process appends at a time (`durable.lock`).
"""

import os
import struct
import threading
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from countenance.durable import files
from countenance.errors import Malformed, Tampered, Unavailable

_MAGIC = b"cjr1"
_FIELDS = struct.Struct(">4sQII")
_HEADER = _FIELDS.size + 4
MAXIMUM_RECORD = 64 * 1024 * 1024
_CLOSED = -1


class _Header(NamedTuple):
    number: int
    length: int
    checksum: int


class _Scan(NamedTuple):
    offsets: "array[int]"
    end: int
    size: int


class Journal:
    """The journal at `path`, made if missing (mode 0600). `cut`: bytes of a torn tail that opening removed."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._lock = threading.Lock()
        self._broken = False
        try:
            new = not path.exists()
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if new:
                files.sync_directory(path.parent)
        except OSError as error:
            raise Unavailable(f"{path.name} cannot be opened ({error.strerror}); check its disk and owner") from error
        try:
            self._offsets, self._end, size = _scan(self._file, self._name)
            self.cut = size - self._end
            if self.cut:
                os.ftruncate(self._file, self._end)
                os.fsync(self._file)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, data: bytes) -> int:
        """Add one record durably and return its index. Raises Unavailable if the disk will not take it."""
        return self.append_many((data,))

    def append_many(self, many: Sequence[bytes]) -> int:
        """Add records with one fsync; returns the index of the first. A crash may leave the first few."""
        if any(len(data) > MAXIMUM_RECORD for data in many):
            raise Malformed(f"a journal record has at most {MAXIMUM_RECORD} bytes")
        with self._lock:
            first = len(self._offsets)
            if self._broken:
                raise Unavailable(f"{self._name} failed on its disk; check the disk and start this process again")
            offsets, end, parts = array("Q"), self._end, []
            for number, data in enumerate(many):
                parts += [_header(first + number, data), data]
                offsets.append(end)
                end += _HEADER + len(data)
            self._store(b"".join(parts))
            self._offsets += offsets
            self._end = end
        return first

    def read(self, index: int) -> bytes:
        """The record at `index`. Raises Tampered if it was damaged since, IndexError if there is none."""
        if not 0 <= index < len(self._offsets):
            raise IndexError(index)
        return _record(self._file, self._offsets[index], index, self._name)

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[bytes]:
        for index in range(len(self)):
            yield self.read(index)

    def close(self) -> None:
        """Give the file back. A later append is Unavailable, and never lands in whatever has its number then."""
        with self._lock:
            file, self._file, self._broken = self._file, _CLOSED, True
            if file != _CLOSED:
                os.close(file)

    def _store(self, data: bytes) -> None:
        try:
            _write_at(self._file, data, self._end)
        except OSError as error:
            self._take_back()
            raise Unavailable(f"{self._name} cannot grow ({error.strerror}); free its disk and try again") from error
        try:
            os.fsync(self._file)
        except OSError as error:
            # The kernel may drop what it failed to sync and report success next time: only a new start can tell.
            self._broken = True
            self._take_back()
            raise Unavailable(f"{self._name} failed on its disk ({error.strerror}); check it and restart") from error

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._end)
        except OSError:
            self._broken = True


def contents(path: Path) -> Iterator[bytes]:
    """Read a journal that another process may be writing: all whole records, no torn tail, nothing changed.

    Raises Tampered for damage, Unavailable if the file cannot be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"{path.name} cannot be read ({error.strerror}); ask its owner") from error
    try:
        for index, offset in enumerate(_scan(file, path.name).offsets):
            yield _record(file, offset, index, path.name)
    finally:
        os.close(file)


def _header(index: int, data: bytes) -> bytes:
    fields = _FIELDS.pack(_MAGIC, index, len(data), zlib.crc32(data))
    return fields + zlib.crc32(fields).to_bytes(4)


def _parsed(data: bytes) -> _Header | None:
    if len(data) != _HEADER or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:]):
        return None
    magic, index, length, checksum = _FIELDS.unpack(data[:-4])
    return _Header(index, length, checksum) if magic == _MAGIC else None


def _scan(file: int, name: str) -> _Scan:
    """Walk all records, their data included, up to the end or a torn tail."""
    offsets, offset, size = array("Q"), 0, os.fstat(file).st_size
    while offset < size:
        header = _parsed(os.pread(file, _HEADER, offset))
        if header is None or header.number != len(offsets):
            if _record_follows(os.pread(file, size - offset, offset), len(offsets)):
                raise Tampered(f"{name} is damaged at record {len(offsets)}; restore it from a copy before going on")
            break
        end = offset + _HEADER + header.length
        if end > size:
            break
        if zlib.crc32(_read_at(file, header.length, offset + _HEADER)) != header.checksum:
            if end < size:
                raise Tampered(f"{name} is damaged at record {len(offsets)}; restore it from a copy before going on")
            break
        offsets.append(offset)
        offset = end
    return _Scan(offsets, offset, size)


def _record_follows(rest: bytes, index: int) -> bool:
    """Whether `rest`, which does not start with record `index`, holds another's header: then it is no torn tail."""
    at = rest.find(_MAGIC)
    while at >= 0:
        header = _parsed(rest[at : at + _HEADER])
        if header is not None and (header.number > index or at == 0):
            return True
        at = rest.find(_MAGIC, at + 1)
    return False


def _record(file: int, offset: int, index: int, name: str) -> bytes:
    header = _parsed(os.pread(file, _HEADER, offset))
    if header is not None and header.number == index:
        data = _read_at(file, header.length, offset + _HEADER)
        if zlib.crc32(data) == header.checksum:
            return data
    raise Tampered(f"{name} is damaged at record {index}; restore it from a copy before going on")


def _read_at(file: int, length: int, offset: int) -> bytes:
    parts, left = [], length
    while left > 0 and (part := os.pread(file, left, offset + length - left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _write_at(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
