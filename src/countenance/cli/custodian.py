"""`countenance custodian open|status|close`: at the custodian's terminal, a socket only its account can reach.

With `--second` at the second custodian's, where a deployment has two.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.channel.client import Connection
from countenance.cli import cryptoki
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.errors import Malformed, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.assurance import told
from countenance.vocabulary.moments import Hour, written

custodian = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Open, close or look at the custodian, at its terminal."
)

AtGallery = Annotated[
    bool, typer.Option("--gallery", help="at the gallery custodian's terminal, which keeps a list of its own")
]

AtSecond = Annotated[
    bool, typer.Option("--second", help="at the second custodian's terminal, which keeps a list of its own")
]

# Seconds: opening verifies the whole log and may finish erasures.
PATIENCE = 600.0
# Bytes of a file with a passphrase or a share.
_LARGEST = 64 * 1024


@custodian.command(name="open")
def open_(
    second: AtSecond = False,
    deployment: Deployment = Path(),
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase")] = None,
    share_file: Annotated[list[Path] | None, typer.Option(help="a file with one share; repeat it")] = None,
    hsm: Annotated[bool, typer.Option("--hsm", help="with the token that was added; asks for its PIN")] = False,
    as_json: AsJson = False,
) -> None:
    """Open with the passphrase, with shares or with a token; asks for them unless files are named."""
    zone = zone_of(second=second)
    if hsm and (passphrase_file is not None or share_file):
        raise Malformed("give --hsm, or files of a passphrase or of shares, not both")
    body = (
        cryptoki.brought(ask(deployment, "status", zone=zone))
        if hsm
        else brought(deployment, passphrase_file, share_file, zone=zone)
    )
    _tell(ask(deployment, "open", body, zone=zone), as_json=as_json)


@custodian.command()
def status(second: AtSecond = False, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show whether it is open, and what it holds: counts, never content."""
    _tell(ask(deployment, "status", zone=zone_of(second=second)), as_json=as_json)


@custodian.command()
def close(second: AtSecond = False, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Lock it: it forgets its keys. Recording goes on with the leases that edges hold; searches wait."""
    _tell(ask(deployment, "close", zone=zone_of(second=second)), as_json=as_json)


@custodian.command()
def rotate(
    deployment: Deployment = Path(),
    camera: Annotated[str, typer.Option(help="only this camera's rows")] = "",
    as_json: AsJson = False,
) -> None:
    """Give every row another pad, in the background. `status` shows how many sheets are left."""
    done = ask(deployment, "rotate", {"camera": camera})
    sentence = f"{done['sheets']} sheets are being rotated; 'countenance custodian status' shows how many are left"
    answer(dict(done), sentence, as_json=as_json)


def ask(
    deployment: Path, verb: str, body: Mapping[str, Json] | None = None, *, zone: str = "custodian"
) -> Mapping[str, Json]:
    """What the custodian, or the one of another `zone` ("gallery", "second"), answers at its terminal.

    Raises what it raised, Unavailable if it does not run, or if the deployment has none such.
    """
    if zone == "second" and not (deployment / "second.json").exists():
        raise Unavailable(
            "this deployment has one custodian: 'countenance init --custodians 2' makes a new one that has two"
        )
    with Connection(deployment / zone / "terminal", timeout=PATIENCE) as connection:
        return connection.call(verb, body or {}).body


def brought(
    deployment: Path, passphrase_file: Path | None, share_file: list[Path] | None, *, zone: str = "custodian"
) -> dict[str, Json]:
    """The secret that opens a custodian: from files, or as somebody types it. Raises Malformed, Unavailable."""
    if passphrase_file is not None and share_file:
        raise Malformed("give a passphrase file or share files, not both")
    if passphrase_file is not None:
        return {"passphrase": first_line(passphrase_file)}
    if share_file:
        return {"shares": [first_line(path) for path in share_file]}
    known = ask(deployment, "status", zone=zone)
    if not sys.stdin.isatty():
        raise Malformed("give --passphrase-file or --share-file where nobody can be asked")
    return _asked(known)


def zone_of(*, gallery: bool = False, second: bool = False) -> str:
    """Whose terminal is meant. Raises Malformed for two at once."""
    if gallery and second:
        raise Malformed("give --gallery or --second, not both: each keeps a list of its own")
    return "gallery" if gallery else "second" if second else "custodian"


def first_line(path: Path) -> str:
    """The first line of a secret's file, without its line end. Raises Unavailable, Malformed."""
    data = contents(path, most=_LARGEST, what="the file that holds the secret")
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise Malformed(f"{path.name} is not text") from error
    if not lines or not lines[0].strip():
        raise Malformed(f"the first line of {path.name} is empty")
    return lines[0]


def _asked(known: Mapping[str, Json]) -> dict[str, Json]:
    if known.get("opens_with") != "shares":
        return {"passphrase": typer.prompt("passphrase", hide_input=True)}
    needed = known.get("shares_needed")
    count = needed if type(needed) is int else 1
    return {"shares": [typer.prompt(f"share {number} of {count}", hide_input=True) for number in range(1, count + 1)]}


def _tell(known: Mapping[str, Json], *, as_json: bool) -> None:
    lines = [f"the custodian of {known.get('deployment')} is {known.get('state')} ({known.get('assurance')})"]
    names = known.get("witnessed_by")
    if isinstance(names, list):
        lines = [
            f"the custodian of {known.get('deployment')} is {known.get('state')} "
            f"({told(str(known.get('assurance')), list(map(str, names)))})"
        ]
    if known.get("demo"):
        lines.append("DEMO: file keys count as approvals here")
    hsm = known.get("hsm")
    if isinstance(hsm, Mapping):
        lines.append(f"whoever has the token {hsm.get('token')} and its PIN opens it alone")
    lines += [f"{name.replace('_', ' ')}: {_shown(name, known[name])}" for name in _COUNTS if name in known]
    answer(known, "\n".join(lines), as_json=as_json)


_COUNTS = (
    "since",
    "entries",
    "rows",
    "partitions",
    "erasures_waiting",
    "rotations_waiting",
    "oldest_epoch",
    "failed_attempts",
    "withdrawal_minutes",
    "opens_with",
)


def _shown(name: str, value: Json) -> str:
    if type(value) is int and name == "since":
        return written(value)
    if type(value) is int and name == "oldest_epoch":
        return str(Hour(value)) if value >= 0 else "none"
    return str(value)
