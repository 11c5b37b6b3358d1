"""Fused: pads made in registers and multiplied there, in one pass, from a key and the rows' nonces.

Invariants:

* A keystream is never in memory, except where `pads` is asked to write it. Round keys are, while a `Keystream` lasts.
* When this module is loaded it makes known pads and compares them with those of `keystream.pad`; if one differs, or the
  processor has no AES, `WIDTH` is 0 and pads are made through `crypto.keystream` as elsewhere. There is no slower path
  inside, and no wrong one.

Who may reach this with a block key can take pads off rows: import contracts keep it from the repository.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import aes, keystream
from countenance.errors import Malformed
from countenance.matching import lanes, shares
from countenance.matching.registers import ABREAST, TILE, TOGETHER, Kernels, kernels


class Keystream:
    """The keystream under one block key (32 bytes), made by `made_by`. Raises Malformed for a key that is none."""

    def __init__(self, block_key: bytes, width: int, made_by: Kernels) -> None:
        self._kernels = made_by
        self._vector = 8 * width
        self._keys = aes.round_keys(block_key, width)
        self._address = shares.address(self._keys)

    def __repr__(self) -> str:
        return f"Keystream({self._keys.nbytes} bytes)"

    @property
    def size(self) -> int:
        """Bytes that the round keys take."""
        return self._keys.nbytes

    def products(self, q: NDArray[np.int16], nonces: bytes, out: NDArray[np.int32]) -> None:
        """<q, pad> of each row into `out`, (n,); `nonces`: 16 bytes each; q: (d,)."""
        self.products_of([(self, nonces, 0)], q, out)

    def products_of(
        self, pieces: Sequence[tuple["Keystream", bytes, int]], q: NDArray[np.int16], out: NDArray[np.int32]
    ) -> None:
        """As `products` for pieces (keystream, nonces, place of the first product in `out`), one after another.

        Raises Malformed if `out` has no room for one.
        """
        probe = np.zeros(-(-len(q) // self._vector) * self._vector, dtype=np.int16)
        probe[: len(q)] = q
        lines = [
            (stream._address, shares.address(nonces), len(nonces) // keystream.NONCE, place)
            for stream, nonces, place in pieces
        ]
        # The kernel writes where it is told: a check that `python -O` leaves out would not do.
        if any(place < 0 or place + count > len(out) for _, _, count, place in lines):
            raise Malformed("there must be room for one product a row")
        self._kernels.multiply(shares.table(lines, 4), probe, out)
        probe.fill(0)

    def woven(self, probes: NDArray[np.int16]) -> NDArray[np.int16]:
        """At most 16 probes, (p, d), as `products_each` takes them. Raises Malformed for more."""
        return lanes.woven(probes, -(-probes.shape[1] // self._vector) * self._vector)

    def products_each(self, woven: NDArray[np.int16], nonces: bytes, out: NDArray[np.int32]) -> None:
        """<q, pad> of each row and each of the `woven` probes into `out`, shape (n, 16). Raises Malformed."""
        pairs = _pairs(nonces)
        if out.shape != (len(pairs), lanes.PROBES):
            raise Malformed("there must be room for sixteen products a row")
        buffer = np.empty((TILE, 2 * len(woven)), dtype=np.int16)
        self._kernels.multiply_each(self._keys, pairs, woven, buffer, out)
        buffer.fill(0)

    def weigh_of(
        self,
        pieces: Sequence[tuple["Keystream", int, int]],
        counted: NDArray[np.uint8],
        products: NDArray[np.int32],
        sums: NDArray[np.int64],
    ) -> None:
        """Sums, (s, 3), of the limbs that `tag.multipliers` makes of each keystream, times products.

        `pieces`: keystream, how many rows, the place of the first one in `counted` and `products`; what is zero in
        `counted` does not count. Raises Malformed if something does not fit.
        """
        if any(min(rows, place) < 0 or place + rows > len(products) for _, rows, place in pieces):
            raise Malformed("there must be one product for each row that is weighed")
        if len(counted) != len(products) or sums.shape != (len(pieces), 3):
            raise Malformed("there must be room for three sums of each piece")
        lines = ((stream._address, rows, place) for stream, rows, place in pieces)
        self._kernels.weigh(shares.table(lines, 3), counted, products, sums)

    def pads(self, nonces: bytes, out: NDArray[np.int16]) -> None:
        """The pads into `out`, shape (n, d)."""
        rows, dimension = out.shape
        if dimension % self._vector == 0:
            self._kernels.expand(self._keys, _pairs(nonces), out)
            return
        wide = np.empty((rows, -(-dimension // self._vector) * self._vector), dtype=np.int16)
        self._kernels.expand(self._keys, _pairs(nonces), wide)
        out[:] = wide[:, :dimension]
        wide.fill(0)

    def wipe(self) -> None:
        """Overwrite the round keys."""
        self._keys.fill(0)


def _pairs(nonces: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(nonces, dtype=np.uint64).reshape(-1, 2)


def _sound(width: int) -> Kernels | None:
    """The kernels for vectors of `width` blocks, if there are any and they are alike."""
    return _alike(kernels(width), width) if width else None


def _alike(made_by: Kernels, width: int) -> Kernels | None:
    """The kernels, if what they make is what `keystream.pad` makes: also where counters carry, and in a last row."""
    key = bytes(range(32))
    nonces = [bytes([at]) * 8 + bytes([at]) * 8 for at in range(TOGETHER[width] + 1)]
    nonces += [b"\xff" * 16, bytes(8) + b"\xff" * 8]
    known = np.frombuffer(b"".join(keystream.pad(key, one, 256) for one in nonces), dtype="<i2").reshape(-1, 128)
    q = np.arange(-64, 64, dtype=np.int16)
    pads, products = np.empty(known.shape, dtype=np.int16), np.empty(len(known), dtype=np.int32)
    stream = Keystream(key, width, made_by)
    stream.pads(b"".join(nonces), pads)
    stream.products(q, b"".join(nonces), products)
    expected = known.astype(np.int32) @ q.astype(np.int32)
    probes, each = stream.woven(np.stack([q, -q])), np.empty((len(known), lanes.PROBES), dtype=np.int32)
    stream.products_each(probes, b"".join(nonces), each)
    alike = (pads == known).all() and (products == expected).all()
    alike = alike and (each[:, :2] == np.stack([expected, -expected], axis=1)).all() and not each[:, 2:].any()
    return made_by if alike and _weighs(stream, key, 2 * width * ABREAST[width]) else None


def _weighs(stream: Keystream, key: bytes, group: int) -> bool:
    """Whether multipliers are those of the keystream, in two groups of rows and in those that are left over."""
    rows = 2 * group + group // 2 + 1
    words = np.frombuffer(keystream.pad(key, bytes(keystream.NONCE), 8 * rows), dtype="<u8") & np.uint64(2**61 - 1)
    products, counted = np.arange(-30, rows - 30, dtype=np.int32), np.arange(rows, dtype=np.uint8) % 5
    sums = np.empty((1, 3), dtype=np.int64)
    stream.weigh_of([(stream, rows, 0)], counted, products, sums)
    each = [words & np.uint64(2**21 - 1), words >> np.uint64(21) & np.uint64(2**20 - 1), words >> np.uint64(41)]
    return bool((sums[0] == [(limb.astype(np.int64) * products)[counted > 0].sum() for limb in each]).all())


_KERNELS = _sound(aes.width())
WIDTH = aes.width() if _KERNELS else 0
"""Blocks a vector holds here; 0 if pads are made in another way."""
ROUND_KEYS = (aes.ROUNDS + 1) * aes.BLOCK * WIDTH
"""Bytes that a `Keystream` keeps."""


def keystream_of(block_key: bytes) -> Keystream | None:
    """The keystream under `block_key`, or None where WIDTH is 0."""
    return Keystream(block_key, WIDTH, _KERNELS) if _KERNELS else None
