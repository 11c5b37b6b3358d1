"""Preview: a questionnaire as text, in one language, as people will be asked it."""

from countenance.errors import Malformed
from countenance.survey import budget
from countenance.vocabulary.survey import LANGUAGES, Admission, Instrument, Kind, Kiosk, Way

_TICK = {Kind.CHOICE: "( )", Kind.LIKERT: "( )", Kind.SEVERAL: "[ ]"}
_NONE = {"en": "I do not want to answer this", "zh": "我不想回答", "ru": "Не хочу отвечать"}
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
        f"SHA-256 {asked.digest.hex()}",
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
        lines += [f"  ( ) {_NONE[language]}"]
    return "\n".join(lines)
