"""Put one person's patches back where they were taken, frame by frame. Whoever else was covered stays covered.

Invariants:

* A pixel changes only inside the box of a patch of the confirmed sighting, on the frame of the patch's own moment.
* A patch without its frame is left out and counted; it is never laid over another moment.
* A covered frame between two patches no more than FLICKER apart is marked as a gap: a clip that changes between covered
  and uncovered many times a second cannot be looked at, and may harm who looks.

A patch bears its frame's moment in whole milliseconds. A stored frame's moment may differ from it where two frames fell
into one millisecond and the container moved the later one on, hence TOLERANCE.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from countenance.faces import image
from countenance.formats.patches import Piece
from countenance.video.frame import Frame

# Milliseconds; less than half the distance of two frames at 120 frames a second.
TOLERANCE = 4
# Milliseconds.
FLICKER = 500
# Weights of red and blue in luma (ITU-R BT.601-7 and BT.709-6, table of the luminance equation).
_BT601, _BT709 = (0.299, 0.114), (0.2126, 0.0722)


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One frame, its moment in UTC milliseconds. `uncovered`: the person is shown in it; `gap`: between two such."""

    frame: Frame
    uncovered: bool
    gap: bool = False

    def __repr__(self) -> str:
        return f"Shown({self.frame!r}, {'uncovered' if self.uncovered else 'covered'})"


def uncover(frames: Iterable[Frame], pieces: Sequence[Piece]) -> Iterator[Shown]:
    """The frames (in order of time), with each piece put back onto the first frame within TOLERANCE of its moment."""
    waiting = iter(pieces)
    piece, before = next(waiting, None), None
    for frame in frames:
        while piece is not None and piece.moment < frame.moment_ms - TOLERANCE:
            piece = next(waiting, None)
        if piece is not None and piece.moment <= frame.moment_ms + TOLERANCE:
            yield Shown(restored(frame, piece), uncovered=True)
            before, piece = piece, next(waiting, None)
        else:
            gap = before is not None and piece is not None and piece.moment - before.moment <= FLICKER
            yield Shown(frame, uncovered=False, gap=gap)


def restored(frame: Frame, piece: Piece) -> Frame:
    """A copy of the frame with `piece` in its box. Raises Malformed for a picture that cannot be read.

    What of the box lies outside the frame is cut off, and so is an odd row or column at its border: chroma has one
    value for two.
    """
    left, top = -(-piece.x // 2) * 2, -(-piece.y // 2) * 2
    right = min(piece.x + piece.width, frame.width) // 2 * 2
    bottom = min(piece.y + piece.height, frame.height) // 2 * 2
    if right <= left or bottom <= top:
        return frame
    # A box larger than the frame, as only a hostile record has it, must not cost memory.
    size = (min(piece.width, 2 * frame.width), min(piece.height, 2 * frame.height))
    patch = np.asarray(cv2.resize(image.load(piece.jpeg), size, interpolation=cv2.INTER_CUBIC), np.uint8)
    inner = patch[top - piece.y : bottom - piece.y, left - piece.x : right - piece.x]
    copy = frame.copy()
    for plane, values, step in zip(copy.planes, _converted(inner, frame.matrix), (1, 2, 2), strict=True):
        plane[top // step : bottom // step, left // step : right // step] = values
    return copy


def sheet(shown: Sequence[Shown], *, width: int = 480, columns: int = 3) -> NDArray[np.uint8]:
    """A contact sheet of the frames, `columns` in a row, each `width` pixels wide, 4 pixels of white between."""
    first = shown[0].frame
    height = max(1, round(width * first.height / first.width))
    columns = min(columns, len(shown))
    rows, gap = -(-len(shown) // columns), 4
    out = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for number, one in enumerate(shown):
        row, column = divmod(number, columns)
        y, x = row * (height + gap), column * (width + gap)
        out[y : y + height, x : x + width] = cv2.resize(one.frame.rgb(), (width, height), interpolation=cv2.INTER_AREA)
    return out


def _converted(rgb: NDArray[np.uint8], matrix: int) -> tuple[NDArray[np.uint8], ...]:
    """Y, U and V (4:2:0, limited range) of an RGB picture with even sides."""
    red_weight, blue_weight = _BT709 if matrix == Colorspace.ITU709 else _BT601
    red, green, blue = (rgb[:, :, channel].astype(np.float32) / 255 for channel in range(3))
    luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
    chroma = ((blue - luma) / (2 * (1 - blue_weight)), (red - luma) / (2 * (1 - red_weight)))
    height, width = luma.shape
    halves = [part.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)) for part in chroma]
    levels = (16 + 219 * luma, *(128 + 224 * part for part in halves))
    return tuple(np.rint(level).astype(np.uint8) for level in levels)
