"""`countenance canary add|list|remove`: decoys, at the custodian's terminal. Whoever searches for one is frozen."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.custodian import ask as at_terminal
from countenance.cli.photo import brought
from countenance.cli.say import AsJson, Deployment, answer
from countenance.formats import records
from countenance.vocabulary.moments import written

canary = typer.Typer(no_args_is_help=True, add_completion=False, help="Decoys; at the custodian's terminal.")

LARGEST_PHOTO = 32 * 1024 * 1024


@canary.command()
def add(
    photo: Annotated[Path, typer.Argument(help="a photo with one face, of somebody who agreed to be a decoy")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Add a decoy: nobody has a lawful reason to look for this person. The photo is kept nowhere."""
    decoy = secrets.token_hex(8)
    found = brought(deployment, photo, decoy, most=LARGEST_PHOTO, standing="decoy")
    body = {"canary": decoy, "probe": records.plain(found.probe), "sealed": found.blobs[0].hex()}
    done = at_terminal(deployment, "canary.add", body)
    told = f"decoy {decoy} is watched for (entry {done['entry']}); note elsewhere whom it stands for"
    answer(done, told, as_json=as_json)


@canary.command(name="list")
def list_(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the decoys there are, by id and by the extractor they are compared under."""
    done = at_terminal(deployment, "canary.list")
    listed = done.get("canaries")
    lines = [
        f"{one['canary']}  since {written(one['added'])}  extractor {str(one['extractor'])[:16]}…"
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and isinstance(one["added"], int)
    ]
    answer(done, "\n".join(lines) or "there are no decoys", as_json=as_json)


@canary.command()
def remove(
    decoy: Annotated[str, typer.Argument(metavar="CANARY", help="its id: 16 hex digits")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Forget a decoy, for instance because the person no longer agrees."""
    done = at_terminal(deployment, "canary.remove", {"canary": decoy})
    answer(done, f"decoy {decoy} is forgotten (entry {done['entry']})", as_json=as_json)
