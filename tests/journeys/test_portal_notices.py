"""Notices: a sign on a pole, what its code leads to, and what can be done there; by phone, keyboard, printer."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from journeys import axe
from journeys.conftest import _listens
from prove import scenes
from prove.approvers import DESK, PHONE
from prove.founding import founded, ground
from simulator.declared import declared, withdrawn

HALL, SQUARE, GONE = "hall-east", "square-north", "hall-west"
PAGES = ("cameras", f"cameras/{HALL}", f"cameras/{SQUARE}", f"cameras/{HALL}/sign", "cameras/nowhere")
SAID = {
    "CONTROLLER": "City of Example, transport department",
    "CONTACT": "privacy@transport.example",
    "AUTHORITY": "Authority of Example",
    "TIMEZONE": "Europe/Berlin",
}


@dataclass
class Street:
    """A deployment with a portal, and cameras above a street. `person`: opens a page for somebody new."""

    stage: Stage
    browser: Browser
    origin: str
    pictures: Path

    @contextmanager
    def person(self, size: tuple[int, int] = PHONE, **other: Any) -> Iterator[Page]:
        """Somebody's browser, which nobody knows; it keeps nothing."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, **other)
        context.set_default_timeout(60_000)
        yield context.new_page()
        assert context.cookies() == []
        context.close()

    def got(self, path: str) -> tuple[int, bytes]:
        """Status and bytes of what the portal answers to a program."""
        host = self.origin.partition("://")[2]
        connection = HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=60)
        connection.request("GET", path, headers={"host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, pictures: Path, browser: Browser) -> Iterator[Street]:
    out = tmp_path_factory.mktemp("street")
    origin = _free_origin("http://portal.localhost")
    with pytest.MonkeyPatch.context() as patch, ground(out, browser) as (stage, _):
        for name, value in SAID.items():
            patch.setenv(f"COUNTENANCE_PORTAL_{name}", value)
        founded(stage, browser, _free_origin(), "--portal-origin", origin)
        stage.until(partial(_listens, origin), "the portal")
        key = stage.key("operator-1")
        public = stage.verb("key", "new", key, "--person", "operator-1")["public"]
        stage.verb("roster", "add", "operator-1", "--organisation", "station", "--role", "operator", "--public", public)
        stage.verb("edge", "enrol", "host-1")
        facts = ("--basis", "a test", "--dpia", "DPIA-TEST-1", "--notice", "A test.\nIn two lines.", "--retention", 72)
        where = ("--edge", "host-1", "--place", "Hall, east door", "--purpose", "missing persons")
        source = ("--source", "rtsp://127.0.0.1:9/none")
        stage.verb("camera", "add", HALL, *where, *source, *facts, "--not-publicly-accessible", person="operator-1")
        declared(stage.deployment, key, [SQUARE, GONE], place="Station square")
        with scenes.repository(stage) as asked:
            for name, x, y in ((HALL, 300, 400), (SQUARE, 700, 200)):
                asked.call("cameras.place", {"camera": name, "x": x, "y": y})
            asked.call("cameras.measure", {"metres": 240, "north": 20})
        yield Street(stage, browser, origin, pictures)


def scanned(picture: bytes) -> str:
    """What a phone's camera reads in a picture of a sign."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return str(cv2.QRCodeDetector().detectAndDecode(image)[0])


def sheet(street: Street, camera: str, language: str = "en") -> bytes:
    """A picture of a camera's sign as it hangs there."""
    with street.person(DESK) as page:
        page.goto(f"{street.origin}/{language}/cameras/{camera}/sign")
        return page.locator(".door-sheet").screenshot(path=street.pictures / f"sign-{language}.png")


def test_somebody_at_a_pole_scans_the_sign_reads_and_objects(street: Street) -> None:
    # Given somebody before a sign, with a phone that speaks Russian and runs no scripts,
    address = scanned(sheet(street, HALL))
    assert address == f"{street.origin}/c/{HALL}"
    with street.person(locale="ru-RU", java_script_enabled=False) as page:
        # when they scan it,
        page.goto(address)
        # then they are at the notice, in their language, and read why the camera is there and who answers for it.
        expect(page).to_have_url(f"{street.origin}/ru/cameras/{HALL}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hall, east door")
        for said in ("missing persons", "72 ч", *(SAID[name] for name in ("CONTROLLER", "CONTACT", "AUTHORITY"))):
            expect(page.locator("main")).to_contain_text(said)
        expect(page.locator("#word")).to_contain_text("подтверждает")
        page.screenshot(path=street.pictures / "notice-phone-ru.png", full_page=True)
        # When a friend reads along in English, and they object,
        page.get_by_role("link", name="English").click()
        expect(page).to_have_url(f"{street.origin}/en/cameras/{HALL}")
        page.get_by_role("link", name="Ask, delete or object").click()
        # then the camera is chosen already, and it takes a day, a time and a button.
        expect(page.locator("#camera")).to_have_value(HALL)
        page.get_by_label("I object").check()
        page.fill("#date", "2026-01-31")
        page.fill("#time", "09:30")
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your question is recorded")
        expect(page.locator("#code")).not_to_be_empty()


def test_an_operator_prints_signs(street: Street) -> None:
    # Given an operator at the page of a sign,
    for language, sized in (("en", True), ("zh", False)):
        with street.person(DESK) as page:
            page.goto(f"{street.origin}/{language}/cameras/{HALL}/sign")
            # when they print it, one sheet of A4 comes out, with nothing of the page around it,
            printed = page.pdf(prefer_css_page_size=True, print_background=True)
            assert printed.count(b"/MediaBox") == len(
                re.findall(rb"/MediaBox ?\[0 0 59[45][.\d]* 84[12][.\d]*\]", printed)
            )
            assert b"/Count 1" in printed
            page.emulate_media(media="print")
            for around in ("header", "footer", ".door-about"):
                expect(page.locator(around)).to_be_hidden()
            page.emulate_media(media="screen")
            # and where there are letters for it they find a PDF; where there are none the page says what to do.
            expect(page.locator("a[href$='sign.pdf']")).to_have_count(1 if sized else 0)
            expect(page.locator("#no-pdf")).to_have_count(0 if sized else 1)
            for kind in ("svg", "pdf"):
                status, _ = street.got(f"/{language}/cameras/{HALL}/sign.{kind}")
                assert status == (303 if kind == "pdf" and not sized else 200)
    # The SVG alone, as a print shop opens it, has the same code, and so has another camera's sign another.
    with street.person((840, 1188)) as page:
        page.goto(f"{street.origin}/ru/cameras/{SQUARE}/sign.svg")
        assert scanned(page.screenshot()) == f"{street.origin}/c/{SQUARE}"


def test_everything_can_be_reached_by_keyboard(street: Street) -> None:
    with street.person(DESK) as page:
        # Given somebody who has no mouse, at the first page,
        page.goto(f"{street.origin}/en/")
        tabbed(page, lambda: focused(page, "href") == "/en/cameras")
        page.keyboard.press("Enter")
        # when they tab through the map, then the camera that has the focus says its name, and Enter opens its notice;
        expect(page).to_have_url(f"{street.origin}/en/cameras")
        tabbed(page, lambda: focused(page, "data-camera") == SQUARE)
        assert focused(page, "aria-label") == f"{SQUARE}, Station square"
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{street.origin}/en/cameras/{SQUARE}")
        # from there they come to the form, to the sign, and to the feed.
        tabbed(page, lambda: focused(page, "href") == f"/en/ask?camera={SQUARE}")
        tabbed(page, lambda: focused(page, "href") == f"/en/cameras/{SQUARE}/sign")
        page.keyboard.press("Enter")
        expect(page.locator(".door-sheet svg")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_no_rule_of_accessibility_is_broken_and_phones_need_no_sideways_scrolling(
    street: Street, language: str
) -> None:
    for size in (PHONE, DESK):
        with street.person(size) as page:
            for path in PAGES:
                page.goto(f"{street.origin}/{language}/{path}")
                assert axe.grave(page) == [], (path, size)
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, size)
                name = path.replace("/", "-")
                page.screenshot(path=street.pictures / f"{name}-{language}-{size[0]}.png", full_page=True)


def test_the_sign_of_a_camera_that_was_taken_down_leads_to_a_page_that_says_so(street: Street) -> None:
    # Given a sign that hangs on after its camera was withdrawn,
    address = scanned(sheet(street, GONE))
    withdrawn(street.stage.deployment, street.stage.key("operator-1"), [GONE])
    with street.person() as page:
        # when somebody scans it, then they read that no camera may record there, and what they can do.
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("main")).to_contain_text("It may have been taken down")
        expect(page.locator("main")).to_contain_text(SAID["CONTACT"])
        # What is no page at all says so, too.
        for rubbish in ("/de/cameras", f"/en/cameras/{HALL}/../../../genesis.json", "/c/a/b", "/en/cameras/%2e%2e%2fx"):
            page.goto(f"{street.origin}{rubbish}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.locator("main").get_by_role("link", name="Complain")).to_be_visible()


def test_programs_get_the_same(street: Street) -> None:
    told, places = (json.loads(street.got(path)[1]) for path in ("/cameras.json", "/cameras.geojson"))
    hall = next(one for one in told["cameras"] if one["name"] == HALL)
    assert (hall["confirmed"], hall["plan"], hall["purpose"]) == ("confirmed", {"x": 300, "y": 400}, "missing persons")
    assert hall["pages"]["en"] == f"{street.origin}/en/cameras/{HALL}"
    assert {one["id"] for one in places["features"]} == {one["name"] for one in told["cameras"]}
    assert "host-1" not in str(told) + str(places)


def tabbed(page: Page, there: Callable[[], bool]) -> None:
    """Press Tab until `there`."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if there():
            return
    raise AssertionError("the keyboard does not lead there")


def focused(page: Page, attribute: str) -> str | None:
    """An attribute of what has the focus."""
    found: str | None = page.evaluate("(name) => document.activeElement.getAttribute(name)", attribute)
    return found
