"""`countenance roster add|address|list|revoke`: who may do what; at the custodian's terminal, each change an entry."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.custodian import AtGallery, AtSecond, ask, first_line, zone_of
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Role

# Bytes; a registration has a few thousand.
_LARGEST = 256 * 1024

roster = typer.Typer(no_args_is_help=True, add_completion=False, help="Who may do what; at the custodian's terminal.")


@roster.command()
def add(
    name: Annotated[str, typer.Argument(help="a role name, e.g. officer-1 or court-b/judge-1")],
    *,
    organisation: Annotated[str, typer.Option(help="whom the person answers to")],
    role: Annotated[list[Role], typer.Option(help="what the person may do; repeat it")],
    public: Annotated[
        str, typer.Option(help="the public key that 'countenance key new' printed, or a file with it")
    ] = "",
    registration: Annotated[
        list[Path] | None, typer.Option(help="a file that the person saved on the approval page; repeat it")
    ] = None,
    fingerprint: Annotated[
        list[str] | None, typer.Option(help="what the person reads out for it; anything else is refused")
    ] = None,
    camera: Annotated[
        list[str] | None, typer.Option(help="a camera that the person may look at and search; none: every; repeat it")
    ] = None,
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Put a person on the roster, give someone who was revoked new keys, or someone who is on it more credentials."""
    if not public and not registration:
        raise Malformed("give --public with a key, or --registration with a file from the approval page, or both")
    brought = [contents(path, most=_LARGEST, what="a registration") for path in registration or ()]
    check_fingerprints(brought, fingerprint or [])
    body: dict[str, Json] = {
        "name": name,
        "organisation": organisation,
        "roles": [one.value for one in role],
        "key": _public(public) if public else "",
        "registrations": [_text(data) for data in brought],
        "cameras": list(camera or ()),
    }
    done = ask(deployment, "roster.add", body, zone=zone_of(gallery=gallery, second=second))
    lines = [f"{name} is on the roster (entry {done['entry']})"]
    made = done.get("credentials")
    for one in made if isinstance(made, list) else []:
        if isinstance(one, dict):
            lines.append(
                f"  credential {str(one['credential'])[:16]}…, vouched for by {one['vouched']}; if the person does not "
                f"read out {one['fingerprint']}, revoke it now"
            )
    answer(done, "\n".join(lines), as_json=as_json)


@roster.command()
def address(
    name: Annotated[str, typer.Argument(help="an approver on the roster")],
    where: Annotated[str, typer.Argument(help="mail address, ntfy topic or webhook name; '' for none")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Say where an approver is told of new warrants, by the custodian's own channel ([custodian] notify)."""
    done = ask(deployment, "roster.address", {"name": name, "address": where})
    answer(done, f"the address of {name} is kept (entry {done['entry']})", as_json=as_json)


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
    credential: Annotated[str, typer.Option(help="only this credential: the beginning of its id, as in the list")] = "",
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """End what a person, or one lost credential, may do. What waits for use is void; what was done stays on record."""
    body: dict[str, Json] = {"name": name, "credential": credential}
    done = ask(deployment, "roster.revoke", body, zone=zone_of(gallery=gallery, second=second))
    what = f"a credential of {name}" if credential else name
    answer(done, f"{what} is revoked (entry {done['entry']})", as_json=as_json)


def _public(given: str) -> str:
    """The hex of the key, from the argument or the first line of the file it names."""
    # A name that is longer than any file's may be is a mistyped key.
    named = len(given) != 64 and len(given) < 1024 and Path(given).is_file()
    text = first_line(Path(given)).strip() if named else given.strip()
    try:
        return bytes.fromhex(text).hex()
    except ValueError as error:
        raise Malformed("--public takes 64 hex digits, or a file with them: never the private key file") from error


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise Malformed("this is no registration: save it again on the approval page") from error


def check_fingerprints(brought: list[bytes], read_out: list[str]) -> None:
    """Raise Refused unless what people read out, if anything, is of these files."""
    if not read_out:
        return
    of_files = sorted(hashlib.sha256(data.strip()).hexdigest()[:20] for data in brought)
    if of_files != sorted("".join(text.split()).lower() for text in read_out):
        raise Refused("a fingerprint is not that of the file: it was exchanged on its way; enrol again")


def _line(person: Json) -> str:
    if not isinstance(person, dict):
        return ""
    roles = person["roles"]
    held = ", ".join(str(role) for role in roles) if isinstance(roles, list) else ""
    gone = "  REVOKED" if person["revoked"] else ""
    credentials = person.get("credentials")
    keys = [str(person["key"]), *(map(str, credentials) if isinstance(credentials, list) else ())]
    shown = ", ".join(f"{key[:16]}…" for key in keys if key)
    cameras = person.get("cameras")
    only = f"  only {', '.join(map(str, cameras))}" if isinstance(cameras, list) and cameras else ""
    return f"{person['name']}  {person['organisation']}  {held}  {shown}{only}{gone}"
