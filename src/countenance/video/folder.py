"""A folder of pictures, played as a video in the order of their names.

The first readable picture sets the size; others are scaled to fit and padded with black, so that one segment
holds them all.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image, ImageOps

from countenance.errors import Malformed

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})


def pictures(directory: Path) -> Iterator[VideoFrame | None]:
    """Each picture of the folder upright in RGB; None for one that cannot be read.

    Raises Malformed, before the first picture, if the folder holds none.
    """
    names = sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not names:
        raise Malformed("the folder holds no pictures; put JPEG, PNG, WebP, BMP or TIFF files into it")
    return _read(names)


def _read(names: list[Path]) -> Iterator[VideoFrame | None]:
    size: tuple[int, int] | None = None
    for name in names:
        try:
            with Image.open(name) as opened:
                image = _eight_bits(ImageOps.exif_transpose(opened)).convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            yield None
            continue
        size = size or image.size
        fitted = image if image.size == size else ImageOps.pad(image, size)
        yield VideoFrame.from_ndarray(np.asarray(fitted, np.uint8), format="rgb24")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey, which Pillow would clip to white, scaled down."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image, np.uint32) >> 8).clip(0, 255).astype(np.uint8))
