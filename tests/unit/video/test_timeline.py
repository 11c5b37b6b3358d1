import itertools

from hypothesis import given
from hypothesis import strategies as st

from countenance.video.timeline import LONGEST_STEP_MS, Timeline

stamps = st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), max_size=50)


@given(stamps, st.floats(0.001, 5000))
def test_moments_always_rise_and_start_at_zero(values: list[float | None], interval: float) -> None:
    timeline = Timeline(interval)
    moments = [timeline.place(value) for value in values]
    assert moments[:1] in ([], [0])
    assert all(later > earlier for earlier, later in itertools.pairwise(moments))


def test_frames_at_halves_of_a_millisecond_get_a_moment_each() -> None:
    timeline = Timeline(40)
    assert [timeline.place(stamp) for stamp in (0.0, 1.5, 2.5, 3.5)] == [0, 2, 3, 4]


@given(st.lists(st.integers(1, int(LONGEST_STEP_MS)), max_size=30), st.integers(-(10**9), 10**9))
def test_ordinary_stamps_are_kept_to_the_millisecond(steps: list[int], origin: int) -> None:
    timeline = Timeline(40)
    stamp, expected = origin, 0
    assert timeline.place(stamp) == 0
    for step in steps:
        stamp, expected = stamp + step, expected + step
        assert timeline.place(stamp) == expected
    assert timeline.jumps == 0


def test_a_clock_set_back_and_one_leaping_ahead_each_count_as_one_interval() -> None:
    timeline = Timeline(40)
    assert [timeline.place(stamp) for stamp in (1000, 1040, 20, 60, 90_000_000, 90_000_040)] == [
        0,
        40,
        80,
        120,
        160,
        200,
    ]
    assert timeline.jumps == 2


def test_missing_stamps_count_as_one_interval() -> None:
    timeline = Timeline(100)
    assert [timeline.place(stamp) for stamp in (None, None, 50, None, 250)] == [0, 100, 200, 300, 500]
