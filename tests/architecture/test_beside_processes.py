"""Gallery and second custodians run without pictures, a neural runtime, an SQL toolkit or another zone's code."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from countenance.channel.client import Connection
from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from simulator.people import genesis
from simulator.zone import Edge

HOOK = """
import sys

REFUSED = ("cv2", "av", "onnxruntime", "onnx", "PIL", "sqlalchemy", "obstore", "countenance.faces", "countenance.video",
           "countenance.evidence", "countenance.zones.edge", "countenance.zones.repository")

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in REFUSED):
            raise ImportError(name + " has no place in a custodian")

sys.meta_path.insert(0, Refusing())
"""
# A verb of each, and what it says while it is locked.
VERBS = {"gallery": ("session.begin", "gallery open"), "second": ("ready", "custodian open --second")}
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    return os.environ | {"PYTHONPATH": str(tmp_path / "hook")}


@pytest.fixture(params=["gallery", "second"])
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def command(zone: str, act: str, place: Path) -> list[str]:
    return [sys.executable, "-m", f"countenance.cli.run_{zone}", act, "--deployment", str(place)]


@pytest.fixture
def deployment(tmp_path: Path, environment: dict[str, str], zone: str) -> Path:
    place = tmp_path / "deployment"
    (place / "sockets").mkdir(parents=True)
    probe = records.plain(Edge("probe", "probe").identity)
    plan: dict[str, Json] = {"of": records.plain(genesis()), "passphrase": PASSPHRASE, "probe": probe}
    done = subprocess.run(
        command(zone, "genesis", place), input=canonical.write(plan), env=environment, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == {"deployment": f"{genesis().deployment}/{zone}", "shares": []}
    return place


@contextmanager
def serving(zone: str, deployment: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command(zone, "serve", deployment), env=environment, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"waiting to be opened" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def test_it_serves_and_leaves_nothing_for_others(zone: str, deployment: Path, environment: dict[str, str]) -> None:
    with serving(zone, deployment, environment) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        terminal_at = deployment / zone / "terminal"
        assert stat.S_IMODE(terminal_at.stat().st_mode) == 0o600
        everyone = Connection(deployment / "sockets" / zone, timeout=60)
        with everyone, Connection(terminal_at, timeout=60) as terminal:
            assert everyone.call("status").body["state"] == "locked"
            asked, said = VERBS[zone]
            with pytest.raises(Unavailable, match=said):
                everyone.call(asked)
            for verb in ("open", "close", "roster.add", "edge.enrol"):
                with pytest.raises(Malformed, match="does not know that verb"):
                    everyone.call(verb)
            status = terminal.call("open", {"passphrase": PASSPHRASE}).body
            assert (status["state"], status["entries"]) == ("open", 3)
            assert not {"rows", "pads_bytes", "oldest_epoch"} & set(status)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not (deployment / "sockets" / zone).exists()
    for path in (deployment / zone).rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_second_process_does_not_start(zone: str, deployment: Path, environment: dict[str, str]) -> None:
    with serving(zone, deployment, environment):
        again = command(zone, "serve", deployment)
        second = subprocess.run(again, env=environment, capture_output=True, check=False, timeout=60)
        assert second.returncode == 1
        assert json.loads(second.stdout)["error"] == "unavailable"
