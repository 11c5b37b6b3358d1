"""Comparing: two extractors at one FPIR, or two thresholds of one, side by side on the same people.

Both are tried on the same images, so what is told is their difference, with bounds from how it varies over people: far
narrower than the difference of two bounds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.evaluation import calibrating, identification, rates, verification, words
from countenance.evaluation.pairs import THRESHOLDS, Prepared, Tallied
from countenance.evaluation.record import number, rate
from countenance.vocabulary.rates import Rate


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One extractor's comparisons. `subjects`: names in the order of their numbers."""

    name: str
    prepared: Prepared
    tallied: Tallied
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of the two: `missed` and `searches` of each subject by name."""

    name: str
    gallery: int
    threshold: float
    fpir: Rate
    fnir: Rate
    missed: dict[str, float]
    searches: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Both sides; `difference`: FNIR of the second less that of the first, with bounds; of `people` in both."""

    first: Side
    second: Side
    difference: tuple[float, float, float]
    people: int


def nearest(threshold: float) -> int:
    """The index of a threshold that is one of THRESHOLDS. Raises Malformed."""
    place = int(np.argmin(np.abs(THRESHOLDS - threshold)))
    if not abs(THRESHOLDS[place] - threshold) <= 1e-6:
        raise Malformed(f"thresholds are from {THRESHOLDS[0]:.3f} to {THRESHOLDS[-1]:.3f} in steps of 0.005")
    return place


def side(measured: Measured, *, gallery: int, fpir: float, index: int | None = None) -> Side:
    """One side at threshold number `index`, or at the lowest with that FPIR. Raises Malformed, Refused."""
    ready, tallied = measured.prepared, measured.tallied
    place = calibrating.choose(ready, tallied, gallery=gallery, fpir=fpir).index if index is None else index
    mated = ~np.isnan(tallied.mates)
    reached = np.nan_to_num(tallied.mates, nan=-1.0) >= THRESHOLDS[place]
    missed = np.where(mated, 1.0 - reached * identification.found_first(ready, tallied, gallery), 0.0)
    by_name = _named(measured, verification.by_subject(ready, missed))
    searches = _named(measured, verification.by_subject(ready, mated.astype(np.float64)))
    curve = identification.fpir(ready, tallied, gallery)
    fnir = identification.fnir(ready, tallied, gallery)
    return Side(measured.name, gallery, float(THRESHOLDS[place]), curve.at(place), fnir.at(place), by_name, searches)


def compare(first: Side, second: Side) -> Compared:
    """The two, over the people that both have searches for. Raises Malformed if there are fewer than two."""
    names = [name for name in first.searches if first.searches[name] and second.searches.get(name)]
    if len(names) < 2:
        raise Malformed("there are fewer than two people with two images each: nothing can be compared")
    one = np.array([first.missed[name] / first.searches[name] for name in names])
    two = np.array([second.missed[name] / second.searches[name] for name in names])
    weights = np.array([first.searches[name] for name in names])
    apart = two - one
    value = float(np.average(apart, weights=weights))
    spread = np.sqrt(np.sum((weights * (apart - value)) ** 2) * len(names) / (len(names) - 1)) / weights.sum()
    # Where nothing differs nothing is known of how it varies: one search more or less.
    half = max(rates.quantile(rates.COVERAGE, len(names)) * float(spread), 1 / float(weights.sum()))
    return Compared(first, second, (value, value - half, value + half), len(names))


def told(found: Compared) -> str:
    """The comparison in words."""
    lines = [
        f"{one.name}: threshold {one.threshold:.3f} with a gallery of {one.gallery:,}\n"
        f"  {words.people(one.fpir, 'would raise an alert')}\n"
        f"  {words.people(one.fnir, 'would not be found', who='people who are in the gallery')}"
        for one in (found.first, found.second)
    ]
    value, low, high = (1000 * part for part in found.difference)
    apart = f"between {low:+.0f} and {high:+.0f} of 1,000, over {found.people:,} people"
    if low <= 0 <= high:
        lines.append(f"No difference in how many are missed was found ({apart}).")
    else:
        more = "more" if value > 0 else "fewer"
        lines.append(f"The second misses {more} people: {value:+.0f} of 1,000 ({apart}).")
    return "\n".join(lines)


def plain(found: Compared) -> dict[str, object]:
    """The comparison for machines."""
    value, low, high = (number(part) for part in found.difference)
    sides: list[object] = [
        {"name": one.name, "threshold": one.threshold, "gallery": one.gallery, "fpir": rate(one.fpir),
         "fnir": rate(one.fnir)}
        for one in (found.first, found.second)
    ]  # fmt: skip
    return {"sides": sides, "people": found.people, "fnir_difference": {"value": value, "low": low, "high": high}}


def _named(measured: Measured, values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(measured.subjects, values.tolist(), strict=True))
