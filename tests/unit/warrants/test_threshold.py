from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.warrants import threshold


def test_the_measured_points():
    assert [threshold.for_rows(rows) for rows in (100, 500, 1559)] == [440, 460, 500]


def test_below_the_table_it_stays_and_beyond_it_rises_at_the_steepest_rate():
    assert threshold.for_rows(0) == threshold.for_rows(99) == 440
    assert threshold.for_rows(1559 * 1559 // 500) in (540, 541)
    assert threshold.for_rows(10**12) == 1000


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_rows_never_lower_it(one, other):
    few, many = sorted((one, other))
    assert threshold.for_rows(few) <= threshold.for_rows(many)


@settings(deadline=None)
@given(st.integers(430, 1000), st.integers(0, 10**6))
def test_a_search_is_never_below_the_warrant_nor_the_table(warrant, rows):
    used = threshold.effective(warrant, rows)
    assert used >= warrant
    assert used >= threshold.for_rows(rows)
    assert used in (warrant, threshold.for_rows(rows))
