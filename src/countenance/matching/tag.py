"""Tag: how the custodian checks products of rows that it does not have, and rows that it had once.

A sheet's rows b_k have secret multipliers r_k in [0, P), P = 2^61 - 1; the custodian keeps T_i = sum r_k b_ki mod P.
Honest products c_k = <q, b_k> satisfy sum r_k c_k = sum q_i T_i mod P, whatever the probe (Freivalds 1979; Shacham and
Waters, ASIACRYPT 2008). Invariants:

* Who does not know the multipliers and alters any products passes `check` with probability at most 2^-59 a try.
* A row's MAC binds it to its position, and by its key to one generation of one sheet.
* No sum of honest products wraps: multipliers are split into limbs of 21, 20 and 20 bits, and 4,096 of them times
  numbers up to 2^30 fit 64 bits. Hostile ones reach 2^31: the lowest limb's sum may then wrap, once, by 2^64, which is
  8 modulo P. So there are three numbers to hit, not one, and 0 is twice as likely a multiplier as others: 2^-59.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import keystream
from countenance.errors import Malformed, Tampered
from countenance.matching import fused, kernels, lanes, padding, shares

ROWS = 4096
"""Rows of a sheet, and so of one tag, at most."""

P = 2**61 - 1
"""The Mersenne prime that tags are counted modulo."""

MAC = 16
"""Bytes of a row's MAC."""

_LIMBS = (0, 21, 41)
_STRIP = 1024
"""Bytes of the multipliers' keystream that are made as one row."""


