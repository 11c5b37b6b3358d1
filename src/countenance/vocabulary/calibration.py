"""Calibration: how often strangers reach a threshold, as it was counted for one extractor and some cameras.

It is known by the SHA-256 of its canonical JSON. What it is good for, `warrants.threshold` computes.
"""

from dataclasses import dataclass
from enum import StrEnum

from countenance.vocabulary.moments import Moment

UNKNOWN = -1
"""The FNIR at a threshold at which nobody counted it."""

BILLION = 1_000_000_000


class Source(StrEnum):
    """Where the figures of a calibration come from."""

    BUILT_IN = "built-in"
    """Development figures on public photographs, for the built-in extractor."""

    EVALUATION = "evaluation"
    """The report of an evaluation on pictures that the operator chose."""

    SITE = "site"
    """Sightings of the site itself that are certainly of different people, counted by the custodian."""

    SIGNED = "signed"
    """Nobody counted: an operator signed for a bare threshold."""


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted at one threshold.

    `threshold`: comparison score in thousandths. `false`: comparisons of different people that reached it, at most, of
    `comparisons`. `most`: upper bound of their rate (FMR; one-sided, 95 %), in billionths. `fnir`: searches, in
    thousandths, that miss somebody who is there, or UNKNOWN.
    """

    threshold: int
    false: int
    comparisons: int
    most: int
    fnir: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Points of one extractor (digest), thresholds ascending, for one group of cameras.

    `group`: what the operator calls the cameras; it and `cameras` are empty if it holds for every camera. `told`: where
    the figures come from, in a sentence. `made`: when they were counted.
    """

    extractor: bytes
    group: str
    cameras: tuple[str, ...]
    source: Source
    told: str
    made: Moment
    points: tuple[Point, ...]
