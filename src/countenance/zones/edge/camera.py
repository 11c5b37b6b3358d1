"""Cameras of one edge and where their pictures come from: `DEPLOYMENT/edge/NAME/cameras.toml`, mode 0600.

A source may hold a password (rtsp://user:password@host/…), so this file is the only place it is ever written to: it is
not declared to the custodian, not in any message and not in any output. What is declared is `vocabulary.cameras`.

    [cameras.entrance]
    source = "rtsp://…"
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from countenance.durable import files
from countenance.errors import Malformed, Unavailable
from countenance.zones.edge import identity

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_LIVE = re.compile(r"rtsps?://|(v4l2:)?/dev/", re.IGNORECASE)


def checked(name: str) -> str:
    """`name`, if a camera may be called so. Raises Malformed."""
    if not _NAME.fullmatch(name):
        raise Malformed("a camera's name has lower-case letters, digits, dots and hyphens, at most 64; choose another")
    return name


def is_live(source: str) -> bool:
    """Whether `source` goes on by itself (a stream or a webcam) or ends (a file or a folder)."""
    return _LIVE.match(source) is not None


def sources(deployment: Path, edge: str) -> dict[str, str]:
    """The edge's cameras and their sources. Raises Malformed for a file that is not what it should be."""
    path = identity.folder(deployment, edge) / "cameras.toml"
    try:
        table = tomllib.loads(path.read_text()).get("cameras", {})
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Unavailable(
            f"the cameras of the edge {edge} cannot be read ({error.strerror}); check the file"
        ) from error
    except ValueError as error:
        raise Malformed(f"the cameras of the edge {edge} are not valid TOML; correct cameras.toml") from error
    found = {}
    for name, camera in table.items() if isinstance(table, Mapping) else ():
        source = camera.get("source") if isinstance(camera, Mapping) else None
        if not isinstance(source, str):
            raise Malformed(f"the camera {checked(name)} has no source; correct cameras.toml")
        found[checked(name)] = source
    return found


def put(deployment: Path, edge: str, name: str, source: str) -> None:
    """Add the camera `name`, or give it another source."""
    _write(deployment, edge, sources(deployment, edge) | {checked(name): source})


def drop(deployment: Path, edge: str, name: str) -> None:
    """Forget the camera `name` and its source; one that is not there is fine."""
    _write(deployment, edge, {kept: source for kept, source in sources(deployment, edge).items() if kept != name})


def find(deployment: Path, name: str) -> tuple[str, str]:
    """The edge of this host that records the camera `name`, and the source. Raises Malformed if there is none."""
    for edge in identity.names(deployment):
        source = sources(deployment, edge).get(checked(name))
        if source is not None:
            return edge, source
    raise Malformed(f"no edge of this host has a camera {name}: 'countenance camera add' declares one")


def _write(deployment: Path, edge: str, cameras: Mapping[str, str]) -> None:
    # A JSON string is a TOML basic string.
    text = "".join(f'[cameras."{name}"]\nsource = {json.dumps(source)}\n\n' for name, source in sorted(cameras.items()))
    files.write(identity.folder(deployment, edge) / "cameras.toml", text.encode())
