import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import segment
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.evidence.manifest import Signing
from countenance.evidence.process import Limits
from countenance.formats import bundle, records
from evidence.conftest import serving
from evidence.scene import Scene


@dataclass(frozen=True)
class Running:
    """The evidence process of a deployment, beside a repository."""

    socket: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def children(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if lives(child)]


def lives(process: psutil.Process) -> bool:
    """Whether it is there and not a zombie; one that was listed may be gone by now."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, story: Scene) -> Iterator[Running]:
    deployment = tmp_path_factory.mktemp("deployment")
    sockets, log = deployment / "sockets", deployment / "log"
    sockets.mkdir()
    words = [sys.executable, "-m", "countenance.cli.run_evidence", "serve", "--deployment", str(deployment)]
    with (
        serving(sockets / "repository", story.store),
        log.open("wb") as out,
        subprocess.Popen(words, stderr=out) as process,
    ):
        until((sockets / "evidence").exists)
        yield Running(sockets / "evidence", log, process)
        process.terminate()
        assert process.wait(60) == 0
    assert not (sockets / "evidence").exists()


@pytest.fixture
def listening(running: Running) -> Path:
    until(lambda: not running.children())
    return running.socket


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def compose(connection: Connection, story: Scene) -> bytes:
    signing = story.signing()
    question = begun(connection, story, signing)
    assert question.verb == "sign"
    answer = connection.call("signed", {}, (signing.sign(question.blobs[0]),))
    return bytes.fromhex(str(answer.body["evidence"]))


def begun(connection: Connection, story: Scene, signing: Signing) -> Message:
    """What a child says to `compose`: what it wants signed."""
    body = {"authority": signing.authority, "credential": signing.credential}
    return connection.call("compose", {"instructions": records.plain(story.told), **body}, story.blobs)


def deliver(connection: Connection, story: Scene, digest: bytes) -> dict[str, bytes]:
    logged = story.deliver(digest)
    body = {
        "entry": logged.proof.index,
        "preimage": records.plain(logged.preimage),
        "proof": records.plain(logged.proof),
        "checkpoint": logged.proof.checkpoint,
    }
    sealed, key = connection.call("deliver", body).blobs
    return bundle.read(segment.decrypt(key, sealed))


def test_a_disclosure_is_composed_delivered_and_its_process_ends(
    running: Running, listening: Path, story: Scene
) -> None:
    with Connection(listening, timeout=60) as connection:
        digest = compose(connection, story)
        folder = deliver(connection, story, digest)
        until(lambda: not running.children())
    assert {"index.html", "disclosure.json", "delivery.json", "clip.mp4"} <= set(folder)


def test_an_entry_that_names_something_else_delivers_nothing(listening: Path, story: Scene) -> None:
    with Connection(listening, timeout=60) as connection:
        digest = compose(connection, story)
        with pytest.raises(Tampered):
            deliver(connection, story, bytes(32))
        assert deliver(connection, story, digest)


def test_nothing_is_delivered_before_it_is_composed_and_nothing_composed_twice(listening: Path, story: Scene) -> None:
    with Connection(listening, timeout=60) as connection:
        with pytest.raises(Refused):
            deliver(connection, story, bytes(32))
        with pytest.raises(Malformed):
            connection.call("compose", {"instructions": {}}, story.blobs)
        with pytest.raises(Refused, match="one disclosure"):
            compose(connection, story)


def of_another_key(signing: Signing, story: Scene, data: bytes) -> Message:
    return Message("signed", {}, (story.signing().sign(data),))


def of_something_else(signing: Signing, story: Scene, data: bytes) -> Message:
    return Message("signed", {}, (signing.sign(data + b"!"),))


def nothing(signing: Signing, story: Scene, data: bytes) -> Message:
    return Message("signed")


def another_verb(signing: Signing, story: Scene, data: bytes) -> Message:
    return Message("deliver", {}, (signing.sign(data),))


@pytest.mark.parametrize("answering", [of_another_key, of_something_else, nothing, another_verb])
def test_what_is_not_signed_is_not_evidence(
    listening: Path, story: Scene, answering: Callable[[Signing, Scene, bytes], Message]
) -> None:
    with Connection(listening, timeout=60) as connection:
        signing = story.signing()
        answer = answering(signing, story, begun(connection, story, signing).blobs[0])
        with pytest.raises(Unavailable, match="not signed"):
            connection.call(answer.verb, answer.body, answer.blobs)
        with pytest.raises(Refused, match="compose first"):
            deliver(connection, story, bytes(32))


def test_a_signature_that_nobody_asked_for_is_not_heard(listening: Path, story: Scene) -> None:
    with Connection(listening, timeout=60) as connection, pytest.raises(Malformed, match="does not know"):
        connection.call("signed", {}, (bytes(64),))


def test_a_killed_child_leaves_nothing_and_the_listener_goes_on(
    running: Running, listening: Path, story: Scene
) -> None:
    deployment = running.log.parent
    before = sorted(deployment.rglob("*"))
    with Connection(listening, timeout=60) as connection:
        compose(connection, story)
        (child,) = running.children()
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises((Refused, Unavailable)):
            deliver(connection, story, bytes(32))
    until(lambda: b"-9" in running.log.read_bytes())
    assert sorted(deployment.rglob("*")) == before
    with Connection(listening, timeout=60) as again:
        assert compose(again, story)


def test_a_child_can_write_no_file_and_dump_no_core(running: Running, listening: Path) -> None:
    with Connection(listening, timeout=60) as connection:
        with pytest.raises(Refused):
            connection.call("deliver")
        (child,) = running.children()
        assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_AS)[0] == Limits().memory


def test_more_children_than_allowed_are_refused(listening: Path) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(Limits().children):
            connection = stack.enter_context(Connection(listening, timeout=60))
            with pytest.raises(Refused):
                connection.call("deliver")
        with Connection(listening, timeout=60) as more, pytest.raises(Unavailable, match="busy"):
            more.call("deliver")
