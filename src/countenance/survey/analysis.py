"""Analysis: all that is said of a wave, in one value that page, PDF and JSON are written from.

Every answer of every item, with bounds, and with weights where there are margins; what was left unanswered; how parts
of groups differ, and this wave from the one before it (with weights where both have them, or who came would be taken
for what people think), each p corrected for how many comparisons of its kind there are (Holm). A
part with fewer than 50 answers is not told apart, nor is anything of fewer than 50 that no chance hides. Of answers
that no chance hides, one that too few people gave is not told, nor what it would follow from (`hiding`).
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from countenance.errors import Refused
from countenance.survey import budget, counting, estimates, hiding, waves, weighting, wording
from countenance.survey.counting import Counted
from countenance.survey.estimates import Shares
from countenance.survey.hiding import Hidden
from countenance.survey.waves import Opened
from countenance.survey.weighting import Margin, Weights
from countenance.vocabulary.survey import LEAST, MILLIONTHS, Instrument, Item, Way

FAR = 4.0
"""Standard deviations that chance alone goes in one of thirty thousand."""

SURE = 0.05
"""p, corrected, below which a difference is called one."""


Row = tuple[str, str, str, float, bool, float]
"""A comparison: of what, item, answer, by how much, whether weighted, p."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people, unbiased, with 95 % bounds; None where nothing can be said. `effect`: its design effect."""

    value: float | None
    low: float | None
    high: float | None
    effect: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one item: of all who answered, of the site's people, of those who gave any answer to it."""

    id: str
    words: str
    plain: Share
    weighted: Share | None
    of_answered: Share | None

    @property
    def said(self) -> Share:
        """What is drawn: weighted where it can be."""
        return self.weighted if self.weighted and self.weighted.value is not None else self.plain


@dataclass(frozen=True, slots=True)
class Found:
    """One item. `reports`: how many reported it; `weighted`: whether its shares are of the site's people.

    They are not, though there are weights, where nobody of a cell that counts reported it, or too few gave an answer.
    """

    id: str
    topic: str
    words: str
    reports: int
    weighted: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Part of a group against its others, or this wave against the last. `chance`: p of no difference, corrected.

    `weighted`: whether both sides are of the site's people, not of those who answered.
    """

    of: str
    item: str
    answer: str
    by: float
    chance: float
    weighted: bool

    @property
    def sure(self) -> bool:
        """Whether it is called a difference."""
        return self.chance < SURE


@dataclass(frozen=True, slots=True)
class Analysis:
    """A wave, analysed.

    `aimed`: items reported more often than chance picks any, as if somebody aimed at them. `few`: ways left out, by
    which fewer people came than hide each other.
    """

    opened: Opened
    language: str
    people: dict[Way, int]
    found: tuple[Found, ...]
    weights: Weights | None
    parts: tuple[Difference, ...]
    small: tuple[str, ...]
    trend: tuple[Difference, ...]
    before: int
    aimed: tuple[str, ...]
    few: tuple[Way, ...]

    @property
    def total(self) -> int:
        """How many people answered."""
        return sum(self.people.values())

    @property
    def epsilon(self) -> float | None:
        """What a person's answers tell at most, in all waves; None where nothing is randomised."""
        return self.opened.instrument.epsilon / MILLIONTHS or None


@dataclass(frozen=True, slots=True)
class _Estimated:
    """Shares of a wave, and what of them may be told: `together` and `hidden` as in `hiding`."""

    plain: Shares
    weights: Weights | None
    weighted: Shares | None
    together: frozenset[int]
    hidden: Hidden

    def fits(self, at: int) -> bool:
        """Whether an item is told of the site's people."""
        return self.weighted is not None and at not in self.together and not np.isnan(self.weighted.value[at, 0])

    def best(self, at: int) -> Shares:
        """What an item is told by."""
        return self.weighted if self.weighted is not None and self.fits(at) else self.plain


