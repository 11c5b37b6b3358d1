"""Deployments for the proofs: founded as the demo founds its own, with real processes; and the demo, run once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Told:
    """A demo that was told to its end: where it wrote, and what it said of each step, in order."""

    out: Path
    steps: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demo, run as a newcomer runs it, once for all proofs that read what it left behind."""
    out = tmp_path_factory.mktemp("story") / "demo-out"
    done = subprocess.run(
        [sys.executable, "-m", "countenance.cli.main", "demo", "--json", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    log = out / "processes.log"
    tail = log.read_text()[-3000:] if log.exists() else ""
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}\n{tail}"
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return Told(out, {step["step"]: step for step in steps})
