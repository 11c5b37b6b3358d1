"""Simulating: surveys of a made-up population whose answers are known, from chance to bounds, to see what comes out.

Each survey draws people, randomises what they answer, writes a day's file, reads and counts it, and estimates, with
weights and without. People answer less readily in some parts of the groups than in others, and answer differently
there. `value` is how often the 95 % interval held the true share, over all answers of all items: 0.95 if it is what it
says.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Refused
from countenance.survey import budget, counting, estimates, responses, weighting
from countenance.survey.budget import Bytes
from countenance.survey.counting import Counted
from countenance.survey.estimates import Shares
from countenance.survey.responses import Header
from countenance.vocabulary.survey import MILLIONTHS, Instrument, Privacy, Way

Floats = NDArray[np.float64]

EPSILONS: Final = (0.5, 1.0, math.log(3), 3.0, math.inf)
PEOPLE: Final = 6152
"""Answers of one survey: as many as the survey of 2019 had."""
EVERY: Final = 50
"""Surveys between two words of progress."""
_DAY = "2000-01-01"


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A population. `truths`: (cells, items, answers); `people`, `ready`: (cells,), shares of the site, of answers."""

    instrument: Instrument
    truths: Floats
    people: Floats
    ready: Floats

    @property
    def of_people(self) -> Floats:
        """True shares among the site's people, (items, answers)."""
        return np.asarray(np.einsum("c,cia->ia", self.people, self.truths), np.float64)

    @property
    def of_ready(self) -> Floats:
        """True shares among those who answer."""
        return np.asarray(np.einsum("c,cia->ia", self.ready, self.truths), np.float64)


@dataclass(frozen=True, slots=True)
class Covered:
    """How often intervals held the truth. `bias`: the mean error, in standard errors of that mean, at its worst."""

    epsilon: float
    weighted: bool
    value: float
    lowest: float
    error: float
    bias: float


def world(instrument: Instrument, draw: np.random.Generator) -> World:
    """A population of that questionnaire's groups; everybody says which part they belong to."""
    cells, sizes = instrument.cells, [len(item.answers) for item in instrument.items]
    people, ready = np.ones(len(cells)), np.ones(len(cells))
    for at, group in enumerate(instrument.groups):
        of = np.array([cell[at] for cell in cells])
        shares = np.array([*(part.people for part in group.parts), 0], np.float64)
        people *= (shares / shares.sum())[of]
        ready *= np.array([*(draw.uniform(0.5, 1.5) for _ in group.parts), 0.0])[of]
    ready *= people
    truths = np.zeros((len(cells), len(sizes), max(sizes)))
    for item, size in enumerate(sizes):
        common = draw.dirichlet(np.full(size, 2.0))
        for cell in range(len(cells)):
            truths[cell, item, :size] = 0.6 * common + 0.4 * draw.dirichlet(np.full(size, 2.0))
    return World(instrument, truths, people, ready / ready.sum())


def of_epsilon(instrument: Instrument, epsilon: float) -> Instrument:
    """The same questionnaire with another total of epsilon; with infinity, nothing is randomised."""
    if math.isinf(epsilon):
        return dataclasses.replace(instrument, privacy=Privacy.CENTRAL, epsilon=0)
    return dataclasses.replace(instrument, privacy=Privacy.LOCAL, epsilon=int(epsilon * MILLIONTHS))


def answered(place: World, people: int, draw: np.random.Generator) -> tuple[Bytes, Bytes]:
    """True answers of people who answer: (people,) cells and (people, items) answers."""
    each = draw.multinomial(people, place.ready)
    items = len(place.instrument.items)
    answers = np.empty((people, items), np.uint8)
    start = 0
    for cell, count in enumerate(each):
        for item in range(items):
            drawn = draw.multinomial(count, place.truths[cell, item])
            answers[start : start + count, item] = np.repeat(np.arange(len(drawn), dtype=np.uint8), drawn)
        start += count
    return np.repeat(np.arange(len(each), dtype=np.uint8), each), answers


def asked(place: World, people: int, draw: np.random.Generator) -> Counted:
    """One survey: people answer, answers are randomised, filed for the day, read and counted."""
    cells, truths = answered(place, people, draw)
    made = place.instrument
    width = 1 + len(made.items)
    rows = responses.packed(cells, budget.randomise(made, truths, draw))
    header = Header(made.survey, 1, made.digest, _DAY, Way.WEB, people, 0)
    filed = responses.written(header, rows, b"", width)
    body = filed[filed.index(b"\n") + 1 :]
    return counting.count(made, [np.frombuffer(body, np.uint8).reshape(people, width)])


def coverage(
    instrument: Instrument,
    surveys: int,
    *,
    seed: int = 9,
    people: int = PEOPLE,
    epsilons: Sequence[float] = EPSILONS,
    told: Callable[[str], None] | None = None,
) -> Iterator[Covered]:
    """How often intervals hold the truth, for each epsilon with and without weights. `told` hears how far it is."""
    if not instrument.groups:
        raise Refused("weights are simulated too: give the questionnaire groups, or simulate the one of 'survey new'")
    margins = weighting.declared(instrument)
    for number, epsilon in enumerate(epsilons):
        draw = np.random.default_rng([seed, number])
        place = world(of_epsilon(instrument, epsilon), draw)
        marks = [_Mark(place.of_ready), _Mark(place.of_people)]
        for survey in range(surveys):
            if told and survey % EVERY == 0:
                told(f"epsilon {epsilon:.3g}: {survey:,} of {surveys:,} surveys")
            counted = asked(place, people, draw)
            weights = weighting.rake(counted.people, margins)
            ways = {Way.WEB: counted}
            marks[0].add(estimates.overall(place.instrument, ways))
            marks[1].add(estimates.weighted(place.instrument, ways, weights))
        yield from (mark.said(epsilon, weighted=bool(at)) for at, mark in enumerate(marks))


class _Mark:
    """Sums over surveys of how estimates stand to the truth."""

    def __init__(self, truth: Floats) -> None:
        self._truth, self._surveys = truth, 0
        self._held, self._off, self._square = (np.zeros_like(truth) for _ in range(3))

    def add(self, found: Shares) -> None:
        self._surveys += 1
        self._held += (found.low <= self._truth) & (self._truth <= found.high)
        self._off += found.value - self._truth
        self._square += (found.value - self._truth) ** 2

    def said(self, epsilon: float, *, weighted: bool) -> Covered:
        asked = np.isfinite(self._off) & (self._truth > 0)
        held = self._held[asked] / self._surveys
        mean, square = self._off[asked] / self._surveys, self._square[asked] / self._surveys
        spread = np.sqrt(np.maximum(square - mean**2, 1e-30) / self._surveys)
        return Covered(
            epsilon, weighted, float(held.mean()), float(held.min()), float(np.sqrt(square.mean())),
            float(np.abs(mean / spread).max()),
        )  # fmt: skip
