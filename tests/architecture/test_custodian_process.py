"""The custodian's process runs without pictures, a neural runtime, an SQL toolkit or another zone's code."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from countenance.channel.client import Connection
from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from simulator.zone import Edge

HOOK = """
import sys

REFUSED = ("cv2", "av", "onnxruntime", "onnx", "PIL", "sqlalchemy", "obstore", "starlette", "uvicorn", "fido2",
           "pkcs11",
           "countenance.faces", "countenance.video",
           "countenance.evidence", "countenance.zones.edge", "countenance.zones.repository")

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in REFUSED):
            raise ImportError(name + " has no place in the custodian")

sys.meta_path.insert(0, Refusing())
"""
COMMAND = [sys.executable, "-m", "countenance.cli.run_custodian"]


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
    plan: dict[str, Json] = {"demo": True, "quorum": 2, "threshold": 2, "count": 3, "probe": probe}
    done = subprocess.run(
        [*COMMAND, "genesis", "--deployment", str(place)],
        input=canonical.write(plan),
        env=environment,
        capture_output=True,
        check=True,
    )
    made = json.loads(done.stdout)
    (place / "shares").write_text("\n".join(made["shares"]))
    return place


@contextmanager
def serving(deployment: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [*COMMAND, "serve", "--deployment", str(deployment)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert b"waiting to be opened" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def opened(terminal: Connection, deployment: Path) -> None:
    shares = (deployment / "shares").read_text().splitlines()
    assert terminal.call("open", {"shares": shares[1:]}).body["state"] == "open"


def test_it_serves_alone_and_leaves_nothing_for_others(deployment: Path, environment: dict[str, str]) -> None:
    with serving(deployment, environment) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
        relay = Connection(deployment / "sockets" / "custodian", timeout=60)
        terminal = Connection(deployment / "custodian" / "terminal", timeout=60)
        with relay, terminal:
            assert relay.call("status").body["state"] == "locked"
            with pytest.raises(Unavailable, match="locked"):
                relay.call("publish", {"have": 0})
            opened(terminal, deployment)
            published = relay.call("publish", {"have": 0})
            assert published.body["size"] == len(published.blobs) - 1 == 16
            edges = relay.call("edges").body["edges"]
            assert isinstance(edges, dict)
            assert list(edges) == ["probe"]
            assert relay.call("gone").body == {
                "sightings": [],
                "footage": [],
                "kept": [],
                "void": [],
                "rewrite": [],
                "lost": [],
                "measure": [],
                "answered": [],
            }
            assert relay.call("drained", {"before": time.time_ns() // 1_000_000}).body == {}
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not (deployment / "sockets" / "custodian").exists()
    for path in (deployment / "custodian").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_the_relay_socket_cannot_open_or_change_the_roster(deployment: Path, environment: dict[str, str]) -> None:
    with serving(deployment, environment):
        mode = stat.S_IMODE((deployment / "custodian" / "terminal").stat().st_mode)
        assert mode == 0o600
        with Connection(deployment / "sockets" / "custodian", timeout=60) as relay:
            for verb in ("open", "close", "roster.add", "roster.list", "edge.enrol", "edge.revoke"):
                with pytest.raises(Malformed, match="does not know that verb"):
                    relay.call(verb)


def test_a_second_process_for_the_same_custodian_does_not_start(deployment: Path, environment: dict[str, str]) -> None:
    with serving(deployment, environment):
        command = [*COMMAND, "serve", "--deployment", str(deployment)]
        second = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
        assert second.returncode == 1
        assert json.loads(second.stdout)["error"] == "unavailable"
        with Connection(deployment / "sockets" / "custodian", timeout=60) as relay:
            assert relay.call("status").body["state"] == "locked"


def test_a_kill_while_open_leaves_a_custodian_that_opens_again(deployment: Path, environment: dict[str, str]) -> None:
    for _ in range(2):
        with (
            serving(deployment, environment) as process,
            Connection(deployment / "custodian" / "terminal", timeout=60) as terminal,
        ):
            opened(terminal, deployment)
            process.kill()
            process.wait()
