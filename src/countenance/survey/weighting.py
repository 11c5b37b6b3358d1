"""Weighting: give each cell of groups the share it has among the people of the site.

Margins are known shares of one group, or of several together: one margin over all groups is post-stratification,
several are raked (Deming and Stephan 1940). What answered is moved to fit all margins, and changed as little as can be.
A part that nobody of the answerers belongs to cannot be weighted up, and is refused rather than guessed.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed, Refused
from countenance.survey.counting import Counts
from countenance.vocabulary.survey import Instrument

Floats = NDArray[np.float64]

ROUNDS: Final = 1000
CLOSE: Final = 1e-9
"""Of a share: raking ends when every margin is met as closely."""
PEOPLE: Final = "people"


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """Known shares, which sum to 1. `of`: (cells,), which share each cell counts to, -1 where somebody did not say."""

    names: tuple[str, ...]
    of: Counts
    shares: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What each cell counts for. `shares`: (cells,), of the site's people; `answered`: (cells,), who is weighted.

    `effect`: Kish's design effect of unequal weights; `largest`: the largest weight of one person, the mean being 1.
    """

    shares: Floats
    answered: Counts
    margins: tuple[Margin, ...]
    effect: float
    largest: float


def declared(instrument: Instrument) -> tuple[Margin, ...]:
    """The margins that the questionnaire itself states, one a group."""
    return tuple(
        _margin(instrument, (at,), {(number,): part.people for number, part in enumerate(group.parts)})
        for at, group in enumerate(instrument.groups)
    )


def margin(instrument: Instrument, data: bytes) -> Margin:
    """A margin from CSV: a column for each group it is over, with ids of parts, and a last column `people`.

    Raises Malformed with the line at fault, for a part unknown, missing or twice.
    """
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed("a margin is UTF-8 CSV with a line of names above it") from error
    known = [group.id for group in instrument.groups]
    names = [name.strip() for name in lines[0]] if lines else []
    if len(names) < 2 or names[-1] != PEOPLE or len(set(names)) != len(names) or not set(names[:-1]) <= set(known):
        raise Malformed(f"a margin's first line names groups ({', '.join(known) or 'there are none'}), then {PEOPLE}")
    over = tuple(known.index(name) for name in names[:-1])
    found: dict[tuple[int, ...], int] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cell = _cell(instrument, over, line, number)
        if cell in found:
            raise Malformed(f"line {number} of the margin names the same parts as one above it")
        found[cell] = int(line[-1].strip())
    wanted = int(np.prod([len(instrument.groups[at].parts) for at in over]))
    if len(found) != wanted:
        raise Malformed(f"the margin over {', '.join(names[:-1])} has {len(found)} lines, and needs all {wanted}")
    return _margin(instrument, over, found)


_PEOPLE = re.compile(r"0{0,3}[1-9][0-9]{0,9}")


def rake(people: Counts, margins: Sequence[Margin]) -> Weights:
    """Shares of cells that meet every margin. Raises Refused where answers are missing for one."""
    said = np.all([one.of >= 0 for one in margins], axis=0)
    answered = np.where(said, people, 0)
    for one in margins:
        empty = np.bincount(one.of[said], answered[said], minlength=len(one.shares)) == 0
        if empty.any():
            raise Refused(
                f"nobody answered from one part of {' and '.join(one.names)}: wait for answers, join parts in the "
                "margin's questionnaire, or report without weights"
            )
    shares = answered / answered.sum()
    for _ in range(ROUNDS):
        worst = 0.0
        for one in margins:
            now = np.bincount(one.of[said], shares[said], minlength=len(one.shares))
            worst = max(worst, float(np.abs(now - one.shares).max()))
            shares[said] *= (one.shares / now)[one.of[said]]
        if worst < CLOSE:
            break
    else:
        raise Refused("the margins do not fit who answered: check that they count the same people, or leave one out")
    weights = np.divide(shares * answered.sum(), answered, out=np.zeros_like(shares), where=answered > 0)
    effect = float((answered * weights**2).sum() / answered.sum())
    return Weights(shares, answered, tuple(margins), effect, float(weights.max()))


def _cell(instrument: Instrument, over: Sequence[int], line: Sequence[str], number: int) -> tuple[int, ...]:
    if len(line) != len(over) + 1 or not _PEOPLE.fullmatch(line[-1].strip()):
        raise Malformed(f"line {number} of the margin must be a part of each group, then a number of people above 0")
    cell: list[int] = []
    for at, word in zip(over, line, strict=False):
        ids = [part.id for part in instrument.groups[at].parts]
        if word.strip() not in ids:
            raise Malformed(f"line {number} of the margin: {instrument.groups[at].id} is one of {', '.join(ids)}")
        cell.append(ids.index(word.strip()))
    return tuple(cell)


def _margin(instrument: Instrument, over: tuple[int, ...], people: dict[tuple[int, ...], int]) -> Margin:
    order = {cell: number for number, cell in enumerate(sorted(people))}
    of = [order.get(tuple(cell[at] for at in over), -1) for cell in instrument.cells]
    shares = np.array([people[cell] for cell in sorted(people)], np.float64)
    return Margin(tuple(instrument.groups[at].id for at in over), np.array(of), shares / shares.sum())
