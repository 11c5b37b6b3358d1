"""Instrument: the questionnaire's file, read and held to its rules.

The schema is this module, told in docs/formats/survey.md; a file is read whole or refused with the place at fault.
Rules beyond the shape:

* No question depends on an answer, and none tests attention: what somebody is asked would tell what they answered.
* Epsilon is one number for all answers of one person in all waves; a file that splits it too thin is refused.
* The smallest cell of groups stands for at least 50 people, as their shares multiply: groups are not randomised.
* Every word is there in every language.
"""

import hashlib
import re
from collections.abc import Iterable
from fractions import Fraction
from math import prod
from typing import Final

from countenance.errors import Malformed
from countenance.survey import budget, reading
from countenance.survey.reading import Place
from countenance.vocabulary.survey import (
    LEAST,
    MILLIONTHS,
    NO_ANSWER,
    NONE_OF_THESE,
    NOT_SAID,
    Admission,
    Group,
    Instrument,
    Kind,
    Kiosk,
    Option,
    Part,
    Privacy,
    Question,
)

FORMAT: Final = "1"
MOST_EPSILON: Final = 8 * MILLIONTHS
"""Beyond it the randomisation hides next to nothing: then say `central`."""
LEAST_OF_ITEM: Final = 1000
"""Millionths of epsilon below which an answer is noise."""
UNKNOWN: Final = "?"
"""As the people of a part: nobody has filled it in."""
MOST_ITEMS: Final = 60
MOST_CELLS: Final = 128
_LONG, _SHORT = 600, 120

_TOP = (
    "format", "survey", "version", "title", "intro", "privacy", "epsilon", "waves", "reported", "admission", "kiosk",
    "order", "questions", "groups",
)  # fmt: skip


def read(data: bytes) -> Instrument:
    """The questionnaire in a file, to be asked. Raises Malformed, with the place and what it must be."""
    found = kept(data)
    _may_be_asked(found)
    return found


def kept(data: bytes) -> Instrument:
    """The same of a wave that was opened with it, maybe by a version that let more be asked. Raises as `read`."""
    top = reading.read(data)
    top.only(_TOP)
    if top.word("format") != FORMAT:
        raise Malformed(f"format must be {FORMAT}: this version reads no other")
    questions = tuple(_question(place) for place in top.places("questions", 1, MOST_ITEMS))
    groups = tuple(_group(place) for place in top.places("groups", 0, 3))
    _once("questions", (question.id for question in questions))
    _once("groups", (group.id for group in groups))
    _once("questions and groups", [*(question.id for question in questions), *(group.id for group in groups)])
    privacy = top.one_of("privacy", Privacy, Privacy.LOCAL)
    items = sum(len(one.options) if one.kind is Kind.SEVERAL else 1 for one in questions)
    if items > MOST_ITEMS:
        raise Malformed(f"questions make {items} items, an option of 'several' being one: at most {MOST_ITEMS}")
    found = Instrument(
        survey=top.name("survey"),
        version=top.number("version", 1, 9999),
        title=top.text("title", _SHORT),
        intro=top.text("intro", _LONG),
        privacy=privacy,
        epsilon=_epsilon(top, privacy),
        waves=top.number("waves", 1, 20, "1"),
        reported=top.number("reported", 1, items, str(items)),
        admission=top.one_of("admission", Admission, Admission.INVITED),
        kiosk=top.one_of("kiosk", Kiosk, Kiosk.NONE),
        shuffled=top.order(),
        questions=questions,
        groups=groups,
        digest=hashlib.sha256(data).digest(),
    )
    _checked(found)
    return found


def _epsilon(top: Place, privacy: Privacy) -> int:
    if privacy is Privacy.CENTRAL:
        if "epsilon" in top.table:
            raise Malformed("epsilon has no place beside 'privacy: central', under which nothing is randomised")
        return 0
    value = top.word("epsilon")
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,6})?", value):
        raise Malformed("epsilon must be a decimal number with at most six places, such as 1.5")
    millionths = int(Fraction(value) * MILLIONTHS)
    if not 0 < millionths <= MOST_EPSILON:
        raise Malformed(
            f"epsilon must be above 0 and at most {MOST_EPSILON // MILLIONTHS}: beyond it nothing is hidden, and "
            "'privacy: central' says so"
        )
    return millionths


