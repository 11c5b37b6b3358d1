"""The travellers' pages of a gate's kiosk: what is shown, asked and refused."""

import io
import json
import re
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import segno

from countenance.faces import Template
from countenance.formats import base45
from countenance.gates import zone
from countenance.vocabulary.gates import Checked, Outcome, Reason
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.web.gate import scanning
from countenance.web.gate.application import PACKAGE
from countenance.web.gate.kiosk import DOCUMENT, IDLE
from countenance.web.gate.watching import AWAY
from simulator import desk
from simulator.at_gate_page import GatePage, visit_of
from simulator.gate import FLIGHT, OTHER_PASS, PASS
from simulator.gate import ME as SOMEBODY

NAME = str(FLIGHT)
ME = Template(desk.engine().extractor.digest, SOMEBODY.values)
WORDS = resources.files(PACKAGE) / "words"


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    return GatePage(tmp_path)


def framed(name: str = "d", at: int = 80) -> bytes:
    """What the camera sees: a portrait in a grey hall."""
    hall = np.full((480, 640, 3), 96, np.uint8)
    hall[:, max(at, 0) : at + 480] = desk.shown(name, "head", 0, 0)[:, : 640 - at]
    return desk.jpeg(hall)


def enrolled(at: GatePage, photo: bytes, code: str = PASS, agreed: str = "yes") -> str:
    return at.enrolled(photo, code, agreed).text


def visit_of_text(text: str) -> str:
    found = re.search(r'data-visit="(\w+)"', text)
    assert found, text
    return found[1]


def decided(at: GatePage) -> tuple[Outcome, tuple[Reason, ...]]:
    decision = at.kiosk.flights.passes(NAME).decisions()[-1]
    return decision.outcome, decision.reasons


def test_the_way_without_a_face_comes_first_and_sends_nothing(at: GatePage) -> None:
    text = at.page.get("/en/").text
    ways = re.findall(r'<li><a href="/en/(\w+)" id=', text)
    assert ways == ["other", "through", "enrol"]
    other = at.page.get("/en/other").text
    assert "<form" not in other
    assert "camera" not in other.lower()
    assert at.kiosk.flights.passes(NAME).decisions() == ()


def test_without_a_flight_the_kiosk_is_closed_and_names_the_other_lane(tmp_path: Path) -> None:
    at = GatePage(tmp_path, boards=False)
    for answer in (at.page.get("/en/"), at.page.get("/en/through"), at.sent("/en/look", {"ticket": PASS})):
        assert answer.status == 403
        assert 'id="closed"' in answer.text
        assert "Take the other lane" in answer.text
    assert at.page.get("/en/other").status == 200
    late = GatePage(tmp_path / "late")
    late.time.on(4 * HOUR)
    assert 'id="closed"' in late.page.get("/ru/").text
    assert not list((tmp_path / "late" / "flights").iterdir())


def test_a_clock_that_went_back_closes_the_kiosk(at: GatePage) -> None:
    at.time.now -= 120_000
    assert 'id="closed"' in at.sent("/en/look", {"ticket": PASS, "code": "x"}).text


def test_a_bad_code_is_answered_before_any_camera_opens(at: GatePage) -> None:
    token = base45.write(at.token(PASS, ME))
    for fields, reason in (
        ({"ticket": PASS, "code": "?"}, "altered"),
        ({"ticket": "?", "code": token}, "ticket"),
        ({"code": token}, "ticket"),
        ({}, "ticket"),
    ):
        answer = at.sent("/en/look", fields)
        assert f'data-reason="{reason}"' in answer.text
        assert "/static/look.js" not in answer.text
        assert at.frame("0" * 32, framed()).status == 403


