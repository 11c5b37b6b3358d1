"""Pages of the register: record in, files out, and always the same ones, so that who has them can make them again.

No script, and nothing is fetched from elsewhere: a folder of these reads the same from a disk as from a server. What is
on a page comes from the signed record, but for what the publisher says of themselves.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any, Final

from markupsafe import Markup
from starlette.datastructures import Headers

from countenance.formats import records
from countenance.survey import charts as bars
from countenance.survey import earlier, methods, publishing
from countenance.vocabulary.calibration import BILLION, Point
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment, written
from countenance.vocabulary.register import LEAST, UNSAID, Publisher, Register, Series, What
from countenance.web.kit.assets import Assets
from countenance.web.kit.pages import LANGUAGES, Pages
from countenance.web.register import charts

PACKAGE: Final = "countenance.web.register"
PAGES: Final = ("index", "cameras", "searches", "deletions", "lanes", "policy", "errors", "surveys", "verify")
STYLES: Final = ("/kit/vendor/govuk-frontend.min.css", "/kit/icon.svg", "/static/register.css")

_SAYS = re.compile(r'@says\("((?:[^"\\]|\\.)*)"\)')


def rendered(register: Register, publisher: Publisher, genesis: Genesis) -> dict[str, bytes]:
    """Every file of the pages, by its path in the folder: `en/index.html`, `static/register.css`, …"""
    always: dict[str, Any] = {
        "register": register,
        "publisher": publisher,
        "genesis": genesis,
        "digest": records.digest(genesis).hex(),
        "pages": PAGES,
        "least": LEAST,
        "unsaid": UNSAID,
        "at": at,
        "bars": charts.bars,
        "pending": charts.pending,
        "of": lambda what: _of(register, what),
        "one_in": one_in,
        "sentences": sentences,
        **_surveys(register),
    }
    pages = Pages(PACKAGE, always)
    files = {
        f"{language}/{name}.html": bytes(pages.shown(Headers({"accept-language": language}), name).body)
        for language in LANGUAGES
        for name in PAGES
    }
    files["index.html"] = bytes(pages.shown(Headers(), "languages").body)
    return files | dict(_styles())


def at(moment: Moment) -> str:
    """A time in UTC as people read it: 2026-03-01 09:30 UTC."""
    return f"{written(moment)[:16].replace('T', ' ')} UTC"


def one_in(point: Point) -> str:
    """Of how many comparisons with strangers at most one passes, rounded down to two digits."""
    many = BILLION // max(1, point.most)
    unit = 10 ** max(0, len(str(many)) - 2)
    return f"{many // unit * unit:,}".replace(",", "\u202f")


def sentences(text: str) -> tuple[str, ...]:
    """What the rules of a policy say of themselves, in their order."""
    return tuple(re.sub(r"\\(.)", r"\1", said) for said in _SAYS.findall(text))


def _surveys(register: Register) -> dict[str, Any]:
    """What the page of surveys is made with."""
    shipped = earlier.shipped()
    waves = [[(one.survey, one.method.wave) for one in said.results] for said in register.surveys]
    return {
        "survey": methods,
        "earlier": shipped,
        "drawn": publishing.drawn,
        # Its words are escaped already.
        "chart": lambda item, name, language: Markup(bars.chart(item, shipped, name, language)),  # noqa: S704
        "beside": lambda item, how, language: bars.beside(item, shipped, language, weights=bool(how.margins)),
        "corrects": lambda number: waves[number - 1] in waves[: number - 1],
    }


def _of(register: Register, what: str) -> Sequence[Series]:
    return [one for one in register.series if one.what is What(what)]


def _styles() -> Iterator[tuple[str, bytes]]:
    assets = Assets(PACKAGE)
    for path in STYLES:
        yield f"static/{path.rpartition('/')[2]}", bytes(assets.file(path).body)
    door = resources.files("countenance.web.portal") / "static" / "portal.css"
    yield "static/portal.css", door.read_bytes()
