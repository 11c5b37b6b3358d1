"""Matcher: the repository's work in a search, one integer matrix product over rows it cannot read.

Invariants:

* The products are exact and unreduced: a float64 sum is exact below 2^53, and
  |<q, b>| <= sqrt(d) * |q| * 65535 < 2^31 for every probe that `encode.checked` accepts.
* Every row is multiplied, whatever it holds: time and order say nothing about the rows.

Who runs this sees the probe and the products; a product under an unknown pad is uniform.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed

CHUNK_ROWS = 1024
"""Rows converted at a time: 1 MiB of float64 at d = 128, so that the conversion stays in the cache."""


def products(q: NDArray[np.int16], rows: NDArray[np.uint16]) -> NDArray[np.int32]:
    """<q, row> for every row: `q` shape (d,), `rows` shape (n, d), answer shape (n,), in the rows' order.

    Raises Malformed if the shapes do not fit.
    """
    if q.ndim != 1 or rows.ndim != 2 or rows.shape[1] != len(q):
        raise Malformed("the probe and the rows do not have the same number of components")
    out = np.empty(len(rows), dtype=np.int32)
    probe = q.astype(np.float64)
    buffer = np.empty((min(CHUNK_ROWS, len(rows)), len(q)), dtype=np.float64)
    for first in range(0, len(rows), CHUNK_ROWS):
        part = rows[first : first + CHUNK_ROWS]
        wide = buffer[: len(part)]
        wide[...] = part
        out[first : first + len(part)] = wide @ probe
    return out
