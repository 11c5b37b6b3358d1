"""`countenance roster add|list|revoke`: who may do what; at the custodian's terminal, each change an entry."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.custodian import AtGallery, AtSecond, ask, first_line, zone_of
from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Malformed
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Role

roster = typer.Typer(no_args_is_help=True, add_completion=False, help="Who may do what; at the custodian's terminal.")


@roster.command()
def add(
    name: Annotated[str, typer.Argument(help="a role name, e.g. officer-1 or court-b/judge-1")],
    *,
    organisation: Annotated[str, typer.Option(help="whom the person answers to")],
    role: Annotated[list[Role], typer.Option(help="what the person may do; repeat it")],
    public: Annotated[str, typer.Option(help="the public key that 'countenance key new' printed, or a file with it")],
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Put a person on the roster, or give someone who was revoked a new key."""
    body: dict[str, Json] = {
        "name": name,
        "organisation": organisation,
        "roles": [one.value for one in role],
        "key": _public(public),
    }
    done = ask(deployment, "roster.add", body, zone=zone_of(gallery=gallery, second=second))
    answer(done, f"{name} is on the roster (entry {done['entry']})", as_json=as_json)


@roster.command(name="list")
def list_(
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show everyone on the roster, revoked people too."""
    done = ask(deployment, "roster.list", zone=zone_of(gallery=gallery, second=second))
    persons = done["persons"]
    lines = [_line(person) for person in persons] if isinstance(persons, list) else []
    answer(done, "\n".join(lines) or "nobody is on the roster yet", as_json=as_json)


@roster.command()
def revoke(
    name: str,
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """End what a person may do. What they signed stays on record."""
    done = ask(deployment, "roster.revoke", {"name": name}, zone=zone_of(gallery=gallery, second=second))
    answer(done, f"{name} is revoked (entry {done['entry']})", as_json=as_json)


def _public(given: str) -> str:
    """The hex of the key, from the argument or the first line of the file it names."""
    # A name that is longer than any file's may be is a mistyped key.
    named = len(given) != 64 and len(given) < 1024 and Path(given).is_file()
    text = first_line(Path(given)).strip() if named else given.strip()
    try:
        return bytes.fromhex(text).hex()
    except ValueError as error:
        raise Malformed("--public takes 64 hex digits, or a file with them: never the private key file") from error


def _line(person: Json) -> str:
    if not isinstance(person, dict):
        return ""
    roles = person["roles"]
    held = ", ".join(str(role) for role in roles) if isinstance(roles, list) else ""
    gone = "  REVOKED" if person["revoked"] else ""
    return f"{person['name']}  {person['organisation']}  {held}  {str(person['key'])[:16]}…{gone}"
