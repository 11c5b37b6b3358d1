"""What the custodian's store said it had written is there when it opens again, or it stays shut and says what to do.

After a clean close and after a kill: a bit flipped in any of its files, its log cut short, an older record or an older
file put back.
"""

import contextlib
import random
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.errors import CountenanceError, Tampered
from countenance.zones.custodian.records import Gone
from countenance.zones.custodian.store import Store
from prove.scale import FULL
from simulator.stores import HELD, ROOT, held, opened, small

SAMPLED = 60


@pytest.fixture(params=["closed", "killed"])
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A directory that nobody has opened since."""
    closed = small(tmp_path / "closed", killed=tmp_path / "killed")
    return closed if request.param == "closed" else tmp_path / "killed"


def check(left: Path, place: Path, name: str, data: bytes) -> bool:
    """With `data` for file `name`: whether the store opens, and then nothing is missing."""
    shutil.copytree(left, place)
    (place / name).write_bytes(data)
    found = None
    with contextlib.suppress(CountenanceError):
        found = held(place)
    shutil.rmtree(place)
    assert found in (None, HELD), name
    return found is not None


def test_a_store_that_nobody_touched_opens(left: Path) -> None:
    assert held(left) == HELD


def test_a_flipped_bit_in_any_file_is_found_or_changes_nothing(left: Path, memory: Path) -> None:
    chance = random.Random(7)
    for path in sorted(left.iterdir()):
        data = path.read_bytes()
        places = range(len(data)) if FULL else chance.sample(range(len(data)), min(SAMPLED, len(data)))
        for at in places:
            flipped = bytearray(data)
            flipped[at] ^= 1 << chance.randrange(8)
            check(left, memory / "spoilt", path.name, bytes(flipped))


def test_a_flipped_bit_in_the_log_after_a_kill_drops_no_commit(tmp_path: Path, memory: Path) -> None:
    """The heart of it: SQLite takes the first bad frame for the end of its log and says nothing."""
    small(tmp_path / "closed", killed=tmp_path / "killed")
    log = next((tmp_path / "killed").glob("*-wal"))
    data = log.read_bytes()
    shut = 0
    for at in range(40, len(data), 400):
        flipped = bytearray(data)
        flipped[at] ^= 1
        shut += not check(tmp_path / "killed", memory / "spoilt", log.name, bytes(flipped))
    assert shut == len(range(40, len(data), 400))


def test_a_log_that_was_cut_short_or_taken_away_is_found(tmp_path: Path, memory: Path) -> None:
    small(tmp_path / "closed", killed=tmp_path / "killed")
    log = next((tmp_path / "killed").glob("*-wal"))
    data = log.read_bytes()
    for length in (0, 32, len(data) // 2, len(data) - 1):
        assert not check(tmp_path / "killed", memory / "spoilt", log.name, data[:length])
    log.unlink()
    with pytest.raises(Tampered, match="lost what was written last"):
        held(tmp_path / "killed")


def test_a_sum_of_which_nothing_is_whole_or_that_is_gone_is_found(left: Path) -> None:
    path = left / "store-0001.sum"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(Tampered, match="sum"):
        opened(left)
    path.unlink()
    with pytest.raises(Tampered, match="sum"):
        opened(left)


def test_an_older_record_put_back_is_found(tmp_path: Path) -> None:
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)
    store.put(Gone(1), "uses")
    store.put(Gone(5), "other")
    file = tmp_path / "store-0001.db"
    with sqlite3.connect(file) as line:
        old = line.execute("SELECT value FROM records WHERE key = 'uses'").fetchone()
    store.put(Gone(0), "uses")
    store.close()
    with sqlite3.connect(file) as line:
        line.execute("UPDATE records SET value = ? WHERE key = 'uses'", old)
    line.close()
    with pytest.raises(Tampered, match="holds older records"):
        opened(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM records WHERE key = 'b'",
        "DELETE FROM records",
        "DELETE FROM sum",
        "DROP TABLE sum",
        "UPDATE sum SET value = (SELECT value FROM records LIMIT 1)",
        "UPDATE sum SET value = 7",
        "UPDATE records SET value = 'text' WHERE key = 'b'",
        "UPDATE records SET kind = CAST(x'ff41' AS TEXT) WHERE key = 'b'",
    ],
)
def test_what_is_taken_out_is_found(tmp_path: Path, change: str) -> None:
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)
    store.put(Gone(1), "a")
    store.put(Gone(2), "b")
    store.close()
    with sqlite3.connect(tmp_path / "store-0001.db") as line:
        line.execute(change)
    line.close()
    with pytest.raises(Tampered):
        opened(tmp_path)


@pytest.mark.parametrize("other", ["store-0001.db", "store-0001.sum"])
def test_an_older_file_put_back_is_found_or_changes_nothing(tmp_path: Path, other: str) -> None:
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)
    store.put(Gone(1), "a")
    store.close()
    old = (tmp_path / other).read_bytes()
    store = opened(tmp_path)
    store.put(Gone(2), "a")
    store.close()
    (tmp_path / other).write_bytes(old)
    if other.endswith("sum"):
        assert held(tmp_path) == {"a": 2}
    else:
        with pytest.raises(Tampered):
            opened(tmp_path)


def test_an_older_record_put_back_while_it_is_open_is_not_taken_over_by_a_new_key(tmp_path: Path) -> None:
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)
    store.put(Gone(1), "a")
    store.put(Gone(5), "b")
    with sqlite3.connect(tmp_path / "store-0001.db") as line:
        old = line.execute("SELECT value FROM records WHERE key = 'a'").fetchone()
        store.put(Gone(2), "a")
        line.execute("UPDATE records SET value = ? WHERE key = 'a'", old)
    line.close()
    store.put(Gone(6), "b")
    with pytest.raises(Tampered):
        store.replace_key()
    store.close()
    with pytest.raises(Tampered):
        opened(tmp_path)


def test_a_commit_that_nobody_was_told_of_may_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure between the commit and its sum's file: the store closes, and what it holds is told at the opening."""
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)
    store.put(Gone(1), "a")

    def fail(one: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(store, "_tell", fail)
    with pytest.raises(CountenanceError):
        store.put(Gone(2), "a")
    assert not store.is_open
    assert held(tmp_path) == {"a": 2}
    before = (tmp_path / "store-0001.sum").read_bytes()
    assert held(tmp_path) == {"a": 2}
    assert (tmp_path / "store-0001.sum").read_bytes() == before


def test_what_is_taken_back_leaves_the_sum_right(tmp_path: Path) -> None:
    store = Store.create(tmp_path, ROOT, secrets.token_bytes)

    def failing(act: Callable[[], None]) -> None:
        with store.together():
            act()
            raise ZeroDivisionError

    with store.together():
        store.put(Gone(1), "a")
        with contextlib.suppress(ZeroDivisionError):
            failing(lambda: store.put(Gone(3), "b"))
    with contextlib.suppress(ZeroDivisionError):
        failing(lambda: store.drop(Gone, "a"))
    store.close()
    assert held(tmp_path) == {"a": 1, "b": 3}
