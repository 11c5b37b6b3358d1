"""Pictures in: every kind of file a camera, a scanner or a phone makes becomes one kind of array, or is refused.

Invariants:

* The result is a contiguous uint8 array (height, width, 3), red first, upright as the EXIF orientation says.
* The size is checked against the limit before pixels are decoded, and again after.
* A picture that ends early or does not decode is refused; nothing is guessed.

Transparency is laid over mid-grey (neither a dark nor a light face gains by it). CMYK is converted without its colour
profile. 16-bit grey keeps its upper 8 bits. Of an animation or a multi-page file the first picture counts.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageOps

from countenance.errors import Malformed

Image: TypeAlias = NDArray[np.uint8]

MAXIMUM_PIXELS = 100_000_000
MAXIMUM_BYTES = 512 * 1024 * 1024
MID_GREY = (128, 128, 128, 255)
# Only formats with decoders that run no programs (EPS does) and that people use for photographs.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000", "AVIF")
# What Pillow's decoders raise on damaged files.
DAMAGE = (OSError, SyntaxError, ValueError, LookupError, ArithmeticError, TypeError, EOFError, MemoryError)
DECODING = (*DAMAGE, struct.error, zlib.error)


def load(data: bytes | Path, *, most: int = MAXIMUM_PIXELS) -> Image:
    """The picture in a file or in its bytes: uint8 (height, width, 3), red first, upright.

    Raises Malformed: no such file, not a picture, damaged or truncated, or above `most` pixels.
    """
    content = data if isinstance(data, bytes) else _read(data)
    opened = _opened(content)
    with opened:
        _check_size(opened.size, most)
        try:
            opened.seek(0)
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            pixels = _pixels(upright)
        except DECODING as error:
            raise Malformed("the picture is truncated or damaged: use an intact file") from error
    return np.ascontiguousarray(pixels)


def checked(image: Image) -> Image:
    """The same array, if it is a picture as `load` makes them. Raises Malformed otherwise."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise Malformed("a picture is a uint8 array of shape (height, width, 3), red first")
    if not image.size:
        raise Malformed("the picture has no pixels")
    return image


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise Malformed(f"the file '{path}' is larger than {MAXIMUM_BYTES // 2**20} MiB: use a smaller picture")
        return path.read_bytes()
    except OSError as error:
        raise Malformed(f"the picture '{path}' cannot be read: check the path") from error


def _opened(content: bytes) -> PIL.Image.Image:
    try:
        return PIL.Image.open(io.BytesIO(content), formats=FORMATS)
    except PIL.Image.DecompressionBombError as error:
        raise Malformed(_too_large("over 178")) from error
    except DECODING as error:
        raise Malformed("this is not a picture, or not of a kind read here: use JPEG, PNG, WebP or TIFF") from error


def _check_size(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise Malformed(_too_large(f"{size[0] * size[1] / 1e6:.0f}", most))


def _too_large(megapixels: str, most: int = MAXIMUM_PIXELS) -> str:
    return f"the picture has {megapixels} megapixels, the limit is {most / 10**6:g}: make it smaller"


def _pixels(picture: PIL.Image.Image) -> Image:
    _check_size(picture.size, MAXIMUM_PIXELS)
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return _from_deep_grey(np.asarray(picture))
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        return np.asarray(PIL.Image.alpha_composite(PIL.Image.new("RGBA", seen.size, MID_GREY), seen).convert("RGB"))
    return np.asarray(picture.convert("RGB"))


def _from_deep_grey(values: NDArray[np.generic]) -> Image:
    """Integers are taken as 16-bit; floats as 0 to 1 if none is larger, else as 0 to 255. Out of range is clipped."""
    if np.issubdtype(values.dtype, np.floating):
        finite = np.nan_to_num(values.astype(np.float32))
        levels = finite * 255.0 if finite.max(initial=0.0) <= 1.0 else finite
        grey = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    else:
        grey = (np.clip(values.astype(np.int64), 0, 65535) >> 8).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
