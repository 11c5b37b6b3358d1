"""Notices of cameras: what stands on them, whose word it is, and what rubbish is answered with."""

from dataclasses import replace

import pytest

from countenance.vocabulary.acts import Verb, Withdrawal
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.custodian import cameras
from simulator.door import Door

CONFIRMS = "who keeps the keys, confirms that this is what was declared"
RELY = "Do not rely on this page"


def test_a_notice_says_all_that_article_13_asks(door: Door) -> None:
    page = door.get("/en/cameras/hall")
    assert page.status == 200
    for said in (
        ("hall", "lost persons", "City of Example", "privacy@transport.example", "Art. 6(1)(e)", "DPIA-1", "notice"),
        ("72 hours after the hour", "Authority of Example", "/en/ask?camera=hall", "/en/rights", "/en/complain"),
        ("single-host", CONFIRMS, "4 Oct 2024", "at most one of 13 such searches", "Here it may be ten times worse"),
    ):
        for words in said:
            assert words in page.text
    assert "secret-host" not in page.text


def test_a_camera_where_anybody_passes_says_that_it_makes_nothing_of_faces(door: Door) -> None:
    text = door.get("/en/cameras/square").text
    assert "No numbers are made from them." in text
    assert "No machine compares faces of this camera." in text
    assert "such searches" not in text


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_every_page_is_there_in_every_language(door: Door, language: str) -> None:
    for page in ("cameras", "cameras/hall", "cameras/square", "cameras/hall/sign"):
        answer = door.get(f"/{language}/{page}")
        assert answer.status == 200, page
        assert f'<html lang="{language}"' in answer.text
        assert "{}" not in answer.text


def test_a_notice_that_the_repository_altered_is_said_to_be_another(door: Door) -> None:
    door.cameras["hall"] = replace(door.cameras["hall"], retention_hours=1)
    text = door.get("/en/cameras/hall").text
    assert RELY in text
    assert CONFIRMS not in text
    assert "not confirmed" in door.get("/en/cameras").text
    assert RELY not in door.get("/en/cameras/square").text


def test_a_camera_that_was_never_declared_is_not_taken_for_one(door: Door) -> None:
    door.cameras["ghost"] = replace(door.cameras["hall"], name="ghost")
    assert RELY in door.get("/en/cameras/ghost").text


def test_a_notice_that_is_kept_back_is_missed(door: Door) -> None:
    del door.cameras["hall"]
    assert "Some cameras may record, but their notices are missing here. They must be shown: hall." in (
        door.get("/en/cameras").text.replace("\n", " ")
    )
    page = door.get("/en/cameras/hall")
    assert page.status == 404
    assert "is declared and may record" in page.text


def test_without_the_custodian_the_notice_stands_and_says_so(door: Door) -> None:
    door.locked = True
    page = door.get("/en/cameras/hall")
    assert page.status == 200
    assert "lost persons" in page.text
    assert "does not answer now" in page.text
    assert "This cannot be said now" in page.text
    assert CONFIRMS not in page.text
    assert RELY not in page.text


def test_many_pages_ask_the_custodian_once_and_a_changed_list_asks_at_once(door: Door) -> None:
    for _ in range(5):
        door.get("/en/cameras/hall")
    assert door.heard.count("door.notices") == 1
    withdrawn = door.zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall"))
    cameras.withdraw(door.zone.opened, withdrawn)
    del door.cameras["hall"]
    page = door.get("/en/cameras/hall")
    assert page.status == 404
    assert "It may have been taken down" in page.text
    assert door.heard.count("door.notices") == 2
    door.zone.clock.now += 31_000
    door.get("/en/cameras")
    assert door.heard.count("door.notices") == 3


@pytest.mark.parametrize(
    ("accepts", "language"), [("ru-RU,ru;q=0.9", "ru"), ("zh-TW", "zh"), ("de-DE, en;q=0.5", "en"), ("", "en")]
)
@pytest.mark.parametrize("camera", ["hall", "lists"])
def test_a_signs_code_leads_to_the_notice_in_the_browsers_language(
    door: Door, accepts: str, language: str, camera: str
) -> None:
    answer = door.get(f"/c/{camera}", accept_language=accepts)
    assert (answer.status, answer.headers["location"]) == (303, f"/{language}/cameras/{camera}")


@pytest.mark.parametrize(
    "path",
    [
        "/en/cameras/nowhere",
        "/en/cameras/Hall",
        "/en/cameras/..",
        "/en/cameras/%00",
        "/en/cameras/%F0%9F%93%B7",
        "/en/cameras/<b>hall",
        "/en/cameras/" + "a" * 3000,
        "/en/cameras/nowhere/sign",
        "/en/cameras/nowhere/sign.svg",
        "/en/cameras/nowhere/sign.pdf",
    ],
)
def test_an_unknown_camera_has_a_page_that_says_what_to_do(door: Door, path: str) -> None:
    page = door.get(path)
    assert page.status == 404
    assert "No camera of this name is declared here" in page.text
    assert 'href="/en/cameras"' in page.text
    assert "<b>hall" not in page.text
    assert "aaaa" not in page.text.replace(f'href="/zh{path[3:]}"', "").replace(f'href="/ru{path[3:]}"', "")


@pytest.mark.parametrize(
    "path",
    [
        "/de/cameras",
        "/EN/cameras/hall",
        "/en/cameras/hall/..%2f..%2fgenesis.json",
        "/en/cameras/../../etc/passwd",
        "/en/cameras/hall/sign.exe",
        "/en/cameras//sign.pdf",
        "/c/",
        "/c/hall/sign",
        "/c/..%2f..%2fen",
        "/cameras.xml/",
    ],
)
def test_rubbish_has_a_clear_page(door: Door, path: str) -> None:
    page = door.get(path)
    assert page.status == 404
    assert "there is no such page" in page.text
    assert "/complain" in page.text


@pytest.mark.parametrize("name", ["https://evil.example", "//evil.example", "a\r\nlocation: x", "?x=1"])
def test_a_code_leads_nowhere_else(door: Door, name: str) -> None:
    answer = door.get(f"/c/{name.replace(chr(13), '%0D').replace(chr(10), '%0A').replace('?', '%3F')}")
    location = answer.headers.get("location", "/en/cameras/")
    assert location.startswith("/en/cameras/")
    assert "evil" not in location or "/" not in location.removeprefix("/en/cameras/")


def test_what_an_operator_writes_is_text(door: Door) -> None:
    door.cameras["hall"] = replace(door.cameras["hall"], place="<script>x</script>", notice="<b>one\ntwo")
    for path in ("/en/cameras", "/en/cameras/hall", "/en/cameras/hall/sign", "/en/cameras/hall/sign.svg"):
        text = door.get(path).text
        assert "<script>x" not in text, path
        assert "<b>one" not in text, path
        assert "&lt;script&gt;x" in text, path


def test_who_has_said_nothing_of_themselves_is_told_on_the_notice(door: Door) -> None:
    bare = Door(door.zone, PortalSettings(), cameras=door.cameras)
    assert "Not written here yet. It has to be" in bare.get("/en/cameras/hall").text


def test_the_map_has_what_is_drawn_and_the_list_has_all(door: Door) -> None:
    door.dots, door.plan = {"hall": (310, 420)}, {"metres": 240, "north": 20}
    text = door.get("/en/cameras").text
    assert 'href="/en/cameras/hall" data-camera="hall"' in text
    assert 'data-camera="square"' not in text
    assert "Some cameras are not drawn" in text
    assert 'href="/en/cameras/square"' in text
    assert "Scale: 50 metres" in text
