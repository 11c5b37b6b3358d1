"""Wording: what reports and the register say of surveys, in English, Chinese and Russian (`words.json`)."""

import json
from functools import cache
from importlib import resources

from countenance.vocabulary.survey import LANGUAGES, MILLIONTHS, Privacy, Way


def told(language: str, word: str, **facts: object) -> str:
    """The words of that name in one of LANGUAGES, with facts put in."""
    return _words()[word][LANGUAGES.index(language)].format(**facts)


def label(privacy: Privacy, epsilon: int, way: Way, language: str = "en") -> str:
    """What is said of the privacy of answers that came this way. `epsilon`: millionths."""
    if way is not Way.WEB:
        return told(language, f"label_{way.value}")
    if privacy is Privacy.CENTRAL:
        return told(language, "label_central")
    return told(language, "label_local", epsilon=f"{epsilon / MILLIONTHS:g}")


@cache
def _words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(
        (resources.files("countenance.survey") / "words.json").read_text(encoding="utf-8")
    )
    return found
