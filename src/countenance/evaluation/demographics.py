"""Demographics: error rates of each group, and how much worse the worst is (ISO/IEC 19795-10; NISTIR 8280).

Groups are columns of a manifest whose people gave their labels; nothing here guesses one. Within a group strangers are
likelier to match than across groups, so a group's FMR is over pairs within it, and is compared with all pairs within
any other group of that column. A group is never part of what it is compared with: of two groups, one with all the
errors would seem but twice as bad as both.

Invariants:

* A ratio is called a difference only if its bounds do not hold 1.
* A rate whose bounds are wider than itself is "not enough data", and no group is called the worst for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from countenance.evaluation import identification, rates, verification
from countenance.evaluation.pairs import Prepared, Tallied
from countenance.evaluation.rates import Curve
from countenance.evaluation.verification import Group
from countenance.vocabulary.rates import Rate


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a manifest: its name, and its groups in the order of their numbers."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One group's figures; `fpir` and `fnir` are of searches for its images in a gallery of everybody."""

    column: str
    group: str
    subjects: int
    images: int
    fmr: Curve
    fnmr: Curve
    fpir: Curve
    fnir: Curve


@dataclass(frozen=True, slots=True)
class Against:
    """A group's rate over that of the other groups of its column together, with bounds, at one threshold.

    `ratio` is infinite where the others have no errors, and NaN where nothing can be compared.
    """

    column: str
    group: str
    rate: Rate
    ratio: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        """Whether there are enough data to compare at all."""
        return self.rate.enough and not math.isnan(self.ratio)

    @property
    def differs(self) -> bool:
        """Whether the group's rate differs from that of the others, as far as bounds can tell."""
        return self.enough and not self.low <= 1.0 <= self.high


def measure(prepared: Prepared, tallied: Tallied, columns: Sequence[Column], gallery: int) -> tuple[Measured, ...]:
    """The figures of every group that has an image, column by column."""
    found = []
    for at, column in enumerate(columns):
        for number, name in enumerate(column.groups):
            members = prepared.groups[at] == number
            if not members.any():
                continue
            group = Group(at, members)
            found.append(
                Measured(
                    column=column.name,
                    group=name,
                    subjects=len(np.unique(prepared.subjects[members])),
                    images=int(members.sum()),
                    fmr=verification.fmr(prepared, tallied, group),
                    fnmr=verification.fnmr(prepared, tallied, group),
                    fpir=identification.fpir(prepared, tallied, gallery, members),
                    fnir=identification.fnir(prepared, tallied, gallery, members),
                )
            )
    return tuple(found)


def compared(groups: Sequence[Measured], index: int, which: str) -> tuple[Against, ...]:
    """Each group's rate `which` (fmr, fnmr, fpir, fnir) against the others' of its column, at one threshold."""
    found = []
    for group in groups:
        peers = [other for other in groups if other.column == group.column and other is not group]
        if not peers:
            continue
        rate = _curve(group, which).at(index)
        value, low, high = rates.ratio(rate, _together([_curve(peer, which).at(index) for peer in peers]))
        found.append(Against(group.column, group.group, rate, value, low, high))
    return tuple(found)


def worst(found: Sequence[Against]) -> Against | None:
    """The group with the highest ratio of those that differ upwards; None if none does."""
    return max((one for one in found if one.differs and one.ratio > 1.0), key=lambda one: one.ratio, default=None)


def _curve(group: Measured, which: str) -> Curve:
    return {"fmr": group.fmr, "fnmr": group.fnmr, "fpir": group.fpir, "fnir": group.fnir}[which]


def _together(found: Sequence[Rate]) -> Rate:
    """The rate of all trials together, its bounds from those of the parts as if they were independent."""
    trials = sum(one.trials for one in found)
    if not trials:
        return Rate(0.0, 0.0, 1.0, 0)
    shares = np.array([one.trials / trials for one in found])
    value = float(shares @ [one.value for one in found])
    down = float(np.hypot.reduce(shares * [one.value - one.low for one in found]))
    up = float(np.hypot.reduce(shares * [one.high - one.value for one in found]))
    return Rate(value, max(0.0, value - down), min(1.0, value + up), trials)
