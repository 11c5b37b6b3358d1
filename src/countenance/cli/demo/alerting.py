"""What makes the demo's alerts: a gallery custodian beside its deployment, and a gallery that two people signed."""

import secrets
from pathlib import Path

from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import ROSTER, awaited
from countenance.cli.demo.stage import Stage

_ALERTS = 500
_ROLES = ("officer", "approver", "reviewer")


def founded(stage: Stage) -> None:
    """A gallery custodian, open, with the deployment's camera host and those of its people that a gallery needs."""
    secret = stage.out / "keys" / "gallery.passphrase"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_urlsafe(18))
    stage.verb("gallery", "init", "--passphrase-file", secret)
    awaited(stage, "gallery")
    stage.verb("gallery", "open", "--passphrase-file", secret)
    public = {one["name"]: one["key"] for one in stage.verb("roster", "list", quiet=True)["persons"]}
    for person, organisation, role in (row for row in ROSTER if row[2] in _ROLES):
        facts = ("--organisation", organisation, "--role", role, "--public", public[person])
        stage.verb("roster", "add", person, *facts, "--gallery", quiet=True)
    stage.verb("edge", "enrol", "host-1", "--gallery")


def stands(stage: Stage, cameras: list[str], photo: Path) -> str:
    """The id of a standing gallery of the person in `photo`, which two approvers signed."""
    drafted = stage.verb(
        *("gallery", "draft", "--case", "demo-3", "--purpose", "missing child", "--basis", "demo: consent"),
        *(word for camera in cameras for word in ("--camera", camera)),
        *("--photo", photo, "--to", "+12h", "--alerts", _ALERTS),
        person="officer-1",
    )
    for person in APPROVERS:
        stage.verb("gallery", "sign", drafted["gallery"], "--yes", person=person)
    return str(drafted["gallery"])