def multipliers(tag_key: bytes, count: int) -> NDArray[np.int32]:
    """The limbs of r_0 … r_(count-1), shape (3, count): r = l0 + 2^21 l1 + 2^41 l2.

    r_k is bytes 8 k … 8 k + 7 of the keystream under `tag_key` and the zero nonce, little-endian, its lowest 61 bits,
    P itself counting as 0. Raises Malformed for more than ROWS.
    """
    if not 0 <= count <= ROWS:
        raise Malformed(f"a sheet has at most {ROWS} rows")
    limbs = np.empty((len(_LIMBS), count), dtype=np.int32)
    # As several rows of a pad, whose counters go on from one to the next: they are made side by side.
    rows = -(-8 * count // _STRIP)
    nonces = b"".join((row * (_STRIP // keystream.BLOCK)).to_bytes(keystream.NONCE) for row in range(rows))
    stream = padding.pads(tag_key, nonces, _STRIP // 2)
    kernels.split(stream.reshape(-1).view(np.uint64)[:count], limbs)
    stream.fill(0)
    return limbs


def tags(multipliers: NDArray[np.int32], rows: NDArray[np.int16]) -> NDArray[np.uint64]:
    """T, shape (d,), of `rows`, shape (n, d), whose limbs are `multipliers`, shape (3, n). Raises Malformed."""
    if rows.ndim != 2 or multipliers.shape != (len(_LIMBS), len(rows)) or len(rows) > ROWS:
        raise Malformed("there must be one multiplier for each row")
    # Exact: a float64 holds sums below 2^53, and 2^21 * 2^15 * 2^12 is 2^48.
    sums = multipliers.astype(np.float64) @ rows.astype(np.float64)
    return np.array([_folded(column) for column in sums.T.tolist()], dtype=np.uint64)


def add(tags: NDArray[np.uint64], multiplier: NDArray[np.int32], row: NDArray[np.int16]) -> NDArray[np.uint64]:
    """`tags` with one more row, shape (d,), whose limbs are `multiplier`, shape (3,)."""
    return (tags + _one(multiplier, row)) % np.uint64(P)


def subtract(tags: NDArray[np.uint64], multiplier: NDArray[np.int32], row: NDArray[np.int16]) -> NDArray[np.uint64]:
    """`tags` without a row that they count."""
    return (tags + (np.uint64(P) - _one(multiplier, row))) % np.uint64(P)


def check(
    multipliers: NDArray[np.int32], tags: NDArray[np.uint64], q: NDArray[np.int16], products: NDArray[np.int32]
) -> None:
    """Raise Tampered unless `products`, shape (n,), are those of `q`, shape (d,), with the rows that `tags` count."""
    if multipliers.shape != (len(_LIMBS), len(products)):
        raise Malformed("products and multipliers do not fit each other")
    expected = Expected(np.atleast_2d(tags), np.ones(len(products), dtype=np.uint8))
    if doubtful([(multipliers, len(products))], expected, q, products):
        raise Tampered("the repository's products are not those of the rows that were taken in: audit the deployment")


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What rows of several sheets were taken in as. `tags`: (s, d); `counted`: (n,), not zero where tags count it."""

    tags: NDArray[np.uint64]
    counted: NDArray[np.uint8]


Weights = fused.Keystream | NDArray[np.int32]
"""What multipliers are made of in registers, or their limbs, shape (3, n)."""


def weights(tag_key: bytes, count: int) -> Weights:
    """Of `count` rows, at most ROWS: `doubtful` raises Malformed for more."""
    return fused.keystream_of(tag_key) or multipliers(tag_key, count)


def doubtful(
    sheets: Sequence[tuple[Weights, int]],
    expected: Expected,
    q: NDArray[np.int16],
    products: NDArray[np.int32],
    *,
    threads: int = 1,
) -> list[int]:
    """Which of several sheets `check` raises for. `sheets`: weights, and how many rows.

    `products`: of all their rows, one sheet after the other. Raises Malformed.
    """
    tags, counted = expected.tags, expected.counted
    rows = [count for _, count in sheets]
    places = [0, *accumulate(rows)]
    fit = tags.shape == (len(rows), len(q)) and max(rows, default=0) <= ROWS
    if not fit or not places[-1] == len(counted) == len(products):
        raise Malformed("products, multipliers, tags and probe do not fit each other")
    if any(isinstance(one, np.ndarray) and one.shape != (len(_LIMBS), count) for one, count in sheets):
        raise Malformed("there must be one multiplier for each row")
    sums, sound = np.empty((len(rows), len(_LIMBS)), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)

    def part(indices: range) -> None:
        some = slice(indices.start, indices.stop)
        _weigh([(*sheets[at], places[at]) for at in indices], counted, products, sums[some])
        kernels.balanced(sums[some], tags[some], q, sound[some])

    shares.together(shares.of(rows), part, threads=threads)
    return [int(at) for at in np.flatnonzero(~sound)]


def check_batch(
    multipliers: NDArray[np.int32], tags: NDArray[np.uint64], probes: NDArray[np.int16], products: NDArray[np.int32]
) -> None:
    """As `check` for at most 16 probes, (p, d), and their products as `matcher.batch` lays them out, (n, 16)."""
    fit = multipliers.shape == (len(_LIMBS), len(products)) and tags.shape == probes.shape[1:]
    if not fit or products.shape[1:] != (lanes.PROBES,) or len(probes) > lanes.PROBES:
        raise Malformed("products, multipliers, tags and probes do not fit each other")
    sums = np.empty((len(_LIMBS), lanes.PROBES), dtype=np.int64)
    if not lanes.balanced(np.ascontiguousarray(multipliers), products, tags, np.ascontiguousarray(probes), sums):
        raise Tampered("the repository's products are not those of the rows that were taken in: audit the deployment")


def mac(mac_key: bytes, position: int, row: bytes) -> bytes:
    """The MAC (16 bytes) of `row` (2 d bytes) at `position`: HMAC-SHA256 of position (u32, big-endian), row."""
    return hmac.digest(mac_key, position.to_bytes(4, "big") + row, hashlib.sha256)[:MAC]


def check_mac(mac_key: bytes, position: int, row: bytes, given: bytes) -> None:
    """Raise Tampered unless `given` is the MAC of `row` at `position`."""
    if not hmac.compare_digest(mac(mac_key, position, row), given):
        raise Tampered("a row is not the one that was taken in at this place")


def _weigh(
    pieces: Sequence[tuple[Weights, int, int]],
    counted: NDArray[np.uint8],
    products: NDArray[np.int32],
    sums: NDArray[np.int64],
) -> None:
    """The sums of limbs times products of `pieces`: weights of one kind, how many rows, the place of the first."""
    made = [(one, rows, place) for one, rows, place in pieces if isinstance(one, fused.Keystream)]
    if made and len(made) < len(pieces):
        raise Malformed("weights of one kind are compared at once")
    if made:
        made[0][0].weigh_of(made, counted, products, sums)
        return
    held = [(np.ascontiguousarray(one), rows, place) for one, rows, place in pieces if isinstance(one, np.ndarray)]
    lines = ((shares.address(limbs), rows, place) for limbs, rows, place in held)
    kernels.weigh(shares.table(lines, 3), counted, products, sums)
    for (limbs, _, _), (given, _, _) in zip(held, pieces, strict=True):
        if limbs is not given:
            # A copy, of the first rows of more that are held.
            limbs.fill(0)


def _one(multiplier: NDArray[np.int32], row: NDArray[np.int16]) -> NDArray[np.uint64]:
    return tags(multiplier.reshape(len(_LIMBS), 1), row.reshape(1, -1))


def _folded(sums: Sequence[float]) -> int:
    low, middle, high = sums
    return (int(low) + (int(middle) << _LIMBS[1]) + (int(high) << _LIMBS[2])) % P
