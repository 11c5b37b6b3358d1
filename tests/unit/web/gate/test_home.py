"""The kiosk's page for a code that was made at home."""

from pathlib import Path

import pytest

from countenance.crypto import at_home
from countenance.faces import Template
from countenance.formats import base45, carried
from countenance.gates import coding
from countenance.vocabulary.gates import Carried, HomeReference
from countenance.web.gate import scanning
from countenance.web.kit import codes
from simulator import desk
from simulator.asgi import Answer
from simulator.at_gate_page import GatePage
from simulator.gate import FLIGHT, OTHER_PASS, PASS
from simulator.gate import ME as SOMEBODY

NAME = str(FLIGHT)
ME = Template(desk.engine().extractor.digest, SOMEBODY.values)
SECRET = bytes(range(16))
LETTERS = codes.spelled(SECRET)
HOME = base45.write(at_home.wrap(HomeReference(ME.extractor[:8], coding.encode(ME)), SECRET))
PART = bytes(range(32))


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    return GatePage(tmp_path)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    made: list[bytes] = []
    monkeypatch.setattr(scanning, "drawn", lambda sealed: made.append(sealed) or "")
    return made


def brought(at: GatePage, **changed: str) -> Answer:
    fields = {"ticket": PASS, "home": HOME, "letters": LETTERS, "agreed": "yes", "phone": ""}
    return at.sent("/en/brought", fields | changed)


def test_code_and_letters_become_a_token_that_is_unverified(at: GatePage, drawn: list[bytes]) -> None:
    answer = brought(at)
    assert (answer.status, 'id="unverified"' in answer.text) == (200, True)
    looked = at.sent("/en/look", {"ticket": PASS, "code": base45.write(drawn[0])})
    assert "/static/look.js" in looked.text
    other = at.sent("/en/look", {"ticket": OTHER_PASS, "code": base45.write(drawn[0])})
    assert 'data-reason="booking"' in other.text
    # It can be made again, for who lost it, and each is another.
    assert brought(at, letters=LETTERS.lower().replace("-", " ")).status == 200
    assert drawn[0] != drawn[1]


def test_for_a_phone_it_needs_its_part(at: GatePage, drawn: list[bytes]) -> None:
    assert brought(at, phone=base45.write(carried.write_part(PART, NAME))).status == 200
    for part, found in ((None, 'data-reason="altered"'), (PART, "/static/look.js")):
        code = base45.write(carried.write(Carried(drawn[0], part)))
        assert found in at.sent("/en/look", {"ticket": PASS, "code": code}).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"letters": codes.spelled(bytes(16))}, "letters"),
        ({"letters": "ABC"}, "letters"),
        ({"home": "?"}, "letters"),
        ({"home": base45.write(b"\1" * 274)}, "letters"),
        ({"ticket": PASS.replace("226F", "227F")}, "ticket"),
        ({"agreed": ""}, "agreed"),
        ({"phone": "?"}, "phone"),
        ({"home": base45.write(at_home.wrap(HomeReference(bytes(8), coding.encode(ME)), SECRET))}, "home"),
        ({"home": base45.write(at_home.wrap(HomeReference(ME.extractor[:8], bytes(128)), SECRET))}, "home"),
    ],
)
def test_what_does_not_fit_gives_none_and_says_which(
    at: GatePage, drawn: list[bytes], changed: dict[str, str], field: str
) -> None:
    answer = brought(at, **changed)
    assert (answer.status, f'id="{field}-wrong"' in answer.text, drawn) == (400, True, [])
    # The letters are typed anew, and a page never says them.
    assert LETTERS not in answer.text


def test_the_page_is_there_in_every_language_and_led_to(at: GatePage) -> None:
    for language in ("en", "zh", "ru"):
        assert f'href="/{language}/home"' in at.page.get(f"/{language}/enrol").text
        text = at.page.get(f"/{language}/home").text
        assert f'action="/{language}/brought"' in text
        assert 'id="way"' in text
