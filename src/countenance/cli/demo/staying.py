"""Staying: after its twelve steps the demo runs on, for whoever wants to walk through it, until Ctrl-C.

The cameras of the story keep what they recorded; beside each a second one plays the same clip again and again, in real
time. A warrant waits for its approvals. The demo's desk lets one visitor play everybody.
"""

import os
import signal
import sys
import threading

from rich.panel import Panel

from countenance.cli.demo.desk import application as desk
from countenance.cli.demo.desk.playing import Part, Playing
from countenance.cli.demo.opening import ROSTER, Plot, declare, desk_origin, rise, span
from countenance.cli.demo.stage import Stage

_TICK, _PAUSE = 0.3, 1.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def wanted() -> bool:
    """Whether somebody is there to stay for: a terminal, and no test machine's."""
    return sys.stdin.isatty() and not os.environ.get("CI")


def stay(plot: Plot) -> None:
    """Run everything until Ctrl-C, SIGTERM or the terminal's end. Processes end with the stage."""
    stage, stop = plot.stage, threading.Event()
    origin = desk_origin()
    with stage.step("stay", "the same deployment runs on, for you to walk through") as step:
        rise(stage)
        playing = Playing(stage.deployment, parts(stage))
        live = {f"{camera}-live": source for camera, source in plot.cast.cameras.items()}
        for camera, source in live.items():
            declare(stage, camera, source)
        players = [threading.Thread(target=_play, args=(stage, camera, stop)) for camera in live]
        for player in players:
            player.start()
        try:
            addresses = {"console": playing.console, "desk": origin}
            if playing.genesis.approval is not None:
                addresses["approvals"] = playing.genesis.approval.origin
            step.tell(
                f"{len(live)} cameras play, a warrant waits for two approvals",
                {**addresses, "warrant": _drafted(plot, [*plot.cast.cameras, *live]), "cameras": list(live)},
            )
        except BaseException:
            _ended(stop, players)
            raise
    for number in _ENDING:
        signal.signal(number, lambda *_: stop.set())
    if not stage.as_json:
        stage.console.print(_where(addresses))
    try:
        desk.serve(playing, stage.deployment, origin, stop)
    finally:
        _ended(stop, players)


def parts(stage: Stage) -> tuple[Part, ...]:
    """Everybody of the story, with their key files."""
    return tuple(Part(person, organisation, role, stage.key(person)) for person, organisation, role in ROSTER)


def _play(stage: Stage, camera: str, stop: threading.Event) -> None:
    while not stop.is_set():
        watching = stage.start("watch", camera, "--pace", "--until-end", quiet=True)
        while watching.poll() is None and not stop.wait(_TICK):
            pass
        stage.stop(watching)
        stop.wait(_PAUSE)


def _ended(stop: threading.Event, players: list[threading.Thread]) -> None:
    stop.set()
    for player in players:
        player.join()


def _drafted(plot: Plot, cameras: list[str]) -> str:
    """The id of a warrant of the officer's over all cameras, which nobody has approved."""
    start, end = span()
    drafted = plot.stage.verb(
        *("warrant", "draft", "--case", "demo-2", "--purpose", "missing person", "--basis", "demo: consent"),
        *(word for camera in cameras for word in ("--camera", camera)),
        *("--from", start, "--to", end, "--probe", plot.cast.probe, "--uses", 5, "--candidates", 20),
        person="officer-1",
    )
    return str(drafted["warrant"])


def _where(addresses: dict[str, str]) -> Panel:
    what = {
        "desk": "begin here: enter the console, approve, review",
        "console": "officers, operators and auditors work here",
        "approvals": "hardware keys sign here, under its own certificate",
    }
    lines = [f"{name:9} {addresses[name]}\n          {said}" for name, said in what.items() if name in addresses]
    return Panel("\n".join([*lines, "Ctrl-C ends it all."]), title="RUNNING", expand=False)
