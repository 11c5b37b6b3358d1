"""Sheets: the masked rows that the custodian has taken, as files `rows/CAMERA/HOUR/NUMBER-GENERATION.{rows,index}`.

Invariants:

* When `append` returns, rows and index are durable; killed before, the same call again ends in the same state. Rows
  are durable before the index names them, so no entry stands for bytes that are not there yet.
* `whole` gives a row only if its checksum is right: a damaged one is counted, never passed on.
* A search opens the files of the sheets it was given and no others, and copies nothing. Who holds a view keeps it when
  the sheet is dropped.
* `erase` marks a row before it zeroes it, and both may be repeated.

Who can read these files learns how many rows a camera and hour have, and ids. Who can write them can spoil rows: the
custodian's tags find it in every search.
"""

import contextlib
import os
import re
import threading
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.durable import files
from countenance.errors import Tampered, Unavailable
from countenance.vocabulary.cameras import Partition
from countenance.zones.repository import index, sheet
from countenance.zones.repository.index import Entry
from countenance.zones.repository.maps import Maps
from countenance.zones.repository.sheet import Row, SheetId

_FILE = re.compile(r"(\d{1,9})-(\d{1,9})\.(?:rows|index)")
# Sheets whose folders this process has seen through to the disk; forgotten together when there are too many.
_MOST_SETTLED = 10_000


@dataclass(frozen=True, slots=True)
class Whole:
    """Rows of a sheet whose checksums are right, in order of position. `damaged`: entries and rows that are not."""

    rows: tuple[Row, ...]
    damaged: int


