import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, chi2

from countenance.errors import Malformed, Refused
from countenance.faces import card
from countenance.vocabulary.calibration import BILLION, UNKNOWN, Calibration, Point, Source
from countenance.warrants import threshold
from countenance.warrants.built_in import BUILT_IN
from simulator.counted import counted

OF = (BUILT_IN,)
WORSE = counted(points=(Point(440, 100, 10**6, 200_000, 30), Point(520, 5, 10**6, 12_000, 90)))


def test_the_built_in_one_is_of_the_built_in_extractor_and_may_stand() -> None:
    threshold.check(BUILT_IN)
    assert BUILT_IN.extractor == card.built_in("sface").digest
    assert threshold.floor(OF) == 430


@given(st.integers(0, 3000), st.integers(10_000, 10**8))
def test_the_upper_bound_is_poissons_and_never_below_the_binomials(false: int, comparisons: int) -> None:
    bound = threshold.upper_bound(false, comparisons)
    assert bound == pytest.approx(min(1.0, chi2.ppf(0.95, 2 * (false + 1)) / 2 / comparisons), rel=1e-9)
    assert bound >= min(1.0, beta.ppf(0.95, false + 1, comparisons - false)) * (1 - 1e-9)


def test_where_none_was_seen_the_rule_of_three_remains() -> None:
    assert threshold.upper_bound(0, 10_000) == pytest.approx(3 / 10_000, rel=0.002)
    assert threshold.upper_bound(0, 0) == 1.0
    assert threshold.point(500, 0, 10_000).most == math.ceil(-math.log(0.05) / 10_000 * BILLION)
    assert threshold.point(500, 0, 10_000, most=0.001).most == 1_000_000, "a wider bound than the counts' stays"


def test_more_rows_and_fewer_strangers_need_a_higher_threshold() -> None:
    found = [threshold.for_rows(OF, rows) for rows in (0, 1, 900, 1_000, 5_000, 20_000)]
    assert found == [430, 430, 430, 440, 480, 520]
    assert [threshold.for_rows(OF, 100, 1 / one_in) for one_in in (10, 100, 1_000)] == [430, 440, 500]
    assert threshold.most_rows(OF) == 21_829
    assert threshold.most_rows(OF, 0.01) == 2_182
    assert threshold.most_rows(OF, 5.0) == threshold.most_rows(OF), "nobody allows more than one in ten"


def test_a_calibration_is_not_continued_beyond_its_ends() -> None:
    assert threshold.fmr(OF, 429) == 1.0
    assert threshold.fmr(OF, 1000) == threshold.fmr(OF, 530)
    assert threshold.fmr(OF, 439) == threshold.fmr(OF, 430), "between two points the lower one counts"
    assert threshold.for_rows(OF, 10**6) == 530
    assert threshold.missed(OF, 531) == UNKNOWN
    assert threshold.missed(OF, 431) == 21


def test_what_is_worst_among_cameras_counts() -> None:
    both = (BUILT_IN, WORSE)
    assert threshold.floor(both) == 440
    assert threshold.fmr(both, 500) == 200_000 / BILLION
    assert threshold.for_rows(both, 1_000) == 520
    assert threshold.most_rows(both) == threshold.most_rows((WORSE,))
    assert threshold.missed(both, 520) == 90
    assert threshold.missed((BUILT_IN, counted(points=(Point(430, 0, 10_000, 300_000, UNKNOWN),))), 430) == UNKNOWN


@given(st.integers(0, 21_829), st.integers(430, 1000), st.sampled_from([0.1, 0.05, 0.01, 0.001]))
def test_a_search_within_the_limit_expects_few_strangers(rows: int, stated: int, expected: float) -> None:
    used = threshold.effective(OF, stated, rows, expected)
    assert used >= stated
    if rows <= threshold.most_rows(OF, expected):
        assert threshold.expected_false(OF, rows, used) <= expected * (1 + 1e-9)


