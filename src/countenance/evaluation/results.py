"""Results: everything an evaluation found, computed once, for the page and the record alike.

Invariant: a figure stands here with its bounds or not at all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.evaluation import demographics, identification, pairs, rates, verification
from countenance.evaluation.demographics import Column, Measured
from countenance.evaluation.manifest import Manifest
from countenance.evaluation.pairs import Prepared, Progress, Tallied
from countenance.evaluation.rates import Curve
from countenance.vocabulary.evaluation import Acquired, Failure, Lost
from countenance.vocabulary.rates import Rate

ASKED = 0.01
"""The FPIR whose threshold is told first, unless another is asked for."""
DISCARDS = tuple(round(0.05 * step, 2) for step in range(11))


@dataclass(frozen=True, slots=True)
class Extractor:
    """Whose errors these are. `digest`: as in templates."""

    name: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Discard:
    """`share` of the mated searches with the lowest quality left out: `least` quality that is left, and the FNMR."""

    share: float
    least: int
    fnmr: Rate


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """All of it. `fpir`, `fnir`: by size of the gallery. `gallery`, `index`: the size and the threshold told first.

    `reached`: whether at that threshold FPIR is what was asked for; if not, it is the highest there is.
    """

    extractor: Extractor
    tallied: Tallied
    prepared: Prepared
    fmr: Curve
    fnmr: Curve
    fpir: Mapping[int, Curve]
    fnir: Mapping[int, Curve]
    ranks: NDArray[np.float64]
    groups: tuple[Measured, ...]
    discards: tuple[Discard, ...]
    fta: Rate
    fte: Rate
    counts: Mapping[str, int]
    left_out: Mapping[str, int]
    ignored: tuple[str, ...]
    asked: float
    gallery: int
    index: int
    reached: bool

    @property
    def threshold(self) -> float:
        """The threshold told first."""
        return float(pairs.THRESHOLDS[self.index])


def prepared(manifest: Manifest, outcomes: Sequence[Acquired | Lost]) -> tuple[Prepared, tuple[Column, ...]]:
    """Templates as pairs are made of them, and the groups. Raises Malformed if there are too few subjects."""
    acquired = [one for one in outcomes if isinstance(one, Acquired)]
    rows = [manifest.rows[one.row] for one in acquired]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(row.subject for row in rows))}
    columns = tuple(
        Column(name, tuple(sorted({row.groups[at] for row in rows} - {""}))) for at, name in enumerate(manifest.columns)
    )
    codes = np.full((len(columns), len(rows)), -1, np.int32)
    for at, column in enumerate(columns):
        places = {name: number for number, name in enumerate(column.groups)}
        codes[at] = [places.get(row.groups[at], -1) for row in rows]
    values = np.array([np.frombuffer(one.values, "<f4") for one in acquired], np.float32)
    subjects = np.array([numbers[row.subject] for row in rows], np.int64)
    return pairs.prepare(values.reshape(len(rows), -1), subjects, codes), columns


def evaluate(
    manifest: Manifest,
    outcomes: Sequence[Acquired | Lost],
    extractor: Extractor,
    *,
    asked: float = ASKED,
    threads: int = 1,
    progress: Progress = lambda _pairs: None,
) -> Results:
    """All figures of an evaluation. Raises Malformed if there are too few subjects."""
    ready, columns = prepared(manifest, outcomes)
    tallied = pairs.count(ready, threads=threads, progress=progress)
    subjects = len(ready.references)
    sizes = identification.galleries(subjects)
    fpir = {size: identification.fpir(ready, tallied, size) for size in sizes}
    told = 500 if 500 in sizes else sizes[-1]
    index = identification.lowest(fpir[told], asked)
    at = len(pairs.THRESHOLDS) - 1 if index is None else index
    acquired = [one for one in outcomes if isinstance(one, Acquired)]
    quality = np.array([one.quality for one in acquired], np.int64)[ready.order]
    return Results(
        extractor=extractor,
        tallied=tallied,
        prepared=ready,
        fmr=verification.fmr(ready, tallied),
        fnmr=verification.fnmr(ready, tallied),
        fpir=fpir,
        fnir={size: identification.fnir(ready, tallied, size) for size in sizes},
        ranks=identification.ranks(tallied),
        groups=demographics.measure(ready, tallied, columns, told),
        discards=discards(ready, tallied, quality, float(pairs.THRESHOLDS[at])),
        fta=_fta(outcomes),
        fte=_fte(manifest, outcomes),
        counts=_counts(outcomes, tallied, subjects),
        left_out=manifest.left_out,
        ignored=manifest.ignored,
        asked=asked,
        gallery=told,
        index=at,
        reached=index is not None,
    )


def discards(ready: Prepared, tallied: Tallied, quality: NDArray[np.int64], threshold: float) -> tuple[Discard, ...]:
    """Error against discard (ISO/IEC 29794-1): FNMR as mated comparisons with the lowest quality are left out.

    `quality` (images,), in the prepared order; a comparison has that of the worse of its two images. Empty without
    quality or without mated comparisons.
    """
    worse = np.minimum(quality, quality[ready.references[ready.subjects]])
    chosen = np.flatnonzero(~np.isnan(tallied.mates) & (worse >= 0))
    if not len(chosen):
        return ()
    ordered = chosen[np.argsort(worse[chosen], kind="stable")]
    found = []
    for share in DISCARDS:
        kept = ordered[round(share * len(ordered)) :]
        trials = np.bincount(ready.subjects[kept], minlength=len(ready.references)).astype(np.float64)
        below = tallied.mates[kept] < threshold
        events = np.bincount(ready.subjects[kept], below, minlength=len(ready.references)).astype(np.float64)
        rate = rates.of_subjects(events[:, np.newaxis], trials, whole=True).at(0)
        found.append(Discard(share, int(worse[kept[0]]), rate))
    return tuple(found)


def _fta(outcomes: Sequence[Acquired | Lost]) -> Rate:
    """Failures to acquire: pictures in which a face was looked for, and none was found."""
    failed = sum(isinstance(one, Lost) and one.why is Failure.NO_FACE for one in outcomes)
    made = sum(isinstance(one, Acquired) and not one.aligned and one.quality >= 0 for one in outcomes)
    return rates.wilson(failed, failed + made)


def _fte(manifest: Manifest, outcomes: Sequence[Acquired | Lost]) -> Rate:
    """Failures to enrol: subjects of whom there was a picture, and no template could be made."""
    faults = (Failure.MISSING, Failure.DAMAGED, Failure.TWICE, Failure.SIZE, Failure.OTHER)
    tried = {manifest.rows[one.row].subject for one in outcomes if isinstance(one, Acquired) or one.why not in faults}
    enrolled = {manifest.rows[one.row].subject for one in outcomes if isinstance(one, Acquired)}
    return rates.wilson(len(tried - enrolled), len(tried))


def _counts(outcomes: Sequence[Acquired | Lost], tallied: Tallied, subjects: int) -> dict[str, int]:
    lost = Counter(one.why for one in outcomes if isinstance(one, Lost))
    acquired = [one for one in outcomes if isinstance(one, Acquired)]
    return {
        "images": len(outcomes),
        "templates": len(acquired),
        "used_as_aligned": sum(one.aligned for one in acquired),
        "subjects": subjects,
        "non_mated_pairs": int(tallied.non.sum()),
        "mated_pairs": int(tallied.mated.sum()),
        "mated_searches": int(np.count_nonzero(~np.isnan(tallied.mates))),
        **{why.name.lower(): lost[why] for why in Failure},
    }
