"""Suppression: what may be said of monthly counts, so that nobody can work out a small one.

Pure. What is said of one thing counted is a sequence of periods, each of as few whole months as make LEAST, in order;
what follows the last is too little to say. Invariants:

* A period that was said once stays as it was said: later registers only add to it.
* Nothing is said of a count below LEAST, of none either, but that it is below: a register is the same to the byte
  whatever such a count is.
* A part is said only if it and what it leaves of the whole are both LEAST or more.
* No totals: what a reader adds up are figures that are here. No two series are parts of one count, and what could not
  be without something else that is counted, such as a hit without a search, is said in the periods of that other.

So whoever has all registers that were ever published, and the sizes of the log's tree, which grow by sixteens, finds
for each month of a longer period as many possible counts as for any: LEAST of them.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment, month, month_after
from countenance.vocabulary.register import LEAST, UNSAID, Period

_DAY = 24 * MILLISECONDS_AN_HOUR


@dataclass(slots=True)
class Tally:
    """What was counted in some months. `took`, `deleting`: milliseconds of each answer and of each deletion.

    `face`, `other`: of lanes, the median of each flight in which both were timed; `allowed`: the most, or UNSAID.
    """

    count: int = 0
    urgent: int = 0
    judged: int = 0
    confirmed: int = 0
    took: list[Moment] = field(default_factory=list)
    deleted: int = 0
    deleting: list[Moment] = field(default_factory=list)
    face: list[Moment] = field(default_factory=list)
    other: list[Moment] = field(default_factory=list)
    unequal: int = 0
    allowed: int = UNSAID

    def add(self, other: "Tally") -> None:
        """Count these months together with others."""
        self.count += other.count
        self.urgent += other.urgent
        self.judged += other.judged
        self.confirmed += other.confirmed
        self.took += other.took
        self.deleted += other.deleted
        self.deleting += other.deleting
        self.face += other.face
        self.other += other.other
        self.unequal += other.unequal
        self.allowed = max(self.allowed, other.allowed)


def periods(months: Sequence[str], counted: Mapping[str, Tally]) -> tuple[Period, ...]:
    """What may be said of `months`, which follow each other and are over; of `counted`, those that something was."""
    said: list[Period] = []
    first, together = "", Tally()
    for name in months:
        first = first or name
        together.add(counted.get(name, Tally()))
        if together.count >= LEAST:
            said.append(_period(first, name, together))
            first, together = "", Tally()
    return tuple(said)


def _period(first: str, last: str, counted: Tally) -> Period:
    judged = _enough(counted.judged)
    return Period(
        first=first,
        last=last,
        count=counted.count,
        urgent=_part(counted.urgent, counted.count),
        judged=judged,
        confirmed=_part(counted.confirmed, judged),
        days=_days(counted.took),
        deleted=_enough(counted.deleted),
        deleted_days=_days(counted.deleting),
        face=_middle(counted.face),
        other=_middle(counted.other),
        unequal=_part(counted.unequal, len(counted.face)),
        allowed=counted.allowed,
    )


def _enough(number: int) -> int:
    return number if number >= LEAST else UNSAID


def _part(part: int, whole: int) -> int:
    return part if part >= LEAST and whole - part >= LEAST else UNSAID


def _middle(took: Sequence[Moment]) -> Moment:
    return statistics.median_low(took) if len(took) >= LEAST else UNSAID


def _days(took: Sequence[Moment]) -> int:
    """Whole days, rounded up, that half of them took at most."""
    return -int(-statistics.median_low(took) // _DAY) if len(took) >= LEAST else UNSAID


def closed(since: str, moment: Moment) -> tuple[str, ...]:
    """The months from `since` on that were over at `moment`."""
    found, name, now = [], since, month(moment)
    while name < now:
        found.append(name)
        name = month_after(name)
    return tuple(found)
