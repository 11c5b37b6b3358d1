"""A deployment with one edge and one camera."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.camera_host import World, found, serving


@pytest.fixture
def world(tmp_path: Path) -> World:
    return found(tmp_path)


@pytest.fixture
def served(world: World) -> Iterator[World]:
    """The world with its repository answering."""
    with serving(world):
        yield world
