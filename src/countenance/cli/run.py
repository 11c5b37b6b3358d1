"""`countenance run`: start a deployment's processes and keep them running until Ctrl-C or SIGTERM.

Starts the repository, the custodian (locked), the evidence process, the probe helper, the approval origin, the console,
the portal, the second and the gallery custodian (locked) if the deployment has one, every kiosk and gate of this host
and, for every camera of it whose source is live (RTSP, V4L2), one recording process; cameras added or removed meanwhile
are noticed. As root each runs under its zone's account, see `cli.accounts`. With `--json` one object a line: `process`,
`event` (`started`, `ended`, `stopped`, `state`), `pid`, `state`, `next`.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from countenance.channel import address
from countenance.channel.client import Connection
from countenance.cli.accounts import BESIDE, Account, accounts, check
from countenance.cli.say import AsJson, Deployment, genesis_of
from countenance.cli.supervision import Program, Supervisor
from countenance.durable import lock
from countenance.errors import CountenanceError, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.edge import camera, gate_place, identity, kiosk_place

TICK = 0.2
# Ticks between two looks at states and cameras.
LOOK_EVERY = 5
_ANSWER = 2.0
_CAMERA, _KIOSK, _GATE = "camera ", "kiosk ", "gate "
_PAGES = {"approve": "run_approval_page", "console": "run_console", "portal": "run_portal"}
_NEXT = {
    "starting": "wait a moment",
    "again soon": "it starts again by itself; see above why",
}


def run(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Start repository, custodian (locked), evidence, probe helper and live cameras; keep them running."""
    place = deployment.resolve()
    genesis = genesis_of(place)
    known = accounts(superuser=os.geteuid() == 0)
    check(place, known)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    board = Board(as_json)
    with lock.hold(place / "run.lock"):
        supervisor = Supervisor(board.event)
        board.note(
            f"deployment {genesis.deployment}{' (DEMO)' if genesis.demo else ''}, zones: {genesis.assurance.value}"
        )
        if not known:
            board.note("all processes run under one account; with accounts of their own zones are kept apart better")
        try:
            ticks = 0
            programs = plan(place, known)
            while not stop.is_set():
                supervisor.step(programs)
                if ticks % LOOK_EVERY == 0:
                    programs = plan(place, known)
                    board.show({name: state(place, supervisor, name) for name in supervisor.children})
                ticks += 1
                stop.wait(TICK)
        finally:
            board.note("stopping; what is under way is finished")
            supervisor.stop()


def plan(deployment: Path, known: Mapping[str, Account]) -> list[Program]:
    """What should run: fixed processes, and one a live camera."""
    here = ("--deployment", str(deployment))
    programs = [
        Program("custodian", "countenance.cli.run_custodian", ("serve", *here), 2, known.get("custodian")),
        Program("repository", "countenance.cli.run_repository", here, 2, known.get("repository")),
        Program("evidence", "countenance.cli.run_evidence", here, 1, known.get("evidence")),
        Program("probe", "countenance.cli.run_probe", here, 1, known.get("edge")),
    ]
    for zone in BESIDE:
        if (deployment / f"{zone}.json").exists():
            programs.append(Program(zone, f"countenance.cli.run_{zone}", ("serve", *here), 2, known.get(zone)))
    for page, module in _PAGES.items():
        if (deployment / page).exists():
            programs.append(Program(page, f"countenance.cli.{module}", here, 2, known.get(page)))
    for name in kiosk_place.names(deployment):
        kiosk = ("--name", name, *here)
        programs.append(Program(f"{_KIOSK}{name}", "countenance.cli.run_kiosk", kiosk, 1, known.get("edge")))
    for name in gate_place.names(deployment):
        gate = ("--name", name, *here)
        programs.append(Program(f"{_GATE}{name}", "countenance.cli.run_gate", gate, 1, known.get("edge")))
    for name in live_cameras(deployment):
        watch = ("watch", name, *here)
        programs.append(Program(f"{_CAMERA}{name}", "countenance.cli.main", watch, 0, known.get("edge")))
    return programs


def live_cameras(deployment: Path) -> list[str]:
    """Names of this host's cameras that go on by themselves. One edge's unreadable file is its watch's to report."""
    found: list[str] = []
    for edge in identity.names(deployment):
        try:
            sources = camera.sources(deployment, edge)
        except CountenanceError:
            continue
        found += [name for name, source in sources.items() if camera.is_live(source)]
    return sorted(found)


def state(deployment: Path, supervisor: Supervisor, name: str) -> tuple[str, int]:
    """How a process is (`running`, `locked`, `open`, `starting`, `again soon`) and its pid, 0 for none."""
    process = supervisor.children[name].process
    if process is None:
        return "again soon", 0
    if name.startswith((_CAMERA, _KIOSK, _GATE)) or name in _PAGES:
        return "running", process.pid
    socket = deployment / "sockets" / name
    try:
        if name not in ("custodian", *BESIDE):
            address.connect(socket, _ANSWER).close()
            return "running", process.pid
        with Connection(socket, timeout=_ANSWER) as connection:
            return str(connection.call("status").body.get("state")), process.pid
    except Unavailable:
        return "starting", process.pid


class Board:
    """What the person at the terminal sees: a table whenever something changed, or one JSON object a line."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=False, highlight=False)
        self._shown: dict[str, tuple[str, int]] = {}

    def note(self, sentence: str) -> None:
        """Say one thing."""
        if self._as_json:
            self._line({"event": "note", "message": sentence})
        else:
            self._console.print(sentence, markup=False)

    def event(self, facts: Mapping[str, Json]) -> None:
        """A process started or ended."""
        if self._as_json:
            self._line(facts)
        elif facts["event"] == "ended":
            seconds = int(str(facts["again_in_ms"])) / 1000
            self._console.print(
                f"{facts['process']} ended (code {facts['code']}); it is started again in {seconds:g} s", style="yellow"
            )

    def show(self, states: Mapping[str, tuple[str, int]]) -> None:
        """Show how everything is, if it is not as it was shown last."""
        if states == self._shown:
            return
        if self._as_json:
            for name, (how, pid) in states.items():
                if self._shown.get(name) != (how, pid):
                    self._line({"process": name, "event": "state", "state": how, "pid": pid, "next": _next(name, how)})
        else:
            table = Table(box=None, padding=(0, 2))
            for heading in ("process", "state", "pid", "next"):
                table.add_column(heading)
            for name, (how, pid) in states.items():
                table.add_row(name, how, str(pid or ""), _next(name, how))
            self._console.print(table)
        self._shown = dict(states)

    def _line(self, facts: Mapping[str, Json]) -> None:
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()


def _next(name: str, how: str) -> str:
    # What can be locked is opened by a verb of its own name, but for the second custodian.
    opening = "countenance custodian open --second" if name == "second" else f"countenance {name} open"
    return opening if how == "locked" else _NEXT.get(how, "")
