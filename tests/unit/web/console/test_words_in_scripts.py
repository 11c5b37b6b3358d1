"""Words that scripts of warrants say: each is there, and none is there that nobody says."""

import json
import re
from importlib import resources

import pytest

HOUSE = resources.files("countenance.web.console")
WORDS = {
    file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
    for file in (HOUSE / "words").iterdir()
}
OF_WARRANTS = {"warrants": ("warrants",), "draft": ("reach", "draft"), "case": ("found", "narrow", "case")}


@pytest.mark.parametrize("page", OF_WARRANTS)
def test_what_the_scripts_of_warrants_say_is_there(page: str) -> None:
    there = {**WORDS["common"], **WORDS["filing"], **WORDS[page]}
    scripts = [(HOUSE / "static" / f"{name}.js").read_text() for name in ("filing", *OF_WARRANTS[page])]
    template = (HOUSE / "templates" / f"{page}.html").read_text()
    said = {word for text in (*scripts, template) for word in re.findall(r"\bwords\.(\w+)", text)} - {"spelled"}
    assert said - set(there) == set()
    # And nothing is translated that nobody says; words with an underscore may be put together, titles are base.html's.
    unsaid = {word for word in set(WORDS[page]) - said - {"title"} if "_" not in word}
    assert {word for word in unsaid if f'"{word}"' not in "".join(scripts)} == set()
