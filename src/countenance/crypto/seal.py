"""Seal bytes to a public key, bound to what they are for. Who can seal cannot unseal.

Invariant: `info` always comes from `binding`, so a message sealed for one purpose, camera or warrant opens as no other.
"""

from countenance.crypto import hybrid
from countenance.errors import Malformed
from countenance.formats import canonical


def binding(purpose: str, *names: str) -> bytes:
    """The HPKE `info` of one purpose: the canonical JSON array `["countenance", purpose, *names]`."""
    return canonical.write(["countenance", purpose, *names])


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """`plaintext` sealed to the raw key `public`; 1,136 bytes longer. HPKE base mode, single shot (RFC 9180 section 6).

    Nobody is authenticated by it: what must have an author is signed before it is sealed. Raises Malformed for a key
    that is none.
    """
    key = hybrid.public_key(public)
    try:
        return hybrid.SUITE.encrypt(plaintext, key, info)
    except ValueError as error:
        raise Malformed("nothing can be sealed to this key; ask its owner for it again") from error
