import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.faces.cover import GREY, Plan, Planned, Region, Settings, Spot, between, paint, paint_whole, region
from countenance.faces.tracker import NO_TRACK
from countenance.vocabulary.faces import Box

FRAME = 40
numbers = st.floats(-500, 2500)
lengths = st.floats(0, 800)


def box(x: float) -> Box:
    return Box(x, 10.0, 20.0, 20.0)


def run(plan: Plan[int], frames: list[list[tuple[int, Box]] | None]) -> list[Planned[int]]:
    spots = [None if found is None else [Spot(track, at, True) for track, at in found] for found in frames]
    out = [planned for n, found in enumerate(spots) for planned in plan.add(n, n * FRAME, found)]
    return out + plan.finish()


def test_frames_leave_once_in_order_and_late_by_the_look_ahead() -> None:
    plan: Plan[int] = Plan(Settings(look_ahead=100))
    assert plan.add(0, 0, []) == []
    assert plan.add(1, 40, []) == []
    assert [p.frame for p in plan.add(2, 120, [])] == [0]
    assert [p.frame for p in plan.finish()] == [1, 2]
    assert plan.finish() == []


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 6))
def test_never_more_than_the_bound_wait(steps: list[int], most: int) -> None:
    plan: Plan[int] = Plan(Settings(most=most))
    inside = moment = 0
    for step in steps:
        moment += step + 1
        inside += 1 - len(plan.add(0, moment, []))
        assert inside <= most


def test_a_gap_is_interpolated_as_the_tracks_own_box() -> None:
    out = run(Plan(), [[(7, box(0))], [], [], [], [(7, box(80))]])
    assert [p.boxes[0].x for p in out] == pytest.approx([0, 20, 40, 60, 80])


def test_a_gap_longer_than_the_look_ahead_is_covered_at_both_ends_only() -> None:
    settings = Settings(look_ahead=400, beyond=80)
    out = run(Plan(settings), [[(7, box(0))], *([[]] * 20), [(7, box(0))]])
    assert [bool(p.boxes) for p in out] == [True] * 3 + [False] * 16 + [True] * 3


def test_ends_are_extrapolated_along_the_movement_and_grow() -> None:
    out = run(Plan(Settings(beyond=80)), [[], [], [], [(1, box(100))], [(1, box(110))], [], [], []])
    assert [bool(p.boxes) for p in out] == [False] + [True] * 6 + [False]
    before = min(out[1].boxes, key=lambda guess: guess.x)
    assert before.x < 85
    assert before.width > 20
    assert out[6].boxes[0].x + out[6].boxes[0].width > 140


def test_an_unchecked_frame_is_whole_and_the_gap_over_it_is_filled() -> None:
    out = run(Plan(), [[(1, box(0))], None, [(1, box(2))]])
    assert [p.whole for p in out] == [False, True, False]
    assert out[1].filled[1].x == pytest.approx(1)


def test_detections_without_a_track_are_covered_in_their_frame() -> None:
    out = run(Plan(), [[(NO_TRACK, box(0)), (NO_TRACK, box(50))], []])
    assert out[0].boxes == (box(0), box(50))
    assert out[1].boxes == ()


def test_in_a_picture_of_one_track_everybody_else_is_covered_and_itself_is_not() -> None:
    # Track 2 is lost behind track 1 for a moment, track 3 comes later, one detection has no track.
    out = run(
        Plan(),
        [
            [(1, box(0)), (2, box(40))],
            [(1, box(0)), (NO_TRACK, box(200))],
            [(1, box(0)), (2, box(-36)), (3, box(100))],
            [],
        ],
    )
    assert out[1].filled == {2: box(2)}
    assert box(200) in out[1].others(1)
    assert not any(abs(b.x) < 5 for b in out[1].others(1))
    assert box(0) in out[1].others(2)
    assert box(2) not in out[1].others(2)
    assert {box(0), box(-36)} <= set(out[2].others(3))
    assert {track for track, b in out[3].guessed if b not in out[3].others(1)} == {1}


def test_a_weak_detection_inside_a_face_is_a_part_of_it_unless_that_face_is_itself_doubtful() -> None:
    part, beside = Box(5, 12, 6, 6), Box(18, 12, 6, 6)
    for own_is_sure, others in ((True, {beside}), (False, {part, beside})):
        found = [Spot(1, box(0), own_is_sure), Spot(2, part, False), Spot(3, beside, False)]
        plan: Plan[int] = Plan()
        plan.add(0, 0, found)
        [planned] = plan.finish()
        assert set(planned.others(1)) == others
        assert set(planned.boxes) == {box(0), part, beside}
    plan.add(1, 40, [Spot(1, box(0), True), Spot(2, part, True)])
    assert plan.finish()[0].others(1) == (part,)


def test_between() -> None:
    assert between(Box(0, 0, 10, 10), Box(10, 20, 20, 30), 0.5) == Box(5, 10, 15, 20)


@given(numbers, numbers, lengths, lengths)
def test_regions_are_even_inside_and_hold_the_box(x: float, y: float, width: float, height: float) -> None:
    part = region(Box(x, y, width, height), 640, 360)
    if part is None:
        assert x >= 640 or y >= 360 or x + width <= 0 or y + height <= 0 or max(width, height) < 1
        return
    assert not (part.x | part.y | part.width | part.height) % 2
    assert 0 <= part.x <= max(0, x)
    assert part.x + part.width >= min(640, x + width)
    assert 0 <= part.y <= max(0, y)
    assert 360 >= part.y + part.height >= min(360, y + height)


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_painting_leaves_nothing_inside_and_touches_nothing_outside(width: int, height: int) -> None:
    random = np.random.default_rng(1)
    planes = [
        random.integers(0, 100, shape, dtype=np.uint8)
        for shape in ((height, width), ((height + 1) // 2, (width + 1) // 2), ((height + 1) // 2, (width + 1) // 2))
    ]
    before = [plane.copy() for plane in planes]
    part = region(Box(50, 35, 20, 20), width, height)
    assert part is not None
    paint(planes, [part, Region(0, 0, 4, 4)])
    for number, (plane, old) in enumerate(zip(planes, before, strict=True)):
        halving = 1 if number == 0 else 2
        inside = np.zeros(plane.shape, bool)
        for p in (part, Region(0, 0, 4, 4)):
            rows = slice(p.y // halving, (p.y + p.height) // halving)
            inside[rows, p.x // halving : (p.x + p.width) // halving] = True
        assert (plane[inside] == GREY[number]).all()
        assert (plane[~inside] == old[~inside]).all()
    paint_whole(planes)
    assert [set(plane.ravel().tolist()) for plane in planes] == [{value} for value in GREY]
