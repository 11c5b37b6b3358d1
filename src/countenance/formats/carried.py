"""What a traveller's codes carry, by their first byte: a token, a phone's part, both, or a reference from home.

| first byte | then | shown |
|---|---|---|
| 1 | the rest of a token (`crypto.token`) | by a kiosk, and by a traveller with paper |
| 2 | 4 bytes of the flight's salt, 32 of the part | by a phone, where its token is made |
| 3 | 32 bytes of the part, a token | by a phone, at the gate |
| 4 | the rest of a reference (`crypto.at_home`) | by who made one at home, where their token is made |

The part is what a passkey's PRF extension gives for the flight's salt (W3C WebAuthn level 3 section 10.1.4). Of a token
with 128 components both are 307 bytes, which fit version 13 of a QR code at level M (322, in base45).
"""

import hashlib
from typing import Final

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.vocabulary.gates import Carried

PART: Final = 32
OF_PHONE, WITH_PART, FROM_HOME = b"\2", b"\3", b"\4"
_OF: Final = 4


def salt(flight: str) -> bytes:
    """What a passkey is asked with (32 bytes) for `flight`: another flight's part is another."""
    return hashlib.sha256(canonical.write(["countenance", "part of a phone", flight])).digest()


def write_part(part: bytes, flight: str) -> bytes:
    """What a phone shows where its token is made. Raises Malformed for a part that is none."""
    return OF_PHONE + salt(flight)[:_OF] + _whole(part)


def read_part(data: bytes, flight: str) -> bytes:
    """A phone's part (32 bytes) for `flight`. Raises Malformed for anything else, and for another flight's."""
    head = OF_PHONE + salt(flight)[:_OF]
    if not data.startswith(head) or len(data) != len(head) + PART:
        raise Malformed(f"this is not what a phone shows for {flight}: choose this flight on its page, or leave it out")
    return data[len(head) :]


def write(carried: Carried) -> bytes:
    """What is shown at the gate. Raises Malformed for a part that is none."""
    return carried.token if carried.part is None else WITH_PART + _whole(carried.part) + carried.token


def read(data: bytes) -> Carried:
    """What is shown at the gate, whatever it is: whether its token opens, the flight's key says."""
    if data.startswith(WITH_PART) and len(data) > 1 + PART:
        return Carried(data[1 + PART :], data[1 : 1 + PART])
    return Carried(data)


def _whole(part: bytes) -> bytes:
    if len(part) != PART:
        raise Malformed(f"a phone's part is {PART} bytes")
    return part
