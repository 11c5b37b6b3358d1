"""A walking figure from a portrait: the person cut out of the photo, with a drawn coat below."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.cli.demo.portraits import Outline, Portrait
from countenance.vocabulary.faces import Box

# Height of the face in a figure, pixels; the largest a face is drawn later, so that figures only shrink.
FACE_HEIGHT = 150
# How far below the chin a figure reaches, in heights of the face.
REACH = 5.2
_BACKGROUND, _PERSON, _MAYBE_PERSON = 0, 1, 3


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """`colour`: (H, W, 3) RGB uint8; `alpha`: (H, W) float32, 0 to 1; `face`: pixels of `colour`."""

    subject: str
    colour: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    face: Box

    def __repr__(self) -> str:
        return f"Figure({self.subject}, {self.colour.shape[1]}x{self.colour.shape[0]})"


def cut_out(portrait: Portrait) -> Figure:
    """The figure of a portrait: GrabCut within an outline of head and shoulders, edges softened, coat added."""
    scale = FACE_HEIGHT / portrait.face.height
    scaled = cv2.resize(portrait.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y, width = (value * scale for value in (portrait.face.x, portrait.face.y, portrait.face.width))
    middle, side = int(x + width / 2), int(1.1 * portrait.outline.shoulders * width)
    bottom = min(scaled.shape[0], int(y + FACE_HEIGHT * (1 + portrait.outline.below)))
    # Shoulders that the photo cuts off go on as they end there; the outline rounds them.
    padded = cv2.copyMakeBorder(scaled[:bottom], 0, 0, side, side, cv2.BORDER_REPLICATE)
    image = np.array(padded[:, middle : middle + 2 * side], np.uint8)
    face = Box(side - width / 2, y, width, FACE_HEIGHT)
    small = np.array(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    inside = _mask(small, Box(face.x / 2, face.y / 2, face.width / 2, face.height / 2), portrait.outline)
    alpha = cv2.resize(inside, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_CUBIC)
    alpha = cv2.GaussianBlur(np.clip(2 * alpha - 0.6, 0, 1), (0, 0), 1.2)
    return _dressed(Figure(portrait.subject, image, np.asarray(alpha, np.float32), face))


def _mask(image: NDArray[np.uint8], face: Box, outline: Outline) -> NDArray[np.float32]:
    hints = np.full(image.shape[:2], _BACKGROUND, np.uint8)
    x, chin = face.x + face.width / 2, face.y + face.height
    crown = face.y - outline.crown * face.height
    wide, bottom = outline.shoulders * face.width, image.shape[0]
    slope: list[tuple[float, float]] = [
        (0.42 * face.width, -0.12),
        (0.55 * face.width, 0.5 * outline.drop),
        (0.66 * wide, outline.drop),
    ]
    slope += [(0.88 * wide, outline.drop + 0.2), (wide, outline.drop + 0.7)]
    half = [(across, chin + down * face.height) for across, down in slope] + [(wide, bottom + face.height)]
    core = [(0.8 * across, y + 0.12 * face.height) for across, y in half]
    head, radii = (x + outline.lean * face.width, (crown + chin) / 2), (outline.head * face.width, (chin - crown) / 2)
    _polygon(hints, _both_sides(half, x), _MAYBE_PERSON)
    _ellipse(hints, head, radii, _MAYBE_PERSON)
    _polygon(hints, _both_sides(core, x), _PERSON)
    _ellipse(hints, head, (0.84 * radii[0], 0.92 * radii[1]), _PERSON)
    cv2.setRNGSeed(1)
    bgr, models = np.ascontiguousarray(image[..., ::-1]), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(bgr, hints, (0, 0, 0, 0), *models, 5, cv2.GC_INIT_WITH_MASK)
    found = np.isin(hints, (_PERSON, _MAYBE_PERSON)).astype(np.uint8)
    largest = _largest(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    whole = cv2.morphologyEx(largest, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 0.8), np.float32)


def _both_sides(half: list[tuple[float, float]], x: float) -> list[tuple[float, float]]:
    return [(x + across, y) for across, y in half] + [(x - across, y) for across, y in reversed(half)]


def _largest(mask: cv2.typing.MatLike) -> NDArray[np.uint8]:
    _, labels, figures, _ = cv2.connectedComponentsWithStats(mask)
    return np.asarray(labels == 1 + int(np.argmax(figures[1:, cv2.CC_STAT_AREA])), np.uint8)


def _dressed(figure: Figure) -> Figure:
    """Where the photo ends, a coat in the clothes' own colour goes on to the figure's full reach."""
    height, width = figure.alpha.shape
    missing = int(figure.face.y + figure.face.height * (1 + REACH)) - height
    if missing <= 0:
        return figure
    last = figure.alpha[height - 12 : height - 6].mean(axis=0)
    inside = np.flatnonzero(last > 0.5)
    left, right = float(inside[0]), float(inside[-1])
    sleeve = slice(height - 40, height - 4), slice(int(left + 8), int(left + 0.3 * (right - left)))
    cloth = np.median(figure.colour[sleeve][figure.alpha[sleeve] > 0.9], axis=0)
    rows = np.arange(missing)[:, None] / missing
    columns = np.arange(width)[None]
    narrow = 0.1 * (right - left) * rows
    shape = np.clip(np.minimum(columns - left - narrow, right - narrow - columns) / 3 + 0.5, 0, 1).astype(np.float32)
    across = (columns - left) / max(1.0, right - left)
    shading = 0.75 + 0.35 * np.sin(np.pi * np.clip(across, 0, 1)) - 0.2 * np.exp(-(((across - 0.5) / 0.012) ** 2))
    coat = np.clip(cloth[None, None] * (shading * (1.0 - 0.25 * rows))[..., None], 0, 255).astype(np.uint8)
    seam = np.linspace(0, 1, 12, dtype=np.float32)[:, None, None]
    colour = figure.colour.copy()
    colour[-12:] = (colour[-12:] * (1 - seam) + coat[:1] * seam).astype(np.uint8)
    return Figure(figure.subject, np.vstack([colour, coat]), np.vstack([figure.alpha, shape]), figure.face)


def _polygon(mask: NDArray[np.uint8], points: list[tuple[float, float]], value: int) -> None:
    cv2.fillPoly(mask, [np.asarray(points, np.int32)], value)


def _ellipse(mask: NDArray[np.uint8], centre: tuple[float, float], radii: tuple[float, float], value: int) -> None:
    whole = (int(centre[0]), int(centre[1])), (int(radii[0]), int(radii[1]))
    cv2.ellipse(mask, whole[0], whole[1], 0, 0, 360, value, -1)
