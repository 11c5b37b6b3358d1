"""The demo's footage: people made from real portraits walk through two drawn halls, and where their faces are.

They walk, sway, turn, cross each other and pass behind a pillar; light changes and the sensor is noisy. The same seed
gives the same footage. `hall-east` shows subject-a beside a passer-by for seconds, so that a disclosure of the one must
keep the other covered.
"""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.cli.demo import hall as halls
from countenance.cli.demo.figures import FACE_HEIGHT, Figure, cut_out
from countenance.cli.demo.ground_truth import Appearance, CameraTruth, GroundTruth
from countenance.cli.demo.portraits import Portraits
from countenance.errors import Unavailable
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import of_rgb
from countenance.vocabulary.faces import Box

SIZE = (960, 540)
RATE = 15
SECONDS = 20.0
TRUTH = "ground-truth.json"
# Steps a second of someone who walks.
CADENCE = 1.8
NOISE = 3.5
# A studio's light is stronger than a hall's.
BRIGHTNESS = 0.94

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's way through a picture. Times are shares of the footage, places shares of the picture.

    `portrait`: key of Portraits.footage. `face`: height of the face at the start and at the end; `eyes`: how high it is
    held. `turn`: when the head turns aside and back. The nearer of two people, by `face`, is drawn in front.
    """

    portrait: str
    start: float
    end: float
    across: tuple[float, float]
    face: tuple[float, float]
    eyes: float = 0.33
    turn: float = 0.5


WALKS: Mapping[str, Sequence[Walk]] = {
    "hall-east": (
        Walk("b", 0.00, 0.40, (-0.12, 1.12), (0.200, 0.215), eyes=0.31, turn=0.2),
        Walk("a-standing", 0.12, 0.62, (1.12, -0.12), (0.150, 0.195), eyes=0.30, turn=0.45),
        Walk("c", 0.30, 0.78, (1.14, -0.14), (0.185, 0.205), eyes=0.40, turn=0.55),
        Walk("d", 0.55, 1.00, (-0.14, 1.14), (0.170, 0.190), eyes=0.37, turn=0.75),
    ),
    "hall-west": (
        Walk("d", 0.00, 0.38, (1.14, -0.14), (0.190, 0.175), eyes=0.38, turn=0.25),
        Walk("a-speaking", 0.22, 0.74, (-0.12, 1.12), (0.165, 0.210), eyes=0.31, turn=0.55),
        Walk("b", 0.40, 0.86, (1.12, -0.12), (0.185, 0.200), eyes=0.30, turn=0.7),
        Walk("c", 0.66, 1.00, (-0.14, 1.14), (0.195, 0.200), eyes=0.41, turn=0.85),
    ),
}


def render(
    directory: Path, portraits: Portraits, *, seconds: float = SECONDS, size: tuple[int, int] = SIZE, seed: int = 1
) -> GroundTruth:
    """Write `hall-east.mp4`, `hall-west.mp4` and `ground-truth.json` into `directory`. `size`: width, height."""
    with ThreadPoolExecutor(len(WALKS)) as threads:
        cut = threads.map(cut_out, portraits.footage.values())
        figures = dict(zip(portraits.footage, cut, strict=True))
        scenes = [
            _Scene(halls.HALLS[name], walks, figures, size, np.random.default_rng([seed, number]))
            for number, (name, walks) in enumerate(WALKS.items())
        ]
        filmed = threads.map(lambda name, scene: _film(directory / f"{name}.mp4", scene, seconds), WALKS, scenes)
        cameras = dict(zip(WALKS, filmed, strict=True))
    truth = GroundTruth(cameras)
    truth.write(directory / TRUTH)
    return truth


def _film(path: Path, scene: "_Scene", seconds: float) -> CameraTruth:
    width, height = scene.size
    encoder = SegmentEncoder(width, height, rate=RATE, coding=Coding(quality=24, group=RATE))
    count = round(seconds * RATE)
    frames = []
    for index in range(count):
        picture, appearances = scene.at(index / RATE, seconds)
        encoder.add(of_rgb(picture, index=index, moment_ms=round(index * 1000 / RATE)))
        frames.append(appearances)
    segment = encoder.finish()
    if segment is None:
        raise Unavailable("footage of no length was asked for: give it at least one frame")
    path.write_bytes(segment.data)
    return CameraTruth(width, height, RATE, tuple(frames))


class _Scene:
    """One camera's view: a hall and the people who walk through it."""

    def __init__(
        self,
        hall: halls.Hall,
        walks: Sequence[Walk],
        figures: Mapping[str, Figure],
        size: tuple[int, int],
        generator: np.random.Generator,
    ) -> None:
        self.size = size
        self._hall, self._walks, self._figures = hall, walks, figures
        self._background = halls.background(hall, size)
        self._front, self._front_alpha = halls.foreground(hall, size)
        # The pillar is in the top row, the barrier in the first column; only there anything stands in front.
        pillar, barrier = np.flatnonzero(self._front_alpha[0] > 0), np.flatnonzero(self._front_alpha[:, 0] > 0)
        self._fronts = (slice(None), slice(pillar[0], pillar[-1] + 1)), (slice(barrier[0], None), slice(None))
        self._noise = halls.noise(size, generator, NOISE)
        self._generator = generator

    def at(self, moment: float, length: float) -> tuple[NDArray[np.uint8], tuple[Appearance, ...]]:
        """The picture, RGB, and the faces in it, at `moment` of `length` seconds."""
        share = moment / length
        walking = sorted((w for w in self._walks if w.start <= share < w.end), key=lambda walk: _height(walk, share))
        people = [
            _Layer(self._figures[w.portrait], _placed(w, self._figures[w.portrait], share, length, self.size))
            for w in walking
        ]
        picture = self._background.copy()
        layers = [person.paint(picture) for person in people]
        for place in self._fronts:
            behind = picture[place]
            behind += self._front_alpha[place][..., None] * (self._front[place] - behind)
        appearances = []
        for index, person in enumerate(people):
            box = person.face()
            hidden = [*layers[index + 1 :], self._front_alpha]
            appearances.append(Appearance(person.figure.subject, box, _shown(box, hidden)))
        picture *= halls.light(self._hall, moment, length)
        down, right = self._generator.integers(halls.NOISE_MARGIN, size=2)
        picture += self._noise[down : down + self.size[1], right : right + self.size[0]]
        np.clip(picture, 0, 255, out=picture)
        return picture.astype(np.uint8), tuple(seen for seen in appearances if seen.shown > 0)


