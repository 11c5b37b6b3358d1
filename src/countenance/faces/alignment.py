"""Alignment: bring a face's five landmarks to where the extractor expects them, and cut out the sample.

The transform is the similarity (turn, scale, shift; no mirror) with the least squared distance to the card's points:
Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE TPAMI 13(4), 1991.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.faces.card import ExtractorCard
from countenance.faces.form import divided
from countenance.faces.image import Image, checked
from countenance.faces.pad_card import PadCard
from countenance.vocabulary.faces import Face, Point

Sample = NDArray[np.uint8]

SMALLEST_SPREAD = 1e-3  # Pixels; landmarks closer together than this are one point and have no direction.


def align(image: Image, face: Face, card: ExtractorCard | PadCard) -> Sample:
    """The face as a sample: uint8 (card.height, card.width, 3), red first. Outside the picture it is black.

    Raises Malformed if the landmarks are all one point or not finite.
    """
    matrix = similarity(face.landmarks, card.points)
    source = checked(image)
    # Bilinear sampling of a face more than twice the sample's size would skip pixels (aliasing): halve it first.
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:
        source, matrix = _shrunk(source, matrix, scale, (card.width, card.height))
    warped = cv2.warpAffine(source, matrix, (card.width, card.height), flags=cv2.INTER_LINEAR)
    return np.asarray(warped, np.uint8)


def levels(sample: Sample, card: ExtractorCard | PadCard) -> NDArray[np.float32]:
    """The sample as the card's network takes it: float32 (1, 3, card.height, card.width). Raises Malformed."""
    if sample.dtype != np.uint8 or sample.shape != (card.height, card.width, 3):
        raise Malformed(f"a sample for this network is uint8 ({card.height}, {card.width}, 3): use align()")
    pixels = sample if card.pixels.order == "RGB" else sample[:, :, ::-1]
    numbers = (pixels - np.array(card.pixels.mean, np.float32)) / np.array(card.pixels.std, np.float32)
    return np.ascontiguousarray(numbers.transpose(2, 0, 1)[np.newaxis])


def similarity(landmarks: tuple[Point, ...], points: tuple[Point, ...]) -> NDArray[np.float64]:
    """The 2 x 3 matrix that brings `landmarks` closest to `points`. Raises Malformed for degenerate landmarks."""
    if not np.isfinite(landmarks).all():
        raise Malformed("the face's landmarks are not numbers: detect the face again")
    here = np.array([complex(x, y) for x, y in landmarks])
    there = np.array([complex(x, y) for x, y in points])
    spread = here - here.mean()
    size = float(np.sum(np.abs(spread) ** 2))
    if not size > SMALLEST_SPREAD**2:
        raise Malformed("the face's landmarks are all in one place: detect the face again in a better picture")
    turn = complex(np.sum(np.conj(spread) * (there - there.mean())) / size)
    shift = complex(there.mean() - turn * here.mean())
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _shrunk(
    image: Image, matrix: NDArray[np.float64], scale: float, size: tuple[int, int]
) -> tuple[Image, NDArray[np.float64]]:
    """The part of the picture that the sample shows, made smaller by a whole factor with area averaging."""
    factor = int(1 / scale)
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [*size, 1]], np.float64)
    whole = np.vstack([matrix, [0, 0, 1]])
    place = (np.linalg.inv(whole) @ corners.T)[:2]
    height, width = image.shape[:2]
    left, top = (int(v) for v in np.clip(np.floor(place.min(axis=1)) - factor, 0, [width - 1, height - 1]))
    right, bottom = (int(v) for v in np.clip(np.ceil(place.max(axis=1)) + factor, [left + 1, top + 1], [width, height]))
    form = divided(image[top:bottom, left:right], factor)
    # Pixel centres: x in the picture = left + (x' + 0.5) * across - 0.5.
    shift = (left + form.across / 2 - 0.5, top + form.down / 2 - 0.5)
    back = np.array([[form.across, 0, shift[0]], [0, form.down, shift[1]], [0, 0, 1]])
    return form.image, matrix @ back
