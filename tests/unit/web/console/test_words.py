"""Words: every one in English, Chinese and Russian, every one used, and every one that is used is there."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Final

import pytest

from countenance.web.kit.pages import LANGUAGES

HERE: Final = Path(str(resources.files("countenance.web.console")))
KIT: Final = Path(str(resources.files("countenance.web.kit")))
PAGES: Final = sorted((HERE / "words").glob("*.json"))
USING: Final = [*HERE.rglob("*.html"), *HERE.rglob("*.js"), *HERE.rglob("*.py"), *KIT.glob("templates/*.html")]
ASKED: Final = re.compile(r"(?<!\.)\bwords\.([a-z]\w*)|\bwords\[\"(\w+)\"\]")
PLACES: Final = re.compile(r"\{\w+\}")


def words(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_word_has_three_spellings(path: Path) -> None:
    for key, spelled in words(path).items():
        assert len(spelled) == len(LANGUAGES), key
        assert all(isinstance(one, str) and one.strip() == one and one for one in spelled), key
        # What is put into a word is put into it in every language.
        assert len({tuple(sorted(PLACES.findall(one))) for one in spelled}) == 1, key
        assert not re.search("[\u4e00-\u9fff]|[\u0400-\u04ff]", spelled[0]), key


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_word_is_used(path: Path) -> None:
    text = "\n".join(one.read_text(encoding="utf-8") for one in USING)
    for key in words(path):
        # Keys that are put together, such as role_officer, are used where their beginning is spelled: "role_".
        parts = key.split("_")
        begins = ["_".join(parts[:count]) + "_" for count in range(1, len(parts))]
        beginning = "|".join([rf"\b{key}\b", *(rf"[\"'`]{one}[\"'`$]" for one in begins)])
        assert re.search(beginning, text), key


def test_the_menu_is_the_same_on_every_page() -> None:
    # A page may call something by the name of a room: "cameras", "errors". The menu does not change for it.
    base = (KIT / "templates" / "base.html").read_text(encoding="utf-8")
    assert "common[room.name]" in base
    assert "words[room.name]" not in base


@pytest.mark.parametrize("path", sorted((HERE / "templates").glob("*.html")), ids=lambda path: path.stem)
def test_every_word_that_a_template_asks_for_is_there(path: Path) -> None:
    code = "\n".join(one.read_text(encoding="utf-8") for one in HERE.glob("*.py"))
    shared = re.findall(rf'shown\(\s*request\.headers,\s*"{path.stem}",\s*also="(\w+)"', code)
    files = [HERE / "words" / f"{name}.json" for name in ("common", *shared, path.stem)]
    have = {key for file in files if file.exists() for key in words(file)}
    text = path.read_text(encoding="utf-8")
    # Where a page hands its words to its scripts, they ask for these too.
    scripts = re.findall(r'src="/static/(\w+\.js)"', text) if "words.spelled" in text else []
    text += "\n".join((HERE / "static" / name).read_text(encoding="utf-8") for name in scripts)
    asked = {one or other for one, other in ASKED.findall(text)}
    assert asked - have - {"spelled", "language"} == set()
