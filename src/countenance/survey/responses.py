"""Responses: one person's answers read from what their browser sends, and a day's answers as one file.

A record is one byte for the cell of groups and one an item. A file holds the records of one day and way in ascending
order of their bytes, so that it is the same in whatever order they came, and beside them the hashes of the tokens spent
that day, in ascending order too. Invariants:

* A record holds no time, no order, no address, no language and no token; the file no more of time than its day.
* Which token brought which record is in no file: each is sorted by itself.

Who can write these files can add, alter or remove answers, and nothing shows it. Who can read them learns of any one
person what `budget` says, and how many answered that day.
"""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.survey.budget import ABSENT, Bytes
from countenance.vocabulary.survey import UNREPORTED, Instrument, Submission, Way

LONGEST: Final = 8 * 1024
"""Bytes of what one person sends; a browser's own is about one thousand."""
LONGEST_TOKEN: Final = 96
SPENT: Final = 32
BLOCK: Final = 1 << 16
"""Records that are in memory at a time while a file is counted."""
_HEADER = 1024
_MANY = 16
"""So many times as much must be there as comes, for looking for places to be quicker than sorting."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a day's file, canonical JSON."""

    survey: str
    wave: int
    instrument: bytes
    day: str
    way: Way
    people: int
    spent: int


def submission(data: bytes) -> Submission:
    """What a browser sent. Raises Malformed for anything that is none, and for its size before it is read."""
    if len(data) > LONGEST:
        raise Malformed(f"these answers are larger than {LONGEST // 1024} kB: send the page's own form")
    return records.read(Submission, data)


def record(instrument: Instrument, groups: tuple[int, ...], answers: tuple[int, ...], way: Way) -> bytes:
    """One person's record. Raises Malformed for answers that this questionnaire and way cannot give."""
    if len(answers) != len(instrument.items):
        raise Malformed(f"there must be one answer to each of {len(instrument.items)} items: load the page again")
    for item, answer in zip(instrument.items, answers, strict=True):
        if not UNREPORTED <= answer < len(item.answers):
            raise Malformed(f"'{item.id}' has {len(item.answers)} answers, and this is none of them")
    wanted = instrument.reported if way is Way.WEB else len(instrument.items)
    if sum(answer != UNREPORTED for answer in answers) != wanted:
        raise Malformed(f"exactly {wanted} items are reported by each person: load the page again")
    if groups not in instrument.cells:
        raise Malformed("these are no parts of the questionnaire's groups: load the page again")
    row = bytes(ABSENT if answer == UNREPORTED else answer for answer in answers)
    return bytes([instrument.cells.index(groups)]) + row


def spent(token: bytes) -> bytes:
    """What is kept of a token: its SHA-256."""
    return hashlib.sha256(token).digest()


def written(header: Header, rows: bytes, tokens: bytes) -> bytes:
    """A day's file: records and hashes, each in ascending order already."""
    return records.write(header) + b"\n" + rows + tokens


def joined(old: bytes, new: bytes, width: int) -> bytes:
    """Strings of one width in ascending order: those of `old`, which ascend already, and `new`, in any order.

    A batch is small beside a day: its places are looked for, so that the day is copied and not sorted again.
    """
    count, adding = len(old) // width, len(new) // width
    if adding * _MANY > count:
        return ascending(old + new, width)
    parts, begin = [], 0
    for one in sorted(new[at : at + width] for at in range(0, len(new), width)):
        at = width * bisect_right(range(count), one, lo=begin // width, key=lambda n: old[n * width : (n + 1) * width])
        parts += [old[begin:at], one]
        begin = at
    return b"".join([*parts, old[begin:]])


def ascending(data: bytes, width: int) -> bytes:
    """Strings of one width, laid end to end, in ascending order."""
    found = np.frombuffer(data, dtype=f"V{width}")
    return np.sort(found).tobytes()


def packed(cells: Bytes, answers: Bytes) -> bytes:
    """Records of many people: (people,) cells and (people, items) answers."""
    return np.column_stack([cells, answers]).tobytes()


def blocks(path: Path, instrument: Instrument) -> Iterator[Bytes]:
    """A file's records, (at most BLOCK, 1 + items) at a time. Raises Tampered for a file that is not whole."""
    width = 1 + len(instrument.items)
    with _opened(path) as file:
        header = head(file, path)
        if header.instrument != instrument.digest:
            raise Tampered(f"{path.name} was answered to another questionnaire than this wave's: restore the files")
        left = header.people
        while left:
            taken = min(left, BLOCK)
            data = file.read(taken * width)
            if len(data) != taken * width:
                raise Tampered(f"{path.name} is shorter than its first line says: restore it from a copy")
            left -= taken
            yield np.frombuffer(data, np.uint8).reshape(taken, width)
        if len(file.read(header.spent * SPENT + 1)) != header.spent * SPENT:
            raise Tampered(f"{path.name} has another length than its first line says: restore it from a copy")


def whole(path: Path, width: int) -> tuple[Header, bytes, bytes]:
    """Header, records and hashes of a day's file. Raises Tampered for a file that is not whole."""
    with _opened(path) as file:
        header, at = _measured(file, path, width)
        data = file.read()
    return header, data[:at], data[at:]


def hashes(path: Path, width: int) -> bytes:
    """Those of a day's file, without reading its records. Raises as `whole`."""
    with _opened(path) as file:
        _, at = _measured(file, path, width)
        file.seek(at, os.SEEK_CUR)
        return file.read()


def contents(path: Path) -> bytes:
    """All of a file. Raises Unavailable."""
    with _opened(path) as file:
        return file.read()


def head(file: BinaryIO, path: Path) -> Header:
    """The first line of a day's file."""
    line = file.readline(_HEADER)
    try:
        return records.read(Header, line.removesuffix(b"\n"))
    except Malformed as error:
        raise Tampered(f"{path.name} does not begin as a day's answers do: restore it from a copy") from error


def _measured(file: BinaryIO, path: Path, width: int) -> tuple[Header, int]:
    """A file's header, and how many bytes its records have. Raises Tampered if others follow than it says."""
    header = head(file, path)
    records_bytes = header.people * width
    if os.fstat(file.fileno()).st_size - file.tell() != records_bytes + header.spent * SPENT:
        raise Tampered(f"{path.name} has another length than its first line says: restore it from a copy")
    return header, records_bytes


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb", opener=_unnoticed)
    except OSError as error:
        raise Unavailable(f"{path.name} cannot be read ({error.strerror}); ask its owner") from error


def _unnoticed(path: str, flags: int) -> int:
    """Open without leaving a time of access: files are read with each batch, and it would tell when one came."""
    try:
        return os.open(path, flags | os.O_NOATIME)
    except PermissionError:
        # Only a file's owner may ask for it, and who reads a report's files need not be that.
        return os.open(path, flags)