def analyse(opened: Opened, *, margins: Sequence[Margin], language: str, before: Opened | None = None) -> Analysis:
    """Count a wave and say what it found. Raises Refused where nobody answered, or a margin's part is empty."""
    asked = opened.instrument
    counted, few = _shown(asked, waves.counted(opened))
    if not counted:
        raise Refused(f"fewer than {LEAST} people answered, and no chance hides them: wait for more")
    now = _estimated(asked, counted, margins)
    parts, small = _parts(opened, counted, now.together)
    return Analysis(
        opened=opened,
        language=language,
        people={way: int(one.people.sum()) for way, one in counted.items()},
        found=tuple(_untold(_found(asked, at, now, language), places) for at, places in enumerate(now.hidden)),
        weights=now.weights,
        parts=parts,
        small=small,
        trend=_trend(before, asked, now, margins) if before else (),
        before=before.wave.number if before else 0,
        aimed=_aimed(asked, counted),
        few=few,
    )


def _estimated(asked: Instrument, counted: Mapping[Way, Counted], margins: Sequence[Margin]) -> _Estimated:
    people = sum((one.people for one in counted.values()), np.zeros(len(asked.cells), np.int64))
    together = hiding.whole_only(asked, counted)
    weights = weighting.rake(people, margins) if margins else None
    if len(together) == len(asked.items):
        # Nothing is weighted, and how heavy somebody would be tells how many are in a cell.
        weights = None
    weighted = estimates.weighted(asked, counted, weights) if weights else None
    hidden = hiding.hidden(asked, counting.whole(counted))
    return _Estimated(estimates.overall(asked, counted), weights, weighted, together, hidden)


def _found(asked: Instrument, at: int, now: _Estimated, language: str) -> Found:
    item = asked.items[at]
    size = len(item.answers)
    plain, weighted = now.plain, now.weighted if at not in now.together else None
    fits = now.fits(at)
    value, low, high = estimates.of_answered(now.best(at), at, size)
    answers = tuple(
        Answer(
            name,
            words(item, name, language),
            _share(plain, at, place),
            _share(weighted, at, place) if weighted is not None else None,
            Share(_number(value[place]), _number(low[place]), _number(high[place]), None) if place < size - 1 else None,
        )
        for place, name in enumerate(item.answers)
    )
    return Found(item.id, item.question.topic, asks(item, language), int(plain.reports[at]), fits, answers)


def _shown(asked: Instrument, counted: Mapping[Way, Counted]) -> tuple[dict[Way, Counted], tuple[Way, ...]]:
    """What may be told: answers that are true as they stand only where enough people gave some."""
    few = tuple(way for way, one in counted.items() if one.people.sum() < LEAST and budget.as_given(asked, way))
    return {way: one for way, one in counted.items() if way not in few}, few


def _untold(found: Found, places: Container[int]) -> Found:
    """The same without what is hidden."""
    nothing, none = Share(None, None, None, None), len(found.answers) - 1
    answers = tuple(
        replace(one, plain=nothing, weighted=None, of_answered=None)
        if at in places
        # A share of those who answered says how many did not.
        else replace(one, of_answered=None if none in places else one.of_answered)
        for at, one in enumerate(found.answers)
    )
    return replace(found, answers=answers)


def _aimed(asked: Instrument, counted: Mapping[Way, Counted]) -> tuple[str, ...]:
    """Items whose number of reports from browsers is further above its mean than chance goes."""
    if Way.WEB not in counted:
        return ()
    share = asked.reported / len(asked.items)
    people = int(counted[Way.WEB].people.sum())
    most = people * share + FAR * math.sqrt(people * share * (1 - share))
    reports = counted[Way.WEB].reports.sum(axis=(0, 2))
    return tuple(item.id for item, count in zip(asked.items, reports, strict=True) if count > most)


def asks(item: Item, language: str) -> str:
    """What an item asks, in words."""
    question = item.question.text.said(language)
    option = next((one for one in item.question.options if item.id == f"{item.question.id}.{one.id}"), None)
    return f"{question} {option.text.said(language)}" if option else question


def words(item: Item, answer: str, language: str) -> str:
    """An answer in words."""
    option = next((one for one in item.question.options if one.id == answer), None)
    if option is not None and "." not in item.id:
        return option.text.said(language)
    return wording.told(language, answer)


