"""kill -9 of edge, repository or custodian at random moments of the ingest.

After each: what was acknowledged before is still there. At the end a search under a warrant says that it was complete
over every sighting the repository lists, and the log has no irregularity: nothing was lost, nothing half-done.
"""

import contextlib
import random
import time
from pathlib import Path

import psutil
import pytest

from countenance.cli.demo import footage, portraits
from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import declare, span
from countenance.cli.demo.stage import Stage
from countenance.errors import CountenanceError, Unavailable
from prove.scale import count

ZONES = ("edge", "repository", "custodian")


def listed(stage: Stage) -> set[str]:
    return {shown["sighting"] for shown in stage.verb("sightings", "list", "--limit", 1000, quiet=True)["sightings"]}


def victim(zone: str, watch: psutil.Process) -> psutil.Process | None:
    """The process of a zone: the watch itself, or the child of `run` that serves it."""
    if zone == "edge":
        return watch
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if f"run_{zone} serve" in line and process.ppid() in {one.pid for one in psutil.process_iter()}:
            return process
    return None


def open_again(stage: Stage) -> None:
    """A custodian that was killed comes back locked; whoever holds the passphrase opens it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            status = stage.verb("custodian", "status", quiet=True)
            if status["state"] == "open":
                return
            stage.verb(
                "custodian", "open", "--passphrase-file", stage.out / "keys" / "custodian.passphrase", quiet=True
            )
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost(stage: Stage) -> None:
    clip = stage.out / "clip"
    clip.mkdir()
    footage.render(clip, portraits.read(), seconds=6.0, size=(640, 360))
    declare(stage, "hall-east", clip / "hall-east.mp4")
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for _ in range(count(50, 8)):
        watch = stage.start("watch", "hall-east", "--until-end")
        time.sleep(chance.uniform(0.5, 6.0))
        with contextlib.suppress(CountenanceError):
            acknowledged |= listed(stage)
        doomed = victim(chance.choice(ZONES), psutil.Process(watch.pid))
        if doomed is not None and doomed.is_running():
            doomed.kill()
        open_again(stage)
        watch.communicate()
        stage.processes.remove(watch)
        assert acknowledged <= listed(stage)
    finish(stage)
    everything = listed(stage)
    assert acknowledged <= everything
    answer = searched(stage, clip)
    assert answer["incomplete"] == []
    assert answer["rows"] == len(everything)
    report = stage.verb("audit", stage.deployment, "--key", stage.out / "keys" / "auditors.key")
    assert report["irregularities"] == []


def finish(stage: Stage) -> None:
    """One more run to its end: it drains what the killed ones left in the spool and signs the last manifest."""
    stage.finished(stage.start("watch", "hall-east", "--until-end"), "watch")


def searched(stage: Stage, clip: Path) -> dict[str, object]:
    probe = clip / "probe.jpg"
    probe.write_bytes(portraits.read().probe)
    start, end = span()
    warrant = stage.verb(
        *(
            "warrant",
            "draft",
            "--case",
            "kills",
            "--purpose",
            "missing person",
            "--basis",
            "test",
            "--camera",
            "hall-east",
        ),
        *("--from", start, "--to", end, "--probe", probe, "--uses", 2, "--candidates", 50),
        person="officer-1",
    )["warrant"]
    for person in APPROVERS:
        stage.verb("warrant", "sign", warrant, "--yes", person=person)
    return stage.verb("search", warrant, person="officer-1")
