"""Stated: what a text says of its threshold, and what that means for the rows that its scope holds now. Pure.

Whoever drafts says how rarely a search may bring a stranger; the threshold follows from that, from the rows and from
the calibrations, by the arithmetic that the custodian uses itself.
"""

import math
from dataclasses import dataclass

from countenance.warrants import threshold
from countenance.warrants.threshold import EXPECTED_FALSE, ONE_IN, Calibrations


@dataclass(frozen=True, slots=True)
class Stated:
    """`threshold`: what the text says, thousandths; `one_in`: at most one false candidate in so many, 0 for a bare one.

    For `rows` as they are now: `used`, the threshold of a search, thousandths; `reach`, rows it compares at most;
    `expected`, strangers among its candidates at most, and `missed`, who is there and not found, both in thousandths,
    `missed` -1 where nobody counted. `sources`: of the calibrations.
    """

    threshold: int
    one_in: int
    rows: int
    used: int
    reach: int
    expected: int
    missed: int
    sources: tuple[str, ...]


def stated(of: Calibrations, rows: int, *, one_in: int = ONE_IN, bare: int = 0) -> Stated:
    """What a text states for `rows` rows under the calibrations `of`. `bare`: a threshold instead, in thousandths."""
    said = 0 if bare else one_in
    within = threshold.expected_at_most(EXPECTED_FALSE, said)
    least = threshold.for_rows(of, rows, within)
    at, used = bare or least, max(bare, least)
    reach = threshold.most_rows(of, within)
    return Stated(
        threshold=at,
        one_in=said,
        rows=rows,
        used=used,
        reach=reach,
        expected=math.ceil(1000 * threshold.expected_false(of, min(rows, reach), used)),
        missed=threshold.missed(of, used),
        sources=tuple(sorted({one.source.value for one in of})),
    )
