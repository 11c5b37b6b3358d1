"""Killed at any step of intake: acknowledged means kept, not acknowledged means whole or nothing, and it goes on."""

import os
import pickle
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from countenance.zones.repository import retention, service
from countenance.zones.repository.configuration import RepositorySettings
from simulator.repository import Clock, Custodian, Edge, World, make_directory, record_of

from . import crash


@pytest.mark.parametrize("step", crash.STEPS)
def test_killed_while_taking_a_sighting(tmp_path: Path, step: str) -> None:
    edge, directory = Edge(), make_directory(tmp_path / "repository")
    upload = edge.sighting()
    custodian = Custodian(edges={edge.name: edge.key.public})
    killed = subprocess.run(
        [sys.executable, crash.__file__, str(directory), step],
        input=pickle.dumps((upload.verb, upload.blobs, custodian.edges)),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
        capture_output=True,
    )
    assert killed.returncode == 9, killed.stderr.decode()
    with service.opened(
        directory, RepositorySettings(), custodian, clock=Clock(), random=secrets.token_bytes, log=lambda _: None
    ) as repository:
        world = World(repository, custodian, edge, Clock(), [])
        assert world.contents()["sightings"] == (1 if step == "after commit" else 0)
        retention.sweep_orphans(repository)
        files = [path for path in (directory / "objects").rglob("*") if path.is_file()]
        assert len(files) == world.contents()["objects"] == (2 if step == "after commit" else 0)
        assert world.ask(upload).body == {}
        assert world.contents()["sightings"] == 1
        repository.presenter.drain()
        assert set(custodian.taken) == {record_of(upload).sighting}
