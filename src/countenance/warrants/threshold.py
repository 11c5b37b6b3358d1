"""Threshold: how high a comparison score must be, and how many rows may be compared, so that strangers rarely become
candidates: at most one in N searches.

The more rows a search compares, the likelier one of them passes by chance. A `Calibration` says how likely one
comparison with a stranger passes at a threshold (FMR), with an upper bound, and how often a person who is there is
missed (FNIR; ISO/IEC 19795-1). A search of several cameras has the calibrations of all of them, and what is worst among
those counts at every threshold.

Invariants:

* What counts of an FMR is its upper bound, one-sided, 95 %: where nothing was seen, the rule of three is what remains.
* Between two points the lower one counts, so nothing is read into a calibration that was not counted; below its first
  point nothing is allowed, and beyond its last it is not continued: a higher threshold counts as the highest.
* A search compares so few rows, and at so high a threshold, that at most EXPECTED_FALSE strangers are expected to pass.
"""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from countenance.errors import Malformed, Refused
from countenance.vocabulary.calibration import BILLION, UNKNOWN, Calibration, Point, Source

EXPECTED_FALSE = 0.1
"""Strangers that a search is expected to return at most: one search in ten returns one."""

ONE_IN = 10
"""At most one false candidate in so many searches, where nobody asks for fewer."""

MOST_ONE_IN = 10_000

LEAST_COMPARISONS, MOST_COMPARISONS = 10_000, 10**9
"""Comparisons of different people below which nobody has counted anything, and beyond which nobody does."""

WORST = BILLION // 500
"""The FMR, in billionths, that the lowest point of a calibration may have: below it a score is no threshold."""

MOST_POINTS = 200
MOST_CAMERAS = 64
LONGEST_WORDS = 400

COVERAGE = 0.95

Calibrations = Sequence[Calibration]

_GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DIGEST = 32


def upper_bound(false: int, comparisons: int) -> float:
    """The highest rate at which `false` or fewer of `comparisons` are still likely: one-sided, 95 %.

    Poisson's, exactly, which is never below the binomial's (Clopper and Pearson 1934); 3/n where none was seen.
    """
    low, high = 0.0, 4.0 * false + 8.0
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(false, middle) > 1 - COVERAGE else (low, middle)
    return min(1.0, high / comparisons) if comparisons else 1.0


def point(threshold: int, false: int, comparisons: int, *, most: float = 0.0, fnir: int = UNKNOWN) -> Point:
    """A point with the bound that its counts give, or `most` where that is higher: comparisons may depend on each
    other. `fnir`: thousandths.
    """
    bound = min(1.0, max(most, upper_bound(false, comparisons)))
    return Point(threshold, false, comparisons, math.ceil(bound * BILLION), fnir)


def usable(points: Iterable[Point]) -> tuple[Point, ...]:
    """Of `points`, ascending, those that a calibration may have: bounds never rise, and the first is low enough.

    A bound that is lower at a lower threshold holds at the higher one too.
    """
    kept: list[Point] = []
    for one in points:
        most = min(one.most, kept[-1].most) if kept else one.most
        if most <= WORST:
            kept.append(Point(one.threshold, one.false, one.comparisons, most, one.fnir))
    return tuple(kept)


def check(calibration: Calibration) -> None:
    """Raise Malformed, with the first fault, unless a search could rely on `calibration`."""
    points = calibration.points
    if len(calibration.extractor) != _DIGEST:
        raise Malformed(
            "a calibration names its extractor by its digest, 32 bytes: 'countenance calibration list' names some"
        )
    check_group(calibration.group, calibration.cameras)
    if not calibration.told.strip() or len(calibration.told) > LONGEST_WORDS or not calibration.told.isprintable():
        raise Malformed(f"a calibration says where it is from in 1 to {LONGEST_WORDS} printable characters")
    if not 1 <= len(points) <= MOST_POINTS:
        raise Malformed(f"a calibration has 1 to {MOST_POINTS} points: below FMR 1 in 500 a score is no threshold")
    signed = calibration.source is Source.SIGNED
    if signed and (len(points) != 1 or points[0].comparisons):
        raise Malformed("a bare threshold is one point, of no comparisons")
    for one in points:
        if not 1 <= one.threshold <= 1000 or not UNKNOWN <= one.fnir <= 1000 or not 1 <= one.most <= WORST:
            raise Malformed("a point has a threshold of 1 to 1000, an FNIR of at most 1000 and an FMR below 1 in 500")
        if not signed and not (0 <= one.false <= one.comparisons and one.comparisons >= LEAST_COMPARISONS):
            raise Malformed(f"a point counts at least {LEAST_COMPARISONS} comparisons of different people")
        if one.comparisons > MOST_COMPARISONS:
            raise Malformed(f"a point counts at most {MOST_COMPARISONS} comparisons")
    for low, high in pairwise(points):
        if low.threshold >= high.threshold or low.most < high.most or low.false < high.false:
            raise Malformed("at a higher threshold no more strangers pass: give the points in ascending order")
    # The counts of a lower threshold bound the rate at a higher one too.
    least = 1.0
    for one in () if signed else points:
        least = min(least, upper_bound(one.false, one.comparisons))
        if one.most < math.floor(least * BILLION):
            raise Malformed("a point's bound is lower than its counts allow: write it as docs/formats/calibration.md")


