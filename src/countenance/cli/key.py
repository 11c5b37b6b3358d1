"""`countenance key new FILE`: a person's signing key in a file of mode 0600; `load` reads it for the verbs that act.

The file is canonical JSON with `type` ("FileKey"), `person` (may be empty) and `private` (hex of 32 bytes, Ed25519).
Whoever has the file can act as the person in a deployment made with `init --demo`; elsewhere file keys approve nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, answer, contents, undeployed
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats import canonical

key = typer.Typer(no_args_is_help=True, add_completion=False, help="Make a person's key file.")


# Bytes; a key file has far fewer.
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """A person's private key as the file holds it. `person`: empty if the file does not say whose it is."""

    person: str
    signing: SigningKey

    def __repr__(self) -> str:
        return f"FileKey({self.person}, {self.signing.public.hex()[:8]})"


@key.callback()
def _group() -> None:
    """Keep `new` a verb of its own while it is the only one."""


@key.command()
@undeployed
def new(
    file: Annotated[Path, typer.Argument(help="where to keep the private key; must not exist")],
    person: Annotated[str, typer.Option(help="name on the roster, e.g. court-b/judge-1")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key, keep its private half in FILE and print its public half, which goes on the roster."""
    made = create(file, person)
    public = made.signing.public.hex()
    answer({"file": str(file), "person": person, "public": public}, public, as_json=as_json)


def create(path: Path, person: str) -> FileKey:
    """Make a new key in a new file of mode 0600. Raises Refused if the file exists: a lost key cannot be had again."""
    if path.exists():
        raise Refused(f"{path.name} exists already; choose another file, or move it away first")
    made = FileKey(person, SigningKey.generate())
    value = {"type": "FileKey", "person": person, "private": made.signing.to_bytes().hex()}
    files.make_directory(path.parent)
    files.write(path, canonical.write(value))
    return made


def load(path: Path) -> FileKey:
    """The key in a file that `create` wrote. Raises Unavailable if unreadable, Malformed if it is no key file."""
    data = contents(path, most=_LARGEST, what="the file that 'countenance key new' made")
    try:
        value = canonical.read(data.strip())
    except Malformed:
        value = None
    if not isinstance(value, Mapping) or value.get("type") != "FileKey":
        raise Malformed(f"{path.name} is no key file: 'countenance key new' makes one")
    person, private = value.get("person", ""), value.get("private")
    if not isinstance(person, str) or not isinstance(private, str):
        raise Malformed(f"{path.name} lacks its private key; restore it from where it was kept")
    try:
        return FileKey(person, SigningKey.from_bytes(bytes.fromhex(private)))
    except ValueError as error:
        raise Malformed(f"{path.name} holds a key that is not hex; restore it from where it was kept") from error
