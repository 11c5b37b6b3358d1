"""Threshold: how high a comparison score must be, and how many rows may be compared, so that strangers rarely become
candidates.

The more rows a search compares, the likelier one of them passes by chance. `CALIBRATED` says how likely one comparison
with a stranger passes at a threshold (FMR), and how often a person who is there is missed (FNIR; ISO/IEC 19795-1),
measured once with the default extractor on public photographs. It is not calibrated on a site's own pictures, and error
rates at a fixed threshold differ tenfold between sites: calibration on a site's non-mated data replaces it.

Invariants:

* No warrant goes below the floor.
* A search compares so few rows, and at so high a threshold, that at most EXPECTED_FALSE strangers are expected to pass.
* Where the calibration ends it is not continued: a higher threshold counts as the highest that was measured.
"""

import math
from itertools import pairwise

FLOOR = 430
"""Thousandths. Where one comparison in 10,000 strangers passes (FMR 1e-4): no search has less than one comparison."""

EXPECTED_FALSE = 0.1
"""Strangers that a search is expected to return at most: one search in ten returns one."""

CALIBRATED = ((440, 0.01 / 100, 34), (460, 0.01 / 500, 21), (500, 0.01 / 1559, 44))
"""(threshold in thousandths, FMR, FNIR in thousandths). With SFace, at FPIR 1 % in galleries of 100, 500 and 1,559."""


def fmr(threshold: int) -> float:
    """How likely one comparison with a stranger passes at `threshold` (thousandths): log-linear between the points."""
    lowest, highest = CALIBRATED[0], CALIBRATED[-1]
    if threshold <= lowest[0]:
        return lowest[1]
    for (low, more, _), (high, fewer, _) in pairwise(CALIBRATED):
        if threshold <= high:
            share = (threshold - low) / (high - low)
            return math.exp(math.log(more) + share * (math.log(fewer) - math.log(more)))
    return highest[1]


def missed(threshold: int) -> int:
    """FNIR (thousandths) at `threshold`, straight between the points; beyond the last it is at least this."""
    if threshold <= CALIBRATED[0][0]:
        return CALIBRATED[0][2]
    for (low, _, before), (high, _, after) in pairwise(CALIBRATED):
        if threshold <= high:
            return round(before + (threshold - low) / (high - low) * (after - before))
    return CALIBRATED[-1][2]


def expected_false(rows: int, threshold: int) -> float:
    """Strangers expected among the candidates of a search of `rows` rows at `threshold` (thousandths)."""
    return rows * fmr(threshold)


def most_rows(expected: float = EXPECTED_FALSE) -> int:
    """How many rows a search may compare at the highest calibrated threshold, if it may expect `expected` strangers.

    No policy allows more than EXPECTED_FALSE.
    """
    return math.floor(min(expected, EXPECTED_FALSE) / CALIBRATED[-1][1])


def for_rows(rows: int, expected: float = EXPECTED_FALSE) -> int:
    """The lowest calibrated threshold (thousandths) at which a search of `rows` rows stays within `expected` strangers.

    Above `most_rows` there is none: the highest, and whoever asks cuts the scope.
    """
    for threshold in range(CALIBRATED[0][0], CALIBRATED[-1][0]):
        if expected_false(rows, threshold) <= min(expected, EXPECTED_FALSE):
            return threshold
    return CALIBRATED[-1][0]


def effective(warrant_threshold: int, rows: int, expected: float = EXPECTED_FALSE) -> int:
    """What a search uses: the warrant's threshold, raised to the calibration's where that is higher."""
    return max(warrant_threshold, for_rows(rows, expected))
