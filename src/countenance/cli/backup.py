"""`countenance custodian backup|restore`: the custodian into one file and a piece, and back from them.

Backing up is asked for at the open custodian's terminal. Restoring is done by the custodian's own program, which reads
the secret from a pipe: this process never holds the root key. These verbs join the others of `cli.custodian`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance import settings
from countenance.cli.custodian import ask, custodian, first_line
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
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Back the open custodian up. It opens with the root's holders and the piece, which dies after DAYS days."""
    try:
        chosen = (deployment / settings.FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        chosen = ""
    body: dict[str, Json] = {"file": str(file.absolute()), "piece": str(piece.absolute()), "days": days}
    done = ask(deployment, "backup", {**body, "settings": chosen})
    until = done.get("until")
    told = [
        f"backed up; entry {done['entry']}. It ends {written(until) if isinstance(until, int) else until}: until then",
        "receipts count it, and then the custodian destroys the piece where it lies now.",
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
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Restore a custodian into a deployment that has none. Every logged erasure is repeated before it can be opened."""
    if (deployment / "custodian").exists() and any((deployment / "custodian").iterdir()):
        raise Refused("a custodian is restored into an empty directory: move away what is in this one")
    plan: dict[str, Json] = {
        "file": str(file.absolute()),
        "piece": str(piece.absolute()),
        **_secret(passphrase_file, share_file),
    }
    plan |= {"published": _published(published or deployment, required=published is not None)}
    if log is not None:
        plan["log"] = str(log.absolute())
    done: Mapping[str, Json] = founded("run_custodian", deployment, plan, act="restore")
    told = (
        f"restored from backup {done['backup']}: {done['entries']} entries, {done['repeated']} sightings erased again"
    )
    answer(dict(done), f"{told}\nnext: countenance run, then countenance custodian open", as_json=as_json)


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
