"""What phones show a kiosk: a part where a code is made, and a token with it at the gate."""

import os
import re
from pathlib import Path

import pytest

from countenance.errors import Malformed
from countenance.faces import Template
from countenance.formats import base45, carried
from countenance.vocabulary.gates import Carried, Flight
from countenance.web.gate import phones, scanning
from simulator import desk
from simulator.asgi import Answer
from simulator.at_gate_page import GatePage, visit_of
from simulator.gate import FLIGHT, OTHER_PASS, PASS
from simulator.gate import ME as SOMEBODY

NAME, OTHER = str(FLIGHT), "AC834-227-YUL-FRA"
ME = Template(desk.engine().extractor.digest, SOMEBODY.values)
PART = bytes(range(32))
OF_PHONE = base45.write(carried.write_part(PART, NAME))


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    return GatePage(tmp_path)


def enrolled(at: GatePage, phone: str) -> Answer:
    return at.enrolled(desk.jpeg(desk.shown("d", "head", 0, 0)), phone=phone)


def shown(at: GatePage, token: bytes, part: bytes | None) -> str:
    letters = base45.write(carried.write(Carried(token, part)))
    return at.sent("/en/look", {"ticket": PASS, "code": letters}).text


def test_whoever_brings_no_phone_has_no_part() -> None:
    assert phones.part("", FLIGHT) is None
    assert phones.part("  ", FLIGHT) is None
    assert phones.part(OF_PHONE, FLIGHT) == PART


@pytest.mark.parametrize("letters", ["?", "0", OF_PHONE[:-3], OF_PHONE + "000", base45.write(b"\1" * 274)])
def test_what_is_no_part_is_none(letters: str) -> None:
    with pytest.raises(Malformed):
        phones.part(letters, FLIGHT)
    with pytest.raises(Malformed):
        phones.part(OF_PHONE, Flight("AC", "834", 227, "YUL", "FRA"))


def test_letters_that_spell_nothing_carry_no_token() -> None:
    for letters in ("", "?", "0", "::::"):
        assert phones.brought(letters) == Carried(b"")


def test_the_form_asks_for_a_phone_where_there_is_a_page_for_it(at: GatePage, tmp_path: Path) -> None:
    for language in ("en", "zh", "ru"):
        text = at.page.get(f"/{language}/enrol").text
        assert f"https://portal.localhost/{language}/phone" in text
        assert 'name="phone"' in text
    assert 'name="phone"' not in GatePage(tmp_path / "other", portal=None).page.get("/en/enrol").text


@pytest.mark.parametrize("wrong", ["?", base45.write(carried.write_part(PART, OTHER)), base45.write(bytes(274))])
def test_what_a_phone_shows_for_another_flight_begins_nothing_and_says_so(at: GatePage, wrong: str) -> None:
    answer = enrolled(at, wrong)
    assert (answer.status, 'id="phone-wrong"' in answer.text) == (400, True)
    assert at.kiosk.enrolling() is None
    assert len(at.kiosk._photos) == 0


def test_a_phones_part_is_of_one_visit_and_in_no_page_after_the_form(at: GatePage) -> None:
    answer = enrolled(at, OF_PHONE)
    assert 'data-visit="' in answer.text
    visit = at.kiosk._visit
    assert visit is not None
    for said in (answer.text, repr(visit), repr(visit.what)):
        assert PART.hex() not in said
        assert OF_PHONE not in said
        assert str(PART) not in said
    at.kiosk.end()
    assert at.kiosk._visit is None
    assert not [one for one in at.folder.rglob("*") if one.is_file() and PART in one.read_bytes()]


def test_a_token_that_was_sealed_for_a_phone_is_looked_at_with_its_part_alone(at: GatePage) -> None:
    token = at.token(PASS, ME, phone=PART)
    for part in (None, os.urandom(32), carried.salt(NAME)):
        text = shown(at, token, part)
        assert 'data-reason="altered"' in text
        assert "/static/look.js" not in text
    assert 'data-reason="altered"' in shown(at, at.token(PASS, ME), PART)
    assert "/static/look.js" in shown(at, token, PART)
    assert visit_of(at.sent("/en/look", {"ticket": PASS, "code": base45.write(at.token(PASS, ME))}))


def test_renewed_with_its_part_it_needs_the_same_again(at: GatePage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bytes] = []
    monkeypatch.setattr(scanning, "drawn", lambda sealed: drawn.append(sealed) or "")
    token = at.token(PASS, ME, phone=PART)
    both = base45.write(carried.write(Carried(token, PART)))
    for ticket, code in ((PASS, base45.write(token)), (OTHER_PASS, both)):
        assert at.sent("/en/renewed", {"ticket": ticket, "code": code}).status in (403, 409)
    assert drawn == []
    answer = at.sent("/en/renewed", {"ticket": PASS, "code": both})
    assert (answer.status, "without your phone" in re.sub("&#39;", "'", answer.text)) == (200, True)
    assert 'data-reason="revoked"' in shown(at, token, PART)
    assert 'data-reason="altered"' in shown(at, drawn[0], None)
    assert "/static/look.js" in shown(at, drawn[0], PART)
