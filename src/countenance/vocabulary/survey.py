"""What a survey is made of: the questionnaire, a wave of it, and one person's answers as they leave their browser.

An *item* is what is randomised and counted: a question with one answer, or one option of a question with several. Its
answers end with *no answer*, because leaving something out would tell as much as answering it.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Final

LANGUAGES: Final = ("en", "zh", "ru")

NO_ANSWER: Final = "no-answer"
"""The last answer of every item."""

NONE_OF_THESE: Final = "none-of-these"
"""Where all options of a question with several are told in one field: that none was chosen."""

NOT_SAID: Final = "not-said"
"""In files: somebody said no part of a group."""

CHOSEN: Final = ("chosen", "not-chosen")
"""Answers of an option of a question with several."""

UNREPORTED: Final = -1
"""In `Submission.answers`: chance did not take this item into what this person reports."""

MILLIONTHS: Final = 1_000_000
"""Of epsilon: records hold whole numbers."""

LEAST: Final = 50
"""People whom the smallest cell of groups must stand for, and answers below which no group is told apart."""


class Kind(StrEnum):
    """How a question is answered: one of its options, one step of an ordered scale, or any of its options."""

    CHOICE = "choice"
    LIKERT = "likert"
    SEVERAL = "several"


class Privacy(StrEnum):
    """LOCAL: answers are randomised before they leave the person. CENTRAL: the store holds true answers."""

    LOCAL = "local"
    CENTRAL = "central"


class Admission(StrEnum):
    """Who may answer: holders of an invitation, once; or anybody, as often as they come."""

    INVITED = "invited"
    OPEN = "open"


class Kiosk(StrEnum):
    """Whether a shared device of the operator's may ask, at a page of its own. Answers there are not randomised."""

    NONE = "none"
    ALLOWED = "allowed"


class Way(StrEnum):
    """How answers came. Only what comes from a browser was randomised there."""

    WEB = "web"
    PAPER = "paper"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in every language."""

    en: str
    zh: str
    ru: str

    def said(self, language: str) -> str:
        """The words in one of LANGUAGES."""
        return str(getattr(self, language))


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to tick."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `shuffled`: its options come in another order for everybody (never those of a scale)."""

    id: str
    topic: str
    kind: Kind
    text: Text
    options: tuple[Option, ...]
    shuffled: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a group, and how many people at the site it stands for."""

    id: str
    text: Text
    people: int


@dataclass(frozen=True, slots=True)
class Group:
    """What people say of themselves, coarsely and not randomised; answers are weighted by it."""

    id: str
    text: Text
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What is randomised and counted. `answers`: ids, the last NO_ANSWER."""

    id: str
    question: Question
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Instrument:
    """A questionnaire, read from its file, whose SHA-256 is `digest`.

    `epsilon`: what all answers of one person in all waves together may tell, in millionths; 0 where `privacy` is
    central. `reported`: how many items, drawn by chance, each person reports. `shuffled`: questions come in another
    order for everybody.
    """

    survey: str
    version: int
    title: Text
    intro: Text
    privacy: Privacy
    epsilon: int
    waves: int
    reported: int
    admission: Admission
    kiosk: Kiosk
    shuffled: bool
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    digest: bytes

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order of the file."""
        found: list[Item] = []
        for question in self.questions:
            if question.kind is Kind.SEVERAL:
                found += (
                    Item(f"{question.id}.{option.id}", question, (*CHOSEN, NO_ANSWER)) for option in question.options
                )
            else:
                answers = (*(option.id for option in question.options), NO_ANSWER)
                found.append(Item(question.id, question, answers))
        return tuple(found)

    @cached_property
    def cells(self) -> tuple[tuple[int, ...], ...]:
        """Every combination of parts, by their numbers; in each group the number after the last is *not said*."""
        return tuple(product(*(range(len(group.parts) + 1) for group in self.groups)))


@dataclass(frozen=True, slots=True)
class Wave:
    """One time of asking. Days are ISO 8601 dates in UTC; `closed` is empty while it is open.

    `instrument`: SHA-256 of the questionnaire's file. `issuer`: the key that tokens of this wave verify with, DER, or
    nothing; `issuing`: the origin at which they are signed, or nothing. `program`: SHA-256 of what randomises in
    browsers, or nothing where none of them is asked.
    """

    survey: str
    number: int
    instrument: bytes
    opened: str
    closed: str
    issuer: bytes
    issuing: str
    program: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Submission:
    """One person's answers, as they leave the browser: randomised, without name, time, order or language.

    `answers`: one number an item, its place among the item's answers, or UNREPORTED. `groups`: one part's number a
    group, the number after the last for *not said*. `token`: prefix and message; `signature`: the issuer's over it;
    both empty where anybody may answer.
    """

    survey: str
    wave: int
    instrument: bytes
    groups: tuple[int, ...]
    answers: tuple[int, ...]
    token: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"Submission({self.survey}, wave {self.wave})"
