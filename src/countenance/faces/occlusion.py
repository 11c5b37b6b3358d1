"""Occlusion: is part of the face hidden? The extractor is asked, by hiding parts of the sample ourselves.

Eyes, mouth, and either half are painted grey in turn, and what is left is extracted and compared with the whole. Of a
whole face the template changes much when its eyes are hidden and little when its mouth is. Behind sunglasses there was
nothing to hide, so that the change is small; behind a mask likewise; where a hand or a wall hides a half, that half
alone gives another template and the other half gives the same. It does not matter what the face is hidden by.

It does not see what hides the forehead alone, or a little of everything. Four extractions.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.faces.alignment import Sample
from countenance.faces.card import Seen
from countenance.faces.comparison import compare
from countenance.faces.extractor import Extractor
from countenance.vocabulary.faces import Point, Template

GREY = 128
# Of the distance between the eyes: how far a hidden band reaches above and below the eyes, above the mouth, to a side.
ABOVE, BELOW, MOUTH, ASIDE = 0.33, 0.35, 0.4, 1.25
# What is left of a face at the limit of what whole faces give (the card's `upper` and `sides`).
AT_LIMIT = 0.85


def whole(sample: Sample, template: Template, extractor: Extractor, seen: Seen) -> float:
    """1 for a face that nothing hides, less the more is hidden, 0 at the least. Raises Malformed.

    `template`: of `sample`, by `extractor`; `seen`: what its card says.
    """

    def alike(top: float, bottom: float, left: float, right: float) -> float:
        return compare(template, extractor.extract(_hidden(sample, top, bottom, left, right)))

    points = extractor.card.points
    (eyes, mouth), span, middle, height = _lines(points), points[1][0] - points[0][0], _middle(points), len(sample)
    left, right = middle - ASIDE * span, middle + ASIDE * span
    without_eyes = _angle(alike(eyes - ABOVE * span, eyes + BELOW * span, left, right))
    without_mouth = _angle(alike(mouth - MOUTH * span, height, left, right))
    halves = abs(alike(0, height, 0, middle) - alike(0, height, middle, sample.shape[1]))
    share = without_eyes / max(1e-6, without_eyes + without_mouth)
    least, usual, most = seen.upper
    return min(_left(usual - share, usual - least), _left(share - usual, most - usual), _beyond(halves, seen.sides))


def _beyond(halves: float, sides: tuple[float, float]) -> float:
    usual, most = sides
    return _left(halves - usual, most - usual)


def _left(distance: float, limit: float) -> float:
    return float(np.clip(1.0 - (1.0 - AT_LIMIT) * distance / limit, 0.0, 1.0))


def _hidden(sample: Sample, top: float, bottom: float, left: float, right: float) -> Sample:
    painted = sample.copy()
    painted[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)] = GREY
    return painted


def _lines(points: tuple[Point, ...]) -> NDArray[np.float64]:
    """The rows of the eyes and of the mouth."""
    rows = np.array(points)[:, 1]
    return np.array([rows[:2].mean(), rows[3:].mean()])


def _middle(points: tuple[Point, ...]) -> float:
    return float(np.mean([x for x, _ in points[:2]]))


def _angle(score: float) -> float:
    return float(np.arccos(np.clip(score, -1.0, 1.0)))
