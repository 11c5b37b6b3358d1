"""What of the published log is given out: its checkpoint and tiles by their names, and no other file."""

from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed
from countenance.log import tiles
from countenance.zones.repository import published
from simulator.repository import World


def asked(world: World, path: object) -> bytes:
    answer = published.file(world.repository, Message("log.file", {"path": path}))  # type: ignore[dict-item]
    return b"".join(answer.blobs)


def lay(world: World, path: str, data: bytes) -> Path:
    place = world.repository.directory / "log" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint",
        tiles.tile_path(0, 0),
        tiles.tile_path(0, 0, 1),
        tiles.tile_path(7, 12, 255),
        tiles.tile_path("entries", 1234067, 16),
        tiles.tile_path(1, 1_000_000),
    ],
)
def test_every_name_that_publication_writes_is_answered(world: World, path: str) -> None:
    lay(world, path, b"what lies there")
    assert asked(world, path) == b"what lies there"


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "/", "checkpoint/", "./checkpoint", "checkpoint\n", "../genesis.json", "preimages/000"),
        *("tile/0/../../checkpoint", "tile/0/..", "tile/8/000", "tile/00/000", "tile/-1/000", "tile/data/000"),
        *("tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/x001", "tile/0/001/x001", "tile/0/٠٠٠"),
        *("tile/0/000.p", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1/", "tile/0/000\n"),
        "tile/0/" + "x001/" * 7 + "001",
        *(None, 5, ["checkpoint"]),
    ],
)
def test_any_other_name_is_refused_before_the_disk_is_asked(world: World, path: object) -> None:
    lay(world, "preimages/000", b"sealed")
    lay(world, "checkpoint", b"note")
    with pytest.raises(Malformed, match="names no checkpoint and no tile"):
        asked(world, path)


def test_what_is_not_there_or_is_too_long_is_said(world: World) -> None:
    with pytest.raises(Malformed, match="is not published"):
        asked(world, "checkpoint")
    lay(world, "tile/0/000", b"x" * (256 * 34 + 1))
    with pytest.raises(Malformed, match="longer than any can be"):
        asked(world, "tile/0/000")
    with pytest.raises(Malformed, match="is not published"):
        asked(world, "tile/0/000.p/5")
