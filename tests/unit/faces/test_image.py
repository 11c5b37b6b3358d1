"""Every kind of picture has a defined answer."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.faces import image


def encoded(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def two_halves() -> PIL.Image.Image:
    """Left half red, right half blue; 40 wide, 20 high."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20, 0], pixels[:, 20:, 2] = 255, 255
    return PIL.Image.fromarray(pixels)


def test_red_comes_first() -> None:
    loaded = image.load(encoded(two_halves(), "PNG"))
    assert loaded.dtype == np.uint8
    assert loaded.flags.c_contiguous
    assert loaded[5, 5].tolist() == [255, 0, 0]
    assert loaded[5, 35].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [
        (1, (10, 2)),
        (2, (10, 37)),
        (3, (10, 37)),
        (4, (10, 2)),
        (5, (2, 10)),
        (6, (2, 10)),
        (7, (37, 10)),
        (8, (37, 10)),
    ],
)
def test_exif_orientation_is_applied(orientation: int, red_at: tuple[int, int]) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    loaded = image.load(encoded(two_halves(), "PNG", exif=exif))
    assert loaded.shape == ((20, 40, 3) if orientation < 5 else (40, 20, 3))
    assert loaded[red_at].tolist() == [255, 0, 0]


def test_grey_becomes_three_equal_channels() -> None:
    loaded = image.load(encoded(PIL.Image.new("L", (8, 6), 77), "PNG"))
    assert loaded.shape == (6, 8, 3)
    assert (loaded == 77).all()


def test_bilevel_and_palette() -> None:
    assert image.load(encoded(PIL.Image.new("1", (8, 6), 1), "PNG")).min() == 255
    assert image.load(encoded(two_halves().quantize(4), "PNG"))[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_over_mid_grey(mode: str) -> None:
    clear = PIL.Image.new(mode, (4, 4), (255, 0, 0, 0) if mode == "RGBA" else (255, 0))
    assert (image.load(encoded(clear, "PNG")) == 128).all()


def test_transparent_palette_entry_is_laid_over_mid_grey() -> None:
    picture = PIL.Image.new("P", (4, 4), 0)
    picture.putpalette([255, 0, 0] + [0, 255, 0] * 3)
    assert (image.load(encoded(picture, "PNG", transparency=0)) == 128).all()


def test_cmyk() -> None:
    loaded = image.load(encoded(PIL.Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = loaded[8, 8].tolist()
    assert red > 200
    assert max(green, blue) < 60


def test_sixteen_bit_grey_keeps_its_upper_bits() -> None:
    deep = np.array([[0, 255, 256], [0x8000, 0xFFFF, 0x1234]], np.uint16)
    loaded = image.load(encoded(PIL.Image.fromarray(deep), "PNG"))
    assert loaded[:, :, 0].tolist() == [[0, 0, 1], [0x80, 0xFF, 0x12]]


def test_sixteen_bit_colour_keeps_its_upper_bits() -> None:
    deep = np.full((5, 5, 3), (0x1000, 0x8000, 0xFF00), np.uint16)  # Blue, green, red, as OpenCV writes them.
    loaded = image.load(cv2.imencode(".png", deep)[1].tobytes())
    np.testing.assert_allclose(loaded[2, 2].tolist(), [0xFF, 0x80, 0x10], atol=1)


@pytest.mark.parametrize(("level", "seen"), [(0.5, 128), (2.0, 2), (300.0, 255), (-4.0, 0), (float("nan"), 0)])
def test_float_pictures_are_clipped(level: float, seen: int) -> None:
    picture = PIL.Image.fromarray(np.full((3, 3), level, np.float32))
    assert (image.load(encoded(picture, "TIFF")) == seen).all()


def test_32_bit_integers_count_as_16_bit() -> None:
    picture = PIL.Image.fromarray(np.array([[70000, 65535, 256, -3]], np.int32))
    assert image.load(encoded(picture, "TIFF"))[0, :, 0].tolist() == [255, 255, 1, 0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_first_picture_of_several(kind: str) -> None:
    first, second = PIL.Image.new("RGB", (9, 9), (250, 0, 0)), PIL.Image.new("RGB", (9, 9), (0, 0, 250))
    options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
    loaded = image.load(encoded(first, kind, save_all=True, append_images=[second], **options))
    assert loaded[4, 4, 0] > 200
    assert loaded[4, 4, 2] < 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF"])
def test_all_kinds(kind: str) -> None:
    assert image.load(encoded(PIL.Image.new("RGB", (64, 48), (200, 100, 50)), kind)).shape == (48, 64, 3)


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + end


@pytest.mark.parametrize("side", [10_001, 20_000, 2**31 - 1])
def test_huge_is_refused_before_decoding_with_the_limit_named(side: int) -> None:
    with pytest.raises(Malformed, match="the limit is 100"):
        image.load(png_header(side, 10_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_truncated(kind: str, other_file: Path) -> None:
    whole = encoded(PIL.Image.open(other_file), kind)
    for part in (0.5, 0.9):
        with pytest.raises(Malformed):
            image.load(whole[: int(len(whole) * part)])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%!PS-Adobe EPSF", b"<svg/>"], ids=repr
)
def test_not_a_picture(data: bytes) -> None:
    with pytest.raises(Malformed):
        image.load(data)


def test_no_such_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.jpg", tmp_path):
        with pytest.raises(Malformed, match="cannot be read"):
            image.load(path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000"]))
    content = bytearray(encoded(two_halves(), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        loaded = image.load(bytes(content))
    except Malformed:
        return
    assert loaded.ndim == 3


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), "no"]
)
def test_arrays_of_another_kind_are_refused(wrong: object) -> None:
    with pytest.raises(Malformed):
        image.checked(wrong)
