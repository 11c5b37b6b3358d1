"""Simulating: the same seed makes the same surveys, and a bound that is too narrow would be seen."""

import dataclasses
import math

import numpy as np
import pytest

from countenance.errors import Refused
from countenance.survey import estimates, instrument, simulating, starting
from simulator.surveys import OPEN, small

ASKED = instrument.read(starting.made_up())


def test_the_same_seed_says_the_same() -> None:
    first, second = (list(simulating.coverage(ASKED, 4, people=500, epsilons=(1.0,))) for _ in range(2))
    assert first == second
    assert [one.weighted for one in first] == [False, True]


def test_bounds_that_are_too_narrow_do_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    real = estimates._bounded

    def narrow(*given: object) -> estimates.Shares:
        found = real(*given)  # type: ignore[arg-type]
        half = (found.high - found.low) / 4
        return dataclasses.replace(found, low=found.low + half, high=found.high - half)

    monkeypatch.setattr(estimates, "_bounded", narrow)
    for one in simulating.coverage(ASKED, 40, people=2000, epsilons=(3.0, math.inf)):
        assert one.value < 0.8


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
