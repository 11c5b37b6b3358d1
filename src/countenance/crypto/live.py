"""Encrypt covered pictures of now under the footage key of their camera and hour, and open them.

On the wire: the hour (u32, big-endian), then a segment (`crypto.segment`) under the footage key's subkey "live". Who
may look at an hour's footage may see it live, and nobody else. Invariants:

* Camera and hour are bound by the key, which belongs to one partition; moment and size are inside and authenticated.
* A viewer takes no picture that is not newer than the last: who carries them can withhold, not go back.
"""

from collections.abc import Mapping

from countenance.crypto import derive, segment
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import live
from countenance.formats.live import Picture
from countenance.vocabulary.moments import Hour

_HOUR = 4
LARGEST = _HOUR + live.LARGEST + segment.SALT + segment.COMMITMENT + segment.TAG * (live.LARGEST // segment.CHUNK + 1)
"""Bytes of the longest picture, encrypted."""

# No segment is called so: their names are 32 hex digits.
_PURPOSE = "live"


def encrypt(footage_key: bytes, picture: Picture) -> bytes:
    """`picture` under the footage key (32 bytes) of its camera and of the hour that its moment lies in."""
    key = derive.subkey(footage_key, _PURPOSE)
    return Hour.of(picture.moment).number.to_bytes(_HOUR) + segment.encrypt(key, live.write(picture))


def hour(data: bytes) -> int:
    """Which hour's key opens `data`, as it says itself; `Viewer.open` holds it to that. Raises Malformed."""
    if not _HOUR < len(data) <= LARGEST:
        raise Malformed("this is no encrypted picture: it is too short or too long")
    return int.from_bytes(data[:_HOUR])


class Viewer:
    """Opens the pictures of one camera, each newer than the one before. One thread at a time."""

    def __init__(self) -> None:
        self._last = -1

    def open(self, footage_keys: Mapping[int, bytes], data: bytes) -> Picture:
        """The picture in `data`, with the key (32 bytes) of its hour. After an error nothing has changed.

        Raises Refused without a key for its hour; Tampered for another camera's or hour's picture, one that was
        altered, or one that is not newer than the last; Malformed for something else.
        """
        named = hour(data)
        key = footage_keys.get(named)
        if key is None:
            raise Refused(f"there is no key for the hour {Hour(named)}: ask for a look at it")
        picture = live.read(segment.decrypt(derive.subkey(key, _PURPOSE), data[_HOUR:]))
        if Hour.of(picture.moment).number != named:
            raise Tampered("a live picture is of another hour than it says; its edge is at fault")
        if picture.moment <= self._last:
            raise Tampered("an older live picture was passed off as a new one; ask again")
        self._last = picture.moment
        return picture
