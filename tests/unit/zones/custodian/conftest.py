"""A founded and opened custodian with people, an edge and a camera."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.zone import Edge, Zone


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    zone = Zone(tmp_path_factory.mktemp("custodian"))
    zone.open()
    zone.admit("operator-1", "clerk-1", "supervisor-1", "supervisor-2", "court-b/judge-1")
    zone.crash()
    return zone


@pytest.fixture
def zone(founded: Zone, tmp_path: Path) -> Iterator[Zone]:
    zone = founded.copied(tmp_path)
    zone.open()
    yield zone
    zone.crash()


@pytest.fixture
def edge(zone: Zone) -> Edge:
    edge = zone.enrol("host-1")
    zone.declare("hall-1", edge)
    return edge
