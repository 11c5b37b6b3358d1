"""Verification: how often comparisons of two images are wrong (ISO/IEC 19795-1: FMR, FNMR).

A false match is a non-mated comparison at or above the threshold, a false non-match a mated one below it. Every curve
is over `pairs.THRESHOLDS`. With `members` only images of one group are looked at, and only pairs within it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.evaluation import rates
from countenance.evaluation.pairs import Counts, Prepared, Tallied
from countenance.evaluation.rates import Curve
from countenance.evaluation.tally import FINE

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Images of one group: `column` of the manifest, and which images, (images,)."""

    column: int
    members: Flags


def by_subject(prepared: Prepared, values: NDArray[np.float64] | NDArray[np.uint32]) -> NDArray[np.float64]:
    """Sums over each subject's images: (images, …) to (subjects, …)."""
    return np.asarray(np.add.reduceat(values, prepared.references, axis=0), np.float64)


def fmr(prepared: Prepared, tallied: Tallied, group: Group | None = None, *, coverage: float = rates.COVERAGE) -> Curve:
    """FMR over all pairs of images of different subjects, or those within a group."""
    if group is None:
        others = _others(prepared, np.ones(len(prepared.values), bool))
        return _over(prepared, tallied.crowd, others, coverage=coverage)
    others = _others(prepared, group.members) * group.members
    return _over(
        prepared,
        tallied.within[group.column] * group.members[:, np.newaxis].astype(np.int32),
        others,
        coverage=coverage,
    )


def fnmr(prepared: Prepared, tallied: Tallied, group: Group | None = None) -> Curve:
    """FNMR over all pairs of images of the same subject; of a group: of the subjects whose images are all in it."""
    counts = np.bincount(prepared.subjects)
    trials = (counts - 1)[prepared.subjects].astype(np.float64)
    if group is not None:
        outside = np.bincount(prepared.subjects, ~group.members, minlength=len(counts)) > 0
        trials = trials * ~outside[prepared.subjects]
    missed = np.where(trials > 0, trials, 0.0)[:, np.newaxis] - tallied.own * (trials > 0)[:, np.newaxis]
    return rates.of_subjects(by_subject(prepared, missed), by_subject(prepared, trials), counted=2, whole=True)


def shares(histogram: Counts) -> NDArray[np.float64]:
    """For each bin's lower edge, -1 to 1: the share of scores at or above it. NaN without scores."""
    total = histogram.sum()
    if not total:
        return np.full(len(histogram), np.nan)
    return np.asarray(np.cumsum(histogram[::-1])[::-1] / total, np.float64)


def edges() -> NDArray[np.float64]:
    """The lower edges of a histogram's bins."""
    return np.arange(2 * FINE) / FINE - 1


def at_fmr(tallied: Tallied, wanted: float) -> tuple[float, float]:
    """The lowest score whose FMR is at most `wanted`, to a thousandth, and the share of mated pairs that reach it."""
    false = shares(tallied.non)
    place = int(np.argmax(false <= wanted)) if (false <= wanted).any() else len(false) - 1
    return float(edges()[place]), float(shares(tallied.mated)[place])


def _others(prepared: Prepared, members: Flags) -> NDArray[np.float64]:
    """For each image, how many of `members` are of other subjects."""
    own = np.bincount(prepared.subjects, members)
    return np.asarray(members.sum() - own[prepared.subjects], np.float64)


def _over(prepared: Prepared, counts: NDArray[np.uint32], trials: NDArray[np.float64], *, coverage: float) -> Curve:
    events = by_subject(prepared, counts.astype(np.float64))
    every = by_subject(prepared, trials)
    return rates.of_subjects(events, every, sides=2, counted=2, whole=True, coverage=coverage)
