"""`countenance register --out DIR`: the public register, as the custodian signs it; `register check DIR`: offline.

Anybody who reaches the repository may write one, and anybody at all may check one: there is nothing secret in it.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from countenance import settings
from countenance.cli.ask import connection
from countenance.cli.say import AsJson, Deployment, answer, contents, genesis_in, genesis_of
from countenance.durable import files, journal
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import MAXIMUM_BYTES, Json
from countenance.log import checkpoint, leaf
from countenance.vocabulary.assurance import told
from countenance.vocabulary.moments import written
from countenance.vocabulary.requests import Signed
from countenance.web.portal.configuration import PortalSettings
from countenance.web.register import folder
from countenance.web.register.folder import Checked

register = typer.Typer(add_completion=False, help="The public register: write it, or check one.")

MOST_FILES = 200

UNPINNED = (
    "genesis.json came with the register. Compare its digest with one from elsewhere, or give the record with "
    "--genesis; otherwise this shows only that the folder agrees with itself."
)


@register.callback(invoke_without_command=True)
def write(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="folder to write it into: for a web server, or a stick")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the register of a running deployment: pages in three languages, JSON, signature."""
    if context.invoked_subcommand is not None:
        return
    if out is None:
        raise Malformed("say where with --out DIR, or check one with 'countenance register check DIR'")
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / folder.RECORD).exists())):
        raise Malformed(f"{out.name} holds something else: name a new folder, or one with a register in it")
    genesis = genesis_of(deployment)
    chosen = settings.section(PortalSettings, "portal", deployment, os.environ)
    with connection(deployment) as repository:
        given = repository.call("register").blobs
    if len(given) != 1:
        raise Malformed("the repository passed on no register: run the same version on both sides")
    signed = records.read(Signed, given[0])
    made = folder.made(signed, genesis, controller=chosen.controller, contact=chosen.contact)
    for path, data in made.items():
        files.make_directory((out / path).parent, 0o755)
        files.write(out / path, data, mode=0o644)
    _answer(folder.check(made, genesis), as_json=as_json, said=f"written into {out}: {len(made)} files")


@register.command()
def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="a register's folder")],
    genesis: Annotated[Path | None, typer.Option(help="the deployment's genesis.json, from elsewhere")] = None,
    deployment: Annotated[Path | None, typer.Option(help="take genesis.json from this deployment")] = None,
    before: Annotated[Path | None, typer.Option(help="an earlier register's folder: is all still said?")] = None,
    entries: Annotated[Path | None, typer.Option(help="what 'audit --export' wrote: count again")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a register offline: signature, checkpoint, and every page. Exit code 1 if anything does not hold."""
    named = genesis or (deployment / "genesis.json" if deployment else None)
    pinned = genesis_in(named) if named else None
    checked = folder.check(_contents(directory), pinned)
    if before is not None:
        folder.stays(folder.figures(_contents(before), checked.genesis), checked.register)
    if entries is not None:
        kept = tuple(map(leaf.from_bytes, journal.contents(entries / "journal")))
        folder.recount(checked.register, checked.genesis, kept)
    _answer(checked, as_json=as_json, said="everything holds")


def _answer(checked: Checked, *, as_json: bool, said: str) -> None:
    found = checked.register
    head = checkpoint.parsed(found.checkpoint)
    digest = records.digest(checked.genesis).hex()
    facts: dict[str, Json] = {
        "deployment": found.deployment,
        "genesis": digest,
        "pinned": checked.pinned,
        "demo": found.demo,
        "assurance": found.assurance.value,
        "witnesses": [*found.witnesses],
        "made": found.made,
        "counted_to": found.last,
        "entries": head.size,
        "cameras": len(found.cameras),
    }
    lines = (
        said,
        f"register of {found.deployment} as of {written(found.made)}, {head.size} entries, counted to the end of "
        f"{found.last or 'no month yet'}",
        f"assurance: {told(found.assurance.value, found.witnesses)}{', DEMO' if found.demo else ''}",
        f"genesis record: {digest}",
        *(() if checked.pinned else (UNPINNED,)),
    )
    answer(facts, "\n".join(lines), as_json=as_json)


def _contents(directory: Path) -> dict[str, bytes]:
    """Every file in the folder, by its path there. Raises Malformed for a folder that is none or has too much in it."""
    if not (directory / folder.RECORD).is_file():
        raise Malformed(f"{directory.name} holds no register: name the folder that has {folder.RECORD} in it")
    found: dict[str, bytes] = {}
    for path in sorted(directory.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        if len(found) >= MOST_FILES:
            raise Malformed(f"more than {MOST_FILES} files lie in this folder: put the register into one of its own")
        found[path.relative_to(directory).as_posix()] = contents(
            path, most=MAXIMUM_BYTES, what="a folder that you may read"
        )
    return found
