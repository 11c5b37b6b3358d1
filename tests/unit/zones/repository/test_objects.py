"""Objects are whole or not there, in a folder and in a store of another kind."""

import secrets
from pathlib import Path

import pytest

from countenance.errors import Malformed, Tampered, Unavailable
from countenance.zones.repository.objects import Objects


@pytest.fixture(params=["folder", "url", "memory"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    places = {"folder": str(tmp_path / "a b"), "url": f"file://{tmp_path}/a%20b", "memory": "memory:///"}
    return Objects(places[request.param], secrets.token_bytes)


def test_what_is_written_can_be_read_dropped_and_is_then_gone(objects: Objects) -> None:
    with objects.written(b"one", b"", b"three") as names:
        pass
    assert [objects.get(name, "it") for name in names] == [b"one", b"", b"three"]
    assert len(set(names)) == 3
    objects.drop(names)
    objects.drop(names)
    with pytest.raises(Tampered, match="the still of"):
        objects.get(names[0], "the still of 7")


def test_sweep_asks_and_keeps_what_is_known_or_under_way(objects: Objects) -> None:
    with objects.written(b"known") as (known,), objects.written(b"orphan") as (orphan,):
        pass
    with objects.written(b"under way") as (under_way,):
        assert objects.sweep(lambda names: {known} & set(names)) == 1
    assert objects.get(known, "it") == b"known"
    assert objects.get(under_way, "it") == b"under way"
    with pytest.raises(Tampered):
        objects.get(orphan, "it")


def test_a_name_that_is_taken_is_never_written_over(tmp_path: Path) -> None:
    objects = Objects(str(tmp_path / "objects"), bytes)
    with objects.written(b"first") as (name,):
        pass
    with pytest.raises(Unavailable, match="randomness"), objects.written(b"second"):
        pass
    assert objects.get(name, "it") == b"first"


def test_what_a_kill_left_half_written_is_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "objects" / "ab").mkdir(parents=True)
    torn = tmp_path / "objects" / "ab" / f"ab{'0' * 30}#1"
    torn.write_bytes(b"half")
    Objects(str(tmp_path / "objects"), secrets.token_bytes)
    assert not torn.exists()


@pytest.mark.parametrize("where", ["gopher://example/x", "s4://bucket"])
def test_an_unknown_kind_of_store_is_malformed(where: str) -> None:
    with pytest.raises(Malformed, match="objects"):
        Objects(where, secrets.token_bytes)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable):
        Objects(str(tmp_path / "file"), secrets.token_bytes)
