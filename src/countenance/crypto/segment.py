"""Encrypt footage, stills and patches in chunks that can be read from anywhere.

Implements C2SP chunked-encryption v1 (https://c2sp.org/chunked-encryption) with SHA-512, AES-256-GCM and no context,
the instantiation named Cobblestone-256; ours, because `cryptography`'s reads streams only and footage is read by range.
Salt (24 bytes), commitment (32), then chunks of 16 KiB, each 16 bytes longer, the last always shorter. Invariants:

* Every chunk that leaves has been authenticated, and the commitment ties the ciphertext to one key.
* A cut ciphertext never decrypts to a prefix: the last chunk is checked even when a range ends before it.
"""

import secrets
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from countenance.errors import Malformed, Tampered

# Sizes in bytes.
KEY = 32
SALT = 24
COMMITMENT = 32
CHUNK = 16 * 1024
TAG = 16
_NONCE = 12
_HEADER = SALT + COMMITMENT
_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"


class _Keys(NamedTuple):
    cipher: AESGCM
    base: int
    commitment: bytes


def encrypt(key: bytes, plaintext: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """`plaintext` under `key` (32 bytes), 56 bytes longer plus 16 a chunk. Malformed for a key of another length.

    `random` is asked once, for the salt.
    """
    salt = random(SALT)
    keys = _derive(key, salt)
    parts = [salt, keys.commitment]
    # One chunk more than fills: the last is shorter than 16 KiB, empty if need be.
    for number in range(len(plaintext) // CHUNK + 1):
        chunk = plaintext[number * CHUNK : (number + 1) * CHUNK]
        parts.append(keys.cipher.encrypt(_nonce(keys.base, number), chunk, None))
    return b"".join(parts)


def decrypt(key: bytes, ciphertext: bytes) -> bytes:
    """The whole plaintext. Raises Tampered for another key, or bytes changed, cut, added or moved."""
    return decrypt_range(key, ciphertext, 0, plaintext_length(ciphertext))


def decrypt_range(key: bytes, ciphertext: bytes, start: int, end: int) -> bytes:
    """Plaintext bytes `start` to `end` (not included); only their chunks and the last one are decrypted.

    A range that reaches past the end is cut there. Raises Tampered as `decrypt` does, Malformed for a negative range.
    """
    length = plaintext_length(ciphertext)
    if not 0 <= start <= end:
        raise Malformed("a range starts at 0 or later and ends no earlier than it starts")
    keys = _derive(key, ciphertext[:SALT])
    if not constant_time.bytes_eq(keys.commitment, ciphertext[SALT:_HEADER]):
        raise Tampered("this was not encrypted under this key; fetch it again, or ask for the right key")
    end = min(end, length)
    last = length // CHUNK
    ending = _chunk(keys, ciphertext, last)
    if start >= end:
        return b""
    first, final = start // CHUNK, (end - 1) // CHUNK
    parts = [ending if number == last else _chunk(keys, ciphertext, number) for number in range(first, final + 1)]
    return b"".join(parts)[start - first * CHUNK : end - first * CHUNK]


def plaintext_length(ciphertext: bytes) -> int:
    """How long the plaintext must be, from the ciphertext's length alone. Raises Tampered for an impossible length."""
    body = len(ciphertext) - _HEADER
    whole, rest = divmod(body, CHUNK + TAG)
    if body < TAG or rest < TAG:
        raise Tampered("this ciphertext is cut short; fetch it again")
    return whole * CHUNK + rest - TAG


def _derive(key: bytes, salt: bytes) -> _Keys:
    if len(key) != KEY:
        raise Malformed(f"a segment key is {KEY} bytes")
    material = HKDFExpand(SHA512(), KEY + _NONCE + COMMITMENT, _LABEL + salt).derive(key)
    base = int.from_bytes(material[KEY : KEY + _NONCE])
    return _Keys(AESGCM(material[:KEY]), base, material[KEY + _NONCE :])


def _nonce(base: int, number: int) -> bytes:
    return (base ^ number).to_bytes(_NONCE)


def _chunk(keys: _Keys, ciphertext: bytes, number: int) -> bytes:
    offset = _HEADER + number * (CHUNK + TAG)
    try:
        return keys.cipher.decrypt(_nonce(keys.base, number), ciphertext[offset : offset + CHUNK + TAG], None)
    except InvalidTag as error:
        raise Tampered(f"chunk {number} of this ciphertext was altered; fetch it again") from error
