"""A map of cameras, which the server draws: where each mark and label goes, how long the scale bar is, where north is.

A page draws it by `{% from "map.html" import map %}`, with `map.css`. Places are shares of the plan, so that it grows
with the page; marks and letters keep their size, and labels have one place on a narrow map and one on a wide one.
Invariants, at every width from LEAST to WIDEST pixels:

* No label lies on another, on another camera's mark, or outside the plan. One for which there is no room is shown while
  its camera has the focus; its name is always there for whoever does not look.
* Without a measure there is no scale bar and no north: nothing is drawn that nobody said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final
from unicodedata import east_asian_width

WHOLE: Final = 1000
"""Both sides of a plan, as places are given."""

LEAST: Final = 300
TURNED: Final = 600
WIDEST: Final = 1800
"""Pixels: a phone of 390 px less what is around a map in a form; where map.css turns to the labels of a wide map; more
than any page gives it."""

MARK: Final = 14
"""Pixels from a mark's middle to where it certainly ends."""

HIGH: Final = 18
LETTER: Final = 8
WIDE: Final = 14
"""Pixels: of a line of text of 13 px, and of its letters at the most: of Latin and Cyrillic, of Chinese."""

LONGEST: Final = 18
"""Letters of a label; of a longer name the middle is left out."""

RINGS: Final = 4
"""How many lines away from its mark a label may be, with a line that leads to it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A camera and where it is on the plan. `x`, `y`: thousandths of its sides, from the left and from the top."""

    name: str
    place: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that moves with a point of the plan. `left` to `low`: pixels from that point."""

    x: int
    y: int
    left: float
    top: float
    right: float
    low: float

    def inside(self, least: int) -> bool:
        """Whether it is within the plan at every width from `least`: it is if it is on the smallest."""
        across, down = self.x * least / WHOLE, self.y * least / WHOLE
        return across + self.left >= 0 <= down + self.top and across + self.right <= least >= down + self.low

    def meets(self, other: "Box", widths: tuple[int, int]) -> bool:
        """Whether they lie on each other at any of these widths. Each axis does while the width is in one interval."""
        across = _while(self.x - other.x, other.left - self.right, other.right - self.left)
        down = _while(self.y - other.y, other.top - self.low, other.low - self.top)
        return max(across[0], down[0], widths[0]) < min(across[1], down[1], widths[1])


@dataclass(frozen=True, slots=True)
class Label:
    """Where a label is. `x`, `y`: pixels from its mark to its middle; `far`: whether a line leads there.

    `room`: whether it can be shown all the time.
    """

    x: float
    y: float
    far: bool
    room: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A camera as it is drawn. `text`: its name, shortened; `narrow`, `wide`: its label below TURNED, and above."""

    spot: Spot
    text: str
    narrow: Label
    wide: Label


@dataclass(frozen=True, slots=True)
class Measure:
    """What a plan stands for. `metres`: how long its sides are; `north`: degrees from its top, clockwise."""

    metres: int
    north: int

    @property
    def bar(self) -> int:
        """Metres of the scale bar: the longest of 1, 2, 5, 10, … that fits a third of the plan, or 1."""
        steps = [step * 10**power for power in range(6) for step in (1, 2, 5)]
        return max((step for step in steps if 3 * step <= self.metres), default=1)

    @property
    def share(self) -> float:
        """How much of the plan's width the bar is, in per cent."""
        return round(100 * self.bar / self.metres, 2)


@dataclass(frozen=True, slots=True)
class Map:
    """A map to be drawn. `measure`: None if nobody said."""

    marks: tuple[Mark, ...]
    measure: Measure | None


def laid(spots: Iterable[Spot], measure: Measure | None) -> Map:
    """A map of these cameras. Each label takes the first place that is free, beside its mark if there is one."""
    listed = tuple(spots)
    narrow, wide = _labels(listed, (LEAST, TURNED)), _labels(listed, (TURNED, WIDEST))
    marks = (Mark(one, shortened(one.name), *labels) for one, *labels in zip(listed, narrow, wide, strict=True))
    return Map(tuple(marks), measure)


def shortened(name: str) -> str:
    """A name as a label has it: names of cameras often differ in their end."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[1 - LONGEST // 2 :]}"


def _labels(spots: Sequence[Spot], widths: tuple[int, int]) -> list[Label]:
    taken = [Box(one.x, one.y, -MARK, -MARK, MARK, MARK) for one in spots]
    labels = []
    for one in spots:
        label, box = _labelled(one, taken, widths)
        labels.append(label)
        taken += [box] if label.room else []
    return labels


def _labelled(spot: Spot, taken: Sequence[Box], widths: tuple[int, int]) -> tuple[Label, Box]:
    half = sum(WIDE if east_asian_width(one) in "WF" else LETTER for one in shortened(spot.name)) / 2
    found = [(x, y, far, _box(spot, x, y, half)) for x, y, far in _around(half)]
    for x, y, far, box in found:
        if box.inside(widths[0]) and not any(box.meets(other, widths) for other in taken):
            return Label(x, y, far, room=True), box
    x, y, far, box = next((one for one in found if one[3].inside(widths[0])), found[0])
    return Label(x, y, far, room=False), box


def _around(half: float) -> Iterable[tuple[float, float, bool]]:
    """Where a label of twice `half` pixels may be: its middle from the mark's, and whether a line leads there."""
    side, up = MARK + half, MARK + HIGH / 2
    yield from ((side, 0, False), (-side, 0, False), (0, -up, False), (0, up, False))
    for ring in range(1, RINGS):
        for x in (side, -side, 0, half, -half):
            for sign in (-1, 1):
                yield x, sign * (up + (ring - 1) * HIGH), True


def _box(spot: Spot, x: float, y: float, half: float) -> Box:
    return Box(spot.x, spot.y, x - half, y - HIGH / 2, x + half, y + HIGH / 2)


def _while(apart: int, low: float, high: float) -> tuple[float, float]:
    """Widths at which `apart` thousandths of them are between `low` and `high` pixels."""
    if not apart:
        return (0, inf) if low < 0 < high else (inf, 0)
    first, last = sorted((low * WHOLE / apart, high * WHOLE / apart))
    return first, last
