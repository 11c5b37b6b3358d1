"""Simulating: the same seed makes the same surveys, and a bound that is too narrow would be seen."""

import dataclasses
import math

import numpy as np
import pytest

from countenance.errors import Refused
from countenance.survey import estimates, instrument, simulating, starting
from countenance.survey.simulating import Turnout
from countenance.vocabulary.survey import Way
from simulator.surveys import OPEN, small

ASKED = instrument.read(starting.made_up())


def test_the_same_seed_says_the_same() -> None:
    first, second = (list(simulating.coverage(ASKED, 4, turnout=Turnout(500), epsilons=(1.0,))) for _ in range(2))
    assert first == second
    assert [one.weighted for one in first] == [False, True]


def test_bounds_that_are_too_narrow_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    real = estimates._bounded

    def narrow(*given: object) -> estimates.Shares:
        found = real(*given)  # type: ignore[arg-type]
        half = (found.high - found.low) / 4
        return dataclasses.replace(found, low=found.low + half, high=found.high - half)

    monkeypatch.setattr(estimates, "_bounded", narrow)
    for one in simulating.coverage(ASKED, 40, turnout=Turnout(2000), epsilons=(3.0, math.inf)):
        assert one.value < 0.8


def test_a_variance_that_is_too_small_does_not_pass_where_few_answer_either_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimates, "_likely", lambda *_: None)
    few = Turnout(200, paper=0.3)
    assert all(one.value < 0.92 for one in simulating.coverage(ASKED, 60, turnout=few, epsilons=(3.0,)) if one.weighted)


def test_surveys_of_so_few_that_some_say_nothing_count_by_what_they_say() -> None:
    for one in simulating.coverage(ASKED, 20, turnout=Turnout(100)):
        assert 0.9 < one.value <= 1
        assert 0 <= one.lowest <= one.value
    with pytest.raises(Refused, match="simulate more answers"):
        list(simulating.coverage(ASKED, 3, turnout=Turnout(4), epsilons=(1.0,)))


def test_who_answers_on_paper_is_not_randomised_and_thinks_otherwise() -> None:
    draw = np.random.default_rng(1)
    place = simulating.world(simulating.of_epsilon(ASKED, 0.5), draw)
    other = simulating.on_paper(place, draw)
    assert not np.allclose(place.truths, other.truths, atol=0.02)
    counted = simulating.asked(other, 20_000, draw, way=Way.PAPER)
    assert counted.reports.sum() == 20_000 * len(ASKED.items)
    said = counted.reports.sum(axis=0) / 20_000
    assert said == pytest.approx(other.of_ready, abs=0.02)


def test_people_answer_as_the_world_says() -> None:
    place = simulating.world(ASKED, np.random.default_rng(1))
    assert place.people.sum() == pytest.approx(1)
    assert place.ready.sum() == pytest.approx(1)
    assert place.of_people.sum(axis=1) == pytest.approx(np.ones(len(ASKED.items)))
    assert not np.allclose(place.of_people, place.of_ready, atol=0.01)
    cells, answers = simulating.answered(place, 3000, np.random.default_rng(1))
    assert (len(cells), answers.shape) == (3000, (3000, len(ASKED.items)))


def test_weights_need_groups() -> None:
    alone = small(OPEN[: OPEN.index("groups:")])
    with pytest.raises(Refused):
        list(simulating.coverage(alone, 1))
