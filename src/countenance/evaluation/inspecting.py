"""Inspecting: a gallery before it is used: people who would be taken for each other, images that fit nobody.

Two entries that score above the gallery's threshold are one person entered twice, a mistaken name, or two people who
will raise each other's alerts: somebody has to look.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countenance.evaluation.pairs import THRESHOLDS, Prepared, Tallied

MOST = 100
"""Pairs that are named; beyond, they are counted."""
_ROWS = 512


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images, as numbers of what was prepared from, and their comparison score."""

    first: int
    second: int
    score: float


@dataclass(frozen=True, slots=True)
class Inspected:
    """`alike`: images of two people at or above the threshold, the highest score first, at most MOST of `alike_count`.

    `apart`: images below it from their own person's reference, the lowest score first.
    """

    threshold: float
    alike: tuple[Pair, ...]
    alike_count: int
    apart: tuple[Pair, ...]
    apart_count: int


def inspect(prepared: Prepared, tallied: Tallied, index: int) -> Inspected:
    """What to look at in a gallery of these images, at threshold number `index`."""
    alike = sorted(_alike(prepared, tallied, index), key=lambda pair: -pair.score)[:MOST]
    below = np.flatnonzero(tallied.mates < THRESHOLDS[index])
    ordered = below[np.argsort(tallied.mates[below], kind="stable")]
    references = prepared.references[prepared.subjects]
    order = prepared.order
    apart = [Pair(int(order[i]), int(order[references[i]]), float(tallied.mates[i])) for i in ordered[:MOST]]
    count = int(tallied.crowd[:, index].sum()) // 2
    return Inspected(float(THRESHOLDS[index]), tuple(alike), count, tuple(apart), len(below))


def _alike(prepared: Prepared, tallied: Tallied, index: int) -> Iterator[Pair]:
    """The best pair of each image that has one, each pair once: only images that were counted are compared again."""
    counted = np.flatnonzero(tallied.crowd[:, index])
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(counted), _ROWS):
        rows = counted[start : start + _ROWS]
        scores = prepared.values[rows] @ prepared.values[counted].T
        scores[prepared.subjects[rows][:, np.newaxis] == prepared.subjects[counted]] = -1.0
        others, best = counted[scores.argmax(axis=1)], scores.max(axis=1)
        for row, other, score in zip(rows.tolist(), others.tolist(), best.tolist(), strict=True):
            pair = (min(row, other), max(row, other))
            if pair not in seen:
                seen.add(pair)
                yield Pair(int(prepared.order[pair[0]]), int(prepared.order[pair[1]]), score)
