"""Staying: after its twelve steps the demo runs on, for whoever wants to walk through it, until Ctrl-C.

The cameras of the story keep what they recorded; beside each a second one plays the same clip again and again, in real
time. A warrant waits for its approvals, a standing gallery alerts. The demo's desk lets one visitor play everybody.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.panel import Panel

from countenance.cli.demo import alerting, boarding, surveyed
from countenance.cli.demo.again import again
from countenance.cli.demo.desk import application as desk
from countenance.cli.demo.desk.playing import Part, Playing
from countenance.cli.demo.opening import ROSTER, Plot, declare, desk_origin, rise, span
from countenance.cli.demo.stage import Stage
from countenance.errors import Refused

_TICK, _PAUSE = 0.3, 1.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def wanted() -> bool:
    """Whether somebody is there to stay for: a terminal, and no test machine's."""
    return sys.stdin.isatty() and not os.environ.get("CI")


def stay(plot: Plot) -> None:
    """Run everything until Ctrl-C, SIGTERM or the terminal's end. Processes end with the stage."""
    stage, stop, origin = plot.stage, threading.Event(), desk_origin()
    with stage.step("stay", "the same deployment runs on, for you to walk through") as step:
        gate, ticket = boarding.begun(stage)
        report = surveyed.begun(stage)
        rise(stage)
        playing = Playing(stage.deployment, parts(stage), gate=gate, at_gate=boarding.OFFICER)
        live = [f"{camera}-live" for camera in plot.cast.cameras]
        for camera, source in zip(live, plot.cast.cameras.values(), strict=True):
            declare(stage, camera, again(source, stage.out / "footage"))
        addresses = {"console": playing.console, "desk": origin, "gate": gate}
        if playing.genesis.approval is not None:
            addresses["approvals"] = playing.genesis.approval.origin
        if playing.genesis.portal is not None:
            addresses["portal"] = playing.genesis.portal.origin
        waiting = _drafted(plot, [*plot.cast.cameras, *live])
        gallery = _standing(plot, live)
        flight = boarding.listed(stage, plot.cast.probe)
        step.tell(
            f"{len(live)} cameras play, a warrant waits{', a standing gallery alerts' if gallery else ''}",
            {
                **addresses,
                "warrant": waiting,
                "gallery": gallery,
                "cameras": live,
                "flight": flight,
                "ticket": str(ticket),
                "report": str(report),
            },
        )
    for number in _ENDING:
        signal.signal(number, lambda *_: stop.set())
    if not stage.as_json:
        stage.console.print(_where(addresses, ticket, report))
    with _played(stage, live, stop):
        desk.serve(playing, stage.deployment, origin, stop)
        stage.say("ending; what is under way is finished")


def parts(stage: Stage) -> tuple[Part, ...]:
    """Everybody of the story, with their key files."""
    return tuple(Part(person, organisation, role, stage.key(person)) for person, organisation, role in ROSTER)


@contextmanager
def _played(stage: Stage, cameras: list[str], stop: threading.Event) -> Iterator[None]:
    """The cameras play while the context lasts."""
    players = [threading.Thread(target=_play, args=(stage, camera, stop)) for camera in cameras]
    for player in players:
        player.start()
    try:
        yield
    finally:
        stop.set()
        for player in players:
            player.join()


def _play(stage: Stage, camera: str, stop: threading.Event) -> None:
    while not stop.is_set():
        watching = stage.start("watch", camera, "--pace", "--until-end", quiet=True)
        while watching.poll() is None and not stop.wait(_TICK):
            pass
        stage.stop(watching)
        stop.wait(_PAUSE)


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


def _standing(plot: Plot, cameras: list[str]) -> str:
    """The id of a standing gallery of the person of the story; none if a photo of one's own is too poor for one."""
    alerting.founded(plot.stage)
    try:
        return alerting.stands(plot.stage, cameras, plot.cast.probe)
    except Refused as refusal:
        plot.stage.say(f"no standing gallery: {refusal}")
        return ""


def _where(addresses: dict[str, str], ticket: Path, report: Path) -> Panel:
    what = {
        "desk": "begin here: enter the console, approve, review",
        "console": "officers, operators, auditors and reviewers work here",
        "approvals": "hardware keys sign here, under its own certificate",
        "portal": "anybody asks here what is held about them, and answers a survey",
        "gate": f"a traveller's kiosk; boarding pass: {ticket.parent.name}/{ticket.name}",
    }
    lines = [f"{name:9} {addresses[name]}\n          {said}" for name, said in what.items() if name in addresses]
    said = f"what {surveyed.PEOPLE:,} made-up people think; open it in a browser"
    survey = f"{'survey':9} {report.relative_to(report.parents[2])}\n          {said}"
    return Panel("\n".join([*lines, survey, "Ctrl-C ends it all."]), title="RUNNING", expand=False)
