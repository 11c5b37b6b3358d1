"""Estimates: what people answered, from what was reported of it; unbiased, and how sure one may be.

With `keep` the chance of a true report and k answers, an answer that a share p gives is reported by
keep * p + (1 - keep) / k of people. Solving for p is unbiased, and what is reported are independent draws, so one
multinomial variance holds both what people were drawn and what chance was added (Warner 1965; Wang, Blocki, Li and Jha
2017). Intervals are Wilson's, of the reported share. Weighted shares sum over cells; what raking adds to their variance
is the residual of a regression on the margins (Deville and Särndal 1992). Where a share is put together of few reports
each of several cells or ways, each variance is that of a share drawn one report towards that of all. Invariants:

* Estimates are not cut to 0 and 1: cutting them would make them wrong on average. Their bounds are.
* All shares are of everybody who was asked the item; those who gave no answer are a share of their own.
* No correction for a small population: bounds are a little wide where most of the site's people answered.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from countenance.evaluation import rates
from countenance.survey import budget, counting
from countenance.survey.counting import Counted, Counts
from countenance.survey.weighting import Weights
from countenance.vocabulary.survey import LEAST, Instrument, Way

Floats = NDArray[np.float64]

COVERAGE = rates.COVERAGE
Z = NormalDist().inv_cdf((1 + COVERAGE) / 2)
_NOTHING = 1e-12
"""Below this, a variance is what rounding left."""


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Of every item and answer, (items, answers): estimate, variance, and bounds within 0 and 1.

    NaN where an item has fewer answers, or nobody reported it. `keep`: (items,), how much of a report is true, all ways
    together; `reports`: (items,), how many there are; `even`: (items,), how many, all weighing the same, would know as
    much; `trials`: (items, answers), how many each share is as sure as; `with_none`: covariance of each answer with *no
    answer*.
    """

    value: Floats
    variance: Floats
    low: Floats
    high: Floats
    keep: Floats
    reports: Counts
    even: Floats
    trials: Floats
    with_none: Floats

    @property
    def effect(self) -> Floats:
        """Design effect, weights and randomisation together: against as many true answers, drawn evenly."""
        level = np.clip(self.value, 1e-6, 1 - 1e-6)
        return self.variance * self.reports[:, None] / (level * (1 - level))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Estimates by cell: `value`, `variance`, `with_none` (cells, items, answers), the others (cells, items).

    `unsure`: 1 / `Shares.even`.
    """

    value: Floats
    variance: Floats
    with_none: Floats
    reports: Counts
    keep: Floats
    unsure: Floats

    def at(self, cell: int) -> "_Cells":
        """One cell, in its own place."""
        return _Cells(*(getattr(self, one.name)[cell] for one in fields(self)))


def overall(instrument: Instrument, counted: Mapping[Way, Counted]) -> Shares:
    """Shares among all who answered, without weights."""
    return by_cell(instrument, counting.whole(counted))[0]


def by_cell(instrument: Instrument, counted: Mapping[Way, Counted]) -> tuple[Shares, ...]:
    """Shares in each cell of the counts, without weights: for comparing parts of a group."""
    # Of one cell and one way Wilson's bounds need no help; of several ways, few reports of each are put together.
    likely = _likely(instrument, counted) if len(counted) > 1 else None
    found = _by_cell(instrument, counted, likely)
    return tuple(_bounded(instrument, found.at(cell), likely) for cell in range(len(found.value)))


def weighted(instrument: Instrument, counted: Mapping[Way, Counted], weights: Weights) -> Shares:
    """Shares among the site's people. NaN for an item that nobody reported from a cell that counts."""
    used = weights.shares > 0
    here = {way: Counted(one.people[used], one.reports[used]) for way, one in counted.items()}
    likely = _likely(instrument, here)
    found = _by_cell(instrument, here, likely)
    shares = weights.shares[used, None, None]
    square = shares**2
    rest = _residuals(found.value, weights, used)
    variance = (square * (found.variance + rest**2 / weights.answered[used, None, None])).sum(axis=0)
    # As if all reports were as true as they are on average where they weigh most.
    noise = (square[..., 0] / found.keep**2).sum(axis=0) / square[..., 0].sum(axis=0)
    whole = _Cells(
        value=(shares * found.value).sum(axis=0),
        variance=variance,
        with_none=(square * found.with_none).sum(axis=0),
        reports=found.reports.sum(axis=0),
        keep=1 / np.sqrt(noise),
        unsure=(square[..., 0] * found.unsure).sum(axis=0),
    )
    return _bounded(instrument, whole, likely)


