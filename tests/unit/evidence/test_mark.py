import numpy as np
import pytest

from countenance.evidence import mark
from countenance.evidence.entries import authorised
from countenance.video.frame import check_size, of_rgb
from evidence import scene
from evidence.scene import Scene

TEXT = "Copy 12 for authority-of-somewhere/department.head-1 - warrant aabbccddeeff0011 version 3 - entry 123456"


def test_it_says_for_whom_which_copy_and_which_entry(story: Scene) -> None:
    entry = authorised(story.told)
    said = mark.words(story.told, entry)
    assert said.startswith(f"Copy 1 for officer-1 - warrant {scene.WARRANT} version 1 - entry {entry.index} - ")
    assert said.endswith(" UTC - DEMO, not evidence")


@pytest.mark.parametrize("width", [16, 96, 320, 1921, 7680])
def test_the_strip_holds_all_of_it_at_any_width(width: int) -> None:
    strip = mark.strip(width, TEXT)
    assert strip.shape[1] == width
    assert strip.shape[0] % 4 == 0
    assert strip.max() > 128
    # Nothing touches the right edge or the last row: nothing was cut off.
    assert strip[:, -1].max() == 0
    assert strip[-1].max() == 0


def test_the_largest_picture_can_still_be_read_with_its_mark() -> None:
    check_size(7680, 4320 + len(mark.strip(7680, TEXT)))


def test_another_copy_looks_different() -> None:
    assert not np.array_equal(mark.strip(320, "Copy 1"), mark.strip(320, "Copy 2"))


def test_a_marked_picture_hides_nothing() -> None:
    picture = scene.hall(60)
    marked = mark.picture(picture, TEXT)
    assert np.array_equal(marked[: scene.HEIGHT], picture)
    assert marked.shape[0] > scene.HEIGHT


def test_a_marked_frame_hides_nothing() -> None:
    before = of_rgb(scene.hall(60), index=7, moment_ms=1234)
    strip = mark.strip(before.width, TEXT)
    after = mark.frame(before, strip)
    assert (after.index, after.moment_ms, after.matrix) == (7, 1234, before.matrix)
    assert (after.width, after.height) == (before.width, before.height + len(strip))
    for old, new in zip(before.planes, after.planes, strict=True):
        assert np.array_equal(new[: len(old)], old)
    beneath = after.rgb()[before.height :].astype(int)
    assert np.abs(beneath - strip[..., None]).max() <= 3
