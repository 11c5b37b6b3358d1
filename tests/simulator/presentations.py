"""Presentation attacks made from portraits, by re-imaging: everything here is SYNTHETIC, and labelled so where counted.

A photo becomes a surface in space (a flat sheet, a bent one, a screen, or the rough shape of a head), which is turned
before a pinhole camera. Lengths are in distances between the portrait's eyes (about 63 mm on a face of life size); x to
the right of the picture, y down, z towards the camera. Angles in degrees; a positive yaw is a turn to the subject's
right (the left of the picture), a positive pitch one downwards.

What this cannot make: light that changes with the surface, what a real printer, screen, glass or mask does to a real
camera, and what the side of a head looks like. It is for proofs of mechanism, not for error rates of a product.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.faces.image import Image
from countenance.vocabulary.faces import Box, Face

Floats = NDArray[np.float64]
# Depth (and place) of the photo's points: takes and gives x, y; gives z.
Surface = Callable[[Floats, Floats], tuple[Floats, Floats, Floats]]

WIDTH, HEIGHT = 480, 480  # Pixels of the camera that the attacks are held before.
EYES = 56.0  # Pixels between the eyes of a face of life size that looks straight ahead.
DISTANCE = 8.0  # Of the camera, in eye distances: half a metre.
REACH = 2.6  # How much of the photo is used around the face's middle.
NOSE, NOSE_WIDTH = 0.30, 0.22  # How far a nose stands out, and how wide it is.


@dataclass(frozen=True, slots=True)
class Held:
    """How something is held before the camera. `aside`, `down`: where its middle is; `near`: towards the camera."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    aside: float = 0.0
    down: float = 0.0
    near: float = 0.0


