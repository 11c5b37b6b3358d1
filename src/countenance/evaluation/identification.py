"""Identification: how often searches of a gallery are wrong (ISO/IEC 19795-1: FPIR, FNIR, rank).

A gallery holds one reference each of so many subjects. A non-mated search is for somebody who is not in it, a mated one
for somebody who is, with another image. Nothing is drawn: of all galleries of a size that could be, the mean is
computed from how many references each image reaches (the hypergeometric distribution). FPIR is the share of non-mated
searches with a candidate at or above the threshold; FNIR of mated ones whose subject is not the first candidate, or
not at or above it. Every curve is over `pairs.THRESHOLDS`.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.evaluation import rates
from countenance.evaluation.pairs import THRESHOLDS, Prepared, Tallied
from countenance.evaluation.rates import Curve
from countenance.evaluation.verification import Flags, by_subject

GALLERIES = (100, 500, 1500)


def fpir(prepared: Prepared, tallied: Tallied, gallery: int, members: Flags | None = None) -> Curve:
    """FPIR of galleries of `gallery` subjects; with `members` (images,) of searches with those images only.

    Raises Malformed if there are not enough subjects.
    """
    chosen = np.ones(len(prepared.values), bool) if members is None else members
    others = len(prepared.references) - 1
    events = np.where(chosen[:, np.newaxis], rates.in_gallery(tallied.found, others, gallery), 0.0)
    trials = by_subject(prepared, chosen.astype(np.float64))
    return rates.of_subjects(by_subject(prepared, events), trials, sides=2, whole=True)


def fnir(prepared: Prepared, tallied: Tallied, gallery: int, members: Flags | None = None) -> Curve:
    """FNIR at rank 1; see `fpir`."""
    found = found_first(prepared, tallied, gallery)
    chosen = ~np.isnan(tallied.mates) & (True if members is None else members)
    reached = np.nan_to_num(tallied.mates, nan=-1.0)[:, np.newaxis] >= THRESHOLDS
    missed = np.where(chosen[:, np.newaxis], 1.0 - np.where(reached, found[:, np.newaxis], 0.0), 0.0)
    trials = by_subject(prepared, chosen.astype(np.float64))
    return rates.of_subjects(by_subject(prepared, missed), trials, whole=True)


def found_first(prepared: Prepared, tallied: Tallied, gallery: int) -> NDArray[np.float64]:
    """For each image, how likely its subject's reference is the first candidate, in a gallery that holds it."""
    others = len(prepared.references) - 1
    if not 1 <= gallery <= others:
        raise Malformed(f"a gallery of {gallery} needs more subjects than that: there are {others + 1}")
    first = 1.0 - rates.in_gallery(tallied.better, others, gallery - 1)
    return np.asarray(np.where(np.nan_to_num(tallied.mates, nan=-1.0) >= THRESHOLDS[0], first, 0.0), np.float64)


def ranks(tallied: Tallied, most: int = 50) -> NDArray[np.float64]:
    """The share of mated searches of all references whose subject is among the first 1, 2, … `most` candidates."""
    mated = ~np.isnan(tallied.mates)
    if not mated.any():
        return np.full(most, np.nan)
    rank = np.where(tallied.mates >= THRESHOLDS[0], tallied.better, most)[mated]
    return np.asarray(np.cumsum(np.bincount(np.minimum(rank, most), minlength=most + 1)[:most]) / mated.sum())


def lowest(curve: Curve, most: float, *, surely: bool = False) -> int | None:
    """The index of the lowest threshold from which the rate is at most `most`; None if it never is.

    With `surely` it is the upper bound that must be.
    """
    above = np.flatnonzero((curve.high if surely else curve.value) > most)
    place = int(above[-1]) + 1 if len(above) else 0
    return place if place < len(curve.value) else None


def galleries(subjects: int) -> tuple[int, ...]:
    """The sizes that are reported: those of GALLERIES that so many subjects allow, or the largest possible."""
    possible = tuple(size for size in GALLERIES if size < subjects)
    return possible or (max(1, subjects // 2),)