def test_another_code_is_made_without_a_face_and_the_old_one_is_void(
    at: GatePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[bytes] = []
    monkeypatch.setattr(scanning, "drawn", lambda sealed: drawn.append(sealed) or "")
    old = base45.write(at.token(PASS, ME))
    answer = at.sent("/en/renewed", {"ticket": PASS, "code": old})
    assert (answer.status, 'id="drawn"' in answer.text, 'id="unverified"' in answer.text) == (200, True, False)
    assert 'data-reason="revoked"' in at.sent("/en/look", {"ticket": PASS, "code": old}).text
    new = base45.write(drawn[0])
    assert "/static/look.js" in at.sent("/en/look", {"ticket": PASS, "code": new}).text
    # What is no code, void, or another booking's gives none, and says what to do.
    for ticket, code in ((PASS, old), (PASS, "?"), (OTHER_PASS, new), ("", "")):
        refused = at.sent("/en/renewed", {"ticket": ticket, "code": code})
        assert refused.status in (400, 403, 409)
        assert "take the lane beside" in refused.text
    assert len(drawn) == 1


def test_a_photo_of_any_size_that_is_taken_is_on_no_disk(at: GatePage, monkeypatch: pytest.MonkeyPatch) -> None:
    def rolled(_: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rolled)
    photo = desk.jpeg(desk.shown("d", "head", 0, 0))
    assert 'data-visit="' in enrolled(at, photo + bytes(3_500_000 - len(photo)))


def test_whoever_stands_there_when_the_flight_ends_is_looked_at_no_more(at: GatePage) -> None:
    visit = visit_of(at.sent("/en/look", {"ticket": PASS, "code": base45.write(at.token(PASS, ME))}))
    at.time.on(4 * HOUR)
    at.kiosk.tidy()
    assert at.frame(visit, framed()).status == 403


def test_what_is_shown_of_a_frame_is_the_zone_alone(at: GatePage) -> None:
    visit = visit_of(at.sent("/en/look", {"ticket": PASS, "code": base45.write(at.token(PASS, ME))}))
    at.time.on(100)
    answer = at.frame(visit, framed())
    shown = PIL.Image.open(io.BytesIO(answer.body)).size
    place = zone.MIDDLE.box(640, 480)
    assert shown == (round(place.width), round(place.height))
    told = json.loads(answer.headers["x-told"])
    assert (told["progress"], told["over"], told["steps"]) == ("running", False, 1)
    assert at.frame(visit, b"no picture").status == 400
    assert at.frame(visit, b"\xff" * 300_000).status == 400


def test_who_goes_away_is_nobody_and_the_token_is_still_good(at: GatePage) -> None:
    token = base45.write(at.token(PASS, ME))
    visit = visit_of(at.sent("/en/look", {"ticket": PASS, "code": token}))
    crossing = at.kiosk.crossing(visit)
    at.page.get("/en/")
    assert crossing.outcome().decision.reasons == (Reason.NOBODY,)
    assert at.frame(visit, framed()).status == 403
    visit = visit_of(at.sent("/en/look", {"ticket": PASS, "code": token}))
    at.time.on(AWAY)
    assert 'data-reason="nobody"' in at.sent("/en/outcome", {"visit": visit}).text
    assert decided(at) == (Outcome.OFFICER, (Reason.NOBODY,))


def test_the_lanes_time_begins_with_the_ticket(at: GatePage) -> None:
    at.sent("/en/look", {"ticket": PASS, "code": "x", "since": "4000"})
    assert at.kiosk.flights.passes(NAME).decisions()[-1].milliseconds == 4000
    for said in ("-5", "1e9", "", "٣"):
        at.sent("/en/look", {"ticket": PASS, "code": "x", "since": said})
        assert at.kiosk.flights.passes(NAME).decisions()[-1].milliseconds == 0


def test_nothing_is_enrolled_without_consent_ticket_and_photo(at: GatePage) -> None:
    photo = desk.jpeg(desk.shown("d", "head", 0, 0))
    assert 'id="agreed-wrong"' in enrolled(at, photo, agreed="")
    assert 'id="ticket-wrong"' in enrolled(at, photo, PASS.replace("226F", "227F"))
    for none in (b"", b"nothing", b"\x75\x00", desk.jpeg(np.full((80, 80, 3), 90, np.uint8))):
        assert 'id="document-wrong"' in enrolled(at, none)
    assert at.kiosk.enrolling() is None
    assert len(at.kiosk._photos) == 0


def test_a_documents_photo_dies_with_its_visit_and_with_its_time(at: GatePage) -> None:
    photo = desk.jpeg(desk.shown("d", "head", 0, 0))
    assert "data-visit" in enrolled(at, photo)
    assert len(at.kiosk._photos) == 1
    at.page.get("/en/")
    assert len(at.kiosk._photos) == 0
    enrolled(at, photo)
    at.time.on(IDLE)
    at.kiosk.tidy()
    assert len(at.kiosk._photos) == 0
    assert at.kiosk.enrolling() is None
    assert DOCUMENT < 12 * HOUR


def test_a_code_that_was_made_is_vouched_for_by_an_officer_or_unverified(at: GatePage) -> None:
    for vouched in (True, False):
        visit = visit_of_text(enrolled(at, desk.jpeg(desk.shown("d", "head", 0, 0))))
        found = at.kiosk._enrolling(visit)
        found.watch.found = lambda: desk.engine().extract(desk.shown("d", "head", 0, 0))  # type: ignore[method-assign]
        if vouched:
            at.officer().act("vouch", number=str(found.number))
        made = at.kiosk.made(visit)
        assert made.checked is (Checked.PRINTED if vouched else Checked.UNVERIFIED)
        assert at.sent("/en/code", {"visit": visit}).status == 403


def test_another_persons_document_makes_no_code_and_the_staff_is_named(at: GatePage) -> None:
    visit = visit_of_text(enrolled(at, desk.jpeg(desk.shown("b", "head", 0, 0))))
    found = desk.engine().extract(desk.shown("d", "head", 0, 0))
    at.kiosk._enrolling(visit).watch.found = lambda: found  # type: ignore[method-assign]
    answer = at.sent("/en/code", {"visit": visit})
    assert answer.status == 403
    assert 'data-advice="unlike"' in answer.text
    assert "staff" in answer.text
    assert len(at.kiosk._photos) == 0


def test_who_does_not_answer_gets_no_code(at: GatePage) -> None:
    visit = visit_of_text(enrolled(at, desk.jpeg(desk.shown("d", "head", 0, 0))))
    told = {}
    for _ in range(60):
        at.time.on(500)
        answer = at.frame(visit, framed())
        told = json.loads(answer.headers["x-told"])
        if told["over"]:
            break
    # The head never turned, in three challenges.
    assert (told["over"], told["progress"], told["advice"]) == (True, "failed", "turn")
    answer = at.sent("/en/code", {"visit": visit})
    assert (answer.status, 'data-advice="turn"' in answer.text) == (403, True)


def test_a_code_is_read_from_its_own_drawing() -> None:
    data = io.BytesIO()
    segno.make_qr(base45.write(b"\x01" * 274), error="m", boost_error=False).save(data, kind="png", scale=5)
    assert scanning.token(scanning.read(data.getvalue())) == b"\x01" * 274
    assert "<script" not in scanning.drawn(b"\x01" * 274)
    assert " style=" not in scanning.drawn(b"\x01" * 274)


def test_this_page_asks_for_the_camera_and_the_officers_does_not(at: GatePage) -> None:
    answer = at.page.get("/en/through")
    assert answer.headers["permissions-policy"].startswith("camera=(self)")
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "camera=()" in at.page.get("/officer/", {"accept": "text/html"}).headers["permissions-policy"]
    assert not re.search(r"<script>|<style| style=| on[a-z]+=", answer.text)


def test_other_origins_hosts_and_methods_are_refused(at: GatePage) -> None:
    assert at.page("POST", "/en/look", b"", {"origin": "http://elsewhere.localhost"}).status == 400
    assert at.page("GET", "/en/", headers={"host": "gate.localhost"}).status == 400
    assert at.page.get("/en/look").status == 404
    assert at.page("POST", "/officer/enter", b"{}", {"origin": "http://elsewhere.localhost"}).status == 400
    assert at.page.get("/nowhere").status == 404
    assert "take the lane beside" in at.page("GET", "/en/", headers={"host": "x", "accept": "text/html"}).text
    assert at.kiosk.flights.passes(NAME).decisions() == ()


def test_every_word_is_in_three_languages_and_every_reason_has_some() -> None:
    told = {}
    for file in WORDS.iterdir():
        told[file.name] = json.loads(file.read_text())
        for word, spellings in told[file.name].items():
            assert len(spellings) == 3, (file.name, word)
            assert all(spellings), (file.name, word)
    for reason in Reason:
        assert reason.value in told["outcome.json"]
        assert f"why_{reason.value}" in told["officer.json"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", ""])
def test_a_form_that_is_none_makes_no_code_and_says_what_to_do(at: GatePage, kind: str) -> None:
    answer = at.sent("/en/camera", b"--x\r\nrubbish", **{"content-type": kind})
    assert answer.status == 400
    assert 'data-visit="' not in answer.text