def flat(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """A sheet of paper, or a screen."""
    return x, y, np.zeros_like(x)


def bent(radius: float, *, upright: bool = True) -> Surface:
    """A sheet around a cylinder of this radius, whose axis is `upright`, or else across; the nose is nearest."""

    def place(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        along, other = (x, y) if upright else (y, x)
        angle = np.clip(along / radius, -np.pi / 2, np.pi / 2)
        round_it, depth = radius * np.sin(angle), radius * (np.cos(angle) - 1)
        return (round_it, other, depth) if upright else (other, round_it, depth)

    return place


def head(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """The rough shape of a head under a photo of it: half an ellipsoid and a nose; it runs out flat at its edge."""
    across, along = x / 1.25, (y - 0.35) / 1.7
    inner = np.clip(1.0 - across**2 - along**2, 0.0, None)
    shell = 1.35 * np.sqrt(inner) - 1.2
    tip = NOSE * np.exp(-(x**2 + np.where(y < 0.55, (y - 0.55) / 1.6, y - 0.55) ** 2) / (2 * NOSE_WIDTH**2))
    return x, y, shell + tip


def reimaged(photo: Image, face: Face, surface: Surface, held: Held, *, behind: int = 96) -> Image:
    """What the camera sees: uint8 (HEIGHT, WIDTH, 3). `behind`: grey level of the wall."""
    points = np.array(face.landmarks, np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    scale = float(np.linalg.norm(points[1] - points[0]))
    # More samples than the camera has pixels leave no holes where the surface is near.
    steps = np.arange(-REACH, REACH, 0.6 / EYES)
    x, y = np.meshgrid(steps, steps)
    centre = (eyes * 0.6 + mouth * 0.4).astype(np.float32)
    sheet = cv2.remap(
        photo,
        (centre[0] + x * scale).astype(np.float32),
        (centre[1] + y * scale).astype(np.float32),
        cv2.INTER_AREA if scale > EYES else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(behind, behind, behind),
    )
    seen = np.stack(surface(x, y + 0.4), axis=-1) - np.array([0.0, 0.4, 0.0])
    turned = seen.reshape(-1, 3) @ _turn(held).T + np.array([held.aside, held.down, held.near])
    away = DISTANCE - turned[:, 2]
    across = np.rint(WIDTH / 2 + turned[:, 0] / away * EYES * DISTANCE).astype(int)
    down = np.rint(HEIGHT / 2 + turned[:, 1] / away * EYES * DISTANCE).astype(int)
    frame = np.full((HEIGHT, WIDTH, 3), behind, np.uint8)
    order = np.argsort(-away, kind="stable")
    inside = (away[order] > 0.5) & (across[order] >= 0) & (across[order] < WIDTH) & (down[order] >= 0)
    order = order[inside & (down[order] < HEIGHT)]
    # The last one written is the nearest.
    frame[down[order], across[order]] = sheet.reshape(-1, 3)[order]
    return np.asarray(cv2.medianBlur(frame, 3), np.uint8)


def portrayed(photo: Image, face: Face) -> tuple[Image, Face]:
    """The photo cut to the face and its surroundings, 128 pixels between the eyes: what is printed, or shown."""
    points = np.array(face.landmarks, np.float64)
    scale = 128.0 / float(np.linalg.norm(points[1] - points[0]))
    half = int(REACH * 128)
    middle = points.mean(axis=0) * scale
    matrix = np.array([[scale, 0, half - middle[0]], [0, scale, half - middle[1]]])
    size = (2 * half, 2 * half)
    cut = cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    moved = points * scale + matrix[:, 2]
    a, b, c, d, e = ((float(x), float(y)) for x, y in moved)
    box = face.box
    x, y = box.x * scale + matrix[0, 2], box.y * scale + matrix[1, 2]
    return np.asarray(cut, np.uint8), Face(
        Box(x, y, box.width * scale, box.height * scale), (a, b, c, d, e), face.score
    )


def printed(photo: Image, *, dots: float = 3.0) -> Image:
    """As ink on paper: fewer greys, a halftone of `dots` pixels at 45 degrees, and the paper's white edge."""
    height, width = photo.shape[:2]
    ink = 255.0 * (photo / 255.0) ** 1.15
    y, x = np.mgrid[:height, :width] * (np.pi / dots / np.sqrt(2))
    screen = 127.5 + 63.75 * (np.cos(x + y) + np.cos(x - y))
    dotted = 0.75 * ink + 0.25 * np.where(ink > screen[..., np.newaxis], 255.0, 0.0)
    paper = 30.0 + dotted * (225.0 - 30.0) / 255.0
    edge = max(4, width // 30)
    paper[:edge] = paper[-edge:] = paper[:, :edge] = paper[:, -edge:] = 235.0
    return np.asarray(np.clip(paper, 0, 255), np.uint8)


def on_screen(photo: Image, *, pitch: int = 3) -> Image:
    """As on a screen: stripes of red, green and blue and dark lines between rows of `pitch` pixels, glow, bluish."""
    lit = photo.astype(np.float32)
    grid = np.full_like(lit, 0.75)
    for channel in range(3):
        grid[:, channel::pitch, channel] = 1.2
    grid[::pitch] *= 0.85
    shown = lit * grid
    glow = cv2.GaussianBlur(lit, (0, 0), 6.0)
    shown = (0.8 * shown + 0.25 * glow) * np.array([0.95, 1.0, 1.1], np.float32) + 8.0
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def cropped(photo: Image, face: Face, *, share: float = 0.9) -> Image:
    """The face cut out of the photo, with little around it, as of a small print held close."""
    box = face.box
    half = (box.width * share, box.height * share)
    middle = (box.x + box.width / 2, box.y + box.height / 2)
    left, top = (max(0, int(m - h)) for m, h in zip(middle, half, strict=True))
    return photo[top : int(middle[1] + half[1]), left : int(middle[0] + half[0])].copy()


def _turn(held: Held) -> Floats:
    yaw, pitch, roll = (np.deg2rad(angle) for angle in (held.yaw, held.pitch, held.roll))
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turn: Floats = about_z @ about_y @ about_x
    return turn
