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
# Share of a doubtful box inside a strongly detected face from which the two are one face, or one is behind the other.
SAME = 0.6


@dataclass(frozen=True, slots=True)
class Settings:
    """How far covers reach. Margins are parts of the box's longer side; times are milliseconds.

    `side`, `above`, `below`: added to the detector's box (forehead to chin) to hide hair, ears and neck. `look_ahead`:
    how long a frame waits, so the longest gap that is filled. `beyond`: how long a track is covered before its first
    and after its last detection. `growth`: by how much an extrapolated box grows in that time. `most`: frames waiting.
    """

    side: float = 0.2
    above: float = 0.3
    below: float = 0.2
    look_ahead: int = 1000
    beyond: int = 120
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
class Spot:
    """A detection: its track or `NO_TRACK`, its box, and whether the detector was sure enough to compare it."""

    track: int
    box: Box
    strong: bool


@dataclass(frozen=True, slots=True)
class Planned(Generic[T]):
    """A frame that may leave. `filled`: boxes by track, between two detections; `guessed`: beyond a track's ends."""

    frame: T
    moment: Moment
    whole: bool
    detected: tuple[Spot, ...]
    filled: Mapping[int, Box]
    guessed: tuple[tuple[int, Box], ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Everything that is to be covered."""
        guesses = (box for _, box in self.guessed)
        return (*(spot.box for spot in self.detected), *self.filled.values(), *guesses)

    @property
    def tracks(self) -> dict[int, Box]:
        """Where each track was detected, or must have been."""
        return {**self.filled, **{spot.track: spot.box for spot in self.detected if spot.track != NO_TRACK}}

    def others(self, track: int) -> tuple[Box, ...]:
        """What is to be covered in a picture of `track` alone: every box that may be somebody else's.

        Where this track was strongly detected, doubtful boxes (weak, filled, guessed) that lie mostly inside its box
        are left out: they are a part of the same face, or somebody hidden behind it.
        """
        own = next((spot.box for spot in self.detected if spot.track == track and spot.strong), None)
        certain = [spot.box for spot in self.detected if spot.track != track and spot.strong]
        doubtful = [spot.box for spot in self.detected if spot.track != track and not spot.strong]
        doubtful += [box for number, box in (*self.filled.items(), *self.guessed) if number != track]
        return (*certain, *(box for box in doubtful if own is None or _inside(box, own) < SAME))


@dataclass(slots=True)
class _Waiting(Generic[T]):
    frame: T
    moment: Moment
    whole: bool
    detected: tuple[Spot, ...]
    filled: dict[int, Box]
    guessed: list[tuple[int, Box]]


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

    def add(self, frame: T, moment: Moment, found: Sequence[Spot] | None) -> list[Planned[T]]:
        """Take in a frame later than the last and return those that may leave now.

        `found`: all its detections, at most one a track; None: the frame was not checked.
        """
        waiting = _Waiting(frame, moment, found is None, tuple(found or ()), {}, [])
        for spot in waiting.detected:
            if spot.track != NO_TRACK:
                self._link(spot.track, spot.box, moment)
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
            self._last[track] = _Last(moment, box, (0.0, 0.0))
            self._extend_back(track, self._last[track])
            return
        passed = moment - last.moment
        for waiting in self._waiting:
            if last.moment < waiting.moment:
                waiting.filled[track] = between(last.box, box, (waiting.moment - last.moment) / passed)
        velocity = (
            (box.x + box.width / 2 - last.box.x - last.box.width / 2) / passed,
            (box.y + box.height / 2 - last.box.y - last.box.height / 2) / passed,
        )
        if last.velocity == (0.0, 0.0):
            self._extend_back(track, _Last(last.moment, last.box, velocity))
        self._last[track] = _Last(moment, box, velocity)

    def _extend_back(self, track: int, first: _Last) -> None:
        for waiting in self._waiting:
            if 0 < first.moment - waiting.moment <= self._settings.beyond:
                waiting.guessed.append((track, self._guess(first, waiting.moment - first.moment)))

    def _continue(self, waiting: _Waiting[T]) -> None:
        """Cover tracks that this frame does not show where they would be now, and forget those long gone."""
        for track, last in list(self._last.items()):
            passed = waiting.moment - last.moment
            if 0 < passed <= self._settings.beyond:
                waiting.guessed.append((track, self._guess(last, passed)))
            elif passed > self._settings.look_ahead:
                del self._last[track]

    def _guess(self, last: _Last, passed: int) -> Box:
        box, (right, down) = last.box, last.velocity
        part = min(1.0, abs(passed) / max(1, self._settings.beyond))
        grown = self._settings.growth * max(box.width, box.height) * part
        return Box(
            box.x + right * passed - grown / 2,
            box.y + down * passed - grown / 2,
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


def _inside(box: Box, outer: Box) -> float:
    """The share of `box` that lies in `outer`."""
    width = min(box.x + box.width, outer.x + outer.width) - max(box.x, outer.x)
    height = min(box.y + box.height, outer.y + outer.height) - max(box.y, outer.y)
    return max(0.0, width) * max(0.0, height) / max(box.area, 1e-9)


def _even_down(value: float) -> int:
    return 2 * math.floor(value / 2)


def _even_up(value: float) -> int:
    return 2 * math.ceil(value / 2)


def _planned(waiting: _Waiting[T]) -> Planned[T]:
    return Planned(
        waiting.frame, waiting.moment, waiting.whole, waiting.detected, waiting.filled, tuple(waiting.guessed)
    )
