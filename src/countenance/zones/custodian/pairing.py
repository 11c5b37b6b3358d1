"""Pairing: pairs of sightings that are certainly of different people, and how many of them reach fixed thresholds.

Two tracks that one camera sees at the same time are two people. A mirror, a poster or a face that was detected twice
may make a pair of one person: it makes the threshold higher, never lower. Pure: rows and times in, counts out.

Invariants:

* A sighting is in at most EACH pairs, drawn at random: whether one more sighting was there changes no count by more.
* Scores stay here; what leaves is how many pairs there were, and how many reached each threshold.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.matching import encode

EACH = 4
"""Pairs that one sighting may be in: fewer than a step of what is said (`measuring.STEP`)."""

TOGETHER = 1000
"""Milliseconds that two tracks have to be seen at the same time: less may be one person, lost and found again."""

THRESHOLDS = tuple(range(200, 901, 10))
"""Thousandths. Fixed, so that nobody asks where a score lies by choosing them."""


def drawn(starts: NDArray[np.int64], ends: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.intp]:
    """Pairs of sightings, (p, 2), that were seen together. `starts`, `ends`: (n,) milliseconds."""
    used = np.zeros(len(starts), dtype=np.int64)
    had: dict[int, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for one in chance.permutation(len(starts)).tolist():
        # A line at a time: the whole table of who was seen with whom would take half a gigabyte.
        free = np.minimum(ends[one], ends) - np.maximum(starts[one], starts) >= TOGETHER
        free &= used < EACH
        free[[one, *had.get(one, ())]] = False
        others = np.flatnonzero(free)
        left = min(EACH - int(used[one]), len(others))
        for other in chance.choice(others, left, replace=False).tolist() if left > 0 else ():
            pairs.append((one, other))
            had.setdefault(other, []).append(one)
            used[[one, other]] += 1
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def counts(coded: NDArray[np.int16], pairs: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many of `pairs` of the coded templates, (n, d), reach each of THRESHOLDS, (t,)."""
    least = np.array([encode.least_score(at, coded.shape[1]) for at in THRESHOLDS], dtype=np.int64)
    reached = np.zeros(len(least), dtype=np.int64)
    for first in range(0, len(pairs), 4096):
        some = pairs[first : first + 4096]
        ones, others = coded[some[:, 0]].astype(np.int32), coded[some[:, 1]].astype(np.int32)
        scores = np.einsum("ij,ij->i", ones, others)
        reached += len(scores) - np.searchsorted(np.sort(scores), least)
        for made in (ones, others, scores):
            made.fill(0)
    return reached
