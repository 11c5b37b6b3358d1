"""What is kept of one track while it lasts: its best shots, a still, and patches. Everything is bounded.

Invariants:

* At most `BEST` samples (112 x 112 pixels, 38 KB each; of small faces a piece of as much beside it), at least `APART`
  milliseconds from one another, so that the template is a mean of different moments.
* At most 256 patches of at most 16 KiB: when there are more, every second one goes, and from then on only every second
  frame is kept, so that what is left is spread evenly. Frames without a patch stay covered in any disclosure.
* In stills and patches, other people's boxes are covered before the picture leaves the frame.

A track therefore needs at most 4.4 MB, most need a tenth of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.faces.alignment import align
from countenance.faces.closer import look
from countenance.faces.cover import Region, paint
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, combine
from countenance.formats.patches import HEADROOM, MOST, SLOT, STILL, Piece
from countenance.video.frame import Frame
from countenance.vocabulary.faces import Template
from countenance.vocabulary.moments import Moment
from countenance.zones.edge.examine import Shot

BEST = 5
APART = 200
# Doubtful times remembered while their frames wait.
DOUBTS = 16
# JPEG qualities tried from the best on, before the picture is made smaller.
_QUALITIES = (90, 75, 55, 40)


@dataclass(slots=True)
class Collected:
    """One track's material so far. `strong`: frames in which it was detected well enough to compare."""

    start: Moment
    end: Moment
    strong: int = 0
    still: Piece | None = None
    still_of: Moment | None = None
    patches: list[Piece] = field(default_factory=list)
    _shots: list[tuple[Moment, Shot]] = field(default_factory=list)
    _doubts: list[tuple[Moment, Moment]] = field(default_factory=list)
    _stride: int = 1
    _boxes: int = 0

    def offer(self, moment: Moment, shot: Shot) -> None:
        """Keep `shot` if it is among the best; the best of all becomes the still when its frame leaves."""
        near = [kept for kept in self._shots if abs(moment - kept[0]) < APART]
        worse = [kept for kept in near if kept[1].quality.value < shot.quality.value]
        if len(worse) < len(near):
            return
        rest = [kept for kept in self._shots if kept not in worse] if worse else self._shots
        ranked = sorted([*rest, (moment, shot)], key=lambda kept: -kept[1].quality.value)
        self._shots = ranked[:BEST]
        if self._shots[0][0] == moment:
            self.still_of = moment

    @property
    def quality(self) -> int:
        """Of the best shot, 0 to 100."""
        return self._shots[0][1].quality.value if self._shots else 0

    def wants_patch(self) -> bool:
        """Whether the next frame with this track's box is one to keep; asked once a frame."""
        self._boxes += 1
        return (self._boxes - 1) % self._stride == 0

    def doubt(self, certain: Moment, found: Moment) -> None:
        """What was linked to this track after `certain` and before `found` may be another's: forget it."""
        self._doubts = [*self._doubts, (certain, found)][-DOUBTS:]
        self.patches = [piece for piece in self.patches if not certain < piece.moment < found]
        self._shots = [kept for kept in self._shots if not certain < kept[0] < found]
        if self.still is not None and certain < self.still.moment < found:
            self.still = None
        self.still_of = self._shots[0][0] if self._shots else None

    def doubtful(self, moment: Moment) -> bool:
        """Whether the frame at `moment` may show another on this track."""
        return any(certain < moment < found for certain, found in self._doubts)

    def add_patch(self, piece: Piece) -> None:
        """Keep a patch, later than those before."""
        if len(self.patches) == MOST:
            del self.patches[1::2]
            self._stride *= 2
        self.patches.append(piece)

    def template(self, extractor: Extractor, detector: Detector) -> Template | None:
        """The quality-weighted mean of the best shots' templates (DESIGN section 4.1), or None without a shot.

        Small faces are looked at more closely first, with `detector`.
        """
        if not self._shots:
            return None
        templates = [_extracted(shot, extractor, detector) for _, shot in self._shots]
        return combine(templates, [max(1, shot.quality.value) for _, shot in self._shots])


def _extracted(shot: Shot, extractor: Extractor, detector: Detector) -> Template:
    if shot.piece is not None:
        return extractor.extract(align(shot.piece.image, look(detector, shot.piece), extractor.card))
    return shot.template or extractor.extract(shot.sample)


def cut_out(frame: Frame, part: Region, others: Sequence[Region], room: int) -> Piece:
    """The pixels of `part` with `others` covered, as a JPEG of at most `room` - HEADROOM bytes."""
    x, y, width, height = part.x, part.y, part.width, part.height
    packed = np.empty((height * 3 // 2, width), np.uint8)
    piece = Frame(0, 0, packed, frame.matrix)
    luma, *chroma = piece.planes
    source, *colours = frame.planes
    luma[...] = source[y : y + height, x : x + width]
    for target, plane in zip(chroma, colours, strict=True):
        target[...] = plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    paint(piece.planes, [moved for other in others if (moved := _inside(other, part)) is not None])
    return Piece(frame.moment_ms, x, y, width, height, _jpeg(piece.rgb()[:, :, ::-1], room - HEADROOM))


def still(frame: Frame, part: Region, others: Sequence[Region]) -> Piece:
    """`cut_out` for a still."""
    return cut_out(frame, part, others, STILL)


def patch(frame: Frame, part: Region, others: Sequence[Region]) -> Piece:
    """`cut_out` for a patch."""
    return cut_out(frame, part, others, SLOT)


def _inside(other: Region, part: Region) -> Region | None:
    """The part of `other` that lies in `part`, in its coordinates."""
    left, top = max(other.x, part.x), max(other.y, part.y)
    right = min(other.x + other.width, part.x + part.width)
    bottom = min(other.y + other.height, part.y + part.height)
    if right <= left or bottom <= top:
        return None
    return Region(left - part.x, top - part.y, right - left, bottom - top)


def _jpeg(picture: NDArray[np.uint8], room: int) -> bytes:
    image = np.ascontiguousarray(picture)
    while True:
        for quality in _QUALITIES:
            done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if not done:
                raise Malformed("a piece of a frame could not be written as JPEG")
            if data.size <= room:
                return data.tobytes()
        size = (max(1, image.shape[1] * 7 // 10), max(1, image.shape[0] * 7 // 10))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
