"""A closer look: the landmarks of a small face, found again in an enlarged piece of the picture.

In faces of 20 to 48 pixels the landmarks of a first look are off by enough to spoil alignment, and with it the
template (`benchmarks/closer.py`). A second look at a piece of twice the face's size costs about a tenth of an
extraction. That there is a face is known by then: nothing is detected here, and a face never moves to another's place.
"""

from dataclasses import dataclass, replace

import numpy as np

from countenance.faces.alignment import Sample, align
from countenance.faces.card import ExtractorCard
from countenance.faces.detector import Detector
from countenance.faces.image import Image
from countenance.vocabulary.faces import Box, Face

SMALL = 48
"""Pixels of height under which a face is looked at again."""
AROUND = 2.0
"""How many times as large as the face the piece is."""
LONGEST = 224
"""Pixels that the enlarged piece is long at most."""
SAME = 0.3
"""Intersection over union from which what is found is the same face."""
LOOSE = 0.5
"""The detection score it needs."""


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """The part of a picture around one face, uint8 (height, width, 3), a copy, and the face in its pixels."""

    image: Image
    face: Face

    def __repr__(self) -> str:
        return f"Piece({self.image.shape[1]} x {self.image.shape[0]})"


def around(image: Image, face: Face) -> Piece | None:
    """The piece around a small face of `image`; None if the face is not small, or not in the picture.

    Nor of a face whose landmarks are not within its box: somebody else than a detector made it.
    """
    box = face.box
    if not 0 < box.height < SMALL or not np.isfinite((box.x, box.y, box.width)).all():
        return None
    if not all(
        0 <= x - box.x + box.width / 4 <= 1.5 * box.width and 0 <= y - box.y + box.height / 4 <= 1.5 * box.height
        for x, y in face.landmarks
    ):
        return None
    half = AROUND * max(box.width, box.height) / 2
    height, width = image.shape[:2]
    left, top = max(0, int(box.x + box.width / 2 - half)), max(0, int(box.y + box.height / 2 - half))
    right, bottom = min(width, int(box.x + box.width / 2 + half)), min(height, int(box.y + box.height / 2 + half))
    if right <= left or bottom <= top:
        return None
    return Piece(np.array(image[top:bottom, left:right], np.uint8, order="C"), _moved(face, -left, -top))


def look(detector: Detector, piece: Piece) -> Face:
    """The face of a piece with the landmarks of a closer look, if it is found again; box and score stay."""
    factor = max(2, LONGEST // max(piece.image.shape[:2]))
    found = detector.enlarged(piece.image, factor, threshold=LOOSE)
    best = max(found, key=lambda other: _overlap(piece.face.box, other.box), default=None)
    if best is None or _overlap(piece.face.box, best.box) < SAME:
        return piece.face
    return replace(piece.face, landmarks=best.landmarks)


def sample(detector: Detector, image: Image, face: Face, card: ExtractorCard) -> Sample:
    """The face of `image`, aligned; a small one by the landmarks of a closer look. Raises Malformed as `align` does."""
    piece = around(image, face)
    return align(image, face, card) if piece is None else align(piece.image, look(detector, piece), card)


def _moved(face: Face, x: int, y: int) -> Face:
    box = Box(face.box.x + x, face.box.y + y, face.box.width, face.box.height)
    a, b, c, d, e = ((across + x, down + y) for across, down in face.landmarks)
    return Face(box, (a, b, c, d, e), face.score)


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    return shared / max(one.area + other.area - shared, 1e-9)
