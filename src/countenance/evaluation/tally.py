"""Tally: the loop through a tile of comparison scores, compiled when this module is loaded (`crypto.compiled`).

It counts and keeps nothing else: no score leaves it. What is counted where is `evaluation.pairs`' to say.
"""

from numba import types
from numpy import empty, float32, int32, int64, uint64

from countenance.crypto.compiled import compiled

FINE = 1000
"""Bins of a histogram for one unit of score; there are twice as many, from -1 to 1."""
LEAST, COARSE, STEPS = 1200, 5, 121
"""The lowest threshold, 0.20, and the step, 0.005, in fine bins; and how many thresholds there are, up to 0.80."""

ALL, REFERENCE = uint64(1), uint64(1 << 32)

_SCORES = types.Array(types.float32, 2, "C")
_COUNTS = types.Array(types.uint32, 2, "C")
_WEIGHTS = types.Array(types.uint64, 1, "C", readonly=True)
_BOTH = types.Array(types.uint64, 2, "C")
_CODES = types.Array(types.int32, 2, "C", readonly=True)
_ENDS = types.Array(types.int64, 1, "C", readonly=True)
_MATES = types.Array(types.float32, 1, "C", readonly=True)
_HISTOGRAM = types.Array(types.int64, 1, "C")
_WITHIN = types.Array(types.uint32, 3, "C")
_BETTER = types.Array(types.uint64, 1, "C")
_PLACE = types.UniTuple(types.int64, 2)
_IMAGES = types.Tuple((_ENDS, _WEIGHTS, _MATES, _CODES))
_HISTOGRAMS = types.UniTuple(_HISTOGRAM, 2)
_COUNTED = types.Tuple((_COUNTS, _BOTH, _WITHIN, _BETTER))


@compiled(
    [types.void(_SCORES, _PLACE, _IMAGES, _HISTOGRAMS, _COUNTED)],
    fastmath=True,  # Scores are numbers: templates are finite.
)
def tally(scores, place, images, histograms, counts):  # type: ignore[no-untyped-def]
    """Count the scores of a tile above the diagonal; `place`: the images of its first row and its first column.

    `images`: sorted by subject, (the first image of the next subject, REFERENCE for references, score with the own
    reference, group of each column). `histograms`: (non-mated, mated). `counts`: (of the same subject, of others, of
    others of the same group, of references as close as the own one). See `pairs.Tallied`.
    """
    top, left = place
    ends, weights, mates, codes = images
    non, mated = histograms
    own, crowd, within, better = counts
    fine = empty(scores.shape[1], int32)
    hits = empty(scores.shape[1] + 1, int32)
    for row in range(scores.shape[0]):
        i = top + row
        first = max(0, i + 1 - left)
        middle = max(first, min(scores.shape[1], ends[i] - left))
        # Without a branch or an offset, so that processors do it for several columns at once.
        for column in range(scores.shape[1]):
            level = scores[row, column] * float32(FINE) + float32(FINE)
            fine[column] = int32(min(max(level, float32(0)), float32(2 * FINE - 1)))
        for column in range(first, middle):
            mated[fine[column]] += 1
            if fine[column] >= LEAST:
                step = min((fine[column] - LEAST) // COARSE, STEPS - 1)
                own[i, step] += 1
                own[left + column, step] += 1
        count = int64(0)
        others = fine[middle:]
        for column in range(len(others)):
            non[others[column]] += 1
            hits[count] = middle + column
            count += int64(others[column] >= LEAST)
        for hit in range(count):
            j = left + hits[hit]
            score = scores[row, hits[hit]]
            step = min((fine[hits[hit]] - LEAST) // COARSE, STEPS - 1)
            crowd[i, step] += ALL + weights[j]
            crowd[j, step] += ALL + weights[i]
            for group in range(codes.shape[0]):
                if codes[group, i] >= 0 and codes[group, i] == codes[group, j]:
                    within[group, i, step] += 1
                    within[group, j, step] += 1
            # Hardly ever, so branches that are foreseen.
            if score >= mates[i] and weights[j] > 0:
                better[i] += 1
            if score >= mates[j] and weights[i] > 0:
                better[j] += 1


@compiled([types.void(_COUNTS), types.void(_BOTH)])
def onwards(bins):  # type: ignore[no-untyped-def]
    """From counts between thresholds to counts at or above each, in place; each half of 64 bits for itself."""
    for row in range(bins.shape[0]):
        for back in range(1, STEPS):
            bins[row, STEPS - 1 - back] += bins[row, STEPS - back]
