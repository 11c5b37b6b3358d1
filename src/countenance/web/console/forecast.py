"""Forecast: what a camera-hour takes up here, and how full the disk will be, by what was measured in the last day.

It says what follows if every camera records round the clock as it did when it recorded, and no hold keeps anything
longer than retention does.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR

DAYS: Final = (1, 2, 3, 7, 30)


@dataclass(frozen=True, slots=True)
class Filled:
    """What one camera filled. `recorded`: milliseconds; `size`: bytes of footage, stills and patches of that time."""

    camera: str
    recorded: int
    size: int
    retention_hours: int

    @property
    def an_hour(self) -> int:
        """Bytes that an hour of recording takes up; 0 where nothing was recorded."""
        return self.size * MILLISECONDS_AN_HOUR // self.recorded if self.recorded > 0 else 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """`recorded`: milliseconds that it is measured over; `an_hour`: bytes an hour of all cameras.

    `most`: bytes once as much is deleted as comes in.
    `days`: for each of DAYS, bytes kept then; `full_hours`: whole hours until the disk is full, None if it never is.
    """

    recorded: int
    an_hour: int
    most: int
    days: tuple[tuple[int, int], ...]
    full_hours: int | None


def forecast(cameras: Iterable[Filled], kept: int, free: int | None) -> Forecast:
    """What comes of `kept` bytes now and `free` bytes left on the disk, None if nobody knows how many."""
    known = tuple(cameras)
    an_hour = sum(one.an_hour for one in known)
    # Retention counts from the end of the hour that something belongs to.
    steady = sum(one.an_hour * (one.retention_hours + 1) for one in known)
    most = max(kept, steady)
    days = tuple((day, min(most, kept + an_hour * 24 * day)) for day in DAYS)
    full = None if free is None or an_hour == 0 or most - kept <= free else math.ceil(free / an_hour)
    return Forecast(sum(one.recorded for one in known), an_hour, most, days, full)
