"""What a leaf is made of: an entry's canonical JSON behind a random nonce; a leaf tells nothing of its entry."""

import hashlib

from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed
from countenance.formats import records
from countenance.vocabulary.entries import Preimage

NONCE = 32
LEAF = 32
SMALLEST_CLASS = 2048
"""Bytes of a sealed preimage's content: enough for every entry but those that list many names; then powers of two."""


def leaf_data(preimage: Preimage) -> bytes:
    """SHA-256(nonce || entry), 32 bytes: the leaf's data, which `merkle.leaf_hash` hashes once more."""
    return hashlib.sha256(preimage.nonce + preimage.entry).digest()


def to_bytes(preimage: Preimage) -> bytes:
    """How the sequencer's journal keeps it: nonce || entry."""
    return preimage.nonce + preimage.entry


def from_bytes(data: bytes) -> Preimage:
    """The preimage that `to_bytes` wrote. Raises Malformed if it is shorter than a nonce."""
    if len(data) < NONCE:
        raise Malformed("this is no record of the log's journal")
    return Preimage(data[:NONCE], data[NONCE:])


def sealed(preimage: Preimage, auditors_key: bytes, origin: str, index: int) -> bytes:
    """The preimage of entry `index` of the log `origin`, as it is published: for the auditors alone.

    Zeros behind it make it as long as every other one of its size class: its length does not tell what it is.
    """
    plain = records.write(preimage)
    length = max(SMALLEST_CLASS, 1 << (len(plain) - 1).bit_length())
    return seal(auditors_key, sealed_info(origin, index), plain.ljust(length, b"\0"))


def unsealed(plain: bytes) -> Preimage:
    """The preimage in what `sealed` sealed. Raises Malformed."""
    # Canonical JSON never ends in a zero. What an earlier version published has none behind it.
    return records.read(Preimage, plain.rstrip(b"\0"))


def sealed_info(origin: str, index: int) -> bytes:
    """What `sealed` is bound to."""
    return binding("preimage", origin, str(index))
