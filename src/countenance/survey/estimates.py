"""Estimates: what people answered, from what was reported of it; unbiased, and how sure one may be.

With `keep` the chance of a true report and k answers, an answer that a share p gives is reported by
keep * p + (1 - keep) / k of people. Solving for p is unbiased, and what is reported are independent draws, so one
multinomial variance holds both what people were drawn and what chance was added (Warner 1965; Wang, Blocki, Li and Jha
2017). Intervals are Wilson's, of the reported share. Weighted shares sum over cells; what raking adds to their variance
is the residual of a regression on the margins (Deville and Särndal 1992). Invariants:

* Estimates are not cut to 0 and 1: cutting them would make them wrong on average. Their bounds are.
* All shares are of everybody who was asked the item; those who gave no answer are a share of their own.
* No correction for a small population: bounds are a little wide where most of the site's people answered.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Of every item and answer, (items, answers): estimate, variance, and bounds within 0 and 1.

    NaN where an item has fewer answers, or nobody reported it. `keep`: (items,), how much of a report is true, all ways
    together; `reports`: (items,), how many there are; `with_none`: covariance of each answer with *no answer*.
    """

    value: Floats
    variance: Floats
    low: Floats
    high: Floats
    keep: Floats
    reports: Counts
    with_none: Floats

    @property
    def effect(self) -> Floats:
        """Design effect, weights and randomisation together: against as many true answers, drawn evenly."""
        level = np.clip(self.value, 1e-6, 1 - 1e-6)
        return self.variance * self.reports[:, None] / (level * (1 - level))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Estimates by cell: `value`, `variance`, `with_none` (cells, items, answers), `reports` (cells, items)."""

    value: Floats
    variance: Floats
    with_none: Floats
    reports: Counts
    keep: Floats


def overall(instrument: Instrument, counted: Mapping[Way, Counted]) -> Shares:
    """Shares among all who answered, without weights."""
    found = _by_cell(instrument, counting.whole(counted))
    return _bounded(
        instrument, found.value[0], found.variance[0], found.with_none[0], (found.keep[0], found.reports[0])
    )


def by_cell(instrument: Instrument, counted: Mapping[Way, Counted]) -> tuple[Shares, ...]:
    """Shares in each cell of the counts, without weights: for comparing parts of a group."""
    found = _by_cell(instrument, counted)
    return tuple(
        _bounded(instrument, value, variance, none, (keep, reports))
        for value, variance, none, keep, reports in zip(
            found.value, found.variance, found.with_none, found.keep, found.reports, strict=True
        )
    )


def weighted(instrument: Instrument, counted: Mapping[Way, Counted], weights: Weights) -> Shares:
    """Shares among the site's people. NaN for an item that nobody reported from a cell that counts."""
    used = weights.shares > 0
    here = {way: Counted(one.people[used], one.reports[used]) for way, one in counted.items()}
    found = _by_cell(instrument, here)
    shares = weights.shares[used, None, None]
    value = (shares * found.value).sum(axis=0)
    variance = (shares**2 * _fair(found)).sum(axis=0)
    rest = _residuals(found.value, weights, used)
    variance += (shares**2 * rest**2 / weights.answered[used, None, None]).sum(axis=0)
    # As if all reports were as true as they are on average where they weigh most.
    noise = (shares[..., 0] ** 2 / found.keep**2).sum(axis=0) / (shares[..., 0] ** 2).sum(axis=0)
    none = (shares**2 * found.with_none).sum(axis=0)
    return _bounded(instrument, value, variance, none, (1 / np.sqrt(noise), found.reports.sum(axis=0)))


def of_answered(shares: Shares, item: int, answers: int) -> tuple[Floats, Floats, Floats]:
    """Value and bounds of each answer's share among those who gave one, (answers - 1,): Fieller's ratio (1954).

    NaN where, as far as is known, nobody gave one.
    """
    none = answers - 1
    over, spread = 1 - shares.value[item, none], shares.variance[item, none]
    value, variance = shares.value[item, :none], shares.variance[item, :none]
    with_over = -shares.with_none[item, :none]
    square = over**2 - Z**2 * spread
    if not over > 0:
        return np.full(none, np.nan), np.zeros(none), np.ones(none)
    if not square > 0:
        return value / over, np.zeros(none), np.ones(none)
    middle = value * over - Z**2 * with_over
    half = np.sqrt(np.maximum(middle**2 - square * (value**2 - Z**2 * variance), 0.0))
    return value / over, np.clip((middle - half) / square, 0, 1), np.clip((middle + half) / square, 0, 1)


