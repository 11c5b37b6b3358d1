"""Calibrating: the threshold for a stated FPIR, and what other people may expect of it.

The bounds here are wider than a report's: not of the true rate, but of what as many other people of the same kind would
show (a prediction interval: Meeker, Hahn and Escobar 2017, ch. 6), so that whoever repeats the measurement on people of
their own can hold it against them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countenance.errors import Malformed, Refused
from countenance.evaluation import identification, pairs, rates, verification
from countenance.evaluation.pairs import THRESHOLDS, Prepared
from countenance.evaluation.rates import Curve
from countenance.vocabulary.calibration import UNKNOWN, Calibration, Source
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.rates import NOTHING, Rate
from countenance.warrants.threshold import check, point, usable


@dataclass(frozen=True, slots=True)
class Chosen:
    """A threshold for galleries of `gallery` people, its FPIR with bounds for other people, and its TPIR at rank 1."""

    gallery: int
    index: int
    fpir: Rate
    tpir: Rate

    @property
    def threshold(self) -> float:
        """Comparison score (cosine)."""
        return float(THRESHOLDS[self.index])


def choose(prepared: Prepared, tallied: pairs.Tallied, *, gallery: int, fpir: float, surely: bool = False) -> Chosen:
    """The lowest threshold from which FPIR is at most `fpir` (with `surely`: its upper bound).

    Raises Malformed for too few subjects, Refused if no threshold will do.
    """
    if not 0 < fpir < 1:
        raise Malformed("an FPIR is a share of searches, above 0 and below 1: such as 0.01")
    curve = identification.fpir(prepared, tallied, gallery)
    index = identification.lowest(curve, fpir, surely=surely)
    if index is None:
        raise Refused(
            f"no threshold up to {THRESHOLDS[-1]:.2f} keeps an FPIR of {fpir:g} with a gallery of {gallery} on these "
            "people: ask for a smaller gallery or a higher rate, or bring more people"
        )
    missed = identification.fnir(prepared, tallied, gallery).at(index)
    found = Rate(1 - missed.value, 1 - missed.high, 1 - missed.low, missed.trials) if missed.trials else NOTHING
    return Chosen(gallery, index, expected(curve, index), found)


def expected(curve: Curve, index: int) -> Rate:
    """The rate at one threshold with bounds of what as many other people would show."""
    rate = curve.at(index)
    low, high = rates.interval(np.array([rate.value]), curve.sure[index : index + 1] / 2)
    return Rate(rate.value, min(rate.low, float(low[0])), max(rate.high, float(high[0])), rate.trials, rate.coverage)


def calibration(
    prepared: Prepared, tallied: pairs.Tallied, extractor: bytes, *, gallery: int, told: str, made: Moment
) -> Calibration:
    """What these people say of an extractor's thresholds, for a deployment (`countenance calibration set`).

    `gallery`: how many are searched where FNIR is told. A bound is one-sided, 95 %, from how the people differ. Raises
    Malformed if there are too few comparisons for any threshold.
    """
    bounds = verification.fmr(prepared, tallied, coverage=1 - 2 * (1 - rates.COVERAGE))
    reached = tallied.crowd.sum(axis=0) // 2
    missed = identification.fnir(prepared, tallied, gallery)
    points = usable(
        point(
            round(1000 * threshold),
            int(reached[at]),
            bounds.trials,
            most=float(bounds.high[at]),
            fnir=round(1000 * float(missed.value[at])) if missed.trials else UNKNOWN,
        )
        for at, threshold in enumerate(THRESHOLDS.tolist())
    )
    found = Calibration(extractor, "", (), Source.EVALUATION, told, made, points)
    check(found)
    return found


def halves(subjects: int, repeats: int, seed: int) -> Iterator[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """`repeats` ways to draw half of so many subjects: flags (subjects,). The same seed draws the same."""
    random = np.random.default_rng(seed)
    for _ in range(repeats):
        chosen = np.zeros(subjects, bool)
        chosen[random.permutation(subjects)[: subjects // 2]] = True
        yield chosen
