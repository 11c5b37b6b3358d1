"""Sheets of rows: durable or never there, never a wrong row for a right one, zeros where something was erased."""

import contextlib
import errno
import itertools
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from countenance.errors import Tampered, Unavailable
from countenance.vocabulary.cameras import Partition
from countenance.zones.repository import sheet
from countenance.zones.repository.index import ENTRY
from countenance.zones.repository.maps import Maps
from countenance.zones.repository.sheet import Row, SheetId
from countenance.zones.repository.sheets import Sheets
from simulator.interruptions import Steps, counted, fail, fail_after, killed_at

DIMENSION = 4
HALL = SheetId("hall", 480_000, 0, 0)
MOST_STEPS = 60


def row(position: int, fill: int = 0) -> Row:
    data = bytes([position + 1, fill] * DIMENSION)
    return Row(position, f"{position:032x}", bytes([position]) * 16, data)


ROWS = [row(0), row(1), row(3)]
LATER = [row(4), row(5)]


class Store:
    """Sheets in a folder, with what they log."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.logged: list[str] = []
        self.sheets = Sheets(directory, self.logged.append)

    def path(self, ending: str, which: SheetId = HALL) -> Path:
        return self.directory / which.camera / str(which.hour) / f"{which.name}.{ending}"

    def alarms(self) -> int:
        return len([line for line in self.logged if "ALARM" in line])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "rows")
    made.sheets.append(HALL, DIMENSION, ROWS)
    return made


def again(store: Store) -> Store:
    """As a new process finds it."""
    return Store(store.directory)


def test_rows_are_where_they_were_put_and_holes_are_zeros(store: Store) -> None:
    assert again(store).sheets.whole(HALL).rows == tuple(ROWS)
    rows = again(store).sheets.maps.rows(HALL, 10)
    assert rows is not None
    assert rows.dtype == np.int16
    assert rows.tobytes() == ROWS[0].row + ROWS[1].row + bytes(8) + ROWS[2].row
    assert store.sheets.whole(HALL, (1, 2)).rows == (ROWS[1],)
    assert store.sheets.positions(HALL, {ROWS[2].sighting, "f" * 32}) == (3,)
    assert store.path("rows").read_bytes()[: sheet.HEADER] == sheet.header(HALL, DIMENSION)
    assert store.path("rows").stat().st_size == 64 + 8 * 4
    assert store.alarms() == 0


def test_the_header_is_as_the_format_page_says() -> None:
    assert sheet.header(SheetId("hall", 1, 2, 3), 512)[:60] == (
        b"cn-sheet\x01\0\0\0\x00\x02\0\0\x02\0\0\0\x03\0\0\0" + bytes(36)
    )


def test_the_same_rows_again_change_nothing(store: Store) -> None:
    before = store.path("rows").read_bytes()
    again(store).sheets.append(HALL, DIMENSION, ROWS)
    assert store.path("rows").read_bytes() == before
    assert store.sheets.whole(HALL).rows == tuple(ROWS)


def test_a_sheet_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "rows")
    assert store.sheets.whole(HALL).rows == ()
    assert store.sheets.maps.rows(HALL, 5) is None
    assert store.sheets.positions(HALL, {"f" * 32}) == ()
    assert store.sheets.erase(HALL, (1,)) == 0
    store.sheets.drop(HALL)
    assert not store.sheets.drop_partition(HALL.partition)
    assert store.sheets.generations(HALL.partition) == store.sheets.superseded() == ()
    assert store.sheets.usage() == (0, 0)


def test_erased_rows_are_zeros_and_in_no_answer(store: Store) -> None:
    view = store.sheets.maps.rows(HALL, 4)
    assert store.sheets.erase(HALL, (1, 2, 4000)) == 1
    assert store.sheets.erase(HALL, (1,)) == 0
    assert view is not None
    assert not view[1].any()
    for one in (store, again(store)):
        assert one.sheets.whole(HALL).rows == (ROWS[0], ROWS[2])
        assert one.sheets.positions(HALL, {ROWS[1].sighting}) == (1,)
    assert ROWS[1].row not in store.path("rows").read_bytes()
    assert store.path("rows").stat().st_size == 64 + 8 * 4


def test_rows_of_another_dimension_are_refused_and_nothing_changes(store: Store) -> None:
    before = store.path("rows").read_bytes()
    with pytest.raises(Tampered, match="4 components, not 8"):
        store.sheets.append(HALL, 8, [Row(9, "9" * 32, bytes(16), bytes(16))])
    assert store.path("rows").read_bytes() == before
    assert store.sheets.whole(HALL).rows == tuple(ROWS)


def test_the_next_generation_is_made_whole_and_the_old_one_dropped(store: Store) -> None:
    new = [row(0, fill=9), row(1, fill=9)]
    store.sheets.create(HALL.next, DIMENSION, [row(7)])
    store.sheets.create(HALL.next, DIMENSION, new)
    assert store.sheets.superseded() == (HALL,)
    assert store.sheets.generations(HALL.partition) == (HALL, HALL.next)
    assert store.sheets.usage()[0] == 2
    store.sheets.drop(HALL)
    assert store.sheets.superseded() == ()
    assert again(store).sheets.whole(HALL.next).rows == tuple(new)
    assert again(store).sheets.whole(HALL).rows == ()


def test_a_partition_goes_with_everything_in_it_and_no_other(store: Store) -> None:
    other = SheetId("hall", HALL.hour + 1, 0, 0)
    store.sheets.append(other, DIMENSION, ROWS)
    (store.path("rows").parent / ".0-1.rows.x.part").write_bytes(b"torn")
    assert store.sheets.drop_partition(HALL.partition)
    assert not store.path("rows").parent.exists()
    assert store.sheets.whole(other).rows == tuple(ROWS)
    assert store.sheets.drop_partition(other.partition)
    assert list(store.directory.iterdir()) == []


def test_who_has_a_view_keeps_it_when_the_sheet_goes(store: Store) -> None:
    view = store.sheets.maps.rows(HALL, 4)
    store.sheets.drop_partition(HALL.partition)
    assert view is not None
    assert view[0].tobytes() == ROWS[0].row
    assert store.sheets.maps.rows(HALL, 4) is None


def test_maps_are_bounded_grow_with_the_file_and_are_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.zones.repository.maps.MOST_KEPT", 2)
    maps = Maps(lambda which: store.path("rows", which), store.logged.append)
    sheets = [SheetId("hall", HALL.hour, number, 0) for number in range(4)]
    for which in sheets:
        store.sheets.append(which, DIMENSION, ROWS)
        assert maps.rows(which, 4) is not None
    assert len(maps) == 2
    assert (maps.opened, maps.bytes) == (4, 4 * 32)
    store.sheets.append(sheets[-1], DIMENSION, LATER)
    grown = maps.rows(sheets[-1], 6)
    assert grown is not None
    assert len(grown) == 6
    assert maps.opened == 5
    shorter = maps.rows(sheets[-1], 2)
    assert shorter is not None
    assert len(shorter) == 2
    assert maps.opened == 5


def test_every_torn_index_loses_its_tail_and_takes_the_rows_again(store: Store) -> None:
    whole = store.path("index").read_bytes()
    for length in range(len(whole)):
        store.path("index").write_bytes(whole[:length])
        torn = again(store)
        assert torn.sheets.whole(HALL).rows == tuple(ROWS[: length // ENTRY])
        torn.sheets.append(HALL, DIMENSION, ROWS[length // ENTRY :])
        assert store.path("index").read_bytes() == whole
        assert again(store).sheets.whole(HALL).rows == tuple(ROWS)
        assert torn.alarms() == 0


def test_rows_beyond_the_index_are_nothing_and_are_written_over(store: Store) -> None:
    with store.path("rows").open("ab") as file:
        file.write(b"torn")
    assert again(store).sheets.whole(HALL).rows == tuple(ROWS)
    store.sheets.append(HALL, DIMENSION, LATER)
    assert store.sheets.whole(HALL).rows == (*ROWS, *LATER)


@pytest.mark.parametrize("ending", ["rows", "index"])
def test_a_flipped_bit_anywhere_is_a_missing_row_and_never_a_wrong_one(store: Store, ending: str) -> None:
    path = store.path(ending)
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        spoiled = again(store)
        found = spoiled.sheets.whole(HALL)
        assert set(found.rows) <= set(ROWS)
        in_hole = ending == "rows" and 64 + 8 * 2 <= bit // 8 < 64 + 8 * 3
        in_tail = ending == "index" and bit // 8 >= 2 * ENTRY
        assert (len(found.rows) < len(ROWS)) is not in_hole
        assert (found.damaged > 0) is not (in_hole or in_tail)
        assert spoiled.alarms() == (0 if in_hole or in_tail else 1)
        mapped = spoiled.sheets.maps.rows(HALL, 4)
        assert (mapped is None) is (ending == "rows" and bit // 8 < sheet.HEADER)


def test_a_damaged_header_is_made_anew_when_rows_come(store: Store) -> None:
    path = store.path("rows")
    path.write_bytes(b"?" + path.read_bytes()[1:])
    with pytest.raises(Tampered):
        store.sheets.erase(HALL, (0,))
    store.sheets.append(HALL, DIMENSION, LATER)
    assert store.alarms() == 1
    assert store.sheets.whole(HALL).rows == (*ROWS, *LATER)


@pytest.mark.parametrize("ending", ["rows", "index"])
def test_a_file_of_another_sheet_is_not_taken_for_this_one(store: Store, ending: str) -> None:
    other = SheetId("hall", HALL.hour, 1, 0)
    store.sheets.append(other, DIMENSION, [row(0, fill=5), row(1, fill=5), row(3, fill=5)])
    shutil.copy(store.path(ending, other), store.path(ending))
    spoiled = again(store)
    assert spoiled.sheets.whole(HALL).rows == ()
    assert spoiled.alarms() > 0


# What is done to a sheet that has ROWS; how it is told that it was done; and what there may be half-way.
ACTS: dict[str, tuple[Callable[[Sheets], object], list[Row], SheetId]] = {
    "first rows": (
        lambda sheets: sheets.append(SheetId("yard", 7, 0, 0), DIMENSION, LATER),
        LATER,
        SheetId("yard", 7, 0, 0),
    ),
    "more rows": (lambda sheets: sheets.append(HALL, DIMENSION, LATER), [*ROWS, *LATER], HALL),
    "the same rows": (lambda sheets: sheets.append(HALL, DIMENSION, ROWS), ROWS, HALL),
    "erase": (lambda sheets: sheets.erase(HALL, (1, 3)), ROWS[:1], HALL),
    "next generation": (lambda sheets: sheets.create(HALL.next, DIMENSION, LATER), LATER, HALL.next),
    "drop": (lambda sheets: sheets.drop(HALL), [], HALL),
    "drop partition": (lambda sheets: sheets.drop_partition(HALL.partition), [], HALL),
}


def settled(directory: Path, act: Callable[[Sheets], object], after: list[Row], which: SheetId) -> None:
    """Whatever happened: every row that is given is right, and doing it again ends as if nothing had happened."""
    store = Store(directory)
    right = {*ROWS, *LATER}
    assert {*store.sheets.whole(which).rows, *store.sheets.whole(HALL).rows} <= right
    act(store.sheets)
    found = Store(directory).sheets.whole(which)
    assert found.rows == tuple(after)
    assert found.damaged == 0
    rows = store.sheets.maps.rows(which, 10)
    here = {one.position: one.row for one in after}
    for position, data in enumerate(rows if rows is not None else ()):
        assert data.tobytes() == here.get(position, bytes(2 * DIMENSION))


@pytest.mark.parametrize("act", ACTS)
def test_a_kill_at_any_step(store: Store, tmp_path: Path, act: str) -> None:
    do, after, which = ACTS[act]
    for step in itertools.count(1):
        directory = tmp_path / f"kill-{step}"
        shutil.copytree(store.directory, directory)
        died = killed_at(step, lambda directory=directory: do(Store(directory).sheets))
        settled(directory, do, after, which)
        if not died:
            break
    assert 1 < step < MOST_STEPS


@pytest.mark.parametrize("stop", [fail, fail_after])
@pytest.mark.parametrize("act", ACTS)
def test_a_failure_at_any_step(store: Store, tmp_path: Path, act: str, stop: Callable[[Any], Any]) -> None:
    do, after, which = ACTS[act]
    for step in itertools.count(1):
        directory = tmp_path / f"fail-{step}"
        shutil.copytree(store.directory, directory)
        sheets = Store(directory).sheets
        steps = Steps(step, stop)
        with counted(steps), contextlib.suppress(Unavailable):
            do(sheets)
        do(sheets)
        settled(directory, do, after, which)
        if steps.count < step:
            break
    assert 1 < step < MOST_STEPS


@pytest.mark.parametrize("act", ACTS)
def test_a_full_disk_in_the_middle_of_any_write(
    store: Store, tmp_path: Path, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the bytes are written, then none."""
    do, after, which = ACTS[act]
    real = os.pwrite
    for write in itertools.count(1):
        directory = tmp_path / f"full-{write}"
        shutil.copytree(store.directory, directory)
        left = write

        def half(file: int, data: bytes, offset: int) -> int:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(file, data[: max(1, len(data) // 2)] if left == 0 else data, offset)

        sheets = Store(directory).sheets
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", half)
            with contextlib.suppress(Unavailable):
                do(sheets)
        settled(directory, do, after, which)
        if left > 0:
            break
    assert write < MOST_STEPS


def test_what_a_killed_process_may_not_have_made_durable_is_synced_by_the_next(store: Store) -> None:
    synced: list[Path] = []
    real = os.fsync

    def note(file: int) -> None:
        synced.append(Path(f"/proc/self/fd/{file}").readlink())
        real(file)

    fresh = again(store).sheets
    os.fsync = note
    try:
        for _ in range(2):
            fresh.append(HALL, DIMENSION, LATER)
    finally:
        os.fsync = real
    folder = store.path("rows").parent
    both = [store.path("rows"), store.path("index")]
    assert synced == [*both, folder, folder.parent, store.directory, *both]


def test_random_appends_and_erasures_end_as_a_dictionary_would(tmp_path: Path) -> None:
    store, model = Store(tmp_path / "rows"), dict[int, Row]()
    for _ in range(60):
        batch = [
            Row(at, secrets.token_hex(16), secrets.token_bytes(16), secrets.token_bytes(8))
            for at in sorted({secrets.randbelow(40) for _ in range(4)})
        ]
        store.sheets.append(HALL, DIMENSION, batch)
        model |= {one.position: one for one in batch}
        gone = {secrets.randbelow(40) for _ in range(2)}
        assert store.sheets.erase(HALL, gone) == len(gone & model.keys())
        model = {at: one for at, one in model.items() if at not in gone}
        assert store.sheets.whole(HALL).rows == tuple(model[at] for at in sorted(model))


def test_partitions_sheets_and_names() -> None:
    assert str(HALL) == "hall/480000/0/0"
    assert HALL.next == SheetId("hall", 480_000, 0, 1)
    assert HALL.partition == Partition("hall", 480_000)
