"""Detection: find faces and their five landmarks with a YuNet-style network.

Implements the decoding of YuNet's heads (Wu, Peng and Yu, 2023) as in OpenCV's FaceDetectorYN: at strides 8, 16 and 32
one anchor a cell; score = sqrt(cls * obj); greedy suppression of overlapping boxes.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.faces import weights
from countenance.faces.card import DetectorCard
from countenance.faces.form import Form, enlarged, shrunk
from countenance.faces.image import Image, checked
from countenance.vocabulary.faces import Box, Face

STRIDES = (8, 16, 32)
HEADS = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in STRIDES)
MOST = 5000  # Candidates that enter suppression, best first (FaceDetectorYN's top_k).
SMALL = 64  # Pixels of height under which a face found in a smaller form is looked at in the larger one.
ENLARGED = 240  # Pixels; a picture of at most half is a crop that a face fills: it is looked at enlarged.
LARGEST = 16.0  # Natural logarithm of a box's size in strides; more only comes from a network gone wrong.
Floats = NDArray[np.float32]


class Detector:
    """A detector, opened. Not for use by two threads at once: it keeps its input buffer between pictures."""

    def __init__(self, card: DetectorCard, *, threads: int = 1, cache: Path | None = None) -> None:
        self.card = card
        self._session = weights.session(card, threads=threads, cache=cache)
        self._input = self._session.get_inputs()[0].name
        if not set(HEADS) <= {item.name for item in self._session.get_outputs()}:
            raise Malformed(f"the model of the card '{card.name}' lacks YuNet's heads ({HEADS[0]}, …)")
        self._buffer = np.zeros((1, 3, 0, 0), np.float32)

    def detect(self, image: Image, *, threshold: float | None = None) -> tuple[Face, ...]:
        """All faces with a score of at least `threshold` (default: the card's), highest score first.

        Boxes and landmarks are in pixels of `image`, whatever its size; at the edges they may reach outside it.
        Pictures longer than the card's `longest` are searched in smaller form. Raises Malformed for no picture.
        """
        limit = self.card.detection if threshold is None else threshold
        longest = max(checked(image).shape)
        if longest <= ENLARGED // 2:
            scores, rows = self._seen(enlarged(image, ENLARGED // longest), limit)
            if scores.size:
                return self._best(scores, rows)
        scores, rows = self._look(image, min(longest, self.card.longest), limit)
        # A face much larger than the anchors scores low, or is missed: look again where it is small. Cheap, as that
        # picture is, and done only where such a face was found or nothing was found that a picture has room for.
        largest = self.card.largest
        tall = rows[:, 3] > largest * max(1.0, longest / self.card.longest)
        if longest > 2 * largest and (tall.any() or not scores.size):
            again, found = self._look(image, largest, limit)
            kept = ~tall if again.size else np.ones_like(tall)
            scores, rows = np.concatenate([scores[kept], again]), np.concatenate([rows[kept], found])
        if not scores.size and ENLARGED // 2 < longest < ENLARGED:
            scores, rows = self._seen(enlarged(image, 2), limit)
        return self._best(scores, rows)

    def subjects(self, image: Image, *, threshold: float | None = None) -> tuple[Face, ...]:
        """The faces that a picture is of, for extraction: as `detect`, but quicker where they are large.

        A large picture is searched in a smaller form first (the card's `glance`). If faces are found there and none of
        them is small, that is the answer: much smaller ones in the background, under about a fiftieth of the longer
        side, are then not looked for. Otherwise the answer is that of `detect`.
        """
        limit = self.card.detection if threshold is None else threshold
        longest, glance = max(checked(image).shape), self.card.glance
        if longest >= 1.5 * glance:
            scores, rows = self._look(image, glance, limit)
            if scores.size and float(rows[:, 3].min()) * glance >= SMALL * longest:
                return self._best(scores, rows)
        return self.detect(image, threshold=limit)

    def enlarged(self, piece: Image, factor: int, *, threshold: float) -> tuple[Face, ...]:
        """The faces in a small piece of a picture, looked at `factor` times as large, in pixels of the piece."""
        return self._best(*self._seen(enlarged(checked(piece), factor), threshold))

    def _best(self, scores: Floats, rows: Floats) -> tuple[Face, ...]:
        return tuple(_face(rows[i], float(scores[i])) for i in suppress(rows, scores, self.card.overlap))

    def _look(self, image: Image, longest: int, limit: float) -> tuple[Floats, Floats]:
        """Scores (n,) and rows (n, 14) in pixels of `image`, found in its form that is `longest` pixels long."""
        return self._seen(shrunk(image, longest), limit)

    def _seen(self, form: Form, limit: float) -> tuple[Floats, Floats]:
        outputs = self._session.run(HEADS, {self._input: self._tensor(form.image)})
        scores, rows = decode(dict(zip(HEADS, outputs, strict=True)), self._buffer.shape[3], limit)
        return scores, rows * np.tile(np.array([form.across, form.down], np.float32), 7)

    def _tensor(self, image: Image) -> Floats:
        """The picture as the network takes it: (1, 3, H, W), zeros to the right and below up to the card's multiple."""
        height, width = image.shape[:2]
        multiple = self.card.multiple
        shape = (1, 3, -(-height // multiple) * multiple, -(-width // multiple) * multiple)
        if self._buffer.shape != shape:
            self._buffer = np.zeros(shape, np.float32)
        pixels = self.card.pixels
        planes = cv2.split(image) if pixels.order == "RGB" else cv2.split(image)[::-1]
        for plane, target, mean, std in zip(planes, self._buffer[0], pixels.mean, pixels.std, strict=True):
            target[height:] = 0
            target[:height, width:] = 0
            np.copyto(target[:height, :width], plane)
            if mean != 0.0 or std != 1.0:
                target[:height, :width] = (target[:height, :width] - mean) / std
        return self._buffer


def decode(heads: dict[str, Floats], width: int, threshold: float) -> tuple[Floats, Floats]:
    """Scores (n,) and rows (n, 14) of the cells that reach `threshold`, for an input `width` pixels wide.

    A row is x, y, width, height of the box, then five landmarks x, y; in pixels of the network's input.
    """
    scores, rows = [], []
    for stride in STRIDES:
        product = heads[f"cls_{stride}"][0, :, 0] * heads[f"obj_{stride}"][0, :, 0]  # Both are sigmoids, 0 to 1.
        (cells,) = np.nonzero(product >= np.float32(threshold) ** 2)
        y, x = np.divmod(cells, width // stride)
        corner = np.stack([x, y], axis=1).astype(np.float32)
        box = heads[f"bbox_{stride}"][0, cells]
        centre, size = box[:, :2] + corner, np.exp(np.minimum(box[:, 2:], LARGEST))
        landmarks = heads[f"kps_{stride}"][0, cells] + np.tile(corner, 5)
        scores.append(np.sqrt(product[cells]))
        rows.append(np.concatenate([centre - size / 2, size, landmarks], axis=1) * np.float32(stride))
    return np.concatenate(scores), np.concatenate(rows)


def suppress(rows: Floats, scores: Floats, overlap: float) -> list[int]:
    """Indices of the boxes that stay, highest score first: none overlaps a better one by more than `overlap`."""
    order = np.argsort(-scores, kind="stable")[:MOST]
    low, size = rows[:, :2], rows[:, 2:4]
    area, kept = size[:, 0] * size[:, 1], []
    while order.size:
        best, order = int(order[0]), order[1:]
        kept.append(best)
        inner = np.minimum(low[order] + size[order], low[best] + size[best]) - np.maximum(low[order], low[best])
        shared = np.prod(np.maximum(inner, 0), axis=1)
        order = order[shared <= overlap * (area[order] + area[best] - shared)]
    return kept


def _face(row: Floats, score: float) -> Face:
    x, y, width, height, *rest = (float(value) for value in row)
    a, b, c, d, e = zip(rest[::2], rest[1::2], strict=True)
    return Face(Box(x, y, width, height), (a, b, c, d, e), score)
