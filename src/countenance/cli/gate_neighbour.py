"""`countenance gate neighbour`: which other kiosks of its gate a kiosk hears from; at the kiosk's own terminal."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Malformed
from countenance.zones.edge import identity, neighbours


def neighbour(
    name: str,
    other: Annotated[str, typer.Argument(help="the other kiosk; without one, those that are known")] = "",
    *,
    key: Annotated[str, typer.Option(help="the other's signing key, in hex, as its own terminal shows it")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="hear from it no more")] = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Let a kiosk hear from another of its gate; it does from its next start. Shows this kiosk's own key, too."""
    own = identity.load(deployment, name)
    if other and bool(key) is remove:
        raise Malformed("give --key with the other kiosk's signing key, or --remove")
    if remove:
        neighbours.remove(deployment, name, other)
    elif other:
        neighbours.add(deployment, name, other, _key(key))
    found = {at: one.hex() for at, one in neighbours.known(deployment, name).items()}
    lines = [f"{name} itself: {own.signing.public.hex()}", *(f"hears from {at}: {one}" for at, one in found.items())]
    answer(
        {"name": name, "signing_key": own.signing.public.hex(), "neighbours": found}, "\n".join(lines), as_json=as_json
    )


def _key(spelled: str) -> bytes:
    try:
        return bytes.fromhex(spelled)
    except ValueError as error:
        raise Malformed("a signing key is 64 hex digits: copy it from the other kiosk's terminal") from error
