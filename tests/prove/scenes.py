"""Scenes that several proofs share: a recording, what the repository holds of it, a search that must be complete."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from countenance.channel.client import Connection
from countenance.cli.demo import footage, portraits
from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import declare, span
from countenance.cli.demo.stage import Stage

CAMERA = "hall-east"
SIZE = (640, 360)
CLIP_SECONDS = 6.0
ALL = 2000
# Proofs search a hundred times and return fifty: more than any ready policy allows, and all that the code does.
WIDE = '@id("all") @says("Whatever the code allows.") @source("a proof") permit (principal, action, resource);'


def clip(folder: Path) -> Path:
    """A rendered recording of a hall, six seconds, 640x360, 15 frames a second."""
    folder.mkdir()
    footage.render(folder, portraits.read(), seconds=CLIP_SECONDS, size=SIZE)
    return folder / f"{CAMERA}.mp4"


def camera(stage: Stage, *, person: str = "operator-1") -> Path:
    """Declare the camera that plays the clip; the clip."""
    source = clip(stage.out / "clip")
    declare(stage, CAMERA, source, person=person)
    return source


def held(stage: Stage) -> set[str]:
    """Ids of all sightings and segments that the repository lists: what it has acknowledged."""
    with repository(stage) as asked:
        return {str(one["sighting"]) for one in _sightings(asked)} | {str(one["segment"]) for one in _segments(asked)}


def whole(stage: Stage) -> int:
    """Read every object of every sighting and segment, which the repository holds against its digest; how many rows."""
    with repository(stage) as asked:
        sightings = _sightings(asked)
        for one in sightings:
            for part in ("still", "patches"):
                assert asked.call("object", {"sighting": one["sighting"], "part": part}).blobs[0]
        for one in _segments(asked):
            assert asked.call("segment", {"segment": one["segment"]}).blobs[0]
    assert {one["state"] for one in sightings} == {"taken"}
    return len(sightings)


def repository(stage: Stage) -> Connection:
    """A connection to the repository, to be closed by who uses it."""
    return Connection(stage.deployment / "sockets" / "repository", timeout=60.0)


def _sightings(asked: Connection) -> list[dict[str, Any]]:
    listed: Any = asked.call("sightings.list", {"limit": ALL}).body["sightings"]
    assert len(listed) < ALL, "the list must not be cut off"
    return list(listed)


def _segments(asked: Connection) -> list[dict[str, Any]]:
    listed: Any = asked.call("segments", {"camera": CAMERA}).body["segments"]
    return list(listed)


def warrant(stage: Stage, *, uses: int) -> str:
    """A warrant over the camera, an hour around now, signed by a quorum, under a policy that permits everything."""
    wide = stage.out / "wide.cedar"
    wide.write_text(WIDE)
    for where in ((), ("--second",)) if (stage.deployment / "second.json").exists() else ((),):
        stage.verb("policy", "set", wide, *where)
    probe = stage.out / "keys" / "probe.jpg"
    probe.write_bytes(portraits.read().probe)
    start, end = span()
    drafted = stage.verb(
        *("warrant", "draft", "--case", "proof", "--purpose", "missing person", "--basis", "test"),
        *("--camera", CAMERA, "--from", start, "--to", end, "--probe", probe, "--uses", uses, "--candidates", 50),
        person="officer-1",
    )
    for person in APPROVERS:
        stage.verb("warrant", "sign", drafted["warrant"], "--yes", person=person)
    return str(drafted["warrant"])


def lost_and_restored(stage: Stage, zone: str, between: Callable[[], object]) -> dict[str, Any]:
    """A custodian beside the first backed up; after `between` its disk is lost, and it is restored, all else down."""
    file, piece, log = stage.out / f"{zone}.backup", stage.out / "stick" / f"{zone}.piece", stage.out / f"{zone}-log"
    piece.parent.mkdir()
    stage.verb("custodian", "backup", file, "--piece", piece, f"--{zone}")
    between()
    stage.stop_all()
    shutil.copytree(stage.deployment / zone / "log", log)
    shutil.rmtree(stage.deployment / zone)
    secret = stage.out / "keys" / f"{zone}.passphrase"
    brought = ("--piece", piece, "--log", log, "--passphrase-file", secret)
    return stage.verb("custodian", "restore", file, *brought, f"--{zone}")


def regular(stage: Stage) -> dict[str, Any]:
    """The audit's report over a deployment that has been stopped: nothing irregular, nothing without an outcome."""
    report = stage.verb("audit", stage.deployment, "--key", stage.out / "keys" / "auditors.key")
    assert report["irregularities"] == []
    assert report["rules_checked"] is True
    assert report["pending"] == 0
    return report
