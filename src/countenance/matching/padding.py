"""Padding: the pads of many rows at once. Whoever holds a block key makes them: to mask, or to unmask.

In registers where the processor can (`fused`), else through the cipher of `crypto.keystream`, a chunk at a time.

Invariant: what is made on the way (round keys, counter blocks, keystream) is overwritten; the pads are the caller's to
overwrite.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import keystream
from countenance.errors import Malformed
from countenance.matching import fused, kernels

CHUNK = 512
"""Rows whose pads are made at a time: counter blocks and keystream of d = 128 then take 256 KiB and stay in cache."""


def pads(block_key: bytes, nonces: bytes, dimension: int) -> NDArray[np.int16]:
    """The pads of the rows with `nonces` (16 bytes each, one after the other), shape (n, `dimension`).

    Raises Malformed for a torn nonce or a key that is none.
    """
    out = np.empty((rows_of(nonces), dimension), dtype=np.int16)
    stream = fused.keystream_of(block_key)
    if stream is not None:
        stream.pads(nonces, out)
        stream.wipe()
        return out
    maker = Maker(block_key, dimension)
    for first in range(0, len(out), CHUNK):
        out[first : first + CHUNK] = maker.make(nonces[16 * first : 16 * (first + CHUNK)])
    maker.wipe()
    return out


def masked(coded: NDArray[np.int16], block_key: bytes, nonces: bytes) -> NDArray[np.int16]:
    """The rows of `coded`, shape (n, d), as `mask.mask` makes them one by one; `nonces`: 16 bytes each.

    Raises Malformed for another number of nonces than rows.
    """
    if coded.ndim != 2 or rows_of(nonces) != len(coded):
        raise Malformed("each coded template is masked with a nonce of its own")
    rows = pads(block_key, nonces, coded.shape[1])
    rows += coded
    return rows


class Maker:
    """Makes pads of at most CHUNK rows at a time in buffers of its own. `dimension`: of the rows."""

    def __init__(self, block_key: bytes, dimension: int) -> None:
        self._dimension = dimension
        self._blocks = -(-2 * dimension // keystream.BLOCK)
        self._counters = np.empty((CHUNK, self._blocks, 2), dtype=np.uint64)
        self._stream = np.empty(CHUNK * self._blocks * keystream.BLOCK + keystream.SLACK, dtype=np.uint8)
        self._expand = keystream.Blocks(block_key)

    def make(self, nonces: bytes) -> NDArray[np.int16]:
        """The pads of `nonces`, shape (rows, d), in a buffer that the next call overwrites."""
        rows, size = len(nonces) // keystream.NONCE, self._blocks * keystream.BLOCK
        counters = self._counters[:rows]
        kernels.count_up(np.frombuffer(nonces, dtype=np.uint64).reshape(rows, 2), counters)
        self._expand.into(counters.reshape(-1).view(np.uint8).data, self._stream.data)
        stream = self._stream[: rows * size].reshape(rows, size)[:, : 2 * self._dimension]
        return np.ascontiguousarray(stream).view("<i2")

    def wipe(self) -> None:
        """Overwrite the buffers."""
        self._counters.fill(0)
        self._stream.fill(0)


def rows_of(nonces: bytes) -> int:
    """How many nonces these are. Raises Malformed for a torn one."""
    if len(nonces) % keystream.NONCE:
        raise Malformed(f"a nonce is {keystream.NONCE} bytes")
    return len(nonces) // keystream.NONCE
