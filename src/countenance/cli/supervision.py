"""Supervision: start processes, start them again when they end, stop them in order.

Invariants:

* A program runs once at a time, in a process group of its own and, where there is one, under its zone's account.
* One that ends is started again after 0.5 s, then 1, 2, 4 … at most 30 s; a minute of life makes it 0.5 s again.
* A program that is no longer planned is stopped. Stopping asks first (SIGTERM) and kills the group after its time.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from countenance.cli.accounts import Account
from countenance.errors import Unavailable
from countenance.formats.canonical import Json

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 30.0, 60.0
# Seconds that a stage of programs has to end by itself.
GRACE = 8.0
_TICK = 0.05
_STDERR = 2

Say = Callable[[Mapping[str, Json]], None]


@dataclass(frozen=True, slots=True)
class Program:
    """A module to run. `stage`: those of a lower one are stopped first. `account`: None for the supervisor's own."""

    name: str
    module: str
    arguments: tuple[str, ...]
    stage: int
    account: Account | None = None


@dataclass(slots=True)
class Child:
    """One program's life: its process while it runs, when it is due to start again, how often it failed lately."""

    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    stopping: bool = False


@dataclass(slots=True)
class Supervisor:
    """Children by name. `clock`: seconds that only grow. `say`: one event, `process` and `event` in it at least."""

    say: Say
    clock: Callable[[], float] = time.monotonic
    children: dict[str, Child] = field(default_factory=dict)

    def step(self, planned: Iterable[Program]) -> None:
        """Do what is due: note who ended, stop who is not planned any more, start who should run. Never blocks."""
        wanted = {program.name: program for program in planned}
        for name, child in list(self.children.items()):
            self._reap(child)
            if wanted.get(name) != child.program and child.process is not None and not child.stopping:
                child.stopping = True
                _signal(child.process, signal.SIGTERM)
            if child.process is None and wanted.get(name) != child.program:
                del self.children[name]
        for name, program in wanted.items():
            child = self.children.setdefault(name, Child(program))
            if child.program == program and child.process is None and self.clock() >= child.due:
                self._start(child)

    def stop(self, grace: float = GRACE) -> None:
        """Stop everything, stage by stage, and wait until nothing is left."""
        for stage in sorted({child.program.stage for child in self.children.values()}):
            running = [child for child in self.children.values() if child.program.stage == stage]
            for child in running:
                child.stopping = True
                if child.process is not None:
                    _signal(child.process, signal.SIGTERM)
            deadline = self.clock() + grace
            while any(child.process is not None for child in running):
                late = self.clock() >= deadline
                for child in running:
                    if late and child.process is not None:
                        _signal(child.process, signal.SIGKILL, group=True)
                    self._reap(child)
                time.sleep(_TICK)
        self.children.clear()

    def _start(self, child: Child) -> None:
        program, account = child.program, child.program.account
        command = [sys.executable, "-m", "countenance.cli.supervised", str(os.getpid())]
        environment = dict(os.environ)
        if account is not None:
            environment |= {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}
        try:
            child.process = subprocess.Popen(
                [*command, program.module, *program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                env=environment,
                process_group=0,
                user=None if account is None else account.user,
                group=None if account is None else account.group,
                extra_groups=None if account is None else [account.shared],
            )
        except OSError as error:
            who = "this account" if account is None else account.name
            raise Unavailable(
                f"{who} cannot start {program.name} ({error.strerror}): make Python and its packages readable to it"
            ) from error
        child.started = self.clock()
        self.say({"process": program.name, "event": "started", "pid": child.process.pid})

    def _reap(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        # What it may have left behind in its group ends with it.
        _signal(child.process, signal.SIGKILL, group=True)
        code, child.process = child.process.returncode, None
        if child.stopping:
            self.say({"process": child.program.name, "event": "stopped", "code": code})
            return
        child.failures = 1 if self.clock() - child.started >= STEADY else child.failures + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (child.failures - 1))
        child.due = self.clock() + pause
        milliseconds = round(pause * 1000)
        self.say({"process": child.program.name, "event": "ended", "code": code, "again_in_ms": milliseconds})


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals, *, group: bool = False) -> None:
    try:
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        pass
