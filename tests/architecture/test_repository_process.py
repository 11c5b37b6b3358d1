"""The repository's process serves without a decoder or a neural runtime: their import is refused and it never asks."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.vocabulary.moments import Hour
from simulator.repository import NOW, Custodian, Edge, make_directory, record_of

PROGRAM = """
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"cv2", "av", "onnxruntime", "onnx", "PIL"}:
            raise ImportError(name + " has no place in the repository")

sys.meta_path.insert(0, Refusing())
from countenance.cli import run_repository
sys.argv = ["run_repository", "--deployment", sys.argv[1]]
sys.exit(run_repository.main())
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    make_directory(tmp_path / "repository")
    (tmp_path / "sockets").mkdir()
    return tmp_path


@pytest.fixture
def custodian(deployment: Path) -> Iterator[Custodian]:
    made = Custodian()
    stop = threading.Event()
    verbs = ("edges", "intake.sightings", "intake.manifest", "drained", "gone", "status", "publish")
    handlers = {verb: lambda message: made.call(message.verb, message.body, message.blobs) for verb in verbs}
    made.answers["publish"] = lambda *_: Message("publish", {"size": 0, "checkpoint": ""}, (b"",))
    server = Server(deployment / "sockets" / "custodian", handlers, log=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,))
    thread.start()
    yield made
    stop.set()
    thread.join()


def test_the_repository_serves_without_decoder_and_neural_runtime(deployment: Path, custodian: Custodian) -> None:
    edge = Edge()
    custodian.edges[edge.name] = edge.key.public
    socket = deployment / "sockets" / "repository"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(deployment)], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert any(b"repository serves" in line for line in process.stderr)
        with Connection(socket, timeout=30) as connection:
            assert connection.call("status").body["custodian"] == {"state": "open"}
            now = Hour.of(_now()).number
            upload = edge.sighting(hour=now)
            assert connection.call(upload.verb, {}, upload.blobs).body == {}
            body = {"sighting": record_of(upload).sighting, "part": "still"}
            assert connection.call("object", body).blobs == (upload.blobs[3],)
            assert _now() > NOW
        # What was acknowledged is presented to the custodian by a thread of its own, after the answer.
        deadline = time.monotonic() + 60
        while record_of(upload).sighting not in custodian.taken and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(60) == 0, rest
        assert not socket.exists()
        assert record_of(upload).sighting in custodian.taken
    finally:
        process.kill()
        process.wait()


def test_a_second_repository_does_not_start_beside_the_first(deployment: Path, custodian: Custodian) -> None:
    command = [sys.executable, "-c", PROGRAM, str(deployment)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert first.stderr is not None
        assert any(b"repository serves" in line for line in first.stderr)
        second = subprocess.run(command, capture_output=True, check=False)
        assert second.returncode == 1
        assert b"lock" in second.stderr
    finally:
        first.kill()
        first.wait()


def _now() -> int:
    import time

    return time.time_ns() // 1_000_000
