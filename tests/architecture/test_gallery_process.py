"""The gallery custodian's process runs without pictures, a neural runtime, an SQL toolkit or another zone's code."""

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
            raise ImportError(name + " has no place in the gallery custodian")

sys.meta_path.insert(0, Refusing())
"""
COMMAND = [sys.executable, "-m", "countenance.cli.run_gallery"]
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    return os.environ | {"PYTHONPATH": str(tmp_path / "hook")}


@pytest.fixture
def deployment(tmp_path: Path, environment: dict[str, str]) -> Path:
    place = tmp_path / "deployment"
    (place / "sockets").mkdir(parents=True)
    probe = records.plain(Edge("probe", "probe").identity)
    plan: dict[str, Json] = {"of": records.plain(genesis()), "passphrase": PASSPHRASE, "probe": probe}
    command = [*COMMAND, "genesis", "--deployment", str(place)]
    done = subprocess.run(command, input=canonical.write(plan), env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout) == {"deployment": f"{genesis().deployment}/gallery", "shares": []}
    return place


@contextmanager
def serving(deployment: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [*COMMAND, "serve", "--deployment", str(deployment)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"waiting to be opened" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def test_it_serves_and_leaves_nothing_for_others(deployment: Path, environment: dict[str, str]) -> None:
    with serving(deployment, environment) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        terminal_at = deployment / "gallery" / "terminal"
        assert stat.S_IMODE(terminal_at.stat().st_mode) == 0o600
        everyone = Connection(deployment / "sockets" / "gallery", timeout=60)
        with everyone, Connection(terminal_at, timeout=60) as terminal:
            assert everyone.call("status").body["state"] == "locked"
            with pytest.raises(Unavailable, match="gallery open"):
                everyone.call("session.begin")
            for verb in ("open", "close", "roster.add", "edge.enrol"):
                with pytest.raises(Malformed, match="does not know that verb"):
                    everyone.call(verb)
            status = terminal.call("open", {"passphrase": PASSPHRASE}).body
            assert (status["state"], status["galleries"], status["received"]) == ("open", 0, 0)
            assert not {"rows", "partitions", "oldest_epoch"} & set(status)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not (deployment / "sockets" / "gallery").exists()
    for path in (deployment / "gallery").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_a_second_process_does_not_start(deployment: Path, environment: dict[str, str]) -> None:
    with serving(deployment, environment):
        command = [*COMMAND, "serve", "--deployment", str(deployment)]
        second = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
        assert second.returncode == 1
        assert json.loads(second.stdout)["error"] == "unavailable"
