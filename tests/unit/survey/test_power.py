"""Planning: what is promised of so many answers is what surveys of so many answers show."""

import math
from dataclasses import replace

import numpy as np
import pytest

from countenance.errors import Malformed
from countenance.survey import budget, counting, estimates, power
from countenance.survey.power import Plan
from countenance.vocabulary.survey import Way
from simulator.surveys import OPEN, small


def test_without_randomisation_it_is_the_formula_of_every_textbook() -> None:
    plan = Plan(math.inf, 2, 1, 1)
    assert power.of(plan, 1000).margin == pytest.approx(1.96 * math.sqrt(0.25 / 1000), rel=1e-3)
    assert power.needed(plan, 0.03).answers == 1068
    assert power.of(plan, 1000).forged == 1


def test_needed_and_of_agree() -> None:
    plan = Plan(1.5, 3, 10, 2, 2, 1.3)
    found = power.needed(plan, 0.08)
    assert found.margin <= 0.08 < power.of(plan, found.answers - 2).margin


def test_it_is_what_a_survey_shows() -> None:
    asked = small(OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
    people, draw = 20_000, np.random.default_rng(1)
    truths = np.tile(np.array([0, 1], np.uint8)[np.arange(people) % 2][:, None], (1, 2))
    block = np.column_stack([np.zeros(people, np.uint8), budget.randomise(asked, truths, draw)])
    found = estimates.overall(asked, {Way.WEB: counting.count(asked, [block])})
    plan = Plan(2, 2, 2, 1, 2)
    assert power.of(plan, people).margin == pytest.approx((found.high[0, 0] - found.low[0, 0]) / 2, rel=0.05)
    assert power.of(plan, people).forged == pytest.approx(budget.forged(asked))


@pytest.mark.parametrize(
    "plan",
    [Plan(0, 2, 1, 1), Plan(1, 1, 1, 1), Plan(1, 2, 1, 2), Plan(1, 2, 1, 0), Plan(1, 2, 1, 1, 0),
     Plan(math.nan, 2, 1, 1), Plan(1e-9, 2, 1, 1), Plan(1, 2, 1, 1, 1, 0.5), Plan(1, 2, 1, 1, 1, 1, 0)],
)  # fmt: skip
def test_plans_that_cannot_be_are_malformed(plan: Plan) -> None:
    with pytest.raises(Malformed):
        power.of(plan, 100)


def test_numbers_that_cannot_be_are_malformed() -> None:
    for margin in (0.0, 1.0, -1.0):
        with pytest.raises(Malformed):
            power.needed(Plan(1, 2, 1, 1), margin)
    with pytest.raises(Malformed):
        power.of(Plan(1, 2, 1, 1), 0)


@pytest.mark.parametrize("wrong", [{"effect": math.inf}, {"effect": 1e9}, {"epsilon": 1e305}, {"share": math.nan}])
def test_numbers_beyond_any_survey_are_malformed(wrong: dict[str, float]) -> None:
    plan = replace(Plan(1.5, 3, 10, 2), **wrong)  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        power.of(plan, 100)
    with pytest.raises(Malformed):
        power.needed(Plan(1.5, 3, 10, 2), 1e-300)
