"""Time as the system speaks of it: UTC milliseconds, and whole hours, the unit of keys and retention."""

import datetime
from dataclasses import dataclass

MILLISECONDS_AN_HOUR = 3_600_000

# Milliseconds since 1970-01-01T00:00Z.
Moment = int


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """One UTC hour. `number` counts hours since 1970-01-01T00:00Z."""

    number: int

    @classmethod
    def of(cls, moment: Moment) -> "Hour":
        """The hour that `moment` (UTC milliseconds) falls into."""
        return cls(moment // MILLISECONDS_AN_HOUR)

    @property
    def start(self) -> Moment:
        """First millisecond of the hour."""
        return self.number * MILLISECONDS_AN_HOUR

    @property
    def end(self) -> Moment:
        """First millisecond after the hour."""
        return (self.number + 1) * MILLISECONDS_AN_HOUR

    def __str__(self) -> str:
        return datetime.datetime.fromtimestamp(self.start / 1000, datetime.UTC).strftime("%Y-%m-%dT%HZ")


def written(moment: Moment) -> str:
    """`moment` as ISO 8601 in UTC, to the second: 2026-01-31T09:30:00Z."""
    return datetime.datetime.fromtimestamp(moment / 1000, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month(moment: Moment) -> str:
    """The UTC month of `moment`: 2026-01."""
    return datetime.datetime.fromtimestamp(moment / 1000, datetime.UTC).strftime("%Y-%m")


def month_after(name: str) -> str:
    """The month behind one as `month` writes it."""
    year, number = int(name[:4]), int(name[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
