"""The other kiosks of a gate, as one of them knows them: `DEPLOYMENT/edge/NAME/neighbours`, a record of `Neighbours`.

Written at the kiosk's own terminal, from what the other kiosk's terminal says: whoever carries letters between them
names nobody. Who can write it can have a kiosk of their own believed, and be handed flights' keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from countenance.durable import files
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.zones.edge import identity

KEY: Final = 32
MOST: Final = 16
"""Kiosks of one gate beside one's own."""

_FILE: Final = "neighbours"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A kiosk of the same gate. `key`: its Ed25519 signing key, 32 bytes."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Those that one kiosk knows, by name."""

    kiosks: tuple[Neighbour, ...]


def known(deployment: Path, name: str) -> dict[str, bytes]:
    """Names and keys of the others that the kiosk `name` knows; none without a file. Raises Malformed, Unavailable."""
    try:
        data = (identity.folder(deployment, name) / _FILE).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Unavailable(f"the neighbours of {name} cannot be read: run this as the kiosk's own account") from error
    return {one.name: one.key for one in records.read(Neighbours, data).kiosks}


def add(deployment: Path, name: str, other: str, key: bytes) -> None:
    """Let the kiosk `name` hear from `other`. Raises Malformed for a key or name that is none, Refused if taken."""
    own, found = identity.load(deployment, name), known(deployment, name)
    identity.folder(deployment, other)
    if len(key) != KEY:
        raise Malformed(f"a kiosk's signing key is {KEY} bytes: give the one that its own terminal shows")
    if other == name or key == own.signing.public or key in [one for at, one in found.items() if at != other]:
        raise Refused("this name or key is another kiosk's: every kiosk of a gate has its own")
    if other not in found and len(found) >= MOST:
        raise Refused(f"a gate has at most {MOST} kiosks beside this one: remove one first")
    _write(deployment, name, {**found, other: key})


def remove(deployment: Path, name: str, other: str) -> None:
    """Let the kiosk `name` hear from `other` no more. Raises Refused if it does not."""
    found = known(deployment, name)
    if other not in found:
        raise Refused(f"{other} is no neighbour of {name}: nothing was changed")
    _write(deployment, name, {at: key for at, key in found.items() if at != other})


def _write(deployment: Path, name: str, found: Mapping[str, bytes]) -> None:
    kept = Neighbours(tuple(Neighbour(at, found[at]) for at in sorted(found)))
    files.write(identity.folder(deployment, name) / _FILE, records.write(kept))
