from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.durable import files
from countenance.errors import Unavailable
from countenance.zones.edge.spool import Item, Spool

ITEM = Item("edge.segment", (b"record", b"cipher" * 100))


def spool(path: Path, most: int = 1 << 20) -> Spool:
    return Spool(path / "spool", most=most)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_what_is_put_comes_back(tmp_path_factory: pytest.TempPathFactory, blobs: list[bytes]) -> None:
    kept = spool(tmp_path_factory.mktemp("s"))
    item = Item("edge.sighting", tuple(blobs))
    kept.put(item, 1)
    assert kept.read(1) == item


def test_items_leave_in_order_and_only_when_released(tmp_path: Path) -> None:
    kept = spool(tmp_path)
    for number in (1, 2, 3):
        kept.put(Item(str(number), ()), number)
    assert kept.oldest() is None
    kept.release(2)
    assert kept.oldest() == (1, Item("1", ()))
    kept.done(1)
    assert kept.oldest() == (2, Item("2", ()))
    kept.done(2)
    assert kept.oldest() is None
    assert len(kept) == 1


def test_a_restart_finds_what_was_not_acknowledged(tmp_path: Path) -> None:
    kept = spool(tmp_path)
    kept.put(ITEM, 7)
    kept.put(ITEM, 8)
    kept.done(7)
    (tmp_path / "spool" / ".000000000009.x.part").write_bytes(b"half")
    again = spool(tmp_path)
    assert again.oldest() == (8, ITEM)
    assert again.numbers == (8,)
    assert not list((tmp_path / "spool").glob(".*"))


def test_a_full_spool_takes_nothing_and_keeps_everything(tmp_path: Path) -> None:
    kept = spool(tmp_path, most=1000)
    kept.put(ITEM, 1)
    size = kept.bytes
    with pytest.raises(Unavailable, match="full"):
        kept.put(ITEM, 2)
    assert (kept.numbers, kept.bytes) == ((1,), size)
    kept.put(Item("edge.manifest", (b"small" * 100,)), 3, even_if_full=True)
    kept.done(1)
    kept.put(ITEM, 4) if kept.bytes + 700 < 1000 else None
    assert spool(tmp_path, most=1000).bytes == kept.bytes


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = spool(tmp_path)

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data)
        raise Unavailable("no space left on the disk")

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(Unavailable):
        kept.put(ITEM, 1)
    assert (len(kept), kept.bytes, spool(tmp_path).numbers) == (0, 0, ())


@pytest.mark.parametrize("position", [0, 3, 20, -1])
def test_a_damaged_item_is_set_aside_and_the_next_goes(tmp_path: Path, position: int) -> None:
    kept = spool(tmp_path)
    for number in (1, 2):
        kept.put(ITEM, number)
        kept.release(number)
    path = tmp_path / "spool" / "000000000001"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    before = kept.bytes
    assert kept.oldest() == (2, ITEM)
    assert kept.aside() == {"refused": 0, "damaged": 1}
    assert kept.bytes == before == spool(tmp_path).bytes


def test_waiting(tmp_path: Path) -> None:
    kept = spool(tmp_path)
    assert kept.wait_empty(0)
    kept.put(ITEM, 1)
    assert not kept.wait_empty(0.01)
    kept.wait(0.01)
    kept.release(1)
    kept.wait(60)
    kept.set_aside(1, "refused")
    assert kept.wait_empty(0)


def test_an_item_does_not_show_its_content() -> None:
    assert "cipher" not in repr(ITEM)
