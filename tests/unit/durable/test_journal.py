"""journal: what append returned for is there; torn tails are cut, damage is named, a full disk changes nothing."""

import errno
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.durable import journal
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Tampered, Unavailable

RECORDS = [b"first", b"", b"third " * 50, b"last"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = Journal(tmp_path / "journal")
    for number, data in enumerate(RECORDS):
        assert book.append(data) == number
    book.close()
    return tmp_path / "journal"


def read(path: Path) -> tuple[list[bytes], int]:
    book = Journal(path)
    try:
        return list(book), book.cut
    finally:
        book.close()


def starts(path: Path) -> list[int]:
    """Offset of every record, and of the end."""
    offsets = [0]
    for data in RECORDS:
        offsets.append(offsets[-1] + 24 + len(data))
    return offsets


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=200), max_size=5), max_size=5))
def test_what_was_appended_is_read(tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]]) -> None:
    place = tmp_path_factory.mktemp("journal") / "journal"
    book, expected = Journal(place), []
    for batch in batches:
        assert book.append_many(batch) == len(expected)
        expected += batch
    assert list(book) == expected
    book.close()
    assert read(place) == (expected, 0)
    assert list(journal.contents(place)) == expected


def test_every_torn_write_is_cut_and_the_rest_kept(path: Path) -> None:
    whole, offsets = path.read_bytes(), starts(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = sum(1 for end in offsets[1:] if end <= length)
        assert list(journal.contents(path)) == RECORDS[:kept]
        assert path.stat().st_size == length
        assert read(path) == (RECORDS[:kept], length - offsets[kept])
        assert path.stat().st_size == offsets[kept]


def test_a_tail_of_zeros_is_a_torn_write(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(4096))
    assert read(path) == (RECORDS, 4096)


def test_every_flipped_bit_is_damage_or_tail(path: Path) -> None:
    whole, last = path.read_bytes(), starts(path)[-2]
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        if at < last:
            with pytest.raises(Tampered, match="damaged"):
                read(path)
            assert path.stat().st_size == len(whole)
        else:
            assert read(path) == (RECORDS[:-1], len(whole) - last)


def test_moved_and_missing_records_are_damage(path: Path) -> None:
    whole, offsets = path.read_bytes(), starts(path)
    parts = [whole[a:b] for a, b in itertools.pairwise(offsets)]
    for wrong in ([parts[1]], parts[:1] + parts[2:], [parts[1], parts[0]], [*parts, parts[0]]):
        path.write_bytes(b"".join(wrong))
        with pytest.raises(Tampered):
            read(path)


def test_damage_after_opening_is_noticed_at_reading(path: Path) -> None:
    book = Journal(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:26] + b"?" + whole[27:])
    assert book.read(1) == RECORDS[1]
    with pytest.raises(Tampered):
        list(book)
    book.close()


def test_appending_goes_on_after_a_cut(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"cjr1 torn")
    book = Journal(path)
    assert book.append(b"next") == 4
    book.close()
    assert read(path) == ([*RECORDS, b"next"], 0)


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, before, write = Journal(path), path.read_bytes(), os.pwrite

    def half(file: int, data: bytes, offset: int) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[:20], offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(Unavailable, match="cannot grow"):
            book.append(b"more than fits")
    assert path.read_bytes() == before
    assert len(book) == 4
    assert book.append(b"fits now") == 4
    book.close()
    assert read(path)[0] == [*RECORDS, b"fits now"]


def test_a_failed_fsync_ends_the_journal_until_a_new_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, before = Journal(path), path.read_bytes()

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(Unavailable):
            book.append(b"lost")
    assert path.read_bytes() == before
    with pytest.raises(Unavailable, match="start this process again"):
        book.append(b"not yet")
    book.close()
    assert read(path) == (RECORDS, 0)


def test_bounds(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Journal(path)
    for index in (-1, 4):
        with pytest.raises(IndexError):
            book.read(index)
    monkeypatch.setattr(journal, "MAXIMUM_RECORD", 10)
    with pytest.raises(Malformed):
        book.append_many([b"short", b"longer than ten"])
    assert len(book) == 4
    book.close()
    with pytest.raises(Unavailable):
        Journal(tmp_path / "no" / "journal")
    with pytest.raises(Unavailable):
        list(journal.contents(tmp_path / "none"))
