import math

from hypothesis import given
from hypothesis import strategies as st

from countenance.warrants import threshold


def test_the_points_of_the_calibration() -> None:
    assert [threshold.missed(at) for at in (430, 440, 460, 500, 700)] == [34, 34, 21, 44, 44]
    assert [round(0.01 / threshold.fmr(at)) for at in (440, 460, 500, 700)] == [100, 500, 1559, 1559]


def test_few_rows_have_the_lowest_threshold_and_more_rows_the_next_points() -> None:
    assert threshold.for_rows(0) == threshold.for_rows(1000) == 440
    assert threshold.for_rows(5000) == 460
    assert threshold.for_rows(threshold.most_rows()) == 500


def test_no_more_rows_than_the_calibration_reaches() -> None:
    assert threshold.most_rows() == 15_590
    assert threshold.expected_false(threshold.most_rows() + 1, 500) > threshold.EXPECTED_FALSE


@given(st.integers(0, 15_590), st.integers(430, 1000))
def test_a_search_within_the_limit_expects_few_strangers(rows: int, warrant: int) -> None:
    used = threshold.effective(warrant, rows)
    assert used >= warrant
    assert threshold.expected_false(rows, used) <= threshold.EXPECTED_FALSE + 1e-9


@given(st.integers(430, 999))
def test_a_higher_threshold_never_lets_more_strangers_pass(at: int) -> None:
    assert threshold.fmr(at + 1) <= threshold.fmr(at) * (1 + 1e-12)
    assert math.isfinite(threshold.fmr(at))


def test_a_policy_expects_fewer_and_never_more():
    assert threshold.most_rows(0.01) == 1_559
    assert threshold.most_rows(5.0) == threshold.most_rows()
    assert threshold.for_rows(1_000, 5.0) == threshold.for_rows(1_000)
    for rows in (1, 10, 100, 1_000):
        for expected in (0.1, 0.05, 0.02, 0.01):
            used = threshold.effective(430, rows, expected)
            assert used >= threshold.effective(430, rows)
            assert rows > threshold.most_rows(expected) or threshold.expected_false(rows, used) <= expected