class _Layer:
    """A figure at its place. `matrix`: affine, from the figure's pixels to the picture's."""

    def __init__(self, figure: Figure, matrix: Matrix) -> None:
        self.figure = figure
        self._matrix = matrix

    def face(self) -> Box:
        """The face's bounding box in the picture; may reach beyond it."""
        face = self.figure.face
        xs, ys = self._matrix @ _corners(face.x, face.y, face.width, face.height)
        return Box(float(xs.min()), float(ys.min()), float(np.ptp(xs)), float(np.ptp(ys)))

    def paint(self, picture: halls.Picture) -> NDArray[np.float32]:
        """Paint the figure into `picture`; return its alpha there, (height, width)."""
        height, width = picture.shape[:2]
        alpha = np.zeros((height, width), np.float32)
        rows, columns = self.figure.alpha.shape
        xs, ys = self._matrix @ _corners(0, 0, columns, rows)
        left, right = (int(np.clip(edge, 0, width)) for edge in (xs.min(), xs.max() + 1))
        top, bottom = (int(np.clip(edge, 0, height)) for edge in (ys.min(), ys.max() + 1))
        if right <= left or bottom <= top:
            return alpha
        matrix = self._matrix - np.array([[0, 0, left], [0, 0, top]])
        size = (right - left, bottom - top)
        colour = cv2.warpAffine(self.figure.colour, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)
        here = np.asarray(cv2.warpAffine(self.figure.alpha, matrix, size, flags=cv2.INTER_LINEAR), np.float32)
        place = picture[top:bottom, left:right]
        place += here[..., None] * (colour * BRIGHTNESS - place)
        alpha[top:bottom, left:right] = here
        return alpha


def _corners(x: float, y: float, width: float, height: float) -> Matrix:
    return np.array([[x, x + width, x, x + width], [y, y, y + height, y + height], [1.0] * 4])


def _height(walk: Walk, share: float) -> float:
    along = (share - walk.start) / (walk.end - walk.start)
    return walk.face[0] + (walk.face[1] - walk.face[0]) * along


def _placed(walk: Walk, figure: Figure, share: float, length: float, size: tuple[int, int]) -> Matrix:
    """Where the figure stands: an affine map from its pixels to the picture's."""
    width, height = size
    along = (share - walk.start) / (walk.end - walk.start)
    scale = _height(walk, share) * height / FACE_HEIGHT
    step = 2 * math.pi * CADENCE * share * length
    # Seen from the side a head is narrower: a turn is a squeeze, there and back within an eighth of the footage.
    turned = math.exp(-(((share - walk.turn) / 0.05) ** 2))
    squeeze = 1 - 0.16 * turned
    angle = math.radians(2.2 * math.sin(step / 2) + 3.0 * turned)
    x = (walk.across[0] + (walk.across[1] - walk.across[0]) * along) * width
    y = walk.eyes * height + 0.006 * height * abs(math.sin(step / 2))
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([scale * squeeze, scale])
    centre = np.array([figure.face.x + figure.face.width / 2, figure.face.y + figure.face.height / 2])
    return np.hstack([turn, (np.array([x, y]) - turn @ centre)[:, None]])


def _shown(box: Box, nearer: Sequence[NDArray[np.float32]]) -> float:
    height, width = nearer[0].shape
    left, right = (int(np.clip(edge, 0, width)) for edge in (box.x, box.x + box.width))
    top, bottom = (int(np.clip(edge, 0, height)) for edge in (box.y, box.y + box.height))
    free = np.ones((bottom - top, right - left), np.float32)
    for alpha in nearer:
        free *= 1 - alpha[top:bottom, left:right]
    return min(1.0, float(free.sum()) / max(1.0, box.area))
