"""Who an edge is: a signing key and a key of its own that leases are sealed to, in one file of mode 0600.

`DEPLOYMENT/edge/NAME/identity` is canonical JSON with `type` ("EdgeIdentity"), `name`, `own` and `signing` (hex). It is
made once, when the edge is enrolled, and never leaves the host.

Who reads it can open this edge's leases from then on and invent sightings under its name, until it is revoked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import canonical

# The name of the enrolled edge that extracts probes and has no camera.
PROBE = "probe"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """One edge's name and private keys."""

    name: str
    signing: SigningKey
    own: OwnKey

    def __repr__(self) -> str:
        return f"Identity({self.name}, {self.signing.public.hex()[:8]})"


def folder(deployment: Path, name: str) -> Path:
    """Where the edge `name` keeps what is its own. Raises Malformed for a name that is none."""
    if not _NAME.fullmatch(name):
        raise Malformed("a name has lower-case letters, digits, dots and hyphens, at most 64; choose another")
    return deployment / "edge" / name


def names(deployment: Path) -> tuple[str, ...]:
    """The edges of this host that have an identity, in order of name, the probe helper included."""
    return tuple(sorted(path.parent.name for path in (deployment / "edge").glob("*/identity")))


def create(deployment: Path, name: str) -> Identity:
    """Make and keep new keys for the edge `name`. Raises Refused if it has some already."""
    home = folder(deployment, name)
    if (home / "identity").exists():
        raise Refused(f"the edge {name} has an identity already; revoke it and choose another name")
    files.make_directory(home)
    identity = Identity(name, SigningKey.generate(), OwnKey.generate())
    files.write(
        home / "identity",
        canonical.write(
            {
                "type": "EdgeIdentity",
                "name": name,
                "own": identity.own.to_bytes().hex(),
                "signing": identity.signing.to_bytes().hex(),
            }
        ),
    )
    return identity


def load(deployment: Path, name: str) -> Identity:
    """The keys of the edge `name`. Raises Unavailable if it has none, Malformed if the file is not an identity."""
    try:
        data = (folder(deployment, name) / "identity").read_bytes()
    except OSError as error:
        raise Unavailable(f"the edge {name} has no identity that can be read; enrol it first") from error
    value = canonical.read(data)
    if not isinstance(value, Mapping) or value.get("type") != "EdgeIdentity" or value.get("name") != name:
        raise Malformed(f"the identity file of the edge {name} belongs to something else")
    return Identity(name, SigningKey.from_bytes(_key(value, "signing")), OwnKey.from_bytes(_key(value, "own")))


def _key(value: Mapping[str, canonical.Json], field: str) -> bytes:
    spelled = value.get(field)
    if not isinstance(spelled, str):
        raise Malformed("an identity file lacks a key; restore it")
    try:
        return bytes.fromhex(spelled)
    except ValueError as error:
        raise Malformed("an identity file holds a key that is not hex; restore it") from error