@given(st.integers(1, 999), st.sampled_from([OF, (BUILT_IN, WORSE)]))
def test_a_higher_threshold_never_lets_more_strangers_pass(at: int, of: threshold.Calibrations) -> None:
    assert threshold.fmr(of, at + 1) <= threshold.fmr(of, at)


def test_the_least_of_policy_text_and_code_counts() -> None:
    assert threshold.expected_at_most(0.1, 0) == 0.1
    assert threshold.expected_at_most(1.0, 10) == 0.1
    assert threshold.expected_at_most(0.1, 100) == 0.01
    assert threshold.expected_at_most(0.001, 100) == 0.001
    for one_in in (0, 10, 10_000):
        threshold.check_one_in(one_in)
    for one_in in (-1, 1, 9, 10_001):
        with pytest.raises(Refused, match="at most one false candidate"):
            threshold.check_one_in(one_in)


def test_usable_points_never_rise_and_begin_where_a_score_is_a_threshold() -> None:
    points = [threshold.point(at, false, 10_000) for at, false in ((200, 500), (300, 30), (400, 4), (500, 4))]
    kept = threshold.usable([*points, threshold.point(600, 4, 10_000, most=0.0019)])
    assert [one.threshold for one in kept] == [400, 500, 600]
    assert kept[-1].most == kept[0].most
    threshold.check(counted(points=kept))
    assert threshold.usable(points[:2]) == ()


GOOD = Point(440, 0, 10_000, 299_574, UNKNOWN)
BAD: list[tuple[dict[str, object], str]] = [
    ({"extractor": b"short"}, "digest"),
    ({"group": "hall"}, "1 to 64 cameras"),
    ({"cameras": ("a",)}, "has a name"),
    ({"group": "Hall!", "cameras": ("a",)}, "has a name"),
    ({"group": "hall", "cameras": ("b", "a")}, "order of their names"),
    ({"group": "hall", "cameras": ("a", "a")}, "each once"),
    ({"told": " "}, "where it is from"),
    ({"told": "x\x1b[2J"}, "where it is from"),
    ({"points": ()}, "1 to 200"),
    ({"points": (Point(0, 0, 10_000, 299_574, -1),)}, "threshold"),
    ({"points": (Point(440, 0, 10_000, 2_000_001, -1),)}, "1 in 500"),
    ({"points": (Point(440, 0, 10_000, 0, -1),)}, "1 in 500"),
    ({"points": (Point(440, 0, 10_000, 299_574, 1001),)}, "FNIR"),
    ({"points": (Point(440, 0, 9_999, 299_604, -1),)}, "at least 10000"),
    ({"points": (Point(440, -1, 10_000, 299_574, -1),)}, "at least 10000"),
    ({"points": (GOOD, GOOD)}, "ascending"),
    ({"points": (GOOD, Point(450, 1, 10_000, 299_574, -1))}, "ascending"),
    ({"points": (GOOD, Point(450, 0, 10_000, 299_575, -1))}, "ascending"),
    ({"points": (Point(440, 0, 10_000, 299_000, -1),)}, "lower than its counts"),
    ({"points": (GOOD, Point(450, 0, 10_000, 200_000, -1))}, "lower than its counts"),
    ({"source": Source.SIGNED}, "bare threshold"),
    ({"source": Source.SIGNED, "points": (Point(440, 0, 0, 1, -1), Point(450, 0, 0, 1, -1))}, "bare threshold"),
]


@pytest.mark.parametrize(("changed", "why"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_no_search_could_rely_on(changed: dict[str, object], why: str) -> None:
    good = counted(points=(GOOD,))
    threshold.check(good)
    facts: dict[str, object] = {name: getattr(good, name) for name in Calibration.__slots__}
    with pytest.raises(Malformed, match=why):
        threshold.check(Calibration(**(facts | changed)))


def test_counts_that_nobody_makes_are_refused_before_anything_is_computed_of_them() -> None:
    absurd = replace(BUILT_IN.points[0], false=10**12, comparisons=10**16)
    with pytest.raises(Malformed, match="at most"):
        threshold.check(replace(BUILT_IN, points=(absurd,)))
