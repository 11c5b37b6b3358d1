"""Wrap a small secret under a passphrase: Argon2id (RFC 9106 section 4, second recommended option), then AES-256-GCM.

Layout: version 0x01, salt (16 bytes), then a `crypto.record` with version and salt as its context.
"""

import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from countenance.crypto import record
from countenance.errors import Malformed, Refused, Tampered

_VERSION = b"\x01"
_SALT = 16
_HEADER = len(_VERSION) + _SALT
# Passes, parallel lanes and KiB of memory: 3, 4 and 64 MiB as the RFC recommends where 2 GiB is too much.
_PASSES = 3
_LANES = 4
_MEMORY = 64 * 1024


def wrap(secret: bytes, passphrase: str, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """`secret` under `passphrase`, 45 bytes longer. Raises Malformed for an empty passphrase."""
    header = _VERSION + random(_SALT)
    return header + record.encrypt(_stretched(passphrase, header), secret, header, random=random)


def unwrap(data: bytes, passphrase: str) -> bytes:
    """The secret. Raises Malformed if `data` is no wrapping, Refused for a wrong passphrase.

    Altered bytes look the same as a wrong passphrase.
    """
    if len(data) < _HEADER or data[:1] != _VERSION:
        raise Malformed("this is not a secret wrapped under a passphrase")
    header = data[:_HEADER]
    try:
        return record.decrypt(_stretched(passphrase, header), data[_HEADER:], header)
    except Tampered as error:
        raise Refused("the passphrase is wrong, or the file was altered; try again") from error


def _stretched(passphrase: str, header: bytes) -> bytes:
    if not passphrase:
        raise Malformed("the passphrase is empty; give one")
    kdf = Argon2id(salt=header[1:], length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY)
    return kdf.derive(passphrase.encode())
