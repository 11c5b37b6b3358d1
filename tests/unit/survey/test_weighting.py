"""Weights: they meet their margins, change as little as can be, and are refused where nobody answered."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from countenance.errors import Malformed, Refused
from countenance.survey import weighting
from countenance.survey.weighting import Margin
from simulator.surveys import OPEN, small

SECOND = """\
  - id: gate
    text: {en: Gate, zh: 门, ru: Вход}
    parts:
      - {id: east, text: {en: East, zh: 东, ru: Восток}, people: 500}
      - {id: west, text: {en: West, zh: 西, ru: Запад}, people: 500}
"""
ASKED = small(OPEN + SECOND)
SAID = [number for number, cell in enumerate(ASKED.cells) if 2 not in cell]


def counts(*said: int) -> np.ndarray:
    """Answers of the four cells whose people said where they belong; three who did not."""
    found = np.zeros(len(ASKED.cells), np.int64)
    found[SAID] = said
    found[-1] = 3
    return found


@given(st.lists(st.integers(1, 500), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_raking_meets_every_margin_and_is_the_closest_that_does(said: list[int]) -> None:
    margins = weighting.declared(ASKED)
    found = weighting.rake(counts(*said), margins)
    for one in margins:
        here = np.bincount(one.of[SAID], found.shares[SAID])
        assert here == pytest.approx(one.shares, abs=1e-8)
    # Of all shares that meet them, raked ones have the least relative entropy to what answered: by another program.
    start = np.array(said) / sum(said)
    sums = [{"type": "eq", "fun": _sum(one, part)} for one in margins for part in range(len(one.shares) - 1)]
    whole = {"type": "eq", "fun": lambda x: x.sum() - 1}
    closest = optimize.minimize(
        lambda x: float((x * np.log(x / start)).sum()), np.outer([0.6, 0.4], [0.5, 0.5]).ravel(),
        bounds=[(1e-6, 1)] * 4, constraints=[*sums, whole], method="SLSQP", options={"ftol": 1e-12},
    )  # fmt: skip
    assert found.shares[SAID] == pytest.approx(closest.x, abs=2e-4)
    assert found.shares[-1] == 0


def _sum(one: Margin, part: int) -> Callable[[np.ndarray], float]:
    return lambda x: float(x[one.of[SAID] == part].sum() - one.shares[part])


def test_one_margin_over_all_groups_is_post_stratification() -> None:
    text = b"age,gate,people\nyoung,east,10\nyoung,west,20\nold,east,30\nold,west,40\n"
    found = weighting.rake(counts(5, 5, 5, 85), [weighting.margin(ASKED, text)])
    assert found.shares[SAID] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert found.largest == pytest.approx(0.3 / 0.05)
    weights = np.array([0.1, 0.2, 0.3, 0.4]) / np.array([0.05, 0.05, 0.05, 0.85])
    n = np.array([5, 5, 5, 85])
    assert found.effect == pytest.approx(100 * (n * weights**2).sum() / (n * weights).sum() ** 2)


def test_even_weights_have_no_effect() -> None:
    found = weighting.rake(counts(30, 30, 20, 20), weighting.declared(ASKED))
    assert (found.effect, found.largest) == (pytest.approx(1), pytest.approx(1))


@pytest.mark.parametrize("said", [(0, 0, 10, 10), (10, 0, 10, 0), (0, 0, 0, 0)])
def test_a_part_that_nobody_answered_from_is_refused(said: tuple[int, ...]) -> None:
    with pytest.raises(Refused, match="nobody answered from one part of"):
        weighting.rake(counts(*said), weighting.declared(ASKED))


def test_an_empty_cell_of_parts_that_answered_is_no_hindrance() -> None:
    found = weighting.rake(counts(50, 50, 50, 0), [weighting.declared(ASKED)[0]])
    assert found.shares[SAID] == pytest.approx([0.3, 0.3, 0.4, 0])


def test_margins_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(Refused, match="do not fit"):
        weighting.rake(counts(50, 0, 0, 50), weighting.declared(ASKED))


@pytest.mark.parametrize(
    "text",
    [
        b"", b"age\nyoung\n", b"people\n5\n", b"age,people\n", b"age,people\nyoung,5\n",
        b"age,people\nyoung,5\nyoung,5\n", b"age,people\nyoung,0\nold,5\n",
        b"age,people\nyoung,-1\nold,5\n", b"age,people\nyoung,x\nold,5\n",
        b"age,people\nmiddle,5\nold,5\n", b"height,people\ntall,5\n", b"age,age,people\nyoung,old,5\n", b"\xff\xfe",
        b"age,people\nyoung,5,6\nold,5\n", b'age,people\n"young,5\n',
        b"age,people\nyoung," + b" " * 13 + b"5x\nold,5\n", b"age,people\nyoung,00000" + b"5" * 5000 + b"\nold,5\n",
    ],
)  # fmt: skip
def test_a_margin_with_a_fault_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        weighting.margin(ASKED, text)
