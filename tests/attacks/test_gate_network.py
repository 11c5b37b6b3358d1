"""Two kiosks as processes and the repository's socket between them: cut, kill -9 of either, and back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from countenance.channel.server import Server
from countenance.crypto.sign import SigningKey
from countenance.zones.repository import kiosks
from countenance.zones.repository.letters import Letters
from countenance.zones.repository.repository import Repository

TESTS = Path(__file__).resolve().parents[1]
PATIENCE = 60.0


class Kiosk:
    """A process that can be killed and started again where it was."""

    def __init__(self, home: Path, name: str, key: SigningKey, other: tuple[str, SigningKey], socket: Path) -> None:
        named = f"{other[0]}={other[1].public.hex()}"
        code = str(TESTS / "simulator" / "gate_process.py")
        self._command = [sys.executable, code, str(home / name), name, key.to_bytes().hex(), named, str(socket)]
        self.start()

    def start(self) -> None:
        place = {**os.environ, "PYTHONPATH": str(TESTS)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True, env=place)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()

    def ask(self, *act: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(act) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def network(socket: Path) -> Iterator[None]:
    """The repository's verb at `socket`, with nothing that an earlier one held."""
    letters = Letters(lambda: time.time_ns() // 1_000_000)
    repository = cast(Repository, SimpleNamespace(letters=letters))
    server = Server(socket, {"gate.letter": partial(kiosks.leave, repository)}, log=lambda line: None)
    stop = threading.Event()
    serving = threading.Thread(target=server.serve_forever, args=(stop,))
    serving.start()
    try:
        yield
    finally:
        stop.set()
        serving.join()


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Kiosk, Kiosk, Path]]:
    keys, socket = [SigningKey.generate() for _ in range(2)], tmp_path / "repository"
    one = Kiosk(tmp_path, "gate-a", keys[0], ("gate-b", keys[1]), socket)
    two = Kiosk(tmp_path, "gate-b", keys[1], ("gate-a", keys[0]), socket)
    yield one, two, socket
    for kiosk in (one, two):
        kiosk.kill()


def test_in_sync_cut_killed_and_in_sync_again(pair: tuple[Kiosk, Kiosk, Path]) -> None:
    one, two, socket = pair
    one.ask("begin")
    with network(socket):
        two.ask("join")
        until(lambda: two.ask("known") == [0, False] and one.ask("known") == [0, False])
        first, second, third = ((who, one.ask("token", who)) for who in "123")
        assert one.ask("decide", *first) == ["pass", [], False]
        until(lambda: two.ask("known")[0] == 1)
        assert two.ask("decide", *first) == ["officer", ["used"], False]
    # No network. A kiosk that is started without one says that it is alone, and admits a second use.
    assert one.ask("decide", *second)[0] == "pass"
    two.kill()
    two.start()
    assert two.ask("decide", *second) == ["pass", [], True]
    assert two.ask("decide", *first)[1] == ["used"]
    one.kill()
    one.start()
    assert one.ask("decide", *third) == ["pass", [], True]
    with network(socket):
        until(lambda: two.ask("known") == [6, False] and one.ask("known") == [6, False])
        assert (one.ask("twice"), two.ask("twice")) == (1, 1)
        assert two.ask("decide", *third) == ["officer", ["used"], False]


def test_a_kiosk_killed_right_after_a_pass_tells_it_when_it_is_back(pair: tuple[Kiosk, Kiosk, Path]) -> None:
    one, two, socket = pair
    one.ask("begin")
    with network(socket):
        two.ask("join")
        until(lambda: two.ask("known") == [0, False])
        token = "1", one.ask("token", "1")
        assert one.ask("decide", *token)[0] == "pass"
        one.kill()
        one.start()
        until(lambda: two.ask("known") == [1, False])
        assert two.ask("decide", *token) == ["officer", ["used"], False]