class Sheets:
    """The sheets in `directory`, one process at a time. `maps`: their rows as a search reads them.

    `log` takes one line of counts and names.
    """

    def __init__(self, directory: Path, log: Callable[[str], None]) -> None:
        self._directory = directory
        self._log = log
        self._writing = threading.Lock()
        self._settled: set[SheetId] = set()
        self._said: set[str] = set()
        self.maps = Maps(lambda which: self._path(which, "rows"), log)
        with _explained("made"):
            files.make_directory(directory)

    def whole(self, which: SheetId, positions: Collection[int] | None = None) -> Whole:
        """Rows at `positions` (None: all), each checked; none of a sheet that is not there. Raises Unavailable."""
        with self._writing, _explained("read"):
            try:
                known = self._index(which)
                with _file(self._path(which, "rows"), os.O_RDONLY) as file:
                    dimension = sheet.dimension_of(os.pread(file, sheet.HEADER, 0), which)
                    wanted = [one for one in known.rows() if positions is None or one.position in positions]
                    found = [
                        Row(one.position, one.sighting, one.mac, data)
                        for one in wanted
                        if zlib.crc32(data := _read(file, one.position, dimension)) == one.checksum
                    ]
            except FileNotFoundError:
                return Whole((), 0)
            except Tampered as error:
                self._alarm(str(error))
                return Whole((), 1)
        damaged = known.damaged + len(wanted) - len(found)
        if damaged:
            self._alarm(f"damaged rows: sheet={which} rows={damaged}")
        return Whole(tuple(found), damaged)

    def positions(self, which: SheetId, sightings: Collection[str]) -> tuple[int, ...]:
        """Where the rows of `sightings` are in the sheet, or were before they were erased. Raises Unavailable."""
        with _explained("read"), contextlib.suppress(FileNotFoundError):
            return tuple(at for at, one in self._index(which).entries.items() if one.sighting in sightings)
        return ()

    def append(self, which: SheetId, dimension: int, rows: Sequence[Row]) -> None:
        """Write `rows` at their positions, durably. What was at a position before is replaced.

        Raises Unavailable (disk full: nothing counts that was not acknowledged before), Tampered if the sheet holds
        rows of another dimension.
        """
        with self._writing, _explained("written"):
            files.make_directory(self._folder(which.partition))
            with _file(self._path(which, "rows"), os.O_RDWR | os.O_CREAT) as file:
                self._head(file, which, dimension)
                for row in rows:
                    _write(file, row.row, sheet.place(row.position, dimension))
                os.fsync(file)
            with _file(self._path(which, "index"), os.O_RDWR | os.O_CREAT) as file:
                _grow(file, [_entry(row) for row in rows])
            self._settle(which)

    def create(self, which: SheetId, dimension: int, rows: Sequence[Row]) -> None:
        """Make the sheet as a whole, in place of one that was begun before. Raises Unavailable."""
        with self._writing, _explained("written"):
            files.make_directory(self._folder(which.partition))
            for torn in self._folder(which.partition).glob(f".{which.name}.*.part"):
                torn.unlink(missing_ok=True)
            at = {row.position: row.row for row in rows}
            laid = (at.get(position, bytes(2 * dimension)) for position in range(max(at, default=-1) + 1))
            # The rows come last: where they are, their index is.
            files.write(self._path(which, "index"), index.write(_entry(row) for row in rows))
            files.write(self._path(which, "rows"), b"".join((sheet.header(which, dimension), *laid)))
            self._forget(lambda one: one == which)

    def erase(self, which: SheetId, positions: Collection[int]) -> int:
        """Mark the rows at `positions` as erased, then overwrite them with zeros; both durable. How many were rows.

        A sheet that is not there has nothing to erase. Raises Tampered if its header is damaged, Unavailable.
        """
        with self._writing, _explained("written"), contextlib.suppress(FileNotFoundError):
            with _file(self._path(which, "rows"), os.O_RDWR) as file:
                dimension = sheet.dimension_of(os.pread(file, sheet.HEADER, 0), which)
                with _file(self._path(which, "index"), os.O_RDWR | os.O_CREAT) as listed:
                    rows = [one for one in index.read(_contents(listed)).rows() if one.position in positions]
                    _grow(listed, [Entry(one.position, one.sighting, bytes(index.MAC), 0, True) for one in rows])
                size = os.fstat(file).st_size
                for start in (sheet.place(position, dimension) for position in positions):
                    if start < size:
                        _write(file, bytes(min(2 * dimension, size - start)), start)
                os.fsync(file)
            return len(rows)
        return 0

    def drop(self, which: SheetId) -> None:
        """Delete a sheet's files, durably. One that is gone already is fine. Raises Unavailable."""
        with self._writing, _explained("deleted"), contextlib.suppress(FileNotFoundError):
            self._forget(lambda one: one == which)
            for ending in ("index", "rows"):
                self._path(which, ending).unlink(missing_ok=True)
            files.sync_directory(self._folder(which.partition))

    def drop_partition(self, partition: Partition) -> bool:
        """Delete everything of a camera and hour, durably; whether there was anything. Raises Unavailable."""
        folder = self._folder(partition)
        with self._writing, _explained("deleted"), contextlib.suppress(FileNotFoundError):
            there = list(folder.iterdir())
            self._forget(lambda one: one.partition == partition)
            for path in there:
                path.unlink(missing_ok=True)
            folder.rmdir()
            files.sync_directory(folder.parent)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()
            return True
        return False

    def generations(self, partition: Partition) -> tuple[SheetId, ...]:
        """Every sheet of `partition` that has a file, superseded ones too, in order. Raises Unavailable."""
        with _explained("listed"), contextlib.suppress(FileNotFoundError):
            names = {
                found.groups() for path in self._folder(partition).iterdir() if (found := _FILE.fullmatch(path.name))
            }
            return tuple(sorted(SheetId(partition.camera, partition.hour, int(a), int(b)) for a, b in names))
        return ()

    def superseded(self) -> tuple[SheetId, ...]:
        """Sheets beside which a later generation lies: what a crash during a rewriting leaves. Raises Unavailable."""
        with _explained("listed"):
            folders = [folder for folder in self._directory.glob("*/*") if folder.name.isdecimal()]
        found = [self.generations(Partition(folder.parent.name, int(folder.name))) for folder in folders]
        return tuple(one for listed in found for one in listed if one.next in listed)

    def usage(self) -> tuple[int, int]:
        """How many sheets there are, and bytes of disk that they take. Raises Unavailable."""
        sheets = taken = 0
        with _explained("listed"):
            for path in self._directory.glob("*/*/*"):
                with contextlib.suppress(FileNotFoundError):
                    taken += path.stat().st_blocks * 512
                sheets += path.suffix == ".rows"
        return sheets, taken

    def _folder(self, partition: Partition) -> Path:
        return self._directory / partition.camera / str(partition.hour)

    def _path(self, which: SheetId, ending: str) -> Path:
        return self._folder(which.partition) / f"{which.name}.{ending}"

    def _index(self, which: SheetId) -> index.Index:
        with _file(self._path(which, "index"), os.O_RDONLY) as file:
            return index.read(_contents(file))

    def _head(self, file: int, which: SheetId, dimension: int) -> None:
        found = os.pread(file, sheet.HEADER, 0)
        right = sheet.header(which, dimension)
        if found == right:
            return
        try:
            other = sheet.dimension_of(found, which)
        except Tampered as error:
            if any(found):
                self._alarm(str(error))
            _write(file, right, 0)
        else:
            raise Tampered(
                f"sheet {which} holds rows of {other} components, not {dimension}: repository and custodian are not of "
                "one time, so restore the older of them from a newer backup"
            )

    def _alarm(self, what: str) -> None:
        """Say it once: housekeeping looks at damaged sheets again and again."""
        if what not in self._said:
            self._said = {what} if len(self._said) >= _MOST_SETTLED else self._said | {what}
            self._log(f"ALARM: {what}")

    def _settle(self, which: SheetId) -> None:
        """Make the names of a sheet's files and folders durable, once a process: a killed one may not have."""
        if which in self._settled:
            return
        folder = self._folder(which.partition)
        for one in (folder, folder.parent, self._directory):
            files.sync_directory(one)
        if len(self._settled) >= _MOST_SETTLED:
            self._settled.clear()
        self._settled.add(which)

    def _forget(self, chosen: Callable[[SheetId], bool]) -> None:
        self._settled = {which for which in self._settled if not chosen(which)}
        self.maps.forget(chosen)


def _entry(row: Row) -> Entry:
    return Entry(row.position, row.sighting, row.mac, zlib.crc32(row.row))


def _grow(file: int, entries: Sequence[Entry]) -> None:
    """Append to an index durably, over a torn tail."""
    size = os.fstat(file).st_size
    slots = size // index.ENTRY
    while slots and not index.whole(os.pread(file, index.ENTRY, (slots - 1) * index.ENTRY)):
        slots -= 1
    if slots * index.ENTRY != size:
        os.ftruncate(file, slots * index.ENTRY)
    _write(file, index.write(entries), slots * index.ENTRY)
    os.fsync(file)


def _contents(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _read(file: int, position: int, dimension: int) -> bytes:
    return os.pread(file, 2 * dimension, sheet.place(position, dimension))


def _write(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


@contextlib.contextmanager
def _file(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


@contextlib.contextmanager
def _explained(act: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(f"the repository's rows could not be {act} ({reason}): free or repair its disk") from error