def floor(of: Calibrations) -> int:
    """The lowest threshold (thousandths) that all of `of` begin at: no search goes below it."""
    return max(one.points[0].threshold for one in of)


def fmr(of: Calibrations, threshold: int) -> float:
    """At most how likely one comparison with a stranger passes at `threshold` (thousandths); 1 below the floor."""
    return max(_most(one, threshold) for one in of)


def missed(of: Calibrations, threshold: int) -> int:
    """FNIR (thousandths) at the first point from `threshold` on, the highest of `of`; UNKNOWN unless all say it."""
    found = [next((p.fnir for p in one.points if p.threshold >= threshold), UNKNOWN) for one in of]
    return UNKNOWN if UNKNOWN in found else max(found)


def expected_false(of: Calibrations, rows: int, threshold: int) -> float:
    """Strangers expected at most among the candidates of a search of `rows` rows at `threshold` (thousandths)."""
    return rows * fmr(of, threshold)


def most_rows(of: Calibrations, expected: float = EXPECTED_FALSE) -> int:
    """How many rows a search may compare at the highest calibrated threshold, if it may expect `expected` strangers.

    Nobody allows more than EXPECTED_FALSE.
    """
    return math.floor(min(expected, EXPECTED_FALSE) / fmr(of, 1000))


def for_rows(of: Calibrations, rows: int, expected: float = EXPECTED_FALSE) -> int:
    """The lowest calibrated threshold (thousandths) at which a search of `rows` rows stays within `expected` strangers.

    Above `most_rows` there is none: the highest that lowers the rate, and whoever asks cuts the scope.
    """
    within = min(expected, EXPECTED_FALSE)
    return max(_first(one, within / max(rows, 1)) for one in of)


def effective(of: Calibrations, stated: int, rows: int, expected: float = EXPECTED_FALSE) -> int:
    """What a search uses: the threshold that a warrant states, raised to the calibrations' where that is higher."""
    return max(stated, for_rows(of, rows, expected))


def expected_at_most(limit: float, one_in: int) -> float:
    """Strangers that a search may expect by a policy's `limit` and a text's "one in `one_in`"; 0: it says none."""
    return min(limit, 1 / one_in, EXPECTED_FALSE) if one_in else min(limit, EXPECTED_FALSE)


def check_group(group: str, cameras: Sequence[str]) -> None:
    """Raise Malformed unless this is a group of cameras, or every camera: neither name nor cameras."""
    if not cameras and not group:
        return
    if not _GROUP.fullmatch(group):
        raise Malformed("a group of cameras has a name of lower-case letters, digits and hyphens, at most 40")
    if not 1 <= len(cameras) <= MOST_CAMERAS or list(cameras) != sorted(set(cameras)):
        raise Malformed(f"a group has 1 to {MOST_CAMERAS} cameras, each once, in the order of their names")


def check_one_in(one_in: int) -> None:
    """Raise Refused unless a text may say "at most one false candidate in `one_in`"; 0 is a bare threshold."""
    if one_in and not ONE_IN <= one_in <= MOST_ONE_IN:
        raise Refused(f"at most one false candidate in {ONE_IN} to {MOST_ONE_IN} searches: choose a number between")


def _most(calibration: Calibration, threshold: int) -> float:
    below = [one.most for one in calibration.points if one.threshold <= threshold]
    return below[-1] / BILLION if below else 1.0


def _first(calibration: Calibration, most: float) -> int:
    """The first point whose rate is at most `most`, or else the first of the lowest rate."""
    points = calibration.points
    bound = max(most * BILLION, points[-1].most)
    return next(one.threshold for one in points if one.most <= bound)


def _at_most(false: int, mean: float) -> float:
    """How likely a Poisson count of this mean is at most `false`: from its largest term down."""
    if mean <= 0:
        return 1.0
    term = total = math.exp(false * math.log(mean) - mean - math.lgamma(false + 1))
    for k in range(false, 0, -1):
        term *= k / mean
        total += term
        if term <= total * 1e-17:
            break
    return total
