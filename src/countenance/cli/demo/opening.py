"""How the demo begins: a new deployment, its people, its cameras, and what they record."""

import datetime
import secrets
import socket
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from countenance.channel.client import Connection
from countenance.cli.demo.cast import Cast, packaged_cast, users_cast
from countenance.cli.demo.stage import Stage
from countenance.cli.demo.take import from_webcam
from countenance.errors import Unavailable
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, written

ROSTER = (
    ("officer-1", "police", "officer"),
    ("operator-1", "station", "operator"),
    ("court-b/judge-1", "court-b", "approver"),
    ("station/dpo-1", "station", "approver"),
    ("police/reviewer-1", "police", "reviewer"),
    ("court-b/reviewer-2", "court-b", "reviewer"),
    ("station/clerk-1", "station", "clerk"),
    ("auditor-1", "inspectorate", "auditor"),
)
_HELD: list[socket.socket] = []


@dataclass(slots=True)
class Plot:
    """What the story has found out so far."""

    stage: Stage
    cast: Cast
    warrant: str = ""
    candidates: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)


def record(stage: Stage, footage: Path | None, *, webcam: bool) -> Plot:
    """Step one: found a deployment, declare cameras, record until their ends."""
    with stage.step("record", "two cameras watch a hall; every face is covered before anything is stored") as step:
        video = from_webcam(stage.out / "footage") if webcam else footage
        cast: Cast = users_cast(stage, video) if video else packaged_cast(stage)
        found(stage)
        for camera, source in cast.cameras.items():
            declare(stage, camera, source)
        watches = {camera: stage.start("watch", camera, "--until-end") for camera in cast.cameras}
        with stage.console.status("recording …"):
            summaries = {camera: stage.finished(process, "watch", camera) for camera, process in watches.items()}
        cast.started.update({camera: int(summary["started"]) for camera, summary in summaries.items()})
        _look(stage, cast)
        frames = sum(int(summary["frames"]) for summary in summaries.values())
        listed = stage.verb("sightings", "list", quiet=True)["sightings"]
        step.tell(
            f"{frames} frames, {len(listed)} sightings; look at {stage.out.name}/covered: nobody to recognise",
            {"frames": frames, "sightings": len(listed)},
        )
    return Plot(stage, cast)


def found(stage: Stage, *, custodians: int = 1) -> None:
    """A new demo deployment with its people and one camera host, running and open."""
    for zone in _zones(custodians):
        secret = _secret(stage, zone)
        secret.write_text(secrets.token_urlsafe(18))
        secret.chmod(0o600)
    both = ("--custodians", 2, "--second-passphrase-file", _secret(stage, "second")) if custodians == 2 else ()
    auditors = stage.out / "keys" / "auditors.key"
    secret = _secret(stage, "custodian")
    founding = ("init", "--demo", "--quorum", 2, "--approval-origin", _free_origin())
    console = ("--console-origin", _free_origin("http://console.localhost"))
    portal = ("--portal-origin", _free_origin("http://portal.localhost"))
    stage.verb(*founding, *console, *portal, "--passphrase-file", secret, "--auditors-key", auditors, *both)
    rise(stage)
    at = ((), ("--second",))[:custodians]
    for person, organisation, role in ROSTER:
        public = stage.verb("key", "new", stage.key(person), "--person", person, quiet=True)["public"]
        facts = ("--organisation", organisation, "--role", role, "--public", public)
        for where in at:
            stage.verb("roster", "add", person, *facts, *where, quiet=True)
    stage.say(
        f"{len(ROSTER)} persons of {len({row[1] for row in ROSTER})} organisations join the roster, each with a key"
    )
    for where in at:
        stage.verb("edge", "enrol", "host-1", *where)


def _free_origin(host: str = "https://approve.localhost") -> str:
    """An origin at a port that nobody listens on: another deployment may have the usual one.

    Its number is held until this process ends: bound and never listened on, so that the kernel gives it to nobody else,
    and whoever is told of it can still listen there (SO_REUSEADDR, as servers set it).
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return f"{host}:{held.getsockname()[1]}"


def desk_origin() -> str:
    """Where the demo's desk may listen: at a port that nobody else has."""
    return _free_origin("http://desk.localhost")


def rise(stage: Stage) -> None:
    """Start the deployment's processes and open the custodian, or both."""
    stage.start("run")
    zones = _zones(2 if (stage.deployment / "second.json").exists() else 1)
    for process in ("repository", *zones):
        awaited(stage, process)
    stage.verb("custodian", "open", "--passphrase-file", _secret(stage, "custodian"))
    if "second" in zones:
        unlock_second(stage)


def awaited(stage: Stage, process: str) -> None:
    """Wait until one of the deployment's processes answers."""
    stage.until(partial(_answers, stage.deployment / "sockets" / process), f"the {process}")


def unlock_second(stage: Stage) -> None:
    """Open the second custodian."""
    stage.verb("custodian", "open", "--second", "--passphrase-file", _secret(stage, "second"))


def _zones(custodians: int) -> tuple[str, ...]:
    return ("custodian", "second")[:custodians]


def _secret(stage: Stage, zone: str) -> Path:
    return stage.out / "keys" / f"{zone}.passphrase"


def _answers(socket: Path) -> bool:
    try:
        with Connection(socket, timeout=5.0) as connection:
            connection.call("status")
    except Unavailable:
        return False
    return True


def declare(stage: Stage, camera: str, source: Path, *, person: str = "operator-1") -> None:
    """Declare one camera of the story, with everything a declaration needs."""
    stage.verb(
        *("camera", "add", camera, "--edge", "host-1", "--source", source),
        *("--place", "hall", "--purpose", "missing persons", "--retention", 72, "--not-publicly-accessible"),
        *("--basis", "demo: GDPR Art. 6(1)(a), 9(2)(a)", "--dpia", "DPIA-DEMO-1", "--notice", "This is a demo."),
        person=person,
    )


def _look(stage: Stage, cast: Cast) -> None:
    (stage.out / "covered").mkdir(exist_ok=True)
    for camera in cast.cameras:
        start, end = span()
        stage.verb(
            *("footage", "look", camera, "--from", start, "--to", end, "--reason", "demo: is everyone covered?"),
            *("--out", stage.out / "covered" / f"{camera}.mp4"),
            person="operator-1",
        )


def span() -> tuple[str, str]:
    """From an hour ago until in an hour: whatever the demo records lies in it."""
    now = int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
    return written(now - MILLISECONDS_AN_HOUR), written(now + MILLISECONDS_AN_HOUR)
