"""Threshold: how high a comparison score must be, so that strangers rarely become candidates.

The more rows a search compares, the likelier one of them passes by chance. The table gives the comparison score with
which a search of that many rows had a false candidate in 1 % of non-mated searches (FPIR 1 %, ISO/IEC 19795-1),
measured once with the default extractor on public photographs. It is not calibrated on a site's own pictures, and
error rates at a fixed threshold differ tenfold between sites: calibration on a site's non-mated data replaces it.

Invariants:

* No warrant goes below the floor, and no search below the table.
* Beyond the table the threshold goes on rising, at the steepest rate the table shows; below it, it stays. Both err
  towards missing somebody rather than naming a stranger.
"""

import math
from itertools import pairwise

FLOOR = 430
"""Thousandths. Where one comparison in 10,000 strangers passes (FMR 1e-4): no search has less than one comparison."""

FPIR_ONE_PERCENT = ((100, 440), (500, 460), (1559, 500))
"""(rows, threshold in thousandths), measured with SFace on public data."""


def for_rows(rows: int) -> int:
    """The threshold (thousandths) for a search of `rows` rows: the table, straight between its points in log rows."""
    (least_rows, least), *_ = FPIR_ONE_PERCENT
    if rows <= least_rows:
        return least
    steepest = 0.0
    for (fewer, low), (more, high) in pairwise(FPIR_ONE_PERCENT):
        slope = (high - low) / math.log(more / fewer)
        if rows <= more:
            return _rounded_up(low + slope * math.log(rows / fewer))
        steepest = max(steepest, slope)
    last, top = FPIR_ONE_PERCENT[-1]
    return min(1000, _rounded_up(top + steepest * math.log(rows / last)))


def effective(warrant_threshold: int, rows: int) -> int:
    """What a search uses: the warrant's threshold, raised to the table's where that is higher."""
    return max(warrant_threshold, for_rows(rows))


def _rounded_up(value: float) -> int:
    """Up to the next thousandth, but for what a logarithm's own rounding adds at the table's points."""
    return math.ceil(value - 1e-9)
