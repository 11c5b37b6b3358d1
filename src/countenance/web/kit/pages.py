"""Pages: Jinja2 templates of an app and of the kit, and their words in English, Chinese and Russian.

Words lie in `words/PAGE.json` of the app: for each word three spellings, in this order. `common.json` is on every page.
Everything that is put into a template is escaped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from countenance.errors import CountenanceError
from countenance.formats import records
from countenance.web.kit.sessions import Forbidden

LANGUAGES: Final = ("en", "zh", "ru")
NAMES: Final = {"en": "English", "zh": "中文", "ru": "Русский"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one page in one language: `words.title`, or `words["title"]`."""

    language: str
    spelled: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.spelled[name]

    def __getattr__(self, name: str) -> str:
        try:
            return self.spelled[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Pages:
    """The pages of one app. `package`: with folders `templates` and `words`; `always`: what every template gets."""

    def __init__(self, package: str, always: Mapping[str, Any]) -> None:
        loaders = [PackageLoader(package, "templates"), PackageLoader("countenance.web.kit", "templates")]
        self._environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(always)
        self._words = _read(package)

    def shown(self, headers: Headers, name: str, *, status: int = 200, also: str = "", **facts: Any) -> HTMLResponse:
        """Template `name`.html with words of page `name`, in the language that `headers` ask for.

        `also`: a file of words that several pages share.
        """
        words, common = self.words(headers, name, also), self.words(headers, "common")
        text = self._environment.get_template(f"{name}.html").render(
            words=words, common=common, language=words.language, languages=NAMES, page=name, **facts
        )
        return HTMLResponse(text, status)

    def told(self, headers: Headers, error: CountenanceError) -> HTMLResponse:
        """A page that says what went wrong, in the error's own sentence."""
        wanted = records.plain(error.wanted) if isinstance(error, Forbidden) else None
        return self.shown(headers, "error", status=error.status, error=error, wanted=wanted)

    def words(self, headers: Headers, name: str, also: str = "") -> Words:
        """The words of page `name`, those of `also`, and those of every page."""
        language = spoken(headers)
        at = LANGUAGES.index(language)
        every = {word: told for file in ("common", also, name) for word, told in self._words.get(file, {}).items()}
        return Words(language, {word: spellings[at] for word, spellings in every.items()})


def spoken(headers: Headers) -> str:
    """The first of our languages in `accept-language` (RFC 9110 section 12.5.4), or English."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")[:20]):
        tag, _, rest = part.strip().partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, tag.strip().lower()[:2]))
    return next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight < 0), "en")


def _read(package: str) -> dict[str, dict[str, list[str]]]:
    folder = resources.files(package) / "words"
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
