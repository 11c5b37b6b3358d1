"""A reference that somebody made at home, on its way to a kiosk: encrypted under 16 random bytes that they keep apart.

Layout (bytes): 1 what it is, 12 nonce, then AES-256-GCM of 8 of the extractor and the template, a byte a component.

* Who has it without the 16 bytes learns how long the template is. Who has both has that person's numbers.
* Nobody vouches for it, and nothing here could: whoever makes one chooses what is in it.
"""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from countenance.crypto import derive, record
from countenance.errors import Malformed, Tampered
from countenance.formats import canonical
from countenance.formats.carried import FROM_HOME
from countenance.vocabulary.gates import HomeReference

SECRET: Final = 16
EXTRACTOR: Final = 8
MOST: Final = 320
"""Bytes of it, as of a token."""

_LEAST: Final = 1 + record.NONCE + EXTRACTOR + 16
_CONTEXT: Final = canonical.write(["countenance", "reference from home"])


def wrap(reference: HomeReference, secret: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """What is carried to a kiosk. Raises Malformed for an extractor, a secret or a length that is none."""
    if len(reference.extractor) != EXTRACTOR or not 0 < len(reference.code) <= MOST - _LEAST:
        raise Malformed("this extractor's templates do not fit a code that can be carried: enrol at a kiosk")
    return FROM_HOME + record.encrypt(_key(secret), reference.extractor + reference.code, _CONTEXT, random=random)


def unwrap(data: bytes, secret: bytes) -> HomeReference:
    """What `wrap` was given. Raises Tampered for another secret, and for anything else."""
    if not data.startswith(FROM_HOME) or not _LEAST < len(data) <= MOST:
        raise Tampered("this is no code that was made at home: scan it again, or enrol here")
    plain = record.decrypt(_key(secret), data[1:], _CONTEXT)
    return HomeReference(plain[:EXTRACTOR], plain[EXTRACTOR:])


def _key(secret: bytes) -> bytes:
    if len(secret) != SECRET:
        raise Malformed(f"the secret of a reference is {SECRET} bytes")
    return derive.subkey(hashlib.sha256(secret).digest(), "reference from home")
