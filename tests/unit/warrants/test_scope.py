from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Refused
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.warrants import Scope
from countenance.warrants import scope
from simulator.people import HOUR, NOW, camera

MOMENTS = st.integers(0, 4 * HOUR)
SCOPES = st.builds(
    lambda names, start, length: Scope(tuple(sorted(names)), start, start + length),
    st.sets(st.sampled_from("abcd"), min_size=1),
    MOMENTS,
    st.integers(1, 4 * HOUR),
)
GOOD = Scope(("a", "b"), 10 * HOUR, 12 * HOUR)


def test_a_scope_opens_whole_hours_and_no_others():
    assert scope.partitions(Scope(("b", "a"), 10 * HOUR + 5, 12 * HOUR)) == tuple(
        Partition(name, hour) for name in "ab" for hour in (10, 11)
    )
    assert scope.partitions(Scope(("a",), 10 * HOUR, 12 * HOUR + 1))[-1] == Partition("a", 12)


@settings(deadline=None)
@given(SCOPES, MOMENTS, st.integers(0, HOUR))
def test_what_a_scope_covers_lies_in_its_partitions(one, start, length):
    # A sighting belongs to the hour it starts in and is cut at its end.
    end = min(start + length, (start // HOUR + 1) * HOUR - 1)
    if scope.covers(one, start, end):
        hours = {partition.hour for partition in scope.partitions(one)}
        assert start // HOUR in hours


@settings(deadline=None)
@given(SCOPES, SCOPES)
def test_a_narrower_scope_opens_no_more(inner, outer):
    if scope.within(inner, outer):
        assert set(scope.partitions(inner)) <= set(scope.partitions(outer))


@settings(deadline=None)
@given(SCOPES)
def test_a_scope_is_within_itself_and_not_within_less(one):
    assert scope.within(one, one)
    assert not scope.within(replace(one, end=one.end + 1), one)
    assert not scope.within(replace(one, cameras=(*one.cameras, "z")), one)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"cameras": ()}, "no camera"),
        ({"cameras": ("a", "a")}, "twice"),
        ({"end": 10 * HOUR}, "before it starts"),
        ({"start": -1}, "before it starts"),
        ({"cameras": tuple(f"c{n}" for n in range(65))}, "more than 64"),
        ({"end": 82 * HOUR + 1}, "longer than 72"),
    ],
)
def test_scopes_that_no_approval_can_lift(changed, says):
    with pytest.raises(Refused, match=says):
        scope.check(replace(GOOD, **changed))


def test_the_ceiling_itself_is_allowed():
    scope.check(replace(GOOD, end=82 * HOUR, cameras=tuple(f"c{n}" for n in range(64))))


def test_real_time_in_a_publicly_accessible_place_is_refused():
    cameras = {"a": camera("a"), "b": camera("b", publicly_accessible=True)}
    late = Scope(("a", "b"), NOW - 26 * HOUR, NOW - 24 * HOUR + 1)
    with pytest.raises(Refused, match="real-time"):
        scope.check_real_time(late, cameras, NOW)
    scope.check_real_time(replace(late, cameras=("a",)), cameras, NOW)
    scope.check_real_time(replace(late, end=NOW - 24 * HOUR), cameras, NOW)


def test_a_camera_nobody_declared_is_refused():
    with pytest.raises(Refused, match="was declared"):
        scope.check_real_time(GOOD, {"a": camera("a")}, NOW)
