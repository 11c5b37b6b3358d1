"""The one sealing suite: HPKE (RFC 9180) with ML-KEM-768 + X25519, HKDF-SHA256 and AES-256-GCM.

Shared by `seal`, `unseal`, `lease` and `keypair`; no other module imports it. Raw private key = ML-KEM seed (64 bytes)
then X25519 (32 bytes); raw public key = ML-KEM public (1,184 bytes) then X25519 (32 bytes).
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from countenance.errors import Malformed, Tampered

SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

# Sizes in bytes.
_MLKEM_SEED = 64
_MLKEM_PUBLIC = 1184
_X25519 = 32
PRIVATE_BYTES = _MLKEM_SEED + _X25519
PUBLIC_BYTES = _MLKEM_PUBLIC + _X25519
# What a sealed message is longer than its plaintext: ML-KEM ciphertext 1,088, X25519 share 32, tag 16.
OVERHEAD = 1136


def generate() -> bytes:
    """A new raw private key, 96 bytes."""
    return MLKEM768PrivateKey.generate().private_bytes_raw() + X25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The raw public key (1,216 bytes) of the raw private key `private`. Raises Malformed for a wrong length."""
    lattice, curve = _halves(private)
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def public_key(public: bytes) -> MLKEM768X25519PublicKey:
    """The key that raw `public` spells. Raises Malformed."""
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
    except ValueError as error:
        raise Malformed(f"a sealing key is {PUBLIC_BYTES} bytes; check that it was copied whole") from error


def opened(private: bytes, info: bytes, sealed: bytes) -> bytes:
    """What was sealed with the same `info` to the key of `private`. Raises Tampered, or Malformed for a bad key."""
    key = MLKEM768X25519PrivateKey(*_halves(private))
    try:
        return SUITE.decrypt(sealed, key, info)
    except (InvalidTag, ValueError) as error:
        raise Tampered("a sealed message does not open: it was altered, or sealed to another key or purpose") from error


def _halves(private: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(private) != PRIVATE_BYTES:
        raise Malformed(f"a private sealing key is {PRIVATE_BYTES} bytes; check that it was copied whole")
    return (
        MLKEM768PrivateKey.from_seed_bytes(private[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(private[_MLKEM_SEED:]),
    )
