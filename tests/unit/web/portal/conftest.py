"""A portal with three cameras, declared to a real custodian: one of a hall, one of a square, one called like a page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.door import Door
from simulator.zone import Zone


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    zone = Zone(tmp_path_factory.mktemp("custodian"))
    zone.open()
    zone.admit("operator-1", "clerk-1")
    zone.crash()
    return zone


@pytest.fixture
def door(founded: Zone, tmp_path: Path) -> Iterator[Door]:
    zone = founded.copied(tmp_path)
    zone.open()
    edge = zone.enrol("secret-host")
    named = (("hall", False), ("square", True), ("lists", False))
    yield Door(zone, cameras={name: zone.declare(name, edge, public=public) for name, public in named})
    zone.crash()
