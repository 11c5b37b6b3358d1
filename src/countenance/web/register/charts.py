"""Charts of the register: bars that need no colour, each with its months before it and its number behind it.

They are drawn by the page's own template, in whole units, so that they come out the same everywhere; the table beside
each says all that it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from countenance.vocabulary.moments import month_after
from countenance.vocabulary.register import Period, Register, Series

LONGEST: Final = 140
"""Units of the longest bar; the drawing is 340 wide, labels and numbers included."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One period. `months`: as they are written; `length`: units, at least 2."""

    months: str
    period: Period
    length: int


def bars(series: Series) -> Sequence[Bar]:
    """The bars of one series, oldest first."""
    most = max((one.count for one in series.periods), default=1)
    return [Bar(_months(one.first, one.last), one, max(2, one.count * LONGEST // most)) for one in series.periods]


def pending(series: Series, register: Register) -> str:
    """The months behind the last period, of which too little is known to be said; empty if there are none."""
    if not register.last or series.since > register.last:
        return ""
    if not series.periods:
        return _months(series.since, register.last)
    last = series.periods[-1].last
    return "" if last >= register.last else _months(month_after(last), register.last)


def _months(first: str, last: str) -> str:
    return first if first == last else f"{first} \u2013 {last}"
