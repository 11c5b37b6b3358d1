"""Frames: how a stream of pictures is written for a page.

Big-endian: length of what follows (u32), kind (u8); then for pictures length of the camera's name (u8), the name,
moment and when the console had it (u64 each, UTC milliseconds), width and height (u16 each), and the JPEG to the end;
for beats JSON to the end. `static/wall.js` reads it.
"""

import struct

from countenance.formats.live import Picture
from countenance.vocabulary.moments import Moment

BEATS, TILE, VIEW = 0, 1, 2
"""Kinds of frames: JSON of how cameras stand, a tile, a large picture."""

_HEAD, _SHOWN = struct.Struct(">IB"), struct.Struct(">QQHH")


def framed(kind: int, body: bytes) -> bytes:
    """One frame."""
    return _HEAD.pack(1 + len(body), kind) + body


def pictured(kind: int, camera: str, picture: Picture, now: Moment) -> bytes:
    """A picture as one frame; `now`: UTC milliseconds."""
    name = camera.encode()
    shown = _SHOWN.pack(picture.moment, now, picture.width, picture.height)
    return framed(kind, bytes([len(name)]) + name + shown + picture.jpeg)
