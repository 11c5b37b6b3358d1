import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.evidence import uncover
from countenance.formats.patches import Piece
from countenance.video.frame import Frame, of_rgb
from evidence.scene import jpeg

RED = jpeg(np.full((20, 20, 3), (200, 30, 30), np.uint8))


def frame(moment: int, *, matrix: int | None = None) -> Frame:
    made = of_rgb(np.full((64, 96, 3), 90, np.uint8), moment_ms=moment)
    return made if matrix is None else Frame(made.index, made.moment_ms, made.packed, matrix)


def piece(moment: int, x: int = 10, y: int = 10, width: int = 20, height: int = 20) -> Piece:
    return Piece(moment, x, y, width, height, RED)


def shown(frames: list[int], pieces: list[int]) -> list[tuple[bool, bool]]:
    found = uncover.uncover([frame(moment) for moment in frames], [piece(moment) for moment in pieces])
    return [(one.uncovered, one.gap) for one in found]


def test_a_piece_goes_onto_the_frame_of_its_moment_and_no_other() -> None:
    assert [one for one, _ in shown([0, 40, 80, 120], [40, 120])] == [False, True, False, True]


def test_a_moment_may_be_off_by_the_containers_rounding_only() -> None:
    tolerance = uncover.TOLERANCE
    assert shown([1000], [1000 + tolerance])[0][0]
    assert shown([1000], [1000 - tolerance])[0][0]
    assert not shown([1000], [1000 + tolerance + 1])[0][0]
    assert not shown([1000], [1000 - tolerance - 1])[0][0]


def test_a_piece_without_its_frame_is_passed_over() -> None:
    assert [one for one, _ in shown([0, 100, 200], [50, 60, 200])] == [False, False, True]


def test_frames_between_two_close_pieces_are_gaps() -> None:
    assert shown([0, 40, 80, 120, 1000, 2000], [40, 120, 2000]) == [
        (False, False),
        (True, False),
        (False, True),
        (True, False),
        (False, False),
        (True, False),
    ]


places = st.integers(0, 120)
sizes = st.integers(1, 120)


@given(places, places, sizes, sizes)
def test_no_pixel_outside_the_box_changes(x: int, y: int, width: int, height: int) -> None:
    before = frame(0)
    after = uncover.restored(before, piece(0, x, y, width, height))
    for old, new, step in zip(before.planes, after.planes, (1, 2, 2), strict=True):
        changed = old != new
        changed[-(-y // step) : (y + height) // step, -(-x // step) : (x + width) // step] = False
        assert not changed.any()
    assert (before.planes[0] == frame(0).planes[0]).all()


@pytest.mark.parametrize("matrix", [1, 5])
def test_colours_come_back_as_they_were(matrix: int) -> None:
    pixels = uncover.restored(frame(0, matrix=matrix), piece(0, 10, 10, 30, 30)).rgb().astype(int)
    assert np.abs(pixels[14:36, 14:36] - (200, 30, 30)).max() <= 8


def test_a_box_far_larger_than_the_frame_costs_no_memory() -> None:
    assert uncover.restored(frame(0), piece(0, 0, 0, 2**40, 2**40)).width == 96


def test_a_patch_that_is_no_picture_is_malformed() -> None:
    with pytest.raises(Malformed):
        uncover.restored(frame(0), Piece(0, 0, 0, 8, 8, b"no picture"))


def test_a_sheet_of_few_frames_is_as_wide_as_they_are() -> None:
    frames = list(uncover.uncover([frame(moment) for moment in range(5)], []))
    assert uncover.sheet(frames[:1], width=48).shape == (32, 48, 3)
    assert uncover.sheet(frames, width=48).shape == (68, 152, 3)
