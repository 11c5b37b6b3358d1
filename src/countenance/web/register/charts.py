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
    """One period, and how long its bar is: units, at least 2."""

    period: Period
    length: int


def bars(series: Series) -> Sequence[Bar]:
    """The bars of one series, oldest first."""
    most = max((one.count for one in series.periods), default=1)
    return [Bar(one, max(2, one.count * LONGEST // most)) for one in series.periods]


def pending(series: Series, register: Register) -> tuple[str, str] | None:
    """The first and last month behind the last period, of which too little is known to be said; or None."""
    first = month_after(series.periods[-1].last) if series.periods else series.since
    return (first, register.last) if first <= register.last else None
