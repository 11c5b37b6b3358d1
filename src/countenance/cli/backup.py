"""`countenance custodian backup|restore`: the custodian into one file and a piece, and back from them.

Backing up is asked for at the open custodian's terminal. Restoring is done by the custodian's own program, which reads
the secret from a pipe: this process never holds the root key. These verbs join the others of `cli.custodian`.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance import settings
from countenance.cli.custodian import AtGallery, AtSecond, ask, custodian, first_line, zone_of
from countenance.cli.hsm import hsm
from countenance.cli.init import founded
from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import written

DAYS = 30
_NOTE = ("repository/log/checkpoint", "log/checkpoint", "checkpoint")

custodian.add_typer(hsm, name="hsm")


@custodian.command()
def backup(
    file: Annotated[Path, typer.Argument(help="the new backup file")],
    *,
    piece: Annotated[Path, typer.Option(help="the new file of its key's piece, in another place: see the guide")],
    days: Annotated[int, typer.Option(help="how long it lives, 1 to 90; receipts count it")] = DAYS,
    second: AtSecond = False,
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Back the open custodian up. It opens with the root's holders and the piece, which dies after DAYS days."""
    zone, chosen = zone_of(gallery=gallery, second=second), ""
    if zone == "custodian":
        with contextlib.suppress(OSError, UnicodeDecodeError):
            chosen = (deployment / settings.FILE).read_text(encoding="utf-8")
    body: dict[str, Json] = {"file": str(file.absolute()), "piece": str(piece.absolute()), "days": days}
    done = ask(deployment, "backup", {**body, "settings": chosen}, zone=zone)
    until = done.get("until")
    counted = "receipts count it, and" if zone == "custodian" else "its keys live in it,"
    told = [
        f"backed up; entry {done['entry']}. It ends {written(until) if isinstance(until, int) else until}: until then",
        f"{counted} then the custodian destroys the piece where it lies now.",
        "Nobody can destroy copies of file and piece: make none of the piece.",
    ]
    answer(dict(done), "\n".join(told), as_json=as_json)


@custodian.command()
def restore(
    file: Annotated[Path, typer.Argument(help="the backup file")],
    *,
    piece: Annotated[Path, typer.Option(help="the file of its key's piece")],
    log: Annotated[
        Path | None, typer.Option(help="a newer log: the lost custodian's log folder, or what 'audit --export' wrote")
    ] = None,
    published: Annotated[Path | None, typer.Option(help="a published log's folder, if not this deployment's")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase")] = None,
    share_file: Annotated[list[Path] | None, typer.Option(help="a file with one share; repeat it")] = None,
    second: AtSecond = False,
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Restore a custodian into a deployment that has none. Every logged erasure is repeated before it can be opened."""
    zone = zone_of(gallery=gallery, second=second)
    if (deployment / zone).exists() and any((deployment / zone).iterdir()):
        raise Refused("a custodian is restored into an empty directory: move away what is in this one")
    plan: dict[str, Json] = {
        "file": str(file.absolute()),
        "piece": str(piece.absolute()),
        **_secret(passphrase_file, share_file),
    }
    if zone == "custodian":
        plan |= {"published": _published(published or deployment, required=published is not None)}
    elif published is not None or log is None:
        raise Malformed("a second or gallery custodian's log is published nowhere: bring a copy of its folder, --log")
    if log is not None:
        plan["log"] = str(log.absolute())
    done: Mapping[str, Json] = founded(f"run_{zone}", deployment, plan, act="restore")
    opens = {"custodian": "custodian open", "second": "custodian open --second", "gallery": "gallery open"}[zone]
    told = (
        f"restored from backup {done['backup']}: {done['entries']} entries, {done['repeated']} sightings erased again"
    )
    answer(dict(done), f"{told}\nnext: countenance run, then countenance {opens}", as_json=as_json)


def _secret(passphrase_file: Path | None, share_file: list[Path] | None) -> dict[str, Json]:
    if (passphrase_file is None) == (not share_file):
        raise Malformed("give --passphrase-file, or --share-file for each share: the root's holders open a backup")
    if passphrase_file is not None:
        return {"passphrase": first_line(passphrase_file)}
    return {"shares": [first_line(path) for path in share_file or ()]}


def _published(place: Path, *, required: bool) -> str:
    """The note of the published log in `place`, or nothing. Raises Unavailable if there has to be one."""
    for name in _NOTE:
        try:
            return (place / name).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable("the published log's checkpoint cannot be read; ask its owner for leave") from error
    if required:
        raise Unavailable("there is no published log in that place; name a repository or its log folder")
    return ""
