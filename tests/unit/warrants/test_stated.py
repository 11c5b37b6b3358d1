"""What a text states of its threshold: the arithmetic of searches, and nothing of its own."""

import pytest

from countenance.vocabulary.calibration import UNKNOWN
from countenance.warrants import threshold
from countenance.warrants.built_in import BUILT_IN
from countenance.warrants.stated import stated

OF = (BUILT_IN,)


@pytest.mark.parametrize("rows", [0, 1, 900, 20_000, 5_000_000])
@pytest.mark.parametrize("one_in", [10, 1000, 10_000])
def test_it_is_what_a_search_would_use(rows: int, one_in: int) -> None:
    said = stated(OF, rows, one_in=one_in)
    within = threshold.expected_at_most(threshold.EXPECTED_FALSE, one_in)
    assert said.threshold == said.used == threshold.for_rows(OF, rows, within)
    assert said.reach == threshold.most_rows(OF, within)
    # What is beyond the reach is not compared, so no stranger is expected of it.
    assert said.expected <= 1000 / one_in + 1
    assert (said.one_in, said.rows, said.sources) == (one_in, rows, ("built-in",))
    assert said.missed == threshold.missed(OF, said.used) != UNKNOWN


def test_a_bare_threshold_says_no_number_and_is_raised_where_rows_demand_it() -> None:
    few, many = stated(OF, 1, bare=500), stated(OF, 20_000, bare=440)
    assert (few.threshold, few.used, few.one_in) == (500, 500, 0)
    assert many.threshold == 440 < many.used == threshold.for_rows(OF, 20_000)
