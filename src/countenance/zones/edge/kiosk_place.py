"""Where a kiosk of this host serves its page: `DEPLOYMENT/edge/NAME/kiosk.json`, made when it is enrolled.

Canonical JSON with `type` ("Kiosk") and `port`. The page is this machine's alone: its browser and its camera stand at
the desk.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from countenance.durable import files
from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical
from countenance.zones.edge import identity

KIND: Final = "kiosk"
PORT: Final = 9460
_FILE: Final = "kiosk.json"


def names(deployment: Path) -> tuple[str, ...]:
    """The kiosks of this host, in order of name."""
    return tuple(sorted(path.parent.name for path in (deployment / "edge").glob(f"*/{_FILE}")))


def write(deployment: Path, name: str, port: int) -> None:
    """Say where the kiosk `name`, which has an identity here, serves its page."""
    files.write(identity.folder(deployment, name) / _FILE, canonical.write({"type": "Kiosk", "port": port}))


def origin(deployment: Path, name: str) -> str:
    """The origin of a kiosk's page. Raises Unavailable if `name` is none of this host, Malformed for its file."""
    try:
        value = canonical.read((identity.folder(deployment, name) / _FILE).read_bytes())
    except OSError as error:
        raise Unavailable(f"{name} is no kiosk of this host: 'countenance edge enrol {name} --kind kiosk'") from error
    port = value.get("port") if isinstance(value, Mapping) and value.get("type") == "Kiosk" else None
    if type(port) is not int:
        raise Malformed(f"{_FILE} of the kiosk {name} cannot be read: enrol it again under another name")
    return f"http://kiosk.localhost:{port}"
