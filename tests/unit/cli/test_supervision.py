"""Processes are started, started again with growing pauses, and stopped in order; none outlives its supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from countenance.cli.supervision import LONGEST_PAUSE, STEADY, Program, Supervisor
from countenance.formats.canonical import Json

ENDING = "import sys; sys.exit(3)\n"
STAYING = """
import pathlib, signal, sys, time
name = pathlib.Path(sys.argv[1])
def end(*_):
    with (name.parent / "order").open("a") as file: file.write(name.name + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
name.write_text("up")
time.sleep(600)
"""
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text("up")
time.sleep(600)
"""


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Told:
    events: list[Mapping[str, Json]] = field(default_factory=list)

    def __call__(self, event: Mapping[str, Json]) -> None:
        self.events.append(event)

    def of(self, kind: str) -> list[Mapping[str, Json]]:
        return [event for event in self.events if event["event"] == kind]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("ending", ENDING), ("staying", STAYING), ("stubborn", STUBBORN)):
        (tmp_path / f"child_{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def wait_for(ready: Callable[[], object]) -> None:
    for _ in range(1200):
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError("this never came")


def staying(folder: Path, name: str, stage: int = 0, module: str = "child_staying") -> Program:
    return Program(name, module, (str(folder / name),), stage)


def test_one_that_ends_is_started_again_with_growing_pauses(folder: Path) -> None:
    clock, told = Seconds(), Told()
    supervisor = Supervisor(told, clock)
    program = Program("short", "child_ending", (), 0)
    for number, pause in enumerate((0.5, 1, 2, 4), 1):
        supervisor.step([program])
        assert len(told.of("started")) == number
        wait_for(lambda: supervisor.children["short"].process.poll() is not None)
        supervisor.step([program])
        assert told.events[-1] == {"process": "short", "event": "ended", "code": 3, "again_in_ms": pause * 1000}
        supervisor.step([program])
        assert len(told.of("started")) == number
        clock.now += pause
    child = supervisor.children["short"]
    child.failures = 40
    supervisor.step([program])
    wait_for(lambda: child.process is not None and child.process.poll() is not None)
    supervisor.step([program])
    assert child.due - clock.now == LONGEST_PAUSE
    clock.now = child.due
    supervisor.step([program])
    clock.now += STEADY
    wait_for(lambda: child.process is not None and child.process.poll() is not None)
    supervisor.step([program])
    assert child.failures == 1
    supervisor.stop()


def test_stopping_goes_stage_by_stage_and_kills_who_will_not(folder: Path) -> None:
    told = Told()
    supervisor = Supervisor(told)
    supervisor.step([staying(folder, "last", 2), staying(folder, "first", 0), staying(folder, "second", 1)])
    supervisor.step([*[child.program for child in supervisor.children.values()]])
    for name in ("last", "first", "second"):
        wait_for((folder / name).exists)
    supervisor.stop(grace=60)
    assert (folder / "order").read_text().split() == ["first", "second", "last"]
    assert {event["code"] for event in told.of("stopped")} == {0}
    stubborn = staying(folder, "stubborn", module="child_stubborn")
    supervisor.step([stubborn])
    wait_for((folder / "stubborn").exists)
    supervisor.stop(grace=0.1)
    assert told.events[-1] == {"process": "stubborn", "event": "stopped", "code": -signal.SIGKILL}


def test_who_is_not_planned_any_more_is_stopped_and_a_changed_one_replaced(folder: Path) -> None:
    told = Told()
    supervisor = Supervisor(told)
    first = staying(folder, "one")
    supervisor.step([first, staying(folder, "two")])
    wait_for(lambda: (folder / "one").exists() and (folder / "two").exists())
    changed = replace(first, arguments=(str(folder / "changed"),))

    def settled() -> bool:
        supervisor.step([changed])
        return set(supervisor.children) == {"one"} and (folder / "changed").exists()

    wait_for(settled)
    assert sorted(str(event["process"]) for event in told.of("stopped")) == ["one", "two"]
    supervisor.stop()


def test_each_child_has_a_process_group_of_its_own(folder: Path) -> None:
    supervisor = Supervisor(Told())
    supervisor.step([staying(folder, "a"), staying(folder, "b")])
    pids = [child.process.pid for child in supervisor.children.values() if child.process]
    assert [os.getpgid(pid) for pid in pids] == pids
    assert os.getpgid(0) not in pids
    supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_children_end_with_a_killed_supervisor(folder: Path) -> None:
    code = (
        "import sys, time\n"
        "from countenance.cli.supervision import Program, Supervisor\n"
        f"supervisor = Supervisor(lambda event: print(event['pid'], flush=True))\n"
        f"supervisor.step([Program('a', 'child_staying', ({str(folder / 'a')!r},), 0)])\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert int(parent.stdout.readline()) > 0
    wait_for((folder / "a").exists)
    parent.kill()
    parent.wait()
    wait_for((folder / "order").exists)