def _question(place: Place) -> Question:
    place.only(("id", "topic", "kind", "text", "options", "order"))
    kind = place.one_of("kind", Kind)
    options = tuple(_option(one) for one in place.places("options", 1 if kind is Kind.SEVERAL else 2, 12))
    _once(f"{place.at}.options", (option.id for option in options))
    shuffled = place.order()
    if kind is Kind.LIKERT and shuffled:
        raise Malformed(f"{place.at}.order must be fixed: the steps of a scale have one order")
    topic = place.name("topic") if "topic" in place.table else ""
    return Question(place.name(), topic, kind, place.text("text", _LONG), options, shuffled)


def _option(place: Place) -> Option:
    place.only(("id", "text"))
    found = Option(place.name(), place.text("text", _SHORT))
    if found.id == NO_ANSWER:
        raise Malformed(f"{place.at}.id: every question has '{NO_ANSWER}' already, leave it out")
    return found


def _group(place: Place) -> Group:
    place.only(("id", "text", "parts"))
    parts: list[Part] = []
    for one in place.places("parts", 2, 8):
        one.only(("id", "text", "people"))
        if one.table.get("people") == UNKNOWN:
            raise Malformed(
                f"{one.at}.people: in place of every {UNKNOWN} write how many people at your site the part stands for, "
                "counted or estimated, since answers are weighted by it; or leave the groups out"
            )
        parts.append(Part(one.name(), one.text("text", _SHORT), one.number("people", 1, 999_999_999)))
    _once(f"{place.at}.parts", (part.id for part in parts))
    return Group(place.name(), place.text("text", _LONG), tuple(parts))


def _may_be_asked(found: Instrument) -> None:
    """What came to the rules after waves had been opened: these are still read, counted and closed."""
    reading.followed("title", found.title)
    reading.followed("intro", found.intro)
    for number, question in enumerate(found.questions, 1):
        at = f"questions[{number}]"
        reading.followed(f"{at}.text", question.text)
        for place, option in enumerate(question.options, 1):
            reading.followed(f"{at}.options[{place}].text", option.text)
        if question.kind is Kind.SEVERAL and any(option.id == NONE_OF_THESE for option in question.options):
            raise Malformed(f"{at}.options: every question with several has '{NONE_OF_THESE}' already, leave it out")
    for number, group in enumerate(found.groups, 1):
        at = f"groups[{number}]"
        reading.followed(f"{at}.text", group.text)
        for place, part in enumerate(group.parts, 1):
            reading.followed(f"{at}.parts[{place}].text", part.text)
        if any(part.id == NOT_SAID for part in group.parts):
            raise Malformed(f"{at}.parts: every group has '{NOT_SAID}' already, leave it out")


def _once(where: str, names: Iterable[str]) -> None:
    found = list(names)
    for name in found:
        if found.count(name) > 1:
            raise Malformed(f"{where}: '{name}' stands there twice; give each its own id")


def _checked(found: Instrument) -> None:
    if len(found.cells) > MOST_CELLS:
        raise Malformed(f"groups make {len(found.cells)} cells: at most {MOST_CELLS}, or people stand alone in them")
    people = [sum(part.people for part in group.parts) for group in found.groups]
    if people:
        if max(people) > 2 * min(people):
            raise Malformed("groups: each must be of the same people, so their numbers must come to about the same")
        shares = (
            Fraction(min(part.people for part in group.parts), whole)
            for group, whole in zip(found.groups, people, strict=True)
        )
        if min(people) * prod(shares) < LEAST:
            raise Malformed(
                f"groups: the smallest cell would stand for fewer than {LEAST} people; use fewer or coarser parts"
            )
    share = budget.of_item(found)
    if share is not None and share < LEAST_OF_ITEM:
        raise Malformed(
            "epsilon is split too thin over waves and items: lower 'reported', so that chance picks fewer items a "
            "person, or ask less"
        )
