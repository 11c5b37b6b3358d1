"""What a wave of a survey found, as it is published: shares with bounds, and how they were come by.

Records hold whole numbers: shares in HUNDREDTHS of a percent, effects and weights in hundredths. Nothing here is of
one person, and of what was not mixed with chance nothing is of fewer than five.
"""

from dataclasses import dataclass
from typing import Final

from countenance.vocabulary.moments import Moment
from countenance.vocabulary.survey import Admission, Privacy, Text, Way

HUNDREDTHS: Final = 10_000
"""Hundredths of a percent in the whole."""

UNSAID: Final = -1
"""As `low` and `high`: nothing can be said, or too few people gave an answer that no chance hides."""

LONGEST: Final = 256 * 1024
"""Bytes of the record of one wave; that of a long questionnaire is some fifty thousand."""


@dataclass(frozen=True, slots=True)
class Came:
    """How many people's answers came one way."""

    way: Way
    people: int


@dataclass(frozen=True, slots=True)
class Method:
    """How a wave was asked and counted: all that the methods box says.

    Days are ISO 8601, UTC; `first` and `last` had answers. `version`, `instrument`: of the questionnaire, whose file
    has this SHA-256; `program`: SHA-256 of what randomised in browsers, or nothing. `epsilon`: a person's total,
    millionths. `margins`: groups that were weighted by; `effect`, `largest`: of weights, hundredths, 0 without;
    `unplaced`: people who are in no weight, UNSAID for fewer than five. `forged`: hundredths of honest people that one
    forger outweighs, weights included. `aimed`: items reported too often; `small`: parts not told apart; `few`: ways
    left out. `before`: the wave that this one is held against, or 0. `by`, `paid`, `whom`, `invited`: what only who
    asked knows, empty or 0 where they do not say.
    """

    version: int
    instrument: bytes
    program: bytes
    wave: int
    waves: int
    opened: str
    closed: str
    first: str
    last: str
    privacy: Privacy
    epsilon: int
    items: int
    reported: int
    admission: Admission
    shuffled: bool
    came: tuple[Came, ...]
    margins: tuple[str, ...]
    effect: int
    largest: int
    unplaced: int
    forged: int
    aimed: tuple[str, ...]
    small: tuple[str, ...]
    few: tuple[Way, ...]
    before: int
    by: str
    paid: str
    whom: str
    invited: int

    @property
    def people(self) -> int:
        """How many people answered, all ways together."""
        return sum(one.people for one in self.came)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer's share: unbiased, so it may be below 0 or above the whole; its bounds are not."""

    id: str
    words: Text
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One item. `reports`: how many people reported it; `weighted`: whether its shares are by the margins."""

    id: str
    topic: str
    words: Text
    reports: int
    weighted: bool
    answers: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What an operator publishes of a wave that is closed. PUBLISH carries it."""

    survey: str
    title: Text
    method: Method
    items: tuple[Surveyed, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """Results as the register shows them. `digest`: of `results`, in their entry; `results`: one, or none where they
    are not kept as they were. `by`: whose word they are. `entry`: first of the CLASS entries among which theirs is.
    """

    digest: bytes
    results: tuple[Results, ...]
    by: str
    since: Moment
    entry: int
