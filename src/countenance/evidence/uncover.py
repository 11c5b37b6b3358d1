"""Put one person's patches back where they were taken, frame by frame. Whoever else was covered stays covered.

Invariants:

* A pixel changes only inside the box of a patch of the confirmed sighting, on the frame of the patch's own moment.
* A patch without its frame is left out and counted; it is never laid over another moment.

A patch bears its frame's moment in whole milliseconds; a stored frame's moment may differ from it by what the
container's clock rounds off, hence TOLERANCE.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.faces import image
from countenance.formats.patches import Piece
from countenance.vocabulary.moments import Moment

# Milliseconds; less than half the distance of two frames at 120 frames a second.
TOLERANCE = 4

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One frame of the clip, uint8 (height, width, 3), red first; `uncovered`: whether the person is shown in it."""

    moment: Moment
    pixels: Pixels
    uncovered: bool

    def __repr__(self) -> str:
        return f"Shown({self.moment}, {'uncovered' if self.uncovered else 'covered'})"


def uncover(frames: Iterable[tuple[Moment, Pixels]], pieces: Sequence[Piece]) -> Iterator[Shown]:
    """The frames (in order of time), with each piece put back onto the first frame within TOLERANCE of its moment."""
    waiting = iter(pieces)
    piece = next(waiting, None)
    for moment, pixels in frames:
        while piece is not None and piece.moment < moment - TOLERANCE:
            piece = next(waiting, None)
        if piece is not None and piece.moment <= moment + TOLERANCE:
            yield Shown(moment, restored(pixels, piece), uncovered=True)
            piece = next(waiting, None)
        else:
            yield Shown(moment, pixels, uncovered=False)


def restored(pixels: Pixels, piece: Piece) -> Pixels:
    """A copy of the frame with `piece` in its box; what of it lies outside the frame is cut off. Raises Malformed."""
    height, width = pixels.shape[:2]
    right, bottom = min(piece.x + piece.width, width), min(piece.y + piece.height, height)
    if right <= piece.x or bottom <= piece.y:
        return pixels
    patch = image.load(piece.jpeg)
    # Scaled to its box, then cut: a box larger than the frame by a hostile record must not cost memory.
    box_width, box_height = min(piece.width, 2 * width), min(piece.height, 2 * height)
    scaled = cv2.resize(patch, (box_width, box_height), interpolation=cv2.INTER_CUBIC)
    copy = pixels.copy()
    copy[piece.y : bottom, piece.x : right] = scaled[: bottom - piece.y, : right - piece.x]
    return copy


def sheet(shown: Sequence[Shown], *, width: int = 480, columns: int = 3) -> Pixels:
    """A contact sheet of the frames, `columns` in a row, each `width` pixels wide, 4 pixels of white between."""
    first = shown[0].pixels
    height = max(1, round(width * first.shape[0] / first.shape[1]))
    columns = min(columns, len(shown))
    rows = -(-len(shown) // columns)
    gap = 4
    out = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for number, frame in enumerate(shown):
        row, column = divmod(number, columns)
        small = cv2.resize(frame.pixels, (width, height), interpolation=cv2.INTER_AREA)
        y, x = row * (height + gap), column * (width + gap)
        out[y : y + height, x : x + width] = small
    return out
