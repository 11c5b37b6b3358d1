import av
import numpy as np
import pytest

from countenance.errors import Malformed
from countenance.video.frame import check_size, of_picture, of_rgb
from video.clips import picture


def test_planes_are_views_so_painting_them_paints_the_frame() -> None:
    frame = of_rgb(picture(0))
    luma, blue, red = frame.planes
    assert (luma.shape, blue.shape, red.shape) == ((64, 96), (32, 48), (32, 48))
    luma[:32], blue[:16], red[:16] = 16, 128, 128
    rgb = frame.rgb()
    assert rgb[:32].max() <= 2
    assert rgb[40:].max() > 60


def test_a_copy_is_not_painted() -> None:
    frame = of_rgb(picture(3))
    before = frame.packed.copy()
    frame.copy().packed[:] = 0
    assert np.array_equal(frame.packed, before)


@pytest.mark.parametrize(("width", "height"), [(97, 64), (96, 65), (97, 65), (17, 17)])
def test_an_odd_row_or_column_is_cut_off(width: int, height: int) -> None:
    image = picture(0, width=width, height=height)
    frame = of_rgb(image)
    assert (frame.width, frame.height) == (width // 2 * 2, height // 2 * 2)
    even = of_rgb(np.ascontiguousarray(image[: frame.height, : frame.width]))
    assert np.abs(frame.planes[0].astype(int) - even.planes[0]).max() <= 3


@pytest.mark.parametrize("pixels", ["rgb24", "gray", "yuv444p", "yuvj420p", "yuv420p10le", "yuv422p", "bgra", "nv12"])
def test_colours_survive_every_pixel_format(pixels: str) -> None:
    image = np.full((48, 64, 3), (180, 180, 180) if pixels == "gray" else (200, 80, 40), np.uint8)
    source = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
    frame = of_picture(source, index=0, moment_ms=0)
    assert np.abs(frame.rgb().astype(int) - image).max() <= 6


@pytest.mark.parametrize(("width", "height"), [(8, 64), (64, 15), (20_000, 20_000), (1_000_000, 16)])
def test_sizes_beyond_the_limits_are_refused(width: int, height: int) -> None:
    with pytest.raises(Malformed, match=f"{width}x{height}"):
        check_size(width, height)


def test_repr_shows_no_pixels() -> None:
    assert repr(of_rgb(picture(0))) == "Frame(0, 0 ms, 96x64)"
