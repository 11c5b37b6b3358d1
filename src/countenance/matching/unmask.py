"""Unmask: take the pads out of masked products, which makes them scores. The custodian's, and only the custodian's.

Invariants:

* A score is the plaintext int16 score, always: |<q, m>| < 2^15, so the reduction modulo 2^16 loses nothing.
* What is made here for a moment (counter blocks, keystream, pads of a cold search, padded products) is overwritten
  before a function returns; pads and scores are the caller's to overwrite.

Who may call this with a block key reads scores, and with chosen probes the templates themselves (attack A1): import
contracts keep it inside `zones.custodian`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.matching import encode, fused, kernels, lanes, matcher, shares
from countenance.matching.padding import CHUNK, Maker, rows_of


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Making:
    """Pads that are made while they are multiplied: `nonces`, 16 bytes each, under the key of `stream`."""

    stream: fused.Keystream
    nonces: bytes

    def __repr__(self) -> str:
        return f"Making({len(self)} pads)"

    def __len__(self) -> int:
        return rows_of(self.nonces)


def padded_each(
    q: NDArray[np.int16], sources: Sequence[NDArray[np.int16] | Making], *, threads: int = 1
) -> list[NDArray[np.int32]]:
    """`padded` for each of `sources`, pads (n, d) or what makes them, in one array's parts. Raises Malformed."""
    probe, counts = encode.checked(q), [len(source) for source in sources]
    places = [0, *accumulate(counts)]
    out = np.empty(places[-1], dtype=np.int32)

    def part(indices: range) -> None:
        held = [(source, places[at]) for at in indices if not isinstance(source := sources[at], Making)]
        made = [(one.stream, one.nonces, places[at]) for at in indices if isinstance(one := sources[at], Making)]
        if held:
            matcher.several(probe, [rows for rows, _ in held], [place for _, place in held], out=out)
        if made:
            made[0][0].products_of(made, probe, out)

    shares.together(shares.of(counts), part, threads=threads)
    return [out[places[at] : places[at + 1]] for at in range(len(counts))]


def padded(q: NDArray[np.int16], pads: NDArray[np.int16], *, threads: int = 1) -> NDArray[np.int32]:
    """<q, pad> for every pad: what `difference` takes from the products. Raises Malformed if q is no coded template."""
    return matcher.products(encode.checked(q), pads, threads=threads)


def padded_cold(q: NDArray[np.int16], block_key: bytes, nonces: bytes) -> NDArray[np.int32]:
    """`padded` without pads at hand: they are made in registers, or a chunk at a time and overwritten."""
    probe = encode.checked(q)
    out = np.empty(rows_of(nonces), dtype=np.int32)
    stream = fused.keystream_of(block_key)
    if stream is not None:
        stream.products(probe, nonces, out)
        stream.wipe()
        return out
    maker = Maker(block_key, len(probe))
    for first in range(0, len(out), CHUNK):
        chunk = maker.make(nonces[16 * first : 16 * (first + CHUNK)])
        kernels.multiply(probe, chunk, out[first : first + CHUNK])
    maker.wipe()
    return out


def padded_batch(
    probes: NDArray[np.int16], sources: Iterable[NDArray[np.int16] | Making]
) -> Iterator[NDArray[np.int32]]:
    """`padded` for at most 16 probes at once, (p, d), and source after source, as `matcher.batch` lays it out."""
    checked = np.stack([encode.checked(q) for q in probes])
    for source in sources:
        if isinstance(source, Making):
            yield source.stream.products_each(checked, source.nonces)
        else:
            yield matcher.batch(checked, source)


def surpassing_batch(
    products: NDArray[np.int32], padded: NDArray[np.int32], least: int, probes: int
) -> list[tuple[int, int, int]]:
    """(score, position, probe) of what reaches `least`, of the first `probes` columns; both arrays are (n, 16)."""
    if products.shape != padded.shape or products.shape[1:] != (lanes.PROBES,):
        raise Malformed("there must be sixteen products for each row")
    places = np.empty((products.size, 2), dtype=np.int32)
    found = places[: lanes.surpassing(products, padded, least, places)].tolist()
    return [
        (_score(int(products[at, probe]), int(padded[at, probe])), at, probe) for at, probe in found if probe < probes
    ]


def difference(products: NDArray[np.int32], padded: NDArray[np.int32]) -> NDArray[np.int16]:
    """The scores: `products` less `padded`, both (n,), modulo 2^16, read as signed. Raises Malformed."""
    if products.ndim != 1 or products.shape != padded.shape:
        raise Malformed("there must be one product for each row")
    found: NDArray[np.int16] = products.astype(np.int16)
    found -= padded.astype(np.int16)
    return found


def surpassing(products: NDArray[np.int32], padded: NDArray[np.int32], least: int) -> list[tuple[int, int]]:
    """(score, position) of the rows whose score is at least `least`: the others' scores are never kept anywhere."""
    if products.ndim != 1 or products.shape != padded.shape:
        raise Malformed("there must be one product for each row")
    positions = np.empty(len(products), dtype=np.int32)
    found = positions[: kernels.surpassing(products, padded, least, positions)].tolist()
    return [(_score(int(products[at]), int(padded[at])), at) for at in found]


def scores(products: NDArray[np.int32], q: NDArray[np.int16], pads: NDArray[np.int16]) -> NDArray[np.int16]:
    """The int16 score of every row: `products` shape (n,) as the matcher gave them, `pads` shape (n, d).

    Raises Malformed if `q` is no coded template (attack A2) or the counts differ.
    """
    taken = padded(q, pads)
    found = difference(products, taken)
    taken.fill(0)
    return found


def cold(products: NDArray[np.int32], q: NDArray[np.int16], block_key: bytes, nonces: bytes) -> NDArray[np.int16]:
    """As `scores`, from nonces (16 bytes each) instead of pads."""
    taken = padded_cold(q, block_key, nonces)
    found = difference(products, taken)
    taken.fill(0)
    return found


def _score(product: int, padded: int) -> int:
    return (product - padded + 2**15) % 2**16 - 2**15
