"""Rates and how sure one may be of them: the arithmetic of ISO/IEC 19795-1, Annex B, and nothing else.

Comparisons are not independent: one photograph of a much-resembled person takes part in thousands. So every bound of a
rate of comparisons or searches comes from how its subjects differ, not from how many comparisons there were. What is
used is the variance that a bootstrap over subjects converges to (Efron and Tibshirani 1993, ch. 6; for pairs: Arvesen
1969), turned into a number of independent trials that would be as sure, and with it Wilson's score interval (Wilson
1927), whose lower bound is Poisson's where there are few events (Brown, Cai and DasGupta 2001, sec. 4.1.1).

Invariants:

* low <= value <= high, all within 0 and 1; with no trials the bounds are 0 and 1.
* No bound is narrower than that of as many independent trials; nor, with `whole`, where few subjects had an event,
  than that of as many trials as there were subjects.
* Pure: arrays in, arrays out. The custodian uses this module.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.vocabulary.rates import NOTHING, Rate

Floats = NDArray[np.float64]

COVERAGE = 0.95
FEW = 4.0
"""Events below which Wilson's lower bound would be wrong too often, and Poisson's is taken."""
LONELY = 20
"""Subjects with an event below which they show too little of how events cluster."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A rate at each of some thresholds: `value`, `low`, `high`, float64 (thresholds,); of `trials` each.

    `sure`: how many independent trials would be as sure, (thresholds,).
    """

    value: Floats
    low: Floats
    high: Floats
    trials: int
    sure: Floats
    coverage: float = COVERAGE

    def at(self, index: int) -> Rate:
        """The rate at one threshold."""
        if not self.trials:
            return NOTHING
        return Rate(
            float(self.value[index]), float(self.low[index]), float(self.high[index]), self.trials, self.coverage
        )


def wilson(events: float, trials: float, *, coverage: float = COVERAGE) -> Rate:
    """The rate of `events` in `trials` that do not depend on each other. Raises Malformed for impossible numbers."""
    if not 0 <= events <= trials or not 0 < coverage < 1:
        raise Malformed("there must be at least 0 and at most as many events as trials")
    if not trials:
        return NOTHING
    value = events / trials
    low, high = interval(np.array([value]), np.array([float(trials)]), coverage=coverage)
    return Rate(value, float(low[0]), float(high[0]), round(trials), coverage)


def interval(value: Floats, trials: Floats, *, coverage: float = COVERAGE, subjects: int = 0) -> tuple[Floats, Floats]:
    """Lower and upper bounds of the rates `value` of `trials` independent trials each, which need not be whole.

    `subjects`, if not 0: how many the trials' number was estimated from; few make the bounds wider (Student's t).
    """
    z = quantile(coverage, subjects)
    n = np.maximum(trials, 1e-9)
    middle = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(np.maximum(value * (1 - value), 0.0) / n + z * z / (4 * n * n))
    low, high = middle - half, middle + half
    low = np.where(value * n < FEW, np.minimum(low, _least(value * n, coverage) / n), low)
    high = np.where((1 - value) * n < FEW, np.maximum(high, 1 - _least((1 - value) * n, coverage) / n), high)
    # Rounding may put a bound a hair on the wrong side of a rate of 0 or 1.
    return np.clip(low, 0.0, value), np.clip(high, value, 1.0)


def of_subjects(
    events: Floats,
    trials: Floats,
    *,
    sides: int = 1,
    counted: int = 1,
    whole: bool = False,
    coverage: float = COVERAGE,
) -> Curve:
    """A rate whose trials belong to subjects.

    `events`: (subjects, thresholds), how often it happened in each subject's trials; `trials`: (subjects,).
    `sides`: in how many roles a subject takes part: 2 in a search, as who is searched for and as one of the gallery.
    `counted`: in how many places each trial stands: 2 for comparisons of two images.
    `whole`: where fewer than LONELY subjects had an event, be as unsure as if each subject, or pair of two in
    comparisons, had been tried once: ten people with thirty images each are ten people.
    """
    every = float(trials.sum())
    if not every:
        nothing = np.zeros(events.shape[1])
        return Curve(nothing, nothing, np.ones_like(nothing), 0, nothing, coverage)
    value = events.sum(axis=0) / every
    least = value * (1 - value) * counted / every
    variance = _variance(events, trials, value, sides)
    if sides == counted == 2:
        # A pair's own chance is in the counts of both its subjects: once too often.
        variance -= least
    variance = np.maximum(variance, least)
    # Where nothing happened nothing is known of how it clusters: as where something last did.
    effect = _carried(np.divide(variance, least, out=np.full_like(value, np.nan), where=least > 0))
    sure = every / counted / effect
    if whole:
        sure = np.where(_bearing(events, trials) < LONELY, np.minimum(sure, _units(trials, sides * counted == 4)), sure)
    low, high = interval(value, sure, coverage=coverage, subjects=int(np.count_nonzero(trials)))
    return Curve(value, low, high, round(every / counted), sure, coverage)


def ratio(first: Rate, second: Rate) -> tuple[float, float, float]:
    """`first` over `second`, and bounds of it, as if the two were independent (Katz et al. 1978, on the log scale).

    Infinite where `second` is 0; NaN where both are, or one has no trials.
    """
    if not first.trials or not second.trials or first.value <= 0 >= second.value:
        return float("nan"), 0.0, float("inf")
    if second.value <= 0:
        return float("inf"), first.low / second.high, float("inf")
    if first.value <= 0:
        return 0.0, 0.0, first.high / second.low if second.low > 0 else float("inf")
    value = first.value / second.value
    up = np.hypot(np.log(first.high / first.value), _log(second.value, second.low))
    down = np.hypot(_log(first.value, first.low), np.log(second.high / second.value))
    return value, value * float(np.exp(-down)), value * float(np.exp(up))


def in_gallery(above: NDArray[np.integer], others: int, gallery: int) -> Floats:
    """How likely at least one of `above` of `others` subjects is in a gallery of `gallery` of them, drawn at random.

    `above` in any shape; 1 minus the hypergeometric probability of none.
    """
    if not 0 <= gallery <= others:
        raise Malformed(
            f"a gallery of {gallery} needs as many subjects besides the one searched for: there are {others}"
        )
    # log of C(others - k, gallery) / C(others, gallery), for k = 0, 1, …
    k = np.arange(1, others - gallery + 1, dtype=np.float64)
    steps = np.log((others - gallery - k + 1) / (others - k + 1))
    none = np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
    table = 1.0 - np.concatenate([none, np.zeros(gallery)])
    return np.asarray(table[np.minimum(above, others)], np.float64)


def _variance(events: Floats, trials: Floats, value: Floats, sides: int) -> Floats:
    """Of `value`, from how the subjects differ."""
    whole, count = float(trials.sum()), int(np.count_nonzero(trials))
    if count < 2:
        return np.asarray(value * (1 - value), np.float64)
    squares = np.zeros_like(value)
    for start in range(0, len(events), 4096):
        rest = events[start : start + 4096] - trials[start : start + 4096, np.newaxis] * value
        squares += np.square(rest).sum(axis=0)
    return np.asarray(sides * sides * squares * count / (count - 1) / whole**2, np.float64)


def _bearing(events: Floats, trials: Floats) -> NDArray[np.int64]:
    """How many subjects had what happened, or did not happen, in fewer of them; (thresholds,)."""
    did = np.count_nonzero(events > 0, axis=0)
    return np.asarray(np.minimum(did, np.count_nonzero(events < trials[:, np.newaxis], axis=0)), np.int64)


def _units(trials: Floats, two: bool) -> float:
    """How many subjects were tried, or pairs of `two`: what may be alike, or hard, as a whole."""
    count = int(np.count_nonzero(trials))
    return float(max(1, count * (count - 1) // 2 if two else count))


def _carried(effect: Floats) -> Floats:
    """`effect` with every hole filled from the nearest lower threshold that has a value, then from the nearest."""
    known = np.flatnonzero(~np.isnan(effect))
    if not len(known):
        return np.ones_like(effect)
    at = np.searchsorted(known, np.arange(len(effect)), side="right") - 1
    return np.asarray(effect[known[np.maximum(at, 0)]], np.float64)


def _least(events: Floats, coverage: float) -> Floats:
    """The lowest mean of a Poisson count of which `events` or more are still likely (Wilson and Hilferty 1931)."""
    k = 2 * np.maximum(events, 1e-9)
    z = NormalDist().inv_cdf(1 - coverage)
    found = k / 2 * np.maximum(0.0, 1 - 2 / (9 * k) + z * np.sqrt(2 / (9 * k))) ** 3
    return np.asarray(np.where(events < 0.5, 0.0, found), np.float64)


def quantile(coverage: float, subjects: int) -> float:
    """How many standard errors away a two-sided bound is: Student's t of few `subjects`; the normal's if 0."""
    z = NormalDist().inv_cdf((1 + coverage) / 2)
    # The first two terms of Student's t (Abramowitz and Stegun 26.7.5).
    free = max(subjects - 1, 1) if subjects else 0
    return z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2) if free else z


def _log(value: float, low: float) -> float:
    return float(np.log(value / low)) if low > 0 else float("inf")
