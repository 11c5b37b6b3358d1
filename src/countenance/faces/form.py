"""Smaller forms of a picture, made quickly and without skipping pixels, and a larger one of small pictures.

Area averaging by a whole factor is fast and free of aliasing; what remains, less than two, is done bilinearly.
"""

from typing import NamedTuple

import cv2
import numpy as np

from countenance.faces.image import Image


class Form(NamedTuple):
    """A picture in another size, and how many pixels of the first each of its pixels is wide and high."""

    image: Image
    across: float
    down: float


def shrunk(image: Image, longest: int) -> Form:
    """`image` with its longer side at `longest` pixels, or as it is if it is not longer."""
    height, width = image.shape[:2]
    factor = max(height, width) // longest
    form = divided(image, factor) if factor > 1 else Form(image, 1.0, 1.0)
    rest = longest / max(form.image.shape[:2])
    if rest >= 1.0:
        return form
    tall, wide = form.image.shape[:2]
    size = (max(1, round(wide * rest)), max(1, round(tall * rest)))
    small = np.asarray(cv2.resize(form.image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return Form(small, form.across * wide / size[0], form.down * tall / size[1])


def divided(image: Image, factor: int) -> Form:
    """`image` made smaller by a whole factor; up to `factor - 1` pixels at the right and lower edge are left out."""
    height, width = (max(1, side // factor) for side in image.shape[:2])
    part = image[: height * factor, : width * factor]
    small = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return Form(small, part.shape[1] / width, part.shape[0] / height)


def enlarged(image: Image, factor: int) -> Form:
    """`image` made larger by a whole factor, bicubically."""
    height, width = image.shape[:2]
    large = cv2.resize(image, (factor * width, factor * height), interpolation=cv2.INTER_CUBIC)
    return Form(np.asarray(large, np.uint8), 1 / factor, 1 / factor)
