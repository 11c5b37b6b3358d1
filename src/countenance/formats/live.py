"""One covered picture of now, as it is before it is encrypted: a header of 16 bytes, then the JPEG.

Layout, big-endian: moment u64, width u16, height u16, four zero bytes; then the JPEG to the end. `crypto.live` encrypts
it, so that moment and size are authenticated with the picture.
"""

import struct
from dataclasses import dataclass

from countenance.errors import Malformed
from countenance.vocabulary.moments import Moment

_HEADER = struct.Struct(">QHHI")
HEADER = _HEADER.size

LARGEST = 128 * 1024
"""Bytes of the longest picture with its header."""


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A covered frame, scaled down. `moment`: the frame's own, UTC milliseconds; `width`, `height` in pixels."""

    moment: Moment
    width: int
    height: int
    jpeg: bytes

    def __repr__(self) -> str:
        return f"Picture({self.moment}, {self.width}x{self.height}, {len(self.jpeg)} bytes)"


def write(picture: Picture) -> bytes:
    """Header and JPEG. Raises Malformed for numbers that have no room, or a picture that is empty or too long."""
    try:
        header = _HEADER.pack(picture.moment, picture.width, picture.height, 0)
    except struct.error as error:
        raise Malformed("a live picture has a moment, a width and a height of at most 65535 pixels") from error
    data = header + picture.jpeg
    read(data)
    return data


def read(data: bytes) -> Picture:
    """The picture that `data` spells. Raises Malformed."""
    if not HEADER < len(data) <= LARGEST:
        raise Malformed(f"a live picture has {HEADER + 1} to {LARGEST} bytes")
    moment, width, height, zero = _HEADER.unpack_from(data)
    if zero or not width or not height or moment >= 2**53:
        raise Malformed("the header of a live picture is not one")
    return Picture(moment, width, height, data[HEADER:])
