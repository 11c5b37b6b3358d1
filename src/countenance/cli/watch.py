"""`countenance watch CAMERA`: record one camera: a video file, a folder of pictures, `rtsp://…` or `/dev/videoN`.

A file or folder plays as if live, as fast as it goes; with `--pace` in real time. SIGTERM and Ctrl-C stop gracefully.
With `--json` one object at the end: `camera`, `started` (UTC milliseconds), `frames`, `sightings`, `counters` (of the
last hour recorded), `waiting` (items in the spool), `acknowledged`, `refused` (set aside), `compared` and
`not_compared` (probes sent to standing galleries, and given up), `drained`, `said` (the last warnings).
"""

import dataclasses
import os
import signal
import threading
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from countenance import settings
from countenance.cli.ask import now
from countenance.cli.say import AsJson, Deployment, answer
from countenance.formats.canonical import Json
from countenance.zones.edge.agent import GRACE, Agent, EdgeSettings, Progress, genesis

# Warnings kept for the summary.
_SAID = 20
_REFRESH = 0.5


def watch(
    camera: Annotated[str, typer.Argument(help="a camera that 'countenance camera add' declared")],
    *,
    until_end: Annotated[bool, typer.Option(help="end with the recording, once everything is acknowledged")] = False,
    drain: Annotated[bool, typer.Option(help="record nothing, only send what waits in the spool")] = False,
    pace: Annotated[bool, typer.Option(help="play a recording in real time")] = False,
    wait: Annotated[float, typer.Option(help="seconds to wait at the end for the repository")] = 60.0,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> int:
    """Record one camera, every detected face covered before it is stored; exit 1 if something waits or was not kept."""
    os.umask(0o077)
    genesis(deployment)
    voice = Voice(camera, quiet=as_json)
    chosen = settings.section(EdgeSettings, "edge", deployment, os.environ)
    agent = Agent(deployment.resolve(), camera, chosen, clock=now, say=voice.say)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop())
    with agent.opened(), voice.shown(agent):
        if not drain:
            agent.record(pace=pace)
        drained = _sent(agent, forever=not (until_end or drain), wait=wait)
        done = agent.progress
    facts: dict[str, Json] = {
        "camera": camera,
        **{key: value for key, value in dataclasses.asdict(done).items() if key != "people"},
        "drained": drained,
        "said": list(voice.said),
    }
    rest = "" if drained else f"; {done.waiting} items still wait: 'countenance watch {camera} --drain' sends them"
    if done.refused:
        rest += f"; {done.refused} items are set aside, see above why"
    if lost := done.counters.spool_refused:
        rest += f"; {lost} items found no room on this host's disk and were not kept"
    if done.not_compared:
        rest += f"; {done.not_compared} passers-by were not compared with standing galleries: see above why"
    sentence = f"{done.frames} frames, {done.sightings} sightings, {done.acknowledged} items acknowledged{rest}"
    answer(facts, sentence, as_json=as_json)
    return 1 if lost or not (drained or agent.stopping.is_set()) else 0


def _sent(agent: Agent, *, forever: bool, wait: float) -> bool:
    """Whether the spool is empty in the end. `forever`: go on sending until stopped."""
    limit = time.monotonic() + wait
    while not agent.stopping.is_set() and (forever or time.monotonic() < limit):
        if agent.drain(_REFRESH) and not forever:
            return True
        if forever:
            agent.stopping.wait(_REFRESH)
    return agent.drain(GRACE)


class Voice:
    """What the process says, on standard error: warnings, and while a person watches, how it stands."""

    def __init__(self, camera: str, *, quiet: bool) -> None:
        self._camera = camera
        self._console = Console(stderr=True, highlight=False)
        self._live = not quiet and self._console.is_terminal
        self.said: deque[str] = deque(maxlen=_SAID)

    def say(self, sentence: str) -> None:
        """Tell one thing. Called from any thread."""
        self.said.append(sentence)
        self._console.print(f"{self._camera}: {sentence}", style="yellow", markup=False)

    def shown(self, agent: Agent) -> "_Shown":
        """Show progress while the context lasts, if somebody watches."""
        return _Shown(agent, self._console if self._live else None)


class _Shown:
    def __init__(self, agent: Agent, console: Console | None) -> None:
        self._agent = agent
        self._live = Live(console=console, auto_refresh=False, transient=True) if console is not None else None
        self._over = threading.Event()

    def __enter__(self) -> None:
        if self._live is not None:
            self._live.__enter__()
            threading.Thread(target=self._refresh, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._live is not None:
            self._live.__exit__(None, None, None)

    def _refresh(self) -> None:
        while not self._over.wait(_REFRESH) and self._live is not None:
            self._live.update(_table(self._agent.progress), refresh=True)


def _table(progress: Progress) -> Table:
    counts = progress.counters
    facts = {
        "frames": progress.frames,
        "dropped": counts.dropped,
        "covered whole": counts.covered_whole,
        "without lease": counts.without_lease,
        "people now": progress.people,
        "sightings": progress.sightings,
        "waiting": progress.waiting,
        "acknowledged": progress.acknowledged,
    }
    table = Table(*facts, box=None, padding=(0, 2))
    table.add_row(*map(str, facts.values()))
    return table
