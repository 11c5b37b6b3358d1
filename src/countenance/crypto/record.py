"""Encrypt small records at rest: AES-256-GCM with a random 12-byte nonce in front and a context that must match.

A key encrypts at most 2^32 records (NIST SP 800-38D section 8.3); the custodian's store key is replaced far earlier.
"""

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from countenance.errors import Malformed, Tampered

KEY = 32
NONCE = 12


def encrypt(
    key: bytes, plaintext: bytes, context: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """nonce || ciphertext || tag, 28 bytes longer; opens only with the same `context`. Malformed for a bad key."""
    nonce = random(NONCE)
    return nonce + _cipher(key).encrypt(nonce, plaintext, context)


def decrypt(key: bytes, data: bytes, context: bytes) -> bytes:
    """The plaintext. Raises Tampered for another key or context, or changed bytes."""
    try:
        return _cipher(key).decrypt(data[:NONCE], data[NONCE:], context)
    except (InvalidTag, ValueError) as error:
        raise Tampered(
            "an encrypted record does not open: it was altered, moved, or written under another key"
        ) from error


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY:
        raise Malformed(f"a record key is {KEY} bytes")
    return AESGCM(key)