def of_answered(shares: Shares, item: int, answers: int) -> tuple[Floats, Floats, Floats]:
    """Value and bounds of each answer's share among those who gave one, (answers - 1,): score bounds of a ratio.

    They are Fieller's (1954), but with the variance that each ratio itself would have, as Wilson's are of a share: of a
    hundred who all said the same, others may think otherwise. NaN where, as far as is known, nobody gave one.
    """
    none = answers - 1
    over, value = 1 - shares.value[item, none], shares.value[item, :none]
    if not over > 0:
        return np.full(none, np.nan), np.zeros(none), np.ones(none)
    ratio, keep = value / over, shares.keep[item]
    # What chance adds to the variance of a report, (1 - 2 r + (k - 1) r²) u - (1 - (k - 1) r)² u², over what is true.
    u, true = (1 - keep) / answers, keep * over
    square, middle, alone = np.array([none * u - (none * u) ** 2, 2 * none * u**2 - 2 * u, u - u**2]) / true
    likely = np.clip(ratio, 0, 1)
    spread = (
        shares.variance[item, :none]
        + 2 * likely * shares.with_none[item, :none]
        + likely**2 * shares.variance[item, none]
    ) / over**2
    one = likely * (1 - likely) + square * likely**2 + middle * likely + alone
    # No surer than so many even reports are, whatever the few that there are look like.
    most = shares.even[item] * true
    known = (one > _NOTHING) & (spread > _NOTHING)
    trials = np.minimum(np.divide(one, spread, out=np.full(none, most), where=known), most)
    low, high = _solved(ratio, Z**2 / np.maximum(trials, _NOTHING), square, middle, alone)
    return ratio, low, high


def apart(first: Shares, second: Shares) -> tuple[Floats, Floats]:
    """Difference of two sets of shares of different people, and p of none (two-sided): (items, answers).

    The variance is what it would be if there were no difference, of both together (the score test): of few reports,
    none of which is an answer, their own would be nothing, and every difference sure. NaN where fewer than LEAST people
    of a side reported the item.
    """
    by = first.value - second.value
    sides = first, second
    known = [one.trials * one.keep[:, None] ** 2 for one in sides]
    together = (known[0] * first.value + known[1] * second.value) / np.maximum(known[0] + known[1], 1e-12)
    sizes = np.isfinite(by).sum(axis=1)
    spread = np.zeros_like(by)
    for one, weight in zip(sides, known, strict=True):
        chance = ((1 - one.keep) / np.maximum(sizes, 1))[:, None]
        seen = np.clip(chance + one.keep[:, None] * together, 0.0, 1.0)
        spread += seen * (1 - seen) / np.maximum(weight, 1e-12)
    enough = np.minimum(first.reports, second.reports)[:, None] >= LEAST
    z = np.divide(np.abs(by), np.sqrt(spread), out=np.full_like(by, np.nan), where=(spread > 0) & enough)
    return by, np.vectorize(lambda one: math.erfc(one / math.sqrt(2)))(z)


def holm(chances: Sequence[float]) -> list[float]:
    """p of many comparisons, corrected so that one that is wrong is as rare as of a single one (Holm 1979)."""
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    corrected, least = [0.0] * len(chances), 0.0
    for place, at in enumerate(order):
        least = max(least, min(1.0, chances[at] * (len(chances) - place)))
        corrected[at] = least
    return corrected


def _likely(instrument: Instrument, counted: Mapping[Way, Counted]) -> Floats:
    """Shares of all cells and ways together, within 0 and 1, (items, answers)."""
    whole = _by_cell(instrument, counting.whole(counted), None).value[0]
    return np.asarray(np.clip(np.nan_to_num(whole), 0, 1), np.float64)


