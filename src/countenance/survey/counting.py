"""Counting: how often each answer of each item was reported in each cell, and nothing else of anybody.

What is estimated is estimated from these counts. They are as large for a million people as for ten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Tampered
from countenance.survey.budget import ABSENT, Bytes
from countenance.vocabulary.survey import Instrument, Way

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """`people`: (cells,), who answered; `reports`: (cells, items, answers), padded with zeros to the longest item."""

    people: Counts
    reports: Counts

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.people + other.people, self.reports + other.reports)


@dataclass(slots=True)
class Counter:
    """Counts blocks of records of one questionnaire."""

    instrument: Instrument
    total: Counted = field(init=False)

    def __post_init__(self) -> None:
        self.total = nothing(self.instrument)

    def add(self, block: Bytes) -> None:
        """Count records, (people, 1 + items). Raises Tampered for an answer that its item does not have."""
        cells, items, longest = self.total.reports.shape
        here, answers = block[:, 0].astype(np.int64), block[:, 1:]
        absent = answers == ABSENT
        known = answers < _sizes(self.instrument)
        if not (known | absent).all() or (here >= cells).any():
            raise Tampered("there are answers that this questionnaire does not have: restore the files from a copy")
        places = (here[:, None] * items + np.arange(items)) * (longest + 1) + np.where(absent, longest, answers)
        found = np.bincount(places.ravel(), minlength=cells * items * (longest + 1))
        people = np.bincount(here, minlength=cells)
        self.total += Counted(people, found.reshape(cells, items, longest + 1)[:, :, :longest])


def nothing(instrument: Instrument) -> Counted:
    """The counts of a wave that nobody has answered."""
    longest = max(len(item.answers) for item in instrument.items)
    cells, items = len(instrument.cells), len(instrument.items)
    return Counted(np.zeros(cells, np.int64), np.zeros((cells, items, longest), np.int64))


def count(instrument: Instrument, blocks: Iterable[Bytes]) -> Counted:
    """All blocks together."""
    counter = Counter(instrument)
    for block in blocks:
        counter.add(block)
    return counter.total


def whole(counted: Mapping[Way, Counted]) -> dict[Way, Counted]:
    """The same counts in one cell."""
    return {
        way: Counted(one.people.sum(keepdims=True), one.reports.sum(axis=0, keepdims=True))
        for way, one in counted.items()
    }


def by_part(instrument: Instrument, group: int, counted: Mapping[Way, Counted]) -> dict[Way, Counted]:
    """The same counts, with one cell a part of the group with that number; who did not say is left out."""
    parts = len(instrument.groups[group].parts)
    of = np.array([cell[group] for cell in instrument.cells])
    return {
        way: Counted(
            np.array([one.people[of == part].sum() for part in range(parts)]),
            np.stack([one.reports[of == part].sum(axis=0) for part in range(parts)]),
        )
        for way, one in counted.items()
    }


def _sizes(instrument: Instrument) -> NDArray[np.int64]:
    return np.array([len(item.answers) for item in instrument.items])
