"""Forecasts of the disk: what follows from what was measured, and nothing from nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.web.console.forecast import Filled, forecast
from countenance.web.console.health import size

HOUR = 3_600_000
HALL = Filled("hall", recorded=HOUR // 2, size=500, retention_hours=72)


def test_an_hour_is_measured_by_what_was_recorded() -> None:
    assert HALL.an_hour == 1000
    assert Filled("yard", recorded=0, size=0, retention_hours=1).an_hour == 0


def test_retention_bounds_what_is_kept() -> None:
    told = forecast([HALL], kept=2000, free=100_000)
    assert (told.recorded, told.an_hour, told.most) == (HOUR // 2, 1000, 73_000)
    assert dict(told.days) == {1: 26_000, 2: 50_000, 3: 73_000, 7: 73_000, 30: 73_000}
    assert told.full_hours is None


def test_a_disk_that_is_too_small_is_full_before_retention_helps() -> None:
    assert forecast([HALL], kept=2000, free=10_500).full_hours == 11
    assert forecast([HALL], kept=2000, free=71_000).full_hours is None
    assert forecast([HALL], kept=2000, free=70_999).full_hours == 71


def test_without_recordings_or_a_disk_nothing_is_foretold() -> None:
    assert forecast([], kept=2000, free=0).full_hours is None
    assert forecast([HALL], kept=2000, free=None).full_hours is None


CAMERAS = st.lists(
    st.builds(Filled, st.just("hall"), st.integers(0, 24 * HOUR), st.integers(0, 10**12), st.integers(1, 72)),
    max_size=5,
)


@given(CAMERAS, st.integers(0, 10**13), st.integers(0, 10**13))
def test_what_is_kept_grows_until_it_stays(cameras: list[Filled], kept: int, free: int) -> None:
    told = forecast(cameras, kept, free)
    sizes = [kept, *(then for _, then in told.days), told.most]
    assert sizes == sorted(sizes)
    if told.full_hours is not None:
        assert told.most > kept + free
        assert told.full_hours * told.an_hour >= free


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_499, "999 kB"), (999_500, "1 MB"), (1_234_000_000, "1.23 GB")],
)
def test_sizes_in_words(count: int, words: str) -> None:
    assert size(count) == words
