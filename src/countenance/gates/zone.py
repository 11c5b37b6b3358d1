"""The marked zone before a kiosk: who stands in it presents themselves; everybody else is covered and never extracted.

Pure functions. A frame is cut to the zone first, so whatever lies outside is gone, found or not. What is left is parted
by what the detector found in it: a face is presented if nearly all of its box lies in the zone and it is as tall as one
so near must be; or not much smaller than one that is, for then two stand there. Whoever reaches in from outside, or
stands far behind, is a bystander and covered. How often that goes wrong is measured in `benchmarks/gate.py`.
"""

from dataclasses import dataclass

import numpy as np

from countenance.errors import Malformed
from countenance.faces.cover import Settings
from countenance.faces.image import Image
from countenance.vocabulary.faces import Box, Face

INSIDE = 0.9
"""The share of a face's box that lies in the zone, at least."""
LEAST = 0.15
"""The height of a face in it, at least, in parts of the zone's."""
BESIDE = 0.6
"""Of the tallest such face's height: another one in the zone that is as tall stands there too."""
COVER = 0.3
"""The detector's score from which somebody is covered: what may be a face is one."""
GREY = 128
_MARGINS = Settings()


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle in parts of the picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1):
            raise Malformed("a zone is a rectangle within the picture: left below right, top below bottom, 0 to 1")

    def box(self, width: int, height: int) -> Box:
        """The zone in pixels of a picture of that size."""
        return Box(
            self.left * width, self.top * height, (self.right - self.left) * width, (self.bottom - self.top) * height
        )


MIDDLE = Zone(0.25, 0.05, 0.75, 0.95)
"""The middle half of the picture, as the kiosk's floor is marked."""


@dataclass(frozen=True, slots=True)
class Parted:
    """Faces in one zone: who presents themselves, and who only is there."""

    presented: tuple[Face, ...]
    bystanders: tuple[Face, ...]


def cut(image: Image, zone: Zone) -> Image:
    """What of `image` lies in `zone`: a copy, nothing of the rest is behind it."""
    height, width = image.shape[:2]
    place = zone.box(width, height)
    rows = slice(round(place.y), round(place.y + place.height))
    return image[rows, round(place.x) : round(place.x + place.width)].copy()


def parted(found: tuple[Face, ...], width: int, height: int) -> Parted:
    """Part the faces in a zone that was cut out, of `width` by `height` pixels."""
    place = Box(0.0, 0.0, width, height)
    within = [face for face in found if _within(face.box, place)]
    tallest = max((face.box.height for face in within), default=0.0)
    if not tallest >= LEAST * height:
        return Parted((), found)
    presented = tuple(face for face in within if face.box.height >= BESIDE * tallest)
    return Parted(presented, tuple(face for face in found if face not in presented))


def covered(image: Image, bystanders: tuple[Face, ...]) -> Image:
    """A copy of `image` with every bystander's face, hair and neck one grey; the same array if there is none."""
    if not bystanders:
        return image
    copy = image.copy()
    height, width = image.shape[:2]
    for face in bystanders:
        box, side = face.box, max(face.box.width, face.box.height)
        left, top = box.x - _MARGINS.side * side, box.y - _MARGINS.above * side
        right, bottom = box.x + box.width + _MARGINS.side * side, box.y + box.height + _MARGINS.below * side
        rows = slice(_edge(top, height, up=False), _edge(bottom, height, up=True))
        copy[rows, _edge(left, width, up=False) : _edge(right, width, up=True)] = GREY
    return copy


def _edge(place: float, most: int, *, up: bool) -> int:
    # A box that is not made of numbers is none that can be covered: then everything to the border is.
    if not np.isfinite(place):
        return most if up else 0
    return int(min(max(np.ceil(place) if up else np.floor(place), 0), most))


def _within(box: Box, place: Box) -> bool:
    across = min(box.x + box.width, place.x + place.width) - max(box.x, place.x)
    down = min(box.y + box.height, place.y + place.height) - max(box.y, place.y)
    if not box.area > 0:
        return False
    return max(across, 0.0) * max(down, 0.0) >= INSIDE * box.area
