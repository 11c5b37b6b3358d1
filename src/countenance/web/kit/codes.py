"""Codes: what somebody keeps to see their answer, 16 random bytes, as people copy them."""

import base64
from typing import Final

from countenance.errors import Malformed
from countenance.vocabulary.rights import CODE

_GROUP: Final = 5
_LONGEST: Final = 64
_ALIKE: Final = str.maketrans({"0": "O", "1": "I", "8": "B", "-": None})
"""Digits that base32 leaves out, for the letters that they are taken for."""


def spelled(code: bytes) -> str:
    """A code in base32 (RFC 4648 section 6), in groups of five."""
    text = base64.b32encode(code).decode().rstrip("=")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def read(typed: str) -> bytes:
    """The 16 bytes of a code, however it was grouped. Raises Malformed."""
    text = "".join(typed[:_LONGEST].split()).upper().translate(_ALIKE)
    try:
        found = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        found = b""
    if len(found) != CODE:
        raise Malformed("a code has 26 letters and digits: copy it from where it was shown")
    return found
