"""Deployments for the proofs: founded as the demo founds its own, with real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from countenance.cli.demo.opening import found
from countenance.cli.demo.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A running, open demo deployment with its roster and one camera host, and no camera yet."""
    out = tmp_path / "d"
    (out / "keys").mkdir(parents=True)
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage)
        yield stage
    finally:
        stage.stop_all()
