"""Preview: a questionnaire as text, in one language, as people will be asked it."""

import hashlib
from collections.abc import Mapping

from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.formats.canonical import Json
from countenance.survey import budget
from countenance.vocabulary.survey import LANGUAGES, Admission, Instrument, Kind, Kiosk, Question, Way

_TICK = {Kind.CHOICE: "( )", Kind.LIKERT: "( )", Kind.SEVERAL: "[ ]"}
_SILENT = {"en": "I do not want to answer this", "zh": "我不想回答", "ru": "Не хочу отвечать"}
_NONE = {"en": "None of these", "zh": "以上都不是", "ru": "Ничего из этого"}
_UNSAID = {"en": "I do not want to say", "zh": "我不想说", "ru": "Не хочу говорить"}


def check(language: str) -> None:
    """Raise Malformed for a language that questionnaires do not have."""
    if language not in LANGUAGES:
        raise Malformed(f"the language is one of {', '.join(LANGUAGES)}")


def text(asked: Instrument, language: str) -> str:
    """All of it, and above it what it may tell of one person. Raises Malformed for another language."""
    check(language)
    share = budget.of_item(asked)
    lines = [
        f"{asked.survey}, version {asked.version}: {len(asked.items)} items, {len(asked.cells)} cells of groups",
        budget.label(asked, Way.WEB),
        f"each person reports {asked.reported} items"
        + (f", each with epsilon {share / 1_000_000:.3g}, in up to {asked.waves} waves" if share else ""),
        f"somebody who forges weighs at most {budget.forged(asked):.1f} honest people, before weights; "
        + ("by invitation" if asked.admission is Admission.INVITED else "OPEN: nobody is kept from answering twice"),
        *([budget.label(asked, Way.KIOSK)] if asked.kiosk is Kiosk.ALLOWED else []),
        f"SHA-256 {asked.digest.hex()}; of the words below, as browsers work it out: {worded(asked, language).hex()}",
        "",
        asked.title.said(language),
        asked.intro.said(language),
    ]
    for group in asked.groups:
        lines += ["", group.text.said(language)]
        lines += [f"  ( ) {part.text.said(language)}" for part in group.parts] + [f"  ( ) {_UNSAID[language]}"]
    for number, question in enumerate(asked.questions, 1):
        order = ", options in random order" if question.shuffled else ""
        lines += ["", f"{number}. {question.text.said(language)}  [{question.kind.value}{order}]"]
        lines += [f"  {_TICK[question.kind]} {option.text.said(language)}" for option in question.options]
        lines += [f"  {_TICK[question.kind]} {_left(question)[language]}"]
    return "\n".join(lines)


def worded(asked: Instrument, language: str) -> bytes:
    """SHA-256 of all that a page asks and offers in one language, as the program in browsers works it out of the page.

    Canonical JSON of each question, then each group: its kind, words and answers. Raises Malformed as `text`.
    """
    check(language)
    said: list[Json] = []
    for question in asked.questions:
        kind = "several" if question.kind is Kind.SEVERAL else "one"
        options = [option.text.said(language) for option in question.options]
        said.append([kind, question.text.said(language), [*options, _left(question)[language]]])
    for group in asked.groups:
        parts = [part.text.said(language) for part in group.parts]
        said.append(["group", group.text.said(language), [*parts, _UNSAID[language]]])
    return hashlib.sha256(canonical.write(said)).digest()


def _left(question: Question) -> Mapping[str, str]:
    """What stands below a question's own options."""
    return _NONE if question.kind is Kind.SEVERAL else _SILENT
