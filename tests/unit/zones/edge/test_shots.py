import itertools

import cv2
import numpy as np
import pytest

from countenance.faces.cover import Region
from countenance.formats import patches
from countenance.formats.patches import HEADROOM, MOST, SLOT, STILL, Piece
from countenance.vocabulary.faces import Quality
from countenance.zones.edge import shots
from countenance.zones.edge.examine import Shot
from countenance.zones.edge.shots import APART, BEST, Collected
from simulator.camera_host import frame, walk

SAMPLE = np.zeros((112, 112, 3), np.uint8)


def shot(value: int) -> Shot:
    return Shot(0, Quality(value, value, value, value, value, value), SAMPLE, None)


def qualities(track: Collected) -> list[int]:
    return [kept.quality.value for _, kept in track._shots]


def test_the_best_shots_are_kept_apart_in_time_and_few() -> None:
    track = Collected(0, 0)
    for number in range(60):
        track.offer(number * APART // 4, shot(number * 7 % 13))
    moments = sorted(moment for moment, _ in track._shots)
    assert len(moments) == BEST
    assert all(later - earlier >= APART for earlier, later in itertools.pairwise(moments))
    assert qualities(track) == sorted(qualities(track), reverse=True)
    assert track.quality == qualities(track)[0] == 12


def test_a_better_shot_of_the_same_moment_takes_its_place() -> None:
    track = Collected(0, 0)
    track.offer(0, shot(50))
    track.offer(40, shot(40))
    assert (qualities(track), track.still_of) == ([50], 0)
    track.offer(80, shot(60))
    assert (qualities(track), track.still_of) == ([60], 80)


def test_patches_are_bounded_and_spread_evenly() -> None:
    track = Collected(0, 0)
    for moment in range(5_000):
        if track.wants_patch():
            track.add_patch(Piece(moment, 0, 0, 2, 2, b"j"))
        assert len(track.patches) <= MOST
    moments = [piece.moment for piece in track.patches]
    assert len(moments) > MOST // 2
    steps = {later - earlier for earlier, later in itertools.pairwise(moments)}
    assert steps == {32}
    patches.write_patches(track.patches)


def test_what_may_be_anothers_is_forgotten() -> None:
    track = Collected(0, 0)
    for number in range(10):
        track.offer(number * 400, shot(50 + number))
        track.add_patch(Piece(number * 400, 0, 0, 2, 2, b"j"))
    track.still = Piece(3600, 0, 0, 2, 2, b"j")
    track.doubt(2000, 4000)
    assert [piece.moment for piece in track.patches] == [0, 400, 800, 1200, 1600, 2000]
    assert track.still is None
    assert [track.doubtful(moment) for moment in (2000, 2040, 3999, 4000)] == [False, True, True, False]
    assert max(moment for moment, _ in track._shots) <= 2000


@pytest.mark.parametrize(
    "part", [Region(0, 0, 2, 2), Region(4, 6, 30, 40), Region(0, 0, 320, 240), Region(300, 2, 20, 38)]
)
def test_a_piece_has_its_place_and_fits_its_slot(part: Region) -> None:
    [picture] = walk(1)
    taken = frame(77, picture)
    for cut, room in ((shots.still, STILL), (shots.patch, SLOT)):
        piece = cut(taken, part, [])
        assert (piece.moment, piece.x, piece.y, piece.width, piece.height) == (
            77,
            part.x,
            part.y,
            part.width,
            part.height,
        )
        assert len(piece.jpeg) <= room - HEADROOM
        shown = cv2.imdecode(np.frombuffer(piece.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        if room == STILL:
            source = taken.rgb()[part.y : part.y + part.height, part.x : part.x + part.width, ::-1]
            assert np.abs(shown.astype(int) - source).mean() < 6


def test_a_picture_of_noise_still_fits() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    piece = shots.patch(frame(1, noise), Region(0, 0, 1280, 720), [])
    assert len(piece.jpeg) <= SLOT - HEADROOM
    patches.write_patches([piece])


def test_other_people_are_covered_in_a_piece_and_the_frame_stays_as_it_was() -> None:
    [picture] = walk(1, people=2)
    taken = frame(1, picture)
    before = taken.packed.copy()
    piece = shots.still(taken, Region(0, 0, 200, 240), [Region(20, 120, 80, 200), Region(300, 0, 20, 20)])
    shown = cv2.imdecode(np.frombuffer(piece.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert np.ptp(shown[130:230, 30:90].astype(int)) < 12
    assert np.ptp(shown[20:100, 20:100].astype(int)) > 100
    assert (taken.packed == before).all()
