"""Which rectangles of which frames are covered, and the constant they are covered with.

Every detection of a frame is covered in it. Between two detections of one track the box is interpolated, before the
first and after the last it is extrapolated for a moment, growing, so a face that the detector loses for a moment stays
covered. That takes a look-ahead: frames wait in `Plan` for at most `look_ahead` before they leave. Invariants:

* A frame leaves with every rectangle that was known by then, in order, once.
* A frame that could not be checked leaves marked `whole`: everything in it is to be covered.
* The plan never holds more than `most` frames, whatever their moments say.
* Covering replaces pixels by one constant in every plane, never blurs: recognisers read through blur
  (McPherson, Shokri, Shmatikov, 2016). Borders lie on even pixels, so chroma planes leave nothing at the edge.

What the detector never finds is not covered: the residue is measured, see `docs/benchmarks.md`.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from countenance.faces.tracker import NO_TRACK
from countenance.vocabulary.faces import Box
from countenance.vocabulary.moments import Moment

T = TypeVar("T")

# Mid grey in limited-range YUV: luma, chroma, chroma.
GREY = (126, 128, 128)


@dataclass(frozen=True, slots=True)
class Settings:
    """How far covers reach. Margins are parts of the box's longer side; times are milliseconds.

    `side`, `above`, `below`: added to the detector's box (forehead to chin) to hide hair, ears and neck. `look_ahead`:
    how long a frame waits, so the longest gap that is filled. `beyond`: how long a track is covered before its first
    and after its last detection. `growth`: by how much an extrapolated box grows in that time. `most`: frames waiting.
    """

    side: float = 0.3
    above: float = 0.35
    below: float = 0.25
    look_ahead: int = 1000
    beyond: int = 200
    growth: float = 0.25
    most: int = 32


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of whole pixels inside a frame; x, y, width and height are even."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Planned(Generic[T]):
    """A frame that may leave: `boxes` by track are detected or interpolated, `others` have no track or are guesses."""

    frame: T
    moment: Moment
    whole: bool
    boxes: Mapping[int, Box]
    others: tuple[Box, ...]


@dataclass(slots=True)
class _Waiting(Generic[T]):
    frame: T
    moment: Moment
    whole: bool
    boxes: dict[int, Box]
    others: list[Box]


@dataclass(frozen=True, slots=True)
class _Last:
    moment: Moment
    box: Box
    velocity: tuple[float, float]


class Plan(Generic[T]):
    """The frames that wait, and the last place of every track."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._waiting: deque[_Waiting[T]] = deque()
        self._last: dict[int, _Last] = {}

    def add(self, frame: T, moment: Moment, found: Iterable[tuple[int, Box]] | None) -> list[Planned[T]]:
        """Take in a frame later than the last; `found`: track (or `NO_TRACK`) and box of each detection.

        `found` None: the frame was not checked. Returns the frames that may leave now.
        """
        waiting = _Waiting(frame, moment, found is None, {}, [])
        for track, box in found or ():
            if track == NO_TRACK or track in waiting.boxes:
                waiting.others.append(box)
                continue
            waiting.boxes[track] = box
            self._link(track, box, moment)
        self._continue(waiting)
        self._waiting.append(waiting)
        return self._leaving(moment)

    def finish(self) -> list[Planned[T]]:
        """Let all frames go, as at the end of an hour or of the source; tracks are forgotten."""
        rest = [_planned(waiting) for waiting in self._waiting]
        self._waiting.clear()
        self._last.clear()
        return rest

    def _leaving(self, moment: Moment) -> list[Planned[T]]:
        gone = []
        while self._waiting and (
            len(self._waiting) > self._settings.most or moment - self._waiting[0].moment >= self._settings.look_ahead
        ):
            gone.append(_planned(self._waiting.popleft()))
        return gone

    def _link(self, track: int, box: Box, moment: Moment) -> None:
        """Fill the gap since the track was last seen, or the moments before it was first seen."""
        last = self._last.get(track)
        if last is None:
            self._extend_back(box, moment, (0.0, 0.0))
            self._last[track] = _Last(moment, box, (0.0, 0.0))
            return
        passed = moment - last.moment
        for waiting in self._waiting:
            if last.moment < waiting.moment and track not in waiting.boxes:
                waiting.boxes[track] = between(last.box, box, (waiting.moment - last.moment) / passed)
        velocity = (
            (box.x + box.width / 2 - last.box.x - last.box.width / 2) / passed,
            (box.y + box.height / 2 - last.box.y - last.box.height / 2) / passed,
        )
        if last.velocity == (0.0, 0.0):
            self._extend_back(last.box, last.moment, velocity)
        self._last[track] = _Last(moment, box, velocity)

    def _extend_back(self, box: Box, moment: Moment, velocity: tuple[float, float]) -> None:
        for waiting in self._waiting:
            if 0 < moment - waiting.moment <= self._settings.beyond:
                waiting.others.append(self._guess(box, velocity, waiting.moment - moment))

    def _continue(self, waiting: _Waiting[T]) -> None:
        """Cover tracks that this frame does not show where they would be now, and forget those long gone."""
        for track, last in list(self._last.items()):
            passed = waiting.moment - last.moment
            if 0 < passed <= self._settings.beyond:
                waiting.others.append(self._guess(last.box, last.velocity, passed))
            elif passed > self._settings.look_ahead:
                del self._last[track]

    def _guess(self, box: Box, velocity: tuple[float, float], passed: int) -> Box:
        longer = max(box.width, box.height)
        grown = self._settings.growth * longer * min(1.0, abs(passed) / max(1, self._settings.beyond))
        return Box(
            box.x + velocity[0] * passed - grown / 2,
            box.y + velocity[1] * passed - grown / 2,
            box.width + grown,
            box.height + grown,
        )


