"""Sheet: several photos of one subject on one picture, so that a probe of several photos is still a photo.

Whoever approves, reviews or repeats the extraction has one picture with all that the template was made of, and one
digest. The template is the mean of those of all the faces on it; the single photos are never needed again.

Invariant: a sheet is lossless and every cell is as large as the detector looks at it, so the same sheet gives the same
template.
"""

import io
from collections.abc import Sequence

import cv2
import numpy as np
import PIL.Image

from countenance.errors import Malformed
from countenance.faces import closer
from countenance.faces.comparison import compare
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, combine
from countenance.faces.image import Image
from countenance.vocabulary.faces import Face, Template

MOST = 6
"""Photos on a sheet."""
CELL, ACROSS = 384, 3
"""Pixels of a cell's sides, and cells in a row: a sheet is at most 1,152 pixels wide, which no detector shrinks."""
AROUND = 2.2
"""How many times as large as the face its cell is."""


def compose(photos: Sequence[tuple[Image, Face]]) -> bytes:
    """A PNG with a cell for each photo, cut out around its face. Raises Malformed for one photo or more than MOST."""
    if not 2 <= len(photos) <= MOST:
        raise Malformed(f"a sheet holds 2 to {MOST} photos")
    across = min(ACROSS, len(photos))
    sheet = np.zeros((-(-len(photos) // ACROSS) * CELL, across * CELL, 3), np.uint8)
    for number, (image, face) in enumerate(photos):
        top, left = number // ACROSS * CELL, number % ACROSS * CELL
        sheet[top : top + CELL, left : left + CELL] = _cell(image, face)
    data = io.BytesIO()
    PIL.Image.fromarray(sheet).save(data, "PNG")
    return data.getvalue()


def templates(sheet: Image, detector: Detector, extractor: Extractor) -> tuple[Template, ...]:
    """One for every face on a sheet, row by row from the left. Raises Malformed as extraction does."""
    found = sorted(detector.detect(sheet), key=_cell_of)
    return tuple(extractor.extract(closer.sample(detector, sheet, face, extractor.card)) for face in found)


def fused(found: Sequence[Template]) -> Template:
    """The template of a subject whose photos gave these. Raises Malformed if there are none."""
    return combine(found, [1.0] * len(found))


def strangers(found: Sequence[Template], threshold: float) -> int | None:
    """Which photo, counted from 0, does not show the person of the others at `threshold`; None if all do.

    It must score so with half of the others at least: two photos each of two people are not photos of one person, and
    no two groups of strangers can both pass.
    """
    for number, one in enumerate(found):
        alike = sum(compare(one, other) >= threshold for at, other in enumerate(found) if at != number)
        if 2 * alike < len(found) - 1:
            return number
    return None


def _cell(image: Image, face: Face) -> Image:
    """The square around the face, black beyond the picture's edges, in a cell's size."""
    side = max(1, round(AROUND * max(face.box.width, face.box.height)))
    left = round(face.box.x + face.box.width / 2 - side / 2)
    top = round(face.box.y + face.box.height / 2 - side / 2)
    square = np.zeros((side, side, 3), np.uint8)
    height, width = image.shape[:2]
    x, y, right, bottom = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    square[y - top : bottom - top, x - left : right - left] = image[y:bottom, x:right]
    how = cv2.INTER_AREA if side > CELL else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (CELL, CELL), interpolation=how), np.uint8)


def _cell_of(face: Face) -> tuple[int, int]:
    middle = (face.box.x + face.box.width / 2, face.box.y + face.box.height / 2)
    return int(middle[1] // CELL), int(middle[0] // CELL)
