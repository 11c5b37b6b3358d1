"""What attacks A1 to A5 have in common: a small masked gallery, its keys, and probes that are no unit templates."""

from dataclasses import dataclass

import numpy as np

from countenance.matching import encode, matcher, padding


@dataclass
class Gallery:
    """`coded`: (n, d), what attackers are after; `rows`: the repository has them; key and nonces: the custodian."""

    coded: np.ndarray
    rows: np.ndarray
    key: bytes
    nonces: bytes

    def products(self, q: np.ndarray) -> np.ndarray:
        """The repository's honest work."""
        return matcher.products(q, self.rows)


def gallery(count: int, dimension: int = 128, seed: int = 1) -> Gallery:
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((count, dimension))
    values = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)
    coded = np.stack([encode.encode(one) for one in values])
    key, nonces = generator.bytes(32), generator.bytes(16 * count)
    return Gallery(coded, padding.masked(coded, key, nonces), key, nonces)


def careless_scores(products: np.ndarray, q: np.ndarray, key: bytes, nonces: bytes) -> np.ndarray:
    """Unmasking without the check that `q` is a template: what the product's custodian does not have."""
    pads = padding.pads(key, nonces, len(q))
    taken = pads.astype(np.int64) @ q.astype(np.int64)
    return (products.astype(np.int64) - taken).astype(np.uint16).astype(np.int16)


def axis(dimension: int, at: int, size: int = 1) -> np.ndarray:
    q = np.zeros(dimension, dtype=np.int16)
    q[at] = size
    return q
