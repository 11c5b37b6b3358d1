"""Hiding: answers that no chance was mixed into, and that few people gave, are not told, nor what they follow from.

Where answers are kept as they were given, two of sixty is two people whom somebody knows. Invariants:

* How many gave any answer to an item is told, so one answer that enough people gave is hidden with those that too few
  did.
* Weights and comparisons of parts are sums over cells, and whoever has several solves them for the cells. So of an item
  of which any cell's count is small, nothing is told but of all together: what is told of cells has no small count in
  it, and of others no more than their sums. Of who knows these and how many are in each cell, no small count is known.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from countenance.survey import budget
from countenance.survey.counting import Counted
from countenance.vocabulary.survey import Instrument, Way

FEW: Final = 5
"""People below whom an answer is not told: the register's own measure."""

Hidden: TypeAlias = "list[frozenset[int]]"
"""Of each item, the places of answers that are not told."""


def hidden(asked: Instrument, counted: Mapping[Way, Counted]) -> Hidden:
    """What is not told of counts, by any way, in any of their cells if there are several."""
    found = [frozenset[int]() for _ in asked.items]
    for way, one in counted.items():
        if not budget.as_given(asked, way):
            continue
        for at, item in enumerate(asked.items):
            for cell in one.reports[:, at, : len(item.answers)]:
                found[at] |= small([int(count) for count in cell])
    return found


def whole_only(asked: Instrument, counted: Mapping[Way, Counted]) -> frozenset[int]:
    """Items of which nothing is told but of all together; of counts in the finest cells, of who did not say as well."""
    for way, one in counted.items():
        # Who is alone in a cell is known by it.
        if budget.as_given(asked, way) and ((one.people > 0) & (one.people < FEW)).any():
            return frozenset(range(len(asked.items)))
    return frozenset(at for at, places in enumerate(hidden(asked, counted)) if places)


def small(counts: Sequence[int]) -> frozenset[int]:
    """Places of counts of 1 to FEW - 1, of the first that is larger, and of all that are none; or all places.

    The first in the questionnaire's order, not the next in size: who knows the rule would learn from that.
    """
    few = [at for at, count in enumerate(counts) if 0 < count < FEW]
    if not few:
        return frozenset()
    beside = next((at for at, count in enumerate(counts) if count >= FEW), None)
    # As small as they can be: their sum would say so.
    if beside is None or sum(counts[at] for at in (*few, beside)) == len(few) + FEW:
        return frozenset(range(len(counts)))
    # Nobody and somebody must look alike.
    return frozenset([*few, beside, *(at for at, count in enumerate(counts) if not count)])
