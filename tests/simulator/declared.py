"""Cameras that are declared in a running deployment for `live_cameras`, without a source and in one process."""

from collections.abc import Sequence
from pathlib import Path

from countenance.cli import ask
from countenance.formats import canonical, records
from countenance.vocabulary.acts import Declaration, Verb, Withdrawal
from countenance.vocabulary.cameras import Camera
from countenance.zones.edge import identity
from simulator.live_cameras import Leased, LiveCameras

EDGE = "host-1"


def declared(deployment: Path, key: Path, names: Sequence[str], *, place: str = "hall", public: bool = True) -> None:
    """Declare cameras by the operator whose key file is `key`; in a public place they record no templates."""
    with ask.acting(deployment, key) as operator:
        for name in names:
            facts = {"purpose": "missing persons", "legal_basis": "a test", "dpia": "DPIA-TEST-1", "notice": "A test."}
            camera = Camera(name=name, edge=EDGE, place=place, retention_hours=72, publicly_accessible=public, **facts)
            asked = Declaration(camera)
            operator.asker.ask(Verb.DECLARE, asked, relay="camera.declare", extra_blobs=(records.write(camera),))


def withdrawn(deployment: Path, key: Path, names: Sequence[str]) -> None:
    """End cameras by the same operator."""
    with ask.acting(deployment, key) as operator:
        for name in names:
            letter = (canonical.write(name),)
            operator.asker.ask(Verb.WITHDRAW, Withdrawal(name), relay="camera.withdraw", extra_blobs=letter)


def simulated(deployment: Path, names: Sequence[str], *, rate: float = 10.0) -> LiveCameras:
    """Cameras of `EDGE`, with real leases."""
    edge = identity.load(deployment, EDGE)
    edges = dict.fromkeys(names, edge)
    return LiveCameras(deployment / "sockets" / "repository", edges, Leased(deployment, edge), rate=rate)
