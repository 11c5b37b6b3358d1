"""tiles: the folder is what the specification says, grows in any steps to the same files, and never tells a lie."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Tampered
from countenance.log import tiles
from countenance.log.checkpoint import write_note
from countenance.log.merkle import Tree

KEY = SigningKey.generate()
LEAVES = [number.to_bytes(32) for number in range(600)]
TREE = Tree(LEAVES)


def note(size: int, tree: Tree = TREE) -> str:
    return write_note("example/log", size, tree.root(size), KEY)


def grown(folder: Path, *sizes: int) -> None:
    have = tiles.published_size(folder)
    for size in sizes:
        sealed = [b"sealed %d" % index for index in range(have, size)]
        assert tiles.publish(folder, LEAVES[have:size], sealed, note(size)) == size
        have = size


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_numbers_as_the_specification_writes_them() -> None:
    assert tiles.numbered(1234067) == "x001/x234/067"
    assert tiles.numbered(0) == "000"
    assert tiles.numbered(1000) == "x001/000"
    assert tiles.tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert tiles.tile_path("entries", 5) == "tile/entries/005"


def test_layout_of_two_full_tiles_and_a_part(tmp_path: Path) -> None:
    grown(tmp_path, 600)
    files = content(tmp_path)
    names = {name for name in files if not name.startswith("preimages/")}
    assert names == {
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    }
    assert files["tile/1/000.p/2"] == TREE.subtree(0, 256) + TREE.subtree(256, 512)
    assert files["tile/0/001"] == b"".join(TREE.subtree(at, at + 1) for at in range(256, 512))
    assert files["tile/entries/002.p/88"][:34] == b"\x00\x20" + LEAVES[512]
    assert files["preimages/599"] == b"sealed 599"
    assert tiles.published_size(tmp_path) == 600


def test_a_tree_of_256_has_a_full_tile_and_a_level_above(tmp_path: Path) -> None:
    grown(tmp_path, 256)
    names = {name for name in content(tmp_path) if name.startswith("tile/")}
    assert names == {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(1, 299), max_size=4))
def test_any_steps_lead_to_the_same_files(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    once, often = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("often")
    grown(once, 300)
    grown(often, *sorted(set(steps)), 300)
    assert content(once).items() <= content(often).items()


def test_publishing_again_after_a_crash_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(tmp_path, 250)
    old = (tmp_path / "checkpoint").read_bytes()
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    grown(tmp_path, 260)
    (tmp_path / "checkpoint").write_bytes(old)
    good = content(tmp_path)
    grown(tmp_path, 260)
    assert content(tmp_path).items() >= good.items() - {("checkpoint", old)}


def test_what_does_not_fit_is_refused_and_the_checkpoint_stays(tmp_path: Path) -> None:
    grown(tmp_path, 10)
    other = Tree([b"\xff" * 32, *LEAVES[1:12]])
    wrong: list[tuple[type[Exception], list[bytes], int, str]] = [
        (Tampered, [b"\xff" * 32, LEAVES[11]], 2, note(12)),
        (Tampered, LEAVES[10:12], 2, note(12, other)),
        (Malformed, LEAVES[10:12], 1, note(12)),
        (Malformed, LEAVES[11:12], 1, note(12)),
        (Malformed, [b"short", LEAVES[11]], 2, note(12)),
        (Malformed, LEAVES[:12], 12, note(11)),
        (Malformed, LEAVES[10:12], 2, "no note"),
        (Tampered, LEAVES[5:9], 4, note(9)),
    ]
    before = (tmp_path / "checkpoint").read_bytes()
    for kind, leaves, count, text in wrong:
        with pytest.raises(kind):
            tiles.publish(tmp_path, leaves, [b"sealed"] * count, text)
        assert (tmp_path / "checkpoint").read_bytes() == before
    grown(tmp_path, 12)


def test_a_damaged_folder_is_noticed_and_made_anew(tmp_path: Path) -> None:
    grown(tmp_path, 300)
    good = content(tmp_path)
    tile = tmp_path / "tile/0/001.p/44"
    tile.write_bytes(bytes(44 * 32))
    with pytest.raises(Tampered, match="from the first entry"):
        grown(tmp_path, 301)
    tile.write_bytes(b"short")
    with pytest.raises(Tampered, match="from the first entry"):
        grown(tmp_path, 301)
    (tmp_path / "checkpoint").write_bytes(b"\xff")
    with pytest.raises(Malformed):
        tiles.published_size(tmp_path)
    sealed = [b"sealed %d" % index for index in range(300)]
    tiles.publish(tmp_path, LEAVES[:300], sealed, note(300))
    now = content(tmp_path)
    assert {name: data for name, data in now.items() if name != "checkpoint"} == {
        name: data for name, data in good.items() if name != "checkpoint"
    }
