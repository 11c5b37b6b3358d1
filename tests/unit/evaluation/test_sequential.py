"""sequential: mixtures as scipy integrates them, bounds that are ever wrong as seldom as they say."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from countenance.evaluation import sequential
from countenance.evaluation.sequential import ERROR, TYPICAL, beyond, least, most

COUNTS = (0, 1, 3, 10, 40)
EXPECTED = (0.01, 0.7, 5.0, 30.0)


@pytest.mark.parametrize("events", COUNTS)
@pytest.mark.parametrize("v", EXPECTED)
def test_both_mixtures_are_the_integrals_they_say(events: int, v: float) -> None:
    def above(s: float) -> float:
        return (1 + s) ** events * math.exp(-s * v - s / TYPICAL) / TYPICAL

    def below(r: float) -> float:
        return r**events * math.exp((1 - r) * v)

    # Most of the mass lies around where the logarithm is largest.
    peak = max(1.0, events / (v + 1 / TYPICAL) - 1)
    whole = quad(above, 0, peak, limit=200)[0] + quad(above, peak, 40 * (peak + 10), limit=500)[0]
    assert math.exp(sequential._above(events, v)) == pytest.approx(whole, rel=1e-6)
    assert math.exp(sequential._below(events, v)) == pytest.approx(quad(below, 0, 1, limit=200)[0], rel=1e-6)


@pytest.mark.parametrize("events", [0, 1, 5, 20, 100, 1000])
def test_bounds_are_where_the_mixtures_cross(events: int) -> None:
    assert least(events) < events < most(events) or events == 0 == least(events)
    if least(events):
        assert sequential._above(events, least(events)) == pytest.approx(-math.log(ERROR), abs=1e-6)
    assert sequential._below(events, most(events)) == pytest.approx(-math.log(ERROR), abs=1e-6)


def test_few_events_say_nothing() -> None:
    assert [least(events) for events in range(4)] == [0, 0, 0, 0]
    assert least(4) > 0


def test_bounds_grow_with_events_and_shrink_with_error() -> None:
    lows, highs = [least(k) for k in range(200)], [most(k) for k in range(200)]
    assert lows == sorted(lows)
    assert highs == sorted(highs)
    assert least(20, 0.05) > least(20) > least(20, 0.0001)
    assert most(20, 0.05) < most(20) < most(20, 0.0001)


def test_beyond() -> None:
    assert beyond(10, 1, widest=1, limit=1)
    assert not beyond(10, 10, widest=1, limit=1)
    # One as wide as a tenth of the limit may be wrong ten times as often.
    assert not beyond(10, 1, widest=1, limit=10)
    assert not beyond(100, 0, widest=1, limit=1)
    assert not beyond(0, 0, widest=0, limit=0)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_an_expectation_that_is_kept_is_seldom_ever_called_broken(share: float) -> None:
    """Trials of quite different expectations, each true or only kept: 2,000 streams, looked at after every trial."""
    chance = np.random.default_rng(5)
    streams, trials = 2000, 600
    stated = chance.choice([0.001, 0.02, 0.1, 0.5], size=trials)
    happened = np.cumsum(chance.random((streams, trials)) < share * stated, axis=1)
    expected = np.cumsum(stated)
    lows = np.array([least(k) for k in range(happened.max() + 1)])
    wrong = (lows[happened] > expected).any(axis=1).mean()
    # Three standard errors of a share of `ERROR` in so many streams.
    assert wrong <= ERROR + 3 * math.sqrt(ERROR / streams)
    if share == 1.0:
        highs = np.array([most(k) for k in range(happened.max() + 1)])
        assert (highs[happened] < expected).any(axis=1).mean() <= ERROR + 3 * math.sqrt(ERROR / streams)
