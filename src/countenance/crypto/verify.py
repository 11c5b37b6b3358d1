"""Verify Ed25519 signatures. A check that fails raises; there is no answer to ignore."""

from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from countenance.errors import Tampered
from countenance.formats import records
from countenance.vocabulary.requests import Signed

T = TypeVar("T")


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Return if `signature` (64 bytes) is that of raw key `public` (32 bytes) over `message`; else raise Tampered."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Tampered("a signature does not verify: the message was altered, or another key signed it") from error


def opened(kind: type[T], signed: Signed, public: bytes) -> T:
    """The `kind` that `signed` carries, after its signature by `public` was verified.

    Raises Tampered for the signature, Malformed for a body that is another record.
    """
    verify(public, signed.body, signed.signature)
    return records.read(kind, signed.body)
