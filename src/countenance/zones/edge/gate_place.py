"""Where a gate's kiosk of this host serves its pages: `DEPLOYMENT/edge/NAME/gate.json`, the record of a `GatePlace`.

Beside it lie the kiosk's `identity`, `officers` (public halves of their passkeys) and `flights`. The pages are this
machine's alone: browser and camera stand at the gate.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from countenance.durable import files
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.zones.edge import identity

PORT: Final = 9470
_FILE: Final = "gate.json"
_PORTS: Final = range(1024, 65536)


@dataclass(frozen=True, slots=True)
class GatePlace:
    """`port`: on the loopback. `allowed`: milliseconds that the lane without a face may take longer, by its median."""

    port: int
    allowed: int

    @property
    def origin(self) -> str:
        """Of both pages."""
        return f"http://gate.localhost:{self.port}"


def names(deployment: Path) -> tuple[str, ...]:
    """The gates' kiosks of this host, in order of name."""
    return tuple(sorted(path.parent.name for path in (deployment / "edge").glob(f"*/{_FILE}")))


def write(deployment: Path, name: str, place: GatePlace) -> None:
    """Say where the kiosk `name`, which has an identity here, serves its pages."""
    files.write(identity.folder(deployment, name) / _FILE, records.write(place))


def read(deployment: Path, name: str) -> GatePlace:
    """Where it does. Raises Unavailable if `name` is none of this host, Malformed for its file."""
    try:
        place = records.read(GatePlace, (identity.folder(deployment, name) / _FILE).read_bytes())
    except OSError as error:
        raise Unavailable(f"{name} is no gate's kiosk of this host: 'countenance gate kiosk {name}'") from error
    if place.port not in _PORTS or place.allowed < 0:
        raise Malformed(f"{_FILE} of the kiosk {name} cannot be read: run 'countenance gate kiosk {name}' again")
    return place


def officers(deployment: Path, name: str) -> Path:
    """The folder of its officers' passkeys."""
    return identity.folder(deployment, name) / "officers"


def lanes(deployment: Path, name: str) -> Path:
    """The folder of what is to be said of its lanes."""
    return identity.folder(deployment, name) / "lanes"


def flights(deployment: Path, name: str) -> Path:
    """The folder of its flights."""
    return identity.folder(deployment, name) / "flights"
