"""What the demo needs to tell its story: verbs run as a user would type them, told with the time they took.

Every verb is a real `countenance …` process; what the terminal shows is what was run. With `--json` only one object a
step is printed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from countenance.errors import BY_NAME, CountenanceError, Unavailable

COMMAND = [sys.executable, "-m", "countenance.cli.main"]
START_SECONDS = 60.0


@dataclass(slots=True)
class Stage:
    """One demo: where it writes, how it tells, and the processes it has started."""

    out: Path
    as_json: bool
    console: Console
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    log: TextIO | None = None

    @property
    def deployment(self) -> Path:
        """The deployment's directory."""
        return self.out / "deployment"

    def key(self, person: str) -> Path:
        """Where the key file of a person of the story lies."""
        return self.out / "keys" / f"{person.replace('/', '-')}.key"

    def say(self, text: str) -> None:
        """Tell the reader one line."""
        if not self.as_json:
            self.console.print(f"   {text}", highlight=False)

    def verb(self, *words: object, person: str = "", quiet: bool = False) -> dict[str, Any]:
        """Run one verb and return its JSON answer; its error is raised as if it had been ours."""
        arguments = [str(word) for word in words]
        if person:
            arguments += ["--key", str(self.key(person))]
        if not quiet:
            self._show(arguments)
        started = [*COMMAND, *arguments, "--deployment", str(self.deployment), "--json"]
        done = subprocess.run(started, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return self._answer(arguments, done.returncode, done.stdout, done.stderr)

    def start(self, *words: object, quiet: bool = False) -> subprocess.Popen[bytes]:
        """Start a long-running verb; it ends with the demo at the latest."""
        arguments = [str(word) for word in words]
        if not quiet:
            self._show(arguments)
        log = (self.out / "processes.log").open("ab")
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--deployment", str(self.deployment), "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if words[0] == "watch" else log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def finished(self, process: subprocess.Popen[bytes], *words: str) -> dict[str, Any]:
        """Wait for a process of `start` and return its JSON answer."""
        output, _ = process.communicate()
        self.processes.remove(process)
        return self._answer(list(words), process.returncode, (output or b"").decode(), "")

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End a long-running verb politely, then not."""
        if process in self.processes:
            self.processes.remove(process)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def stop_all(self) -> None:
        """End whatever still runs."""
        for process in list(self.processes):
            self.stop(process)

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until `ready`, at most a minute."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise Unavailable(f"{what} did not come up within a minute: see {self.out / 'processes.log'}")
            time.sleep(0.1)

    @contextmanager
    def step(self, name: str, title: str) -> Iterator["Step"]:
        """One step of the story, timed and told."""
        if not self.as_json:
            self.console.print(f"\n[bold]{name}[/bold]  {title}", highlight=False)
        step = Step(name)
        started = time.monotonic()
        yield step
        seconds = round(time.monotonic() - started, 2)
        if self.as_json:
            print(json.dumps({"step": name, "outcome": step.outcome, "seconds": seconds, **step.facts}), flush=True)  # noqa: T201 - standard output is the interface
        else:
            self.console.print(f"   [green]{step.outcome}[/green]  ({seconds:.1f} s)", highlight=False)

    def _show(self, arguments: list[str]) -> None:
        if not self.as_json:
            here = [f'"{word}"' if " " in word else word for word in (self._short(word) for word in arguments)]
            self.console.print(f"   $ countenance {' '.join(here)}", style="dim", highlight=False, markup=False)

    def _short(self, word: str) -> str:
        return word.replace(f"{self.out}/", f"{self.out.name}/")

    def _answer(self, arguments: list[str], code: int, output: str, complaint: str) -> dict[str, Any]:
        lines = [line for line in output.splitlines() if line.startswith("{")]
        answer: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        if code != 0 and "error" in answer:
            raise BY_NAME.get(answer["error"], CountenanceError)(answer["message"])
        if code not in (0, 1):
            raise CountenanceError(f"countenance {arguments[0]} ended with {code}: {complaint.strip()[-300:]}")
        return answer


@dataclass(slots=True)
class Step:
    """What a step tells when it is over."""

    name: str
    outcome: str = "done"
    facts: dict[str, Any] = field(default_factory=dict)

    def tell(self, outcome: str, facts: Mapping[str, Any] | None = None) -> None:
        """Set the outcome, and what else `--json` shows."""
        self.outcome = outcome
        self.facts = dict(facts or {})
