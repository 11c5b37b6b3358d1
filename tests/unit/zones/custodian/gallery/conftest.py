"""A founded, opened and populated gallery custodian."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.gallery import Watched


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    watched = Watched(tmp_path_factory.mktemp("gallery"))
    watched.open()
    watched.populate()
    watched.custodian.close()
    return watched


@pytest.fixture
def watched(founded: Watched, tmp_path: Path) -> Iterator[Watched]:
    again = copy.copy(founded)
    again.directory = tmp_path / "gallery"
    shutil.copytree(founded.directory, again.directory)
    again.clock, again.said = copy.copy(founded.clock), []
    again.custodian = again.process()
    again.open()
    yield again
    again.custodian.close()
