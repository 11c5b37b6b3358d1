"""What one person's answers may tell: exactly, for every number of answers, and altogether."""

import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.survey import budget
from countenance.survey.budget import ABSENT, PARTS, Channel, channel
from countenance.vocabulary.survey import MILLIONTHS, UNREPORTED, Way
from simulator.surveys import OPEN, small


def most(how: Channel) -> Fraction:
    """The largest factor by which a report speaks for one answer against another: exact."""
    keep = Fraction(how.kept, PARTS)
    other = (1 - keep) / how.size
    return (keep + other) / other


@given(st.integers(2, 13), st.integers(1000, 8 * MILLIONTHS))
def test_no_report_speaks_for_an_answer_by_more_than_e_to_epsilon(size: int, epsilon: int) -> None:
    factor = most(channel(size, epsilon))
    with localcontext() as context:
        context.prec = 60
        grown = (Decimal(epsilon) / MILLIONTHS).exp()
        assert Decimal(factor.numerator) / Decimal(factor.denominator) <= grown
        # And nothing is given away beyond a rounding.
        assert Decimal(factor.numerator) / Decimal(factor.denominator) > grown * (1 - Decimal(10) ** -9)


def test_a_forged_answer_weighs_what_the_formula_says() -> None:
    assert channel(5, 500_000).weight == pytest.approx(8.7, abs=0.01)
    grown = math.exp(1.0)
    assert channel(4, MILLIONTHS).weight == pytest.approx((grown + 3) / (grown - 1))
    assert channel(4, None).weight == 1


def test_who_forges_outweighs_more_people_where_chance_picks_few_items() -> None:
    every, one = small(), small(OPEN.replace("waves: 2", "waves: 2\nreported: 1").replace("epsilon: 2", "epsilon: 1"))
    assert budget.forged(every) == budget.channels(every)[0].weight
    assert budget.channels(one) == budget.channels(every)
    assert budget.forged(one) == 2 * budget.forged(every)


@pytest.mark.parametrize(("waves", "reported"), [(1, 2), (2, 2), (3, 1)])
def test_all_a_person_reports_in_all_waves_keeps_to_the_total(waves: int, reported: int) -> None:
    asked = small(OPEN.replace("waves: 2", f"waves: {waves}\nreported: {reported}"))
    factor = max(most(how) for how in budget.channels(asked))
    assert math.log(factor) * waves * reported <= asked.epsilon / MILLIONTHS


def test_answers_of_browsers_alone_are_randomised() -> None:
    asked = small()
    assert all(how.kept < PARTS for how in budget.channels(asked, Way.WEB))
    for way in (Way.PAPER, Way.KIOSK):
        assert all(how.kept == PARTS for how in budget.channels(asked, way))
        assert budget.label(asked, way) == f"{way.value}: no local privacy"


def test_one_person_and_many_are_randomised_alike() -> None:
    asked = small(OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
    dice, people = random.Random(5), 40_000
    one = [budget.reported(asked, (1, 0), dice.randrange) for _ in range(people)]
    many = budget.randomise(asked, np.tile(np.array([1, 0], np.uint8), (people, 1)), np.random.default_rng(5))
    for item, how in enumerate(budget.channels(asked)):
        for answer in (*range(how.size), None):
            of_one = sum(said[item] == (UNREPORTED if answer is None else answer) for said in one) / people
            of_many = float((many[:, item] == (ABSENT if answer is None else answer)).mean())
            assert of_one == pytest.approx(of_many, abs=0.015)
    assert all(sum(answer != UNREPORTED for answer in said) == 1 for said in one)
    assert ((many != ABSENT).sum(axis=1) == 1).all()


def test_which_items_are_reported_says_nothing_of_the_answers() -> None:
    asked = small(OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
    for truths in ((0, 0), (2, 2)):
        dice = random.Random(6)
        first = [budget.reported(asked, truths, dice.randrange)[0] != UNREPORTED for _ in range(5000)]
        assert sum(first) / 5000 == pytest.approx(0.5, abs=0.03)
