"""Of answers that no chance hides, small counts are not told, nor what they follow from."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from countenance.survey import analysis, counting, hiding, waves, weighting
from countenance.survey.analysis import Analysis
from countenance.vocabulary.survey import Way
from simulator.surveys import OPEN, begun, small
from unit.survey.answers import answered

CENTRAL = OPEN.replace("epsilon: 2", "privacy: central")


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([60, 0, 0], set()),
        ([55, 5, 0], set()),
        ([56, 4, 0], {0, 1, 2}),
        ([50, 6, 2, 2, 0], {0, 2, 3, 4}),
        ([3, 50, 60], {0, 1}),
        ([5, 1, 60], {0, 1, 2}),
        ([2, 2, 0], {0, 1, 2}),
    ],
)
def test_one_that_enough_gave_is_hidden_with_those_that_too_few_did(counts: list[int], hidden: set[int]) -> None:
    assert hiding.small(counts) == hidden


@pytest.mark.parametrize("total", range(5, 24))
def test_no_small_count_follows_from_what_is_told_and_how_many_there_are(total: int) -> None:
    """Whoever knows the rule tries all tables that would look the same: no small count is the same in all of them."""
    every = [counts for counts in itertools.product(range(total + 1), repeat=3) if sum(counts) == total]

    def seen(counts: tuple[int, ...]) -> tuple[int | None, ...]:
        hidden = hiding.small(counts)
        return tuple(None if at in hidden else count for at, count in enumerate(counts))

    for counts in every:
        alike = [other for other in every if seen(other) == seen(counts)]
        for at, count in enumerate(counts):
            if 0 < count < hiding.FEW:
                assert len({other[at] for other in alike}) > 1, counts


def told(said: Analysis, item: int) -> list[float | None]:
    return [one.said.value for one in said.found[item].answers]


def test_two_of_sixty_are_told_neither_whole_nor_apart_nor_against_another_wave(tmp_path: Path) -> None:
    first = begun(tmp_path, CENTRAL)
    answered(first, (30, 60), (58, 60))
    said = analysis.analyse(first, margins=(), language="en")
    assert told(said, 0) == [pytest.approx(32 / 120), pytest.approx(88 / 120), 0]
    # Two of the sixty old people were not fine with it.
    assert [one for one in said.parts if one.item == "comfort"] == []
    waves.end(first, "2026-03-02")
    second = begun(tmp_path, CENTRAL)
    answered(second, (58, 60), (60, 60))
    said = analysis.analyse(second, margins=(), language="en", before=first)
    assert told(said, 0) == [None, None, None]
    assert [one.of_answered for one in said.found[0].answers] == [None, None, None]
    assert [one for one in said.trend if one.item == "comfort"] == []
    assert {one.item for one in said.trend} == set()


@pytest.mark.parametrize("sizes", [(6, 7, 0), (5, 5, 6), (24, 6, 0)])
def test_of_who_knows_all_together_and_the_size_of_each_cell_no_small_count_is_known(
    sizes: tuple[int, int, int],
) -> None:
    """All tables of three cells and three answers: where an item is told by cells, they are given every count of it."""
    asked = small(CENTRAL)
    alike: dict[object, list[np.ndarray]] = defaultdict(list)
    for table in itertools.product(*(list(_said(size)) for size in sizes)):
        found = counting.nothing(asked)
        found.people[:], found.reports[:, 0] = sizes, table
        counts = found.reports[:, 0].sum(axis=0).tolist()
        hidden = hiding.small(counts)
        seen = tuple(None if at in hidden else count for at, count in enumerate(counts))
        alike[seen if 0 in hiding.whole_only(asked, {Way.WEB: found}) else table].append(np.array(table))
    for tables in alike.values():
        every = np.array(tables)
        known = (every == every[0]).all(axis=0) & (every[0] > 0) & (every[0] < hiding.FEW)
        assert not known.any(), every[0]


def _said(size: int) -> Iterator[tuple[int, int, int]]:
    """Every way in which that many people give three answers."""
    for one in range(size + 1):
        yield from ((one, other, size - one - other) for other in range(size - one + 1))


def test_a_small_count_of_a_part_is_told_by_no_weight_of_either_wave(tmp_path: Path) -> None:
    first = begun(tmp_path, CENTRAL)
    answered(first, (30, 60), (58, 60))
    waves.end(first, "2026-03-02")
    second = begun(tmp_path, CENTRAL)
    answered(second, (30, 60), (40, 60))
    margins = weighting.declared(second.instrument)
    said = analysis.analyse(second, margins=margins, language="en", before=first)
    assert said.found[0].weighted
    assert [one.weighted for one in said.trend if one.item == "comfort"] == [False, False]
    said = analysis.analyse(first, margins=margins, language="en")
    assert said.weights is not None
    assert [(one.id, one.weighted) for one in said.found] == [("comfort", False), ("trust.shop", True)]
    assert [one.weighted for one in said.found[0].answers] == [None, None, None]


def test_what_chance_hides_is_told_however_few(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (58, 60), (60, 60))
    said = analysis.analyse(opened, margins=(), language="en")
    assert None not in told(said, 0)
    answered(opened, (58, 60), (60, 60), way=Way.PAPER)
    said = analysis.analyse(opened, margins=(), language="en")
    assert told(said, 0) == [None, None, None]
