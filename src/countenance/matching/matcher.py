"""Matcher: the repository's work in a search, one integer matrix product over rows it cannot read.

Invariants:

* The products are exact and unreduced: |<q, b>| <= sqrt(d) * |q| * 2^15 < 2^31 for every probe that `encode.checked`
  accepts, b being read as signed.
* Every row is multiplied, whatever it holds: time and order say nothing about the rows. No row is copied.

Who runs this sees the probe and the products; a product under an unknown pad is uniform.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.matching import kernels, lanes, shares

LEAST_SHARE = 8192
"""Rows below which a thread of its own costs more than it saves."""


def products(
    q: NDArray[np.int16], rows: NDArray[np.int16], *, out: NDArray[np.int32] | None = None, threads: int = 1
) -> NDArray[np.int32]:
    """<q, row> for every row: `q` shape (d,), `rows` shape (n, d) and contiguous, answer shape (n,), in their order.

    `out`: where to put them. Raises Malformed if the shapes do not fit.
    """
    if q.ndim != 1 or rows.ndim != 2 or rows.shape[1] != len(q):
        raise Malformed("the probe and the rows do not have the same number of components")
    found = np.empty(len(rows), dtype=np.int32) if out is None else out
    if found.shape != (len(rows),):
        raise Malformed("there must be room for one product a row")
    shares.together(
        _parts(len(rows), threads), lambda part: kernels.multiply(q, rows[part], found[part]), threads=threads
    )
    return found


def several(
    q: NDArray[np.int16], pieces: Sequence[NDArray[np.int16]], places: Sequence[int], *, out: NDArray[np.int32]
) -> None:
    """`products` of each of `pieces`, shape (n, d) and contiguous, into `out`, each from its place on.

    Raises Malformed if the shapes do not fit.
    """
    if q.ndim != 1 or any(rows.ndim != 2 or rows.shape[1] != len(q) or rows.dtype != np.int16 for rows in pieces):
        raise Malformed("the probe and the rows do not have the same number of components")
    lines = [(shares.address(rows), len(rows), place) for rows, place in zip(pieces, places, strict=True)]
    if any(place < 0 or place + count > len(out) for _, count, place in lines):
        raise Malformed("there must be room for one product a row")
    kernels.multiply_pieces(q, shares.table(lines, 3), out)


def batch(
    probes: NDArray[np.int16], rows: NDArray[np.int16], *, out: NDArray[np.int32] | None = None, threads: int = 1
) -> NDArray[np.int32]:
    """As `products` for at most 16 probes at once, shape (p, d): answer shape (n, 16), zeros from column p on.

    Who has many pieces weaves the probes once (`lanes.woven`) and passes that, and `out`: fresh memory costs as much as
    the products do.
    """
    woven = lanes.woven(probes) if probes.ndim == 2 else probes
    components = 2 * len(woven) if probes.ndim == 3 else probes.shape[-1]
    if rows.ndim != 2 or rows.shape[1] != components:
        raise Malformed("the probes and the rows do not have the same number of components")
    if rows.shape[1] % 2:
        rows = np.pad(rows, ((0, 0), (0, 1)))
    found = np.empty((len(rows), lanes.PROBES), dtype=np.int32) if out is None else out
    if found.shape != (len(rows), lanes.PROBES):
        raise Malformed("there must be room for sixteen products a row")
    shares.together(
        _parts(len(rows), threads), lambda part: lanes.multiply(woven, rows[part], found[part]), threads=threads
    )
    return found


def _parts(rows: int, threads: int) -> list[slice]:
    """All rows, in `threads` parts of about one size."""
    parts = max(1, min(threads, rows // LEAST_SHARE))
    return [slice(first, last) for first, last in pairwise(rows * part // parts for part in range(parts + 1))]