def _by_cell(instrument: Instrument, counted: Mapping[Way, Counted], likely: Floats | None) -> _Cells:
    """Every way's estimate by itself, put together as many people as each brought of those who report the item.

    `likely`: what shares of few reports are drawn to for their variances; None: they are taken as they are.
    """
    sizes = np.array([len(item.answers) for item in instrument.items], np.float64)
    last = (sizes - 1).astype(np.int64)[None, :, None]
    here = {way: one.reports.sum(axis=2) for way, one in counted.items()}
    brought = {way: one.people[:, None] * (here[way] > 0) for way, one in counted.items()}
    total, people = sum(here.values()), np.maximum(sum(brought.values()), 1)
    shape = next(iter(counted.values())).reports.shape
    value, variance, none = (np.zeros(shape) for _ in range(3))
    noise, unsure = (np.zeros(shape[:2]) for _ in range(2))
    found: list[tuple[Floats, Floats]] = []
    for way, one in counted.items():
        keep = np.array([how.keep for how in budget.channels(instrument, way)])
        n = np.maximum(here[way], 1)
        chance = ((1 - keep) / sizes)[:, None]
        seen = near = one.reports / n[..., None]
        part = brought[way] / people
        scale = (part**2 / (n * keep**2))[..., None]
        if likely is not None:
            # One report more for what it takes: else few of which none is an answer would know it for sure.
            more = n[..., None] + 1
            near = (one.reports + chance + keep[:, None] * likely) / more
            scale = scale * more / n[..., None]
        variance += scale * near * (1 - near)
        none -= scale * near * np.take_along_axis(near, last, axis=2)
        found.append((part[..., None], (seen - chance) / keep[:, None]))
        value += found[-1][0] * found[-1][1]
        noise += part / keep**2
        unsure += part**2 / n
    for parts, true in found:
        # By which way people come is chance, too.
        off = np.clip(true, 0, 1) - np.clip(value, 0, 1)
        variance += parts * off**2 / people[..., None]
        none += parts * off * np.take_along_axis(off, last, axis=2) / people[..., None]
    missing = (np.arange(shape[2]) >= sizes[:, None]) | (total == 0)[..., None]
    value[missing] = np.nan
    keep_all = np.divide(1, np.sqrt(noise), out=np.ones_like(noise), where=noise > 0)
    return _Cells(value, variance, none, np.asarray(total, np.int64), keep_all, unsure)


def _residuals(value: Floats, weights: Weights, used: NDArray[np.bool_]) -> Floats:
    """What the margins do not say of each cell's shares, (cells, items, answers)."""
    of = [one.of[used] for one in weights.margins]
    columns = [(place[:, None] == np.arange(len(one.shares))) for place, one in zip(of, weights.margins, strict=True)]
    design = np.concatenate(columns, axis=1).astype(np.float64)
    root = np.sqrt(weights.shares[used])[:, None]
    flat = np.nan_to_num(value.reshape(len(design), -1))
    fitted = design @ (np.linalg.pinv(design * root) @ (flat * root))
    return np.asarray((flat - fitted).reshape(value.shape), np.float64)


def _solved(ratio: Floats, t: Floats, square: float, middle: float, alone: float) -> tuple[Floats, Floats]:
    """Least and greatest r within 0 and 1 with (ratio - r)² <= t (r (1 - r) + square r² + middle r + alone)."""
    first, second = 1 + t * (1 - square), t * (1 + middle) / 2
    inside = np.clip(ratio, 0, 1)
    far = (ratio + second) ** 2 < first * (ratio**2 - t * alone)
    # An estimate beyond what is possible, so far that nothing fits it: from the nearest that is possible.
    ratio = np.where(far, inside, ratio)
    half = np.sqrt(np.maximum((ratio + second) ** 2 - first * (ratio**2 - t * alone), 0.0))
    unbounded, first = first <= 0, np.where(first > 0, first, 1.0)
    low, high = (np.clip((ratio + second + side * half) / first, 0, 1) for side in (-1, 1))
    return np.where(unbounded, 0.0, np.minimum(low, inside)), np.where(unbounded, 1.0, np.maximum(high, inside))


def _bounded(instrument: Instrument, found: _Cells, likely: Floats | None) -> Shares:
    """Wilson's bounds of the reported share of one cell, brought back to the true one. `likely`: as in `_by_cell`."""
    value, keep = found.value, found.keep
    sizes = np.array([len(item.answers) for item in instrument.items], np.float64)
    chance, scale = ((1 - keep) / sizes)[:, None], keep[:, None]
    seen = np.clip(chance + scale * value, 0.0, 1.0)
    spread = scale**2 * found.variance
    even = np.divide(1, found.unsure, out=np.zeros_like(found.unsure), where=found.unsure > 0)
    every = np.repeat(even[:, None], value.shape[1], 1)
    near = seen if likely is None else (every * seen + chance + scale * likely) / (every + 1)
    trials = np.divide(near * (1 - near), spread, out=every, where=spread > 0)
    low, high = rates.interval(np.nan_to_num(seen), trials)
    low, high = ((one - chance) / scale for one in (low, high))
    unknown = np.isnan(value)
    low, high = (np.where(unknown, np.nan, np.clip(one, 0.0, 1.0)) for one in (low, high))
    return Shares(value, found.variance, low, high, keep, found.reports, even, trials, found.with_none)
