import numpy as np
import pytest

from countenance.faces.tracker import NO_TRACK, Appearance, Settings, Tracker, Vector, overlap
from countenance.vocabulary.faces import Box, Face

POINT = (0.0, 0.0)
FRAME = 40


def face(x: float, score: float = 0.9, y: float = 0.0, size: float = 50.0) -> Face:
    return Face(Box(x, y, size, size), (POINT, POINT, POINT, POINT, POINT), score)


def looks(*vectors: Vector | None) -> Appearance:
    return lambda index: vectors[index]


def blind(index: int) -> None:
    return None


A, B, C = np.eye(3, dtype=np.float32)


def test_a_moving_face_is_one_track() -> None:
    tracker = Tracker()
    numbers = {tracker.update(n * FRAME, [face(12.0 * n)], blind).tracks for n in range(50)}
    assert numbers == {(0,)}


def test_two_people_who_cross_keep_their_tracks() -> None:
    tracker = Tracker()
    for n in range(40):
        # One walks right, the other left, a little lower; they pass at frame 20.
        step = tracker.update(n * FRAME, [face(10.0 * n), face(400.0 - 10.0 * n, y=15.0)], blind)
    assert step.tracks == (0, 1)


def test_a_weak_detection_carries_a_track_on_and_is_never_compared() -> None:
    tracker = Tracker()
    asked: list[int] = []

    def appearance(index: int) -> Vector:
        asked.append(index)
        return A

    first = tracker.update(0, [face(0)], appearance)
    second = tracker.update(FRAME, [face(4, score=0.35), face(300, score=0.35)], appearance)
    assert first.tracks == (0,)
    assert second.tracks == (0, 1)
    assert asked == [0]


def test_a_face_lost_for_two_seconds_is_the_same_track_if_it_looks_the_same() -> None:
    tracker = Tracker()
    tracker.update(0, [face(0)], looks(A))
    tracker.update(1000, [], blind)
    assert tracker.update(2000, [face(300)], looks(A)).tracks == (0,)


@pytest.mark.parametrize("found", [B, None])
def test_another_face_elsewhere_is_another_track(found: Vector | None) -> None:
    tracker = Tracker()
    tracker.update(0, [face(0)], looks(A))
    assert tracker.update(2000, [face(300)], looks(found)).tracks == (1,)


def test_a_weak_track_that_turns_out_to_be_a_lost_one_is_linked() -> None:
    tracker = Tracker()
    tracker.update(0, [face(0)], looks(A))
    assert tracker.update(1200, [face(300, score=0.4)], blind).tracks == (1,)
    assert tracker.update(1240, [face(304)], looks(A)).tracks == (0,)


def test_a_cut_to_another_person_at_the_same_place_begins_a_track() -> None:
    settings = Settings(every=4)
    tracker = Tracker(settings)
    for n in range(5):
        tracker.update(n * FRAME, [face(0)], looks(A))
    steps = [tracker.update(n * FRAME, [face(0)], looks(B)) for n in range(5, 12)]
    assert {step.tracks for step in steps} == {(0,), (1,)}
    # Since its last look, at frame 4, what was linked to the track may be the other's.
    assert [step.parted for step in steps if step.parted] == [((0, 4 * FRAME),)]


def test_two_faces_swap_places_at_a_cut() -> None:
    tracker = Tracker(Settings(every=1))
    tracker.update(0, [face(0), face(200)], looks(A, B))
    assert tracker.update(FRAME, [face(0), face(200)], looks(B, A)).tracks == (1, 0)


def test_where_faces_touch_every_detection_is_looked_at() -> None:
    tracker = Tracker()
    asked: list[int] = []

    def appearance(index: int) -> Vector:
        asked.append(index)
        return (A, B)[index]

    for n in range(5):
        tracker.update(n * FRAME, [face(0), face(20)], appearance)
    assert len(asked) == 10


def test_tracks_end_after_patience_and_at_the_finish() -> None:
    tracker = Tracker(Settings(patience=500))
    tracker.update(0, [face(0)], blind)
    assert tracker.update(400, [], blind).ended == ()
    assert tracker.update(600, [face(300)], blind).ended == (0,)
    assert tracker.finish() == (1,)
    assert tracker.finish() == ()


def test_live_tracks_are_bounded() -> None:
    tracker = Tracker(Settings(most=2))
    step = tracker.update(0, [face(0), face(200), face(400)], blind)
    assert sorted(step.tracks) == [NO_TRACK, 0, 1]


def test_overlap_is_intersection_over_union() -> None:
    values = overlap([Box(0, 0, 10, 10)], [Box(0, 0, 10, 10), Box(5, 0, 10, 10), Box(20, 0, 5, 5), Box(0, 0, 0, 0)])
    assert values.tolist() == [[1.0, pytest.approx(1 / 3), 0.0, 0.0]]
