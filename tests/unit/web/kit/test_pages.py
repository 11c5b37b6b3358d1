"""The page of what was refused: the error's own sentence, and, for a role or camera, what the browser asks for then."""

import json
from html.parser import HTMLParser

import pytest
from starlette.datastructures import Headers

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Wanted
from countenance.vocabulary.warrants import Role
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Forbidden

PAGES = Pages("countenance.web.console", {"rooms": ()})


class Read(HTMLParser):
    """Elements of a page, by name, and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("camera", ["hall-east", "'\"><script>alert(1)</script>", "&quot;' onclick='1", "</main>"])
def test_what_was_wanted_is_data_and_nothing_else(camera: str) -> None:
    wanted = Wanted((Role.OFFICER,), camera)
    page = PAGES.told(Headers({}), Forbidden("this is not yours", wanted))
    found = Read(page.body.decode()).found
    (main,) = (facts for tag, facts in found if tag == "main")
    assert json.loads(main["data-wanted"] or "") == records.plain(wanted)
    assert set(main) == {"id", "data-wanted", "data-now"}
    scripts = [facts for tag, facts in found if tag == "script"]
    assert all((facts["src"] or "").startswith("/kit/") for facts in scripts)
    assert (page.status_code, "/kit/forbidden.js" in {facts["src"] for facts in scripts}) == (403, True)


def test_what_is_refused_for_another_reason_asks_for_nothing() -> None:
    text = PAGES.told(Headers({}), Refused("not now")).body.decode()
    assert "not now" in text
    assert "data-wanted" not in text
    assert "forbidden.js" not in text
