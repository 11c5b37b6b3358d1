"""Unmask: take the pads out of masked products, which makes them scores. The custodian's, and only the custodian's.

Invariants:

* A score is the plaintext int16 score, always: |<q, m>| < 2^15, so the reduction modulo 2^16 loses nothing.
* Pads and their products are overwritten before `scores` returns; the caller overwrites the scores.

Who may call this with a block key reads scores, and with chosen probes the templates themselves (attack A1): import
contracts keep it inside `zones.custodian`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import keystream
from countenance.errors import Malformed
from countenance.matching import encode, matcher


def scores(
    products: NDArray[np.int32], q: NDArray[np.int16], block_key: bytes, nonces: Sequence[bytes]
) -> NDArray[np.int16]:
    """The int16 score of every row: `products` shape (n,) as the matcher gave them, `nonces` one a row, in order.

    Raises Malformed if `q` is no coded template (attack A2) or the counts differ.
    """
    probe = encode.checked(q)
    if products.ndim != 1 or len(products) != len(nonces):
        raise Malformed("there must be one product for each row")
    size = 2 * len(probe)
    pads = np.empty((len(nonces), len(probe)), dtype=np.uint16)
    for row, nonce in enumerate(nonces):
        pads[row] = np.frombuffer(keystream.pad(block_key, nonce, size), dtype="<u2")
    padding = matcher.products(probe, pads)
    difference = products.astype(np.int64) - padding
    result = (difference & 0xFFFF).astype(np.uint16).view(np.int16)
    for used in (pads, padding, difference):
        used.fill(0)
    return result
