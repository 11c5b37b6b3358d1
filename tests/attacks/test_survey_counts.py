"""Who reads a survey's report solves for no count that is hidden: answers that no chance hides, by weights and parts.

The attacker has everything that the report prints, knows how it is made, how many people of each part answered, and
what they said to every other question. They try all answers that people could have given, print a report of each, and
keep those that print the very report. No count below five may be the same in all of these.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from countenance.survey import analysis, counting, earlier, hiding, report, waves, weighting
from countenance.survey.counting import Counted
from countenance.survey.methods import Sponsor
from countenance.survey.waves import Opened
from countenance.vocabulary.survey import Way
from simulator.surveys import OPEN, begun
from unit.survey.answers import answered

CENTRAL = OPEN.replace("epsilon: 2", "privacy: central")
THREE = CENTRAL.replace(
    "{id: young, text: {en: Young, zh: 年轻, ru: Молодые}, people: 600}",
    "{id: young, text: {en: Young, zh: 年轻, ru: Молодые}, people: 300}\n"
    "      - {id: middle, text: {en: Middle, zh: 中年, ru: Средние}, people: 300}",
)

Table = tuple[tuple[int, ...], ...]
"""Of each cell, how many gave each answer of the first item."""


class Attacker:
    """Prints reports of whatever people may have answered."""

    def __init__(self, folder: Path, text: str, patch: pytest.MonkeyPatch, *, paper: bool = False) -> None:
        self.opened: Opened = begun(folder, text)
        # A day's file, so that there is a day; what is in it is replaced.
        answered(self.opened, (1, 2), (1, 2))
        self._patch, self._earlier = patch, earlier.shipped()
        self._way = Way.PAPER if paper else Way.WEB
        self._beside = {Way.WEB: self._counted([(40, 30, 30)] * len(self.opened.instrument.cells))} if paper else {}

    def report(self, table: Table, *, weights: bool) -> bytes:
        """What is printed of that table."""
        found = {**self._beside, self._way: self._counted(table)}
        self._patch.setattr(waves, "counted", lambda _: found)
        margins = weighting.declared(self.opened.instrument) if weights else ()
        said = analysis.analyse(self.opened, margins=margins, language="en")
        return report.record(said, self._earlier, Sponsor())

    def _counted(self, table: Iterable[Sequence[int]]) -> Counted:
        found = counting.nothing(self.opened.instrument)
        for cell, said in enumerate(table):
            found.people[cell] = sum(said)
            found.reports[cell, 0] = said
            # The other item is known to the attacker: all say the same.
            found.reports[cell, 1, 0] = sum(said)
        return found


def tables(sizes: Sequence[int], fine: int) -> Iterator[Table]:
    """All ways in which `fine` of these people may be fine with it, and the others not."""
    for said in itertools.product(*(range(min(size, fine) + 1) for size in sizes)):
        if sum(said) == fine:
            yield tuple((one, size - one, 0) for one, size in zip(said, sizes, strict=True))


def solved(printed: Mapping[bytes, Sequence[Table]]) -> list[tuple[Table, int, int]]:
    """Tables, cells and answers whose count is small and is the same in all tables with that report."""
    found = []
    for alike in printed.values():
        every = np.array(alike)
        one = (every == every[0]).all(axis=0) & (every[0] > 0) & (every[0] < hiding.FEW)
        found += [(alike[0], int(cell), int(answer)) for cell, answer in np.argwhere(one)]
    return found


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize("fine", [5, 8, 14, 57, 104])
def test_no_small_count_is_solved_from_weighted_shares_and_weights(
    fine: int, paper: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker, printed = Attacker(tmp_path, CENTRAL, monkeypatch, paper=paper), defaultdict(list)
    every = [table for table in tables((54, 51, 6), fine) if fine < 20 or table[2][0] in (0, 2, 6)]
    for table in every:
        printed[attacker.report(table, weights=True)].append(table)
    assert solved(printed) == []
    # Nor is all of it hidden: who answered evenly is told by weights.
    told = attacker.report(((20, 34, 0), (20, 31, 0), (0, 6, 0)), weights=True)
    assert told.count(b'"weighted": null') == 0
    assert told.count(b'"of": "age: young"') > 0


@pytest.mark.parametrize("fine", [6, 13, 20])
def test_no_part_is_solved_from_how_the_others_of_its_group_differ(
    fine: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker, printed = Attacker(tmp_path, THREE, monkeypatch), defaultdict(list)
    for table in tables((50, 55, 60), fine):
        printed[attacker.report((*table, (0, 0, 0)), weights=False)].append(table)
    assert solved(printed) == []
    told = attacker.report(((20, 30, 0), (20, 35, 0), (0, 60, 0), (0, 0, 0)), weights=False)
    assert told.count(b'"item": "comfort"') > 0


def test_how_few_are_in_a_cell_follows_from_no_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attacker = Attacker(tmp_path, CENTRAL, monkeypatch)
    told = {attacker.report(((100 - few, 0, 0), (few, 0, 0), (0, 0, 0)), weights=True) for few in range(1, 5)}
    assert len(told) == 1
    assert b'"weights": null' in told.pop()
