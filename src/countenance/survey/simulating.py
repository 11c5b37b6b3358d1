"""Simulating: surveys of a made-up population whose answers are known, from chance to bounds, to see what comes out.

Each survey draws people, randomises what they answer, writes a day's file, reads and counts it, and estimates, with
weights and without. People answer less readily in some parts of the groups than in others, and answer differently
there; on paper, too. `value` is how often the 95 % interval held the true share, over all answers of all items: 0.95 if
it is what it says. Surveys that say nothing of an answer, because nobody of some part reported it, do not count for it.
"""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
class Turnout:
    """How many answer each survey, and how likely one of them does so on paper, as they are."""

    people: int = PEOPLE
    paper: float = 0.0


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


def on_paper(place: World, draw: np.random.Generator) -> World:
    """The same site's people who answer on paper: half of what they think is their own."""
    return dataclasses.replace(place, truths=(place.truths + world(place.instrument, draw).truths) / 2)


def asked(place: World, people: int, draw: np.random.Generator, *, way: Way = Way.WEB) -> Counted:
    """One survey: people answer, answers are randomised in browsers, filed for the day, read and counted."""
    cells, truths = answered(place, people, draw)
    made = place.instrument
    width = 1 + len(made.items)
    rows = responses.packed(cells, budget.randomise(made, truths, draw) if way is Way.WEB else truths)
    header = Header(made.survey, 1, made.digest, _DAY, way, people, 0)
    filed = responses.written(header, responses.ascending(rows, width), b"")
    body = filed[filed.index(b"\n") + 1 :]
    return counting.count(made, [np.frombuffer(body, np.uint8).reshape(people, width)])


def coverage(
    instrument: Instrument,
    surveys: int,
    *,
    seed: int = 9,
    turnout: Turnout = Turnout(),
    epsilons: Sequence[float] = EPSILONS,
    told: Callable[[str], None] | None = None,
) -> Iterator[Covered]:
    """How often intervals hold the truth, for each epsilon with and without weights. `told` hears how far it is.

    Raises Refused without groups, and for so few people that no survey of them says anything of the site.
    """
    if not instrument.groups:
        raise Refused("weights are simulated too: give the questionnaire groups, or simulate the one of 'survey new'")
    margins = weighting.declared(instrument)
    for number, epsilon in enumerate(epsilons):
        draw = np.random.default_rng([seed, number])
        places = {Way.WEB: world(of_epsilon(instrument, epsilon), draw)}
        if turnout.paper:
            places[Way.PAPER] = on_paper(places[Way.WEB], draw)
        whole = _together(places, turnout.paper)
        marks = [_Mark(whole.of_ready), _Mark(whole.of_people)]
        for survey in range(surveys):
            if told and survey % EVERY == 0:
                told(f"epsilon {epsilon:.3g}: {survey:,} of {surveys:,} surveys")
            ways = _came(places, turnout, draw)
            marks[0].add(estimates.overall(whole.instrument, ways))
            with contextlib.suppress(Refused):
                # Where nobody of a part came there are no weights, as in a report.
                weights = weighting.rake(sum(ways.values(), counting.nothing(instrument)).people, margins)
                marks[1].add(estimates.weighted(whole.instrument, ways, weights))
        yield from (mark.said(epsilon, weighted=bool(at)) for at, mark in enumerate(marks))


def _together(places: Mapping[Way, World], paper: float) -> World:
    """What people think whichever way they come."""
    web = places[Way.WEB]
    if Way.PAPER not in places:
        return web
    return dataclasses.replace(web, truths=(1 - paper) * web.truths + paper * places[Way.PAPER].truths)


def _came(places: Mapping[Way, World], turnout: Turnout, draw: np.random.Generator) -> dict[Way, Counted]:
    """One survey, by the ways that somebody came."""
    paper = int(draw.binomial(turnout.people, turnout.paper)) if turnout.paper else 0
    people = {Way.WEB: turnout.people - paper, Way.PAPER: paper}
    return {way: asked(place, people[way], draw, way=way) for way, place in places.items() if people[way]}


class _Mark:
    """Sums over surveys of how estimates stand to the truth."""

    def __init__(self, truth: Floats) -> None:
        self._truth = truth
        self._known, self._held, self._off, self._square = (np.zeros_like(truth) for _ in range(4))

    def add(self, found: Shares) -> None:
        known = np.isfinite(found.value)
        off = np.where(known, found.value - self._truth, 0.0)
        self._known += known
        self._held += known & (found.low <= self._truth) & (self._truth <= found.high)
        self._off += off
        self._square += off**2

    def said(self, epsilon: float, *, weighted: bool) -> Covered:
        asked = (self._known > 0) & (self._truth > 0)
        if not asked.any():
            raise Refused("of so few answers no survey says anything of the whole site: simulate more answers")
        known = self._known[asked]
        held = self._held[asked]
        mean, square = self._off[asked] / known, self._square[asked] / known
        spread = np.sqrt(np.maximum(square - mean**2, 1e-30) / known)
        return Covered(
            epsilon, weighted, float(held.sum() / known.sum()), float((held / known).min()),
            float(np.sqrt(square.mean())), float(np.abs(mean / spread).max()),
        )  # fmt: skip