def _share(shares: Shares, at: int, place: int) -> Share:
    cells = (shares.value, shares.low, shares.high, shares.effect)
    return Share(*(_number(one[at, place]) for one in cells))


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _parts(
    opened: Opened, counted: Mapping[Way, Counted], together: Container[int]
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Each part of each group against the others of its group, but of items that are told `together`."""
    asked, small = opened.instrument, []
    found: list[Row] = []
    for number, group in enumerate(asked.groups):
        cells = counting.by_part(asked, number, counted)
        answered = sum((one.people for one in cells.values()), np.zeros(len(group.parts), np.int64))
        for place, part in enumerate(group.parts):
            name = f"{group.id}: {part.id}"
            if answered[place] < LEAST or answered.sum() - answered[place] < LEAST:
                small.append(name)
                continue
            split = {
                way: Counted(
                    np.array([one.people[place], one.people.sum() - one.people[place]]),
                    np.stack([one.reports[place], one.reports.sum(axis=0) - one.reports[place]]),
                )
                for way, one in cells.items()
            }
            by, chance = estimates.apart(*estimates.by_cell(asked, split))
            for at, item in enumerate(asked.items):
                if at not in together:
                    found += _rows(name, item, by[at], chance[at], weighted=False)
            # Of two parts, the second against the first says nothing new.
            if len(group.parts) == 2:
                break
    return _corrected(found), tuple(small)


def _trend(before: Opened, asked: Instrument, now: _Estimated, margins: Sequence[Margin]) -> tuple[Difference, ...]:
    """Of items that both waves have, with the same answers; weighted by the same margins where both can be."""
    first = before.instrument
    counted, _ = _shown(first, waves.counted(before))
    if not counted:
        return ()
    try:
        then = _estimated(first, counted, margins if first.groups == asked.groups else ())
    except Refused:
        # Nobody of some part answered then.
        then = _estimated(first, counted, ())
    known = {item.id: (at, item.answers) for at, item in enumerate(first.items)}
    found: list[Row] = []
    for at, item in enumerate(asked.items):
        place, answers = known.get(item.id, (0, ()))
        if answers == item.answers:
            size, both = len(answers), now.fits(at) and then.fits(place)
            sides = (now.best(at), then.best(place)) if both else (now.plain, then.plain)
            by, chance = estimates.apart(_row(sides[0], at, size), _row(sides[1], place, size))
            rows = _rows(f"wave {before.wave.number}", item, by[0], chance[0], weighted=both)
            found += _told(asked, now.hidden, _told(first, then.hidden, rows))
    return _corrected(found)


def _row(shares: Shares, at: int, size: int) -> Shares:
    cut = (shares.value, shares.variance, shares.low, shares.high, shares.trials, shares.with_none)
    value, variance, low, high, trials, none = (one[at : at + 1, :size] for one in cut)
    keep, even = (one[at : at + 1] for one in (shares.keep, shares.even))
    return Shares(value, variance, low, high, keep, shares.reports[at : at + 1], even, trials, none)


def _told(asked: Instrument, hidden: Hidden, rows: Iterable[Row]) -> Iterator[Row]:
    """Without differences of answers that are hidden on a side."""
    untold = {(item.id, item.answers[at]) for item, places in zip(asked.items, hidden, strict=True) for at in places}
    return (row for row in rows if (row[1], row[2]) not in untold)


def _rows(name: str, item: Item, by: estimates.Floats, chance: estimates.Floats, *, weighted: bool) -> Iterator[Row]:
    for place, answer in enumerate(item.answers):
        if math.isfinite(chance[place]):
            yield name, item.id, answer, float(by[place]), weighted, float(chance[place])


def _corrected(found: Sequence[Row]) -> tuple[Difference, ...]:
    chances = estimates.holm([one[-1] for one in found])
    return tuple(
        Difference(of, item, answer, by, chance, weighted)
        for (of, item, answer, by, weighted, _), chance in zip(found, chances, strict=True)
    )