def between(first: Box, last: Box, part: float) -> Box:
    """The box that is `part` (0 to 1) of the way from `first` to `last`."""

    def mixed(a: float, b: float) -> float:
        return a + (b - a) * part

    return Box(
        mixed(first.x, last.x),
        mixed(first.y, last.y),
        mixed(first.width, last.width),
        mixed(first.height, last.height),
    )


def region(box: Box, width: int, height: int, settings: Settings | None = None) -> Region | None:
    """The padded box of a face in a frame of `width` x `height` pixels, on even pixels, or None if it lies outside."""
    chosen = settings or Settings()
    longer = max(box.width, box.height)
    left = _even_down(box.x - chosen.side * longer)
    top = _even_down(box.y - chosen.above * longer)
    right = _even_up(box.x + box.width + chosen.side * longer)
    bottom = _even_up(box.y + box.height + chosen.below * longer)
    left, top = max(0, left), max(0, top)
    right, bottom = min(width + width % 2, right), min(height + height % 2, bottom)
    if right <= left or bottom <= top:
        return None
    return Region(left, top, right - left, bottom - top)


def paint(planes: Sequence[NDArray[np.uint8]], regions: Iterable[Region]) -> None:
    """Cover `regions` in place in the planes Y (height, width), U and V (halved, rounded up) of a 4:2:0 frame."""
    luma, *chroma = planes
    for part in regions:
        luma[part.y : part.y + part.height, part.x : part.x + part.width] = GREY[0]
        for plane, value in zip(chroma, GREY[1:], strict=True):
            plane[part.y // 2 : (part.y + part.height) // 2, part.x // 2 : (part.x + part.width) // 2] = value


def paint_whole(planes: Sequence[NDArray[np.uint8]]) -> None:
    """Cover everything in place."""
    for plane, value in zip(planes, GREY, strict=True):
        plane[...] = value


def _even_down(value: float) -> int:
    return 2 * math.floor(value / 2)


def _even_up(value: float) -> int:
    return 2 * math.ceil(value / 2)


def _planned(waiting: _Waiting[T]) -> Planned[T]:
    return Planned(waiting.frame, waiting.moment, waiting.whole, waiting.boxes, tuple(waiting.others))
