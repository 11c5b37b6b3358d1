"""Pairs: every template against every other, in tiles, counted as they come and never kept.

Invariants:

* Every pair of two images is counted once, whatever the tiles and threads; an image is never compared with itself.
* Memory is that of the templates, of a tile a thread and of the counts: no list of scores is ever made.
* The first image of a subject is its *reference*; the counts of searches compare with references only, so that a
  gallery holds each subject once.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from countenance.errors import Malformed
from countenance.evaluation.tally import COARSE, FINE, LEAST, REFERENCE, STEPS, onwards, tally
from countenance.matching import shares

TOP, LEFT = 128, 256
"""Rows and columns of a tile: its scores and the counts of its columns fit a processor's own memory."""
FEWEST = 3
"""Subjects below which there is no gallery and nothing to say."""
THRESHOLDS: NDArray[np.float64] = np.round((LEAST + COARSE * np.arange(STEPS)) / FINE - 1, 3)
"""Comparison scores (cosines): 0.20, 0.205, …, 0.80."""
_NEVER = np.float32(2)

Counts = NDArray[np.int64]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Templates in the order they are compared in: `values` float32 (images, dimension), sorted by `subjects`.

    `subjects`: int64 (images,), 0 to the number of subjects - 1, each subject's images side by side, its reference
    first. `order`: where each image stood in what was given. `groups`: int32 (columns, images), -1 for none.
    """

    values: NDArray[np.float32]
    subjects: NDArray[np.int64]
    order: NDArray[np.int64]
    groups: NDArray[np.int32]

    @property
    def references(self) -> NDArray[np.int64]:
        """Which images are references: the first of each subject, (subjects,)."""
        return np.flatnonzero(np.diff(self.subjects, prepend=-1))

    def __repr__(self) -> str:
        return f"Prepared(images={len(self.values)}, dimension={self.values.shape[1]})"


@dataclass(frozen=True, slots=True, eq=False)
class Tallied:
    """What all pairs amount to. Counts at thresholds are of scores at or above each of `THRESHOLDS`.

    `non`, `mated`: pairs in each of 2 * FINE bins from -1 to 1. `own`, `crowd` (images, thresholds): of an image, how
    many of its own subject's others, and how many of other subjects' images. `found`: of how many other subjects the
    reference. `within` (columns, images, thresholds): as `crowd`, of the same group. `mates` (images,): the score with
    its own subject's reference, NaN for references. `better` (images,): how many other references score as high, known
    where the mate's score is at or above the lowest threshold.
    """

    non: Counts
    mated: Counts
    own: NDArray[np.uint32]
    crowd: NDArray[np.uint32]
    found: NDArray[np.uint32]
    within: NDArray[np.uint32]
    mates: NDArray[np.float64]
    better: Counts

    @property
    def pairs(self) -> int:
        """How many comparisons were made."""
        return int(self.non.sum() + self.mated.sum())


def prepare(
    values: NDArray[np.float32], subjects: Sequence[int] | NDArray[np.int64], groups: NDArray[np.int32] | None = None
) -> Prepared:
    """Templates (images, dimension), of unit length, with a number of each image's subject, in any order.

    `groups`: (columns, images), the group of each image in each column, or -1. Raises Malformed: not of unit length,
    too few subjects, or arrays of different lengths.
    """
    numbers = np.asarray(subjects, np.int64)
    columns = np.zeros((0, len(numbers)), np.int32) if groups is None else groups
    if values.ndim != 2 or len(values) != len(numbers) or columns.shape[1] != len(numbers):
        raise Malformed("there must be one subject, and one group of each column, for every template")
    lengths = np.linalg.norm(values, axis=1)
    if not (np.abs(lengths - 1) < 1e-3).all():
        raise Malformed("a template is not of unit length: extract it again")
    _, dense = np.unique(numbers, return_inverse=True)
    if not len(dense) or dense.max() + 1 < FEWEST:
        raise Malformed(f"an evaluation needs at least {FEWEST} subjects with a template each")
    order = np.argsort(dense, kind="stable")
    return Prepared(
        np.ascontiguousarray(values[order], np.float32),
        dense[order].astype(np.int64),
        order.astype(np.int64),
        np.ascontiguousarray(columns[:, order], np.int32),
    )


def count(prepared: Prepared, *, threads: int = 1, progress: Progress = lambda _pairs: None) -> Tallied:
    """Compare every image with every other. `progress` is told how many pairs were compared since it was last told."""
    n = len(prepared.values)
    ends: Counts = np.searchsorted(prepared.subjects, prepared.subjects, side="right").astype(np.int64)
    weights = np.zeros(n, np.uint64)
    weights[prepared.references] = REFERENCE
    mates = _mates(prepared)
    images = (ends, weights, mates, prepared.groups)
    rooms = threading.local()
    made: list[_Room] = []

    def compare(tile: tuple[int, int]) -> None:
        room = getattr(rooms, "own", None)
        if room is None:
            room = rooms.own = _Room(n, len(prepared.groups))
            made.append(room)
        top, left = tile
        above, below = prepared.values[top : top + TOP], prepared.values[left : left + LEFT]
        scores = room.tile[: len(above) * len(below)].reshape(len(above), len(below))
        np.matmul(above, below.T, out=scores)
        tally(scores, tile, images, room.histograms, room.counts)
        progress(_above(top, len(above), left, len(below)))

    with threadpool_limits(1, user_api="blas"):
        shares.together(list(_tiles(n)), compare, threads=threads)
    return _tallied(made, mates)


class _Room:
    """One thread's tile and counts."""

    def __init__(self, images: int, columns: int) -> None:
        self.tile = np.empty(TOP * LEFT, np.float32)
        self.histograms = (np.zeros(2 * FINE, np.int64), np.zeros(2 * FINE, np.int64))
        self.counts = (
            np.zeros((images, STEPS), np.uint32),
            np.zeros((images, STEPS), np.uint64),
            np.zeros((columns, images, STEPS), np.uint32),
            np.zeros(images, np.uint64),
        )

    @property
    def all(self) -> tuple[NDArray[Any], ...]:
        """Histograms and counts."""
        return (*self.histograms, *self.counts)


def _tallied(rooms: Sequence[_Room], mates: NDArray[np.float32]) -> Tallied:
    first, *others = rooms
    for room in others:
        for at, theirs in enumerate(room.all):
            first.all[at][...] += theirs
    own, both, within, better = first.counts
    for bins in (own, both, *within):
        onwards(bins)
    halves = both.view(np.uint32)  # Little-endian: the low half, of all, first.
    known = np.where(mates == _NEVER, np.nan, mates.astype(np.float64))
    return Tallied(*first.histograms, own, halves[:, ::2], halves[:, 1::2], within, known, better.astype(np.int64))


def _mates(prepared: Prepared) -> NDArray[np.float32]:
    """Each image's score with its subject's reference; for references a score that is never reached."""
    references = prepared.references
    others = prepared.values[references[prepared.subjects]]
    mates = np.asarray(np.einsum("ij,ij->i", prepared.values, others), np.float32)
    mates[references] = _NEVER
    return mates


def _tiles(n: int) -> Iterator[tuple[int, int]]:
    for top in range(0, n, TOP):
        for left in range(top // LEFT * LEFT, n, LEFT):
            yield top, left


def _above(top: int, height: int, left: int, width: int) -> int:
    """How many pairs of a tile are above the diagonal."""
    if left > top + height:
        return height * width
    firsts = np.maximum(0, np.arange(top + 1, top + height + 1) - left)
    return int(np.maximum(0, width - firsts).sum())
