"""Mask: add a one-time pad to a coded template, so that the repository's row is random without the custodian's key.

The additively homomorphic stream cipher of Castelluccia, Mykletun and Tsudik (MobiQuitous 2005). Invariant: a nonce
is random and used once. The same nonce under the same block key twice gives the difference of two templates to
anyone who holds both rows; the custodian refuses the second on arrival.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import keystream
from countenance.errors import Malformed
from countenance.matching import encode


def mask(coded: NDArray[np.int16], block_key: bytes, nonce: bytes) -> bytes:
    """The row of `coded` (int16, shape (d,)): little-endian uint16, 2 * d bytes.

    `block_key`: 32 bytes, of the camera and hour. `nonce`: R_k, 16 fresh random bytes. Raises Malformed for numbers
    that are no coded template.
    """
    plain = encode.checked(coded).astype(np.uint16)
    pad = np.frombuffer(keystream.pad(block_key, nonce, 2 * len(plain)), dtype="<u2")
    row: NDArray[np.uint16] = plain + pad
    return row.astype("<u2").tobytes()


def stacked(row: bytes, block_key: bytes, nonce: bytes) -> bytes:
    """`row` under one more pad: a second custodian's, with its own block key and the same nonce."""
    return added(row, keystream.pad(block_key, nonce, len(row)))


def added(row: bytes, pad: bytes) -> bytes:
    """`row` plus `pad`, both of 2 * d bytes, modulo 2^16 in each component. Raises Malformed for another length."""
    if len(row) != len(pad) or len(row) % 2:
        raise Malformed("a row and its pad have the same length")
    summed: NDArray[np.uint16] = np.frombuffer(row, dtype="<u2") + np.frombuffer(pad, dtype="<u2")
    return summed.astype("<u2").tobytes()


def rows(data: bytes, dimension: int) -> NDArray[np.int16]:
    """Rows written one after the other, as an array of shape (n, dimension), read as signed. Raises Malformed."""
    if dimension < 1 or len(data) % (2 * dimension):
        raise Malformed(f"these are not whole rows of {2 * dimension} bytes")
    return np.frombuffer(data, dtype="<i2").astype(np.int16).reshape(-1, dimension)
