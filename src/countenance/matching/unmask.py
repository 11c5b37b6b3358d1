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

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.matching import encode, fused, kernels, lanes, matcher
from countenance.matching.padding import CHUNK, Maker, rows_of


class Chunks:
    """A keystream where pads are not made in registers: a chunk at a time. It stands for the block key, 32 bytes."""

    def __init__(self, block_key: bytes) -> None:
        self._key = block_key

    def __repr__(self) -> str:
        return "Chunks(1 key)"

    def products(self, q: NDArray[np.int16], nonces: bytes, out: NDArray[np.int32]) -> None:
        """<q, pad> of each row into `out`, (n,); `nonces`: 16 bytes each; q: (d,). Raises Malformed."""
        # The kernel writes as many as there are rows, whatever room there is.
        if out.shape != (rows_of(nonces),):
            raise Malformed("there must be room for one product a row")
        for first, pads in self._pads(nonces, len(q)):
            kernels.multiply(q, pads, out[first : first + CHUNK])

    def woven(self, probes: NDArray[np.int16]) -> NDArray[np.int16]:
        """At most 16 probes, (p, d), as `products_each` takes them. Raises Malformed for more."""
        return lanes.woven(probes)

    def products_each(self, woven: NDArray[np.int16], nonces: bytes, out: NDArray[np.int32]) -> None:
        """<q, pad> of each row and each of the `woven` probes into `out`, shape (n, 16)."""
        for first, pads in self._pads(nonces, 2 * len(woven)):
            matcher.batch(woven, pads, out=out[first : first + CHUNK])

    def _pads(self, nonces: bytes, dimension: int) -> Iterator[tuple[int, NDArray[np.int16]]]:
        maker = Maker(self._key, dimension)
        for first in range(0, rows_of(nonces), CHUNK):
            yield first, maker.make(nonces[16 * first : 16 * (first + CHUNK)])
        maker.wipe()

    def wipe(self) -> None:
        """Let go of the key: bytes of Python's cannot be overwritten."""
        self._key = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Making:
    """Pads that are made while they are multiplied: `nonces`, 16 bytes each, under the key of `stream`."""

    stream: fused.Keystream | Chunks
    nonces: bytes

    def __repr__(self) -> str:
        return f"Making({len(self)} pads)"

    def __len__(self) -> int:
        return rows_of(self.nonces)


def making(block_key: bytes, nonces: bytes) -> Making:
    """The pads of `nonces` under `block_key` (32 bytes); its stream is the caller's to wipe."""
    return Making(fused.keystream_of(block_key) or Chunks(block_key), nonces)


def padded_each(
    q: NDArray[np.int16],
    sources: Sequence[NDArray[np.int16] | Making],
    places: Sequence[int],
    *,
    out: NDArray[np.int32],
) -> None:
    """`padded` of each of `sources`, pads (n, d) or what makes them, into `out`, each from its place on.

    Raises Malformed if something does not fit.
    """
    probe = encode.checked(q)
    held, made = [], []
    for source, place in zip(sources, places, strict=True):
        if not isinstance(source, Making):
            held.append((source, place))
        elif isinstance(source.stream, fused.Keystream):
            made.append((source.stream, source.nonces, place))
        else:
            source.stream.products(probe, source.nonces, out[place : place + len(source)])
    if held:
        matcher.several(probe, [rows for rows, _ in held], [place for _, place in held], out=out)
    if made:
        made[0][0].products_of(made, probe, out)


def padded(q: NDArray[np.int16], pads: NDArray[np.int16], *, threads: int = 1) -> NDArray[np.int32]:
    """<q, pad> for every pad: what `difference` takes from the products. Raises Malformed if q is no coded template."""
    return matcher.products(encode.checked(q), pads, threads=threads)


def padded_cold(q: NDArray[np.int16], block_key: bytes, nonces: bytes) -> NDArray[np.int32]:
    """`padded` without pads at hand: they are made in registers, or a chunk at a time and overwritten."""
    probe = encode.checked(q)
    out = np.empty(rows_of(nonces), dtype=np.int32)
    source = making(block_key, nonces)
    source.stream.products(probe, nonces, out)
    source.stream.wipe()
    return out


def padded_batch(
    probes: NDArray[np.int16], sources: Iterable[NDArray[np.int16] | Making]
) -> Iterator[NDArray[np.int32]]:
    """`padded` for at most 16 probes at once, (p, d), and source after source, as `matcher.batch` lays it out.

    Each answer is overwritten by the next, and the last one at the end.
    """
    checked = np.stack([encode.checked(q) for q in probes])
    # Once for all pieces: keystreams of one process take probes alike.
    woven: NDArray[np.int16] | None = None
    out = np.empty((0, lanes.PROBES), dtype=np.int32)
    for source in sources:
        if len(source) > len(out):
            out.fill(0)
            out = np.empty((len(source), lanes.PROBES), dtype=np.int32)
        found = out[: len(source)]
        if isinstance(source, Making):
            woven = source.stream.woven(checked) if woven is None else woven
            source.stream.products_each(woven, source.nonces, found)
        else:
            matcher.batch(checked, source, out=found)
        yield found
    out.fill(0)


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