def apart(first: Shares, second: Shares) -> tuple[Floats, Floats]:
    """Difference of two sets of shares of different people, and p of none (two-sided): (items, answers).

    The variance is what it would be if there were no difference, of both together (the score test): of few reports,
    none of which is an answer, their own would be nothing, and every difference sure. NaN where fewer than LEAST people
    of a side reported the item.
    """
    by = first.value - second.value
    sides = first, second
    known = [(one.reports * one.keep**2)[:, None] for one in sides]
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


def _by_cell(instrument: Instrument, counted: Mapping[Way, Counted]) -> _Cells:
    """Every way's estimate by itself, put together as many people as each brought of those who report the item."""
    sizes = np.array([len(item.answers) for item in instrument.items], np.float64)
    last = (sizes - 1).astype(np.int64)
    here = {way: one.reports.sum(axis=2) for way, one in counted.items()}
    brought = {way: one.people[:, None] * (here[way] > 0) for way, one in counted.items()}
    total, people = sum(here.values()), np.maximum(sum(brought.values()), 1)
    shape = next(iter(counted.values())).reports.shape
    value, variance, none = (np.zeros(shape) for _ in range(3))
    noise = np.zeros(shape[:2])
    for way, one in counted.items():
        keep = np.array([how.keep for how in budget.channels(instrument, way)])
        n = np.maximum(here[way], 1)
        seen = one.reports / n[..., None]
        part = brought[way] / people
        true = (seen - ((1 - keep) / sizes)[:, None]) / keep[:, None]
        scale = (part**2 / (n * keep**2))[..., None]
        value += part[..., None] * true
        variance += scale * seen * (1 - seen)
        at_none = np.take_along_axis(seen, np.broadcast_to(last[:, None], (*n.shape, 1)), axis=2)
        none -= scale * seen * at_none
        noise += part / keep**2
    missing = (np.arange(shape[2]) >= sizes[:, None]) | (total == 0)[..., None]
    value[missing] = np.nan
    keep_all = np.divide(1, np.sqrt(noise), out=np.ones_like(noise), where=noise > 0)
    return _Cells(value, variance, none, np.asarray(total, np.int64), keep_all)


def _fair(found: _Cells) -> Floats:
    """Variances of cells without the bias of few reports; one report alone knows nothing of its variance."""
    few = found.reports[..., None]
    unknown = np.broadcast_to(0.25 / found.keep[..., None] ** 2, found.variance.shape)
    fair = found.variance * few / np.maximum(few - 1, 1)
    return np.asarray(np.where(few == 1, unknown, fair), np.float64)


def _residuals(value: Floats, weights: Weights, used: NDArray[np.bool_]) -> Floats:
    """What the margins do not say of each cell's shares, (cells, items, answers)."""
    of = [one.of[used] for one in weights.margins]
    columns = [(place[:, None] == np.arange(len(one.shares))) for place, one in zip(of, weights.margins, strict=True)]
    design = np.concatenate(columns, axis=1).astype(np.float64)
    root = np.sqrt(weights.shares[used])[:, None]
    flat = np.nan_to_num(value.reshape(len(design), -1))
    fitted = design @ (np.linalg.pinv(design * root) @ (flat * root))
    return np.asarray((flat - fitted).reshape(value.shape), np.float64)


def _bounded(
    instrument: Instrument, value: Floats, variance: Floats, none: Floats, report: tuple[Floats, Counts]
) -> Shares:
    """Wilson's bounds of the reported share, brought back to the true one."""
    keep, reports = report
    sizes = np.array([len(item.answers) for item in instrument.items], np.float64)
    chance, scale = ((1 - keep) / sizes)[:, None], keep[:, None]
    seen = np.clip(chance + scale * value, 0.0, 1.0)
    spread = scale**2 * variance
    trials = np.divide(
        seen * (1 - seen), spread, out=np.repeat(reports[:, None].astype(np.float64), value.shape[1], 1),
        where=spread > 0,
    )  # fmt: skip
    low, high = rates.interval(np.nan_to_num(seen), trials)
    low, high = ((one - chance) / scale for one in (low, high))
    unknown = np.isnan(value)
    low, high = (np.where(unknown, np.nan, np.clip(one, 0.0, 1.0)) for one in (low, high))
    return Shares(value, variance, low, high, keep, reports, none)
