"""How often a camera or purpose is stopped wrongly, and how soon rightly: streams of searches of known truth."""

import math

import numpy as np
import pytest

from countenance.evaluation.sequential import ERROR
from countenance.evaluation.streams import stops
from prove.scale import count

LIMIT = 0.1
STREAMS = count(10_000, 1_000)
SEARCHES = count(5_000, 1_500)
WIDE = np.full(SEARCHES, LIMIT)
MIXED = np.random.default_rng(1).choice([LIMIT, LIMIT / 5, LIMIT / 1000], size=SEARCHES, p=[0.2, 0.4, 0.4])
NARROW = np.full(SEARCHES, LIMIT / 5)

RIGHTLY = {1.5: (560, 1150), 2: (150, 310), 3: (45, 90), 5: (16, 28)}
"""Ratio to the limit: at most so many searches in half the streams, and in nine of ten."""


@pytest.mark.parametrize(
    ("stated", "ratio"),
    [(WIDE, 1.0), (MIXED, 1.0), (NARROW, 5.0), (np.sort(MIXED), 1.0), (np.sort(MIXED)[::-1], 1.0)],
    ids=["wide", "mixed", "narrow", "narrow first", "wide first"],
)
def test_what_is_just_at_the_limit_is_stopped_wrongly_as_seldom_as_promised(stated: np.ndarray, ratio: float) -> None:
    wrong = np.count_nonzero(stops(stated, ratio, LIMIT, streams=STREAMS, seed=2)) / STREAMS
    assert wrong <= ERROR + 3 * math.sqrt(ERROR * (1 - ERROR) / STREAMS)


@pytest.mark.parametrize("ratio", RIGHTLY)
def test_what_is_beyond_it_is_stopped_soon(ratio: float) -> None:
    when = stops(np.full(6_000, LIMIT), ratio, LIMIT, streams=count(10_000, 500), seed=3)
    assert (when > 0).all()
    half, most = RIGHTLY[ratio]
    assert np.median(when) <= half
    assert np.quantile(when, 0.9) <= most


def test_empty_and_narrow_searches_hide_nothing() -> None:
    """Twenty searches of a row or none after each wide one: as many wide ones until it stops."""
    alone = stops(np.full(1_000, LIMIT), 3, LIMIT, streams=500, seed=4)
    spammed = np.tile([LIMIT, *[LIMIT / 1000] * 10, *[0.0] * 10], 400)
    hidden = stops(spammed, 3, LIMIT, streams=500, seed=4)
    assert (hidden > 0).all()
    assert np.median(hidden / 21) <= 1.2 * np.median(alone)


def test_outcomes_that_come_late_stop_late_and_not_wrongly() -> None:
    wrong = np.count_nonzero(stops(WIDE, 1, LIMIT, streams=STREAMS, seed=5, late=30)) / STREAMS
    assert wrong <= ERROR + 3 * math.sqrt(ERROR * (1 - ERROR) / STREAMS)
    when = stops(np.full(1_000, LIMIT), 5, LIMIT, streams=500, seed=6, late=30)
    assert (when > 0).all()
