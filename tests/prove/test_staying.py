"""At a terminal the demo runs on, filled and answering, until Ctrl-C; then nothing of it is left."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from countenance.channel.client import Connection
from countenance.formats.boarding import read
from countenance.web.gate import scanning

PATIENCE = 1500.0
END_OF_TEXT = b"\x03"


class Terminal:
    """A demo at a terminal of its own, in a session of its own, as a shell would start it."""

    def __init__(self, out: Path) -> None:
        controller, terminal = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        self._controller, self._said, self.steps = controller, b"", dict[str, dict[str, Any]]()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEADING, "demo", "--json", "--out", str(out)],
            stdin=terminal,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        os.close(terminal)

    def until(self, step: str) -> dict[str, Any]:
        """Read on until this step is told; what it told."""
        deadline = time.monotonic() + PATIENCE
        while step not in self.steps and time.monotonic() < deadline:
            if select.select([self._controller], [], [], 1.0)[0]:
                self._said += os.read(self._controller, 65536)
            *lines, self._said = self._said.split(b"\n")
            told = [json.loads(line) for line in lines if line.startswith(b"{")]
            assert all("step" in one for one in told), told
            self.steps |= {one["step"]: one for one in told}
            assert self.process.poll() is None, self._said
        return self.steps[step]

    def interrupt(self) -> int:
        """Type Ctrl-C; the exit code."""
        os.write(self._controller, END_OF_TEXT)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """Whatever happened, leave nothing behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
        os.close(self._controller)


# The terminal becomes the one that controls this session: so a typed Ctrl-C reaches the demo as it does at a desk.
_LEADING = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "countenance.cli.main", *sys.argv[1:]])
"""


def answer(origin: str, path: str) -> bytes:
    """What an origin of this machine answers, once it listens."""
    host = origin.partition("://")[2]
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=30)
            connection.request("GET", path, headers={"host": host, "accept": "text/html"})
            return connection.getresponse().read()
        except ConnectionError:
            assert time.monotonic() < deadline, f"{origin} does not answer"
            time.sleep(0.2)


def played(out: Path, camera: str) -> int:
    """How many sightings of a camera the repository lists."""
    with Connection(out / "deployment" / "sockets" / "repository", timeout=60.0) as asked:
        listed: Any = asked.call("sightings.list", {"camera": camera, "limit": 1000}).body["sightings"]
    return len(listed)


def running(out: Path) -> list[str]:
    """Command lines of processes that name this demo's folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(out) in line:
            found.append(line)
    return found


def test_it_runs_on_until_somebody_types_control_c(tmp_path: Path) -> None:
    # Given a demo that somebody started at a terminal,
    out = tmp_path / "demo-out"
    terminal = Terminal(out)
    try:
        # when its twelve steps are told, then it stays, with everything running;
        told = terminal.until("stay")
        assert list(terminal.steps)[-2:] == ["audit", "stay"]
        desk = answer(told["desk"], "/").decode()
        assert told["warrant"] in desk
        assert told["console"] in desk
        assert told["gallery"]
        assert json.loads(answer(told["console"], "/configuration"))["desk"] == told["desk"]
        # the cameras that go on record;
        # a gate where a flight boards, with all ways through, and a boarding pass that its kiosk reads;
        assert told["flight"]
        assert all(f'id="{way}"' in answer(told["gate"], "/en/").decode() for way in ("other", "through", "enrol"))
        read(scanning.read(Path(told["ticket"]).read_bytes()))
        (first, *_) = told["cameras"]
        deadline = time.monotonic() + PATIENCE
        seen = 0
        while not seen and time.monotonic() < deadline:
            time.sleep(0.5)
            seen = played(out, first)
        assert seen
        # and when they type Ctrl-C, then it ends well, and nothing of it runs any more.
        assert terminal.interrupt() == 0
        assert running(out) == []
        assert not (out / "deployment" / "desk.json").exists()
    finally:
        terminal.end()
