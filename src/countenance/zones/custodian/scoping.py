"""Scoping: which sheets a search compares, fixed before the probe leaves the custodian.

Invariants:

* Nothing outside the warrant's cameras and hours is named to the repository, and nothing of another extractor.
* Together the sheets hold no more rows than the calibrations reach (`warrants.threshold.most_rows`): whole sheets are
  cut beyond that, the earliest hours kept, and every camera and hour that lost some is named in the answer.
* A sighting whose erasure was asked for is counted, and not named.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from countenance.vocabulary.cameras import Partition
from countenance.zones.custodian import restricting, sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.sheets import BARE, LIVING, Sheet

MOST_NAMED = 1000
"""Sightings of another extractor that an answer names; beyond, they are counted."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`sheets`: what is compared, in order. `cut`: partitions of which some was left out.

    `others`: ids of sightings without a template of the probe's extractor, at most MOST_NAMED, and `other_rows`, how
    many there are.
    """

    sheets: tuple[Sheet, ...]
    cut: tuple[Partition, ...]
    others: tuple[str, ...]
    other_rows: dict[Partition, int]


def rows(opened: Opened, asked: Iterable[Partition], extractor: bytes) -> int:
    """How many rows of the extractor with this digest these partitions have now."""
    found = (sheet for one in asked for sheet in sheets.of_partition(opened, one.camera, one.hour))
    return sum(len(_living(sheet)) for sheet in found if sheet.extractor == extractor)


def choose(opened: Opened, asked: Iterable[Partition], *, extractor: bytes, dimension: int, most: int) -> Chosen:
    """What a search under a probe of `extractor` and `dimension` compares of the partitions that are `asked` for.

    `most`: rows that it may compare.
    """
    left, restricted = most, restricting.restricted(opened)
    chosen: list[Sheet] = []
    cut: list[Partition] = []
    others: list[str] = []
    other_rows: dict[Partition, int] = {}
    for partition in sorted(asked, key=lambda one: (one.hour, one.camera)):
        for sheet in sheets.of_partition(opened, partition.camera, partition.hour):
            alike = (sheet.extractor, sheet.dimension) == (extractor, dimension)
            apart = np.flatnonzero(sheet.states == LIVING | BARE) if alike else np.flatnonzero(sheet.has(LIVING))
            if len(apart):
                other_rows[partition] = other_rows.get(partition, 0) + len(apart)
                names = (sheet.sighting(int(at)) for at in apart)
                others += islice((name for name in names if name not in restricted), MOST_NAMED - len(others))
            living = _living(sheet)
            if not alike or not len(living):
                continue
            if len(living) > left:
                left = 0
                cut += [partition] if partition not in cut else []
            else:
                left -= len(living)
                chosen.append(sheet)
    return Chosen(tuple(chosen), tuple(cut), tuple(others), other_rows)


def _living(sheet: Sheet) -> NDArray[np.intp]:
    return np.flatnonzero(sheet.has(LIVING) & ~sheet.has(BARE))
