"""Asking at the door without a face: by phone, without scripts, without a name; and the clerk who answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from countenance.errors import Tampered
from countenance.formats import canonical
from countenance.vocabulary.moments import written
from journeys import axe
from journeys.conftest import Town
from journeys.test_console_sign_in import entries
from prove import scenes
from prove.approvers import DESK, PHONE

CLERK = "station/clerk-1"
pytestmark = pytest.mark.timeout(900)


@dataclass
class Citizen:
    """Somebody with a phone, whom nobody knows. `code`: what they wrote down."""

    town: Town
    page: Page
    code: str = ""

    def go(self, path: str) -> None:
        """Open a page of the portal."""
        self.page.goto(f"{self.town.portal}{path}")

    def ask(self, wish: str, start: int, words: str = "a red scarf", language: str = "en") -> str:
        """Fill in the form; the question's id."""
        self.go(f"/{language}/ask")
        day, clock = written(start).rstrip("Z").split("T")
        self.page.check(f"#wish-{wish}")
        self.page.select_option("#camera", scenes.CAMERA)
        self.page.fill("#date", day)
        self.page.fill("#time", clock[:5])
        self.page.select_option("#minutes", "5")
        self.page.fill("#words", words)
        self.page.click("main form button")
        self.code = self.page.inner_text("#code")
        found = re.search(r"\b[0-9a-f]{16}\b", self.page.inner_text("main"))
        assert found
        return found[0]

    def look(self, language: str = "en") -> str:
        """What the page says with the code."""
        self.go(f"/{language}/answer")
        self.page.fill("#code", self.code)
        self.page.click("main form button")
        return self.page.inner_text("main")

    def receipt(self, folder: Path) -> Path:
        """Save the receipt of the page that is open."""
        with self.page.expect_download() as saved:
            self.page.click("form[action$=receipt] button")
        path = folder / saved.value.suggested_filename
        saved.value.save_as(path)
        return path


@contextmanager
def citizen(town: Town, size: tuple[int, int] = PHONE) -> Iterator[Citizen]:
    """A new browser that runs no scripts; it is left with no cookie."""
    viewport = {"width": size[0], "height": size[1]}
    context = town.browser.new_context(viewport=viewport, java_script_enabled=False, accept_downloads=True)
    context.set_default_timeout(60_000)
    yield Citizen(town, context.new_page())
    assert context.cookies() == []
    context.close()


def sightings(town: Town) -> list[tuple[str, int]]:
    """What the camera recorded: id and start."""
    with scenes.repository(town.stage) as asked:
        listed = asked.call("sightings.list", {"camera": scenes.CAMERA, "limit": 2000}).body["sightings"]
    assert isinstance(listed, list)
    return [(str(one["sighting"]), int(str(one["start"]))) for one in listed if isinstance(one, dict)]


def opened(town: Town, request: str) -> None:
    """The clerk opens a question at the console."""
    clerk = town.people[CLERK]
    clerk.go("/questions")
    clerk.page.click(f"#list button:has-text('{request}')")
    expect(clerk.page.locator("#one-title")).to_contain_text(request)


def answered(town: Town, *pointed: str, met: bool = False, ground: str = "") -> None:
    """The clerk points, and signs what the console hands over on the approval page."""
    page, signing = town.people[CLERK].page, town.court[CLERK]
    for sighting in pointed:
        page.check(f"#sightings input[value='{sighting}']")
    if met:
        page.check("#met")
    page.select_option("#ground", ground)
    # The window that opens is of the console's profile; the clerk's security key is in the other.
    page.evaluate("window.open = (address) => { document.body.dataset.handed = address; }")
    page.click("#point button")
    expect(page.locator("body")).to_have_attribute("data-handed", re.compile("#reply="))
    signing.page.goto("about:blank")
    signing.page.goto(str(page.get_attribute("body", "data-handed")))
    expect(signing.page.locator("#reply-request")).not_to_have_value("")
    expect(signing.page.locator("#person")).to_have_value(CLERK)
    if ground:
        signing.page.fill("#reply-reason", "five people in dark coats")
    signing.page.click("#reply button")
    signing.told("Done (entry")
    assert signing.complaints == []


def test_somebody_asks_without_a_face_and_what_was_kept_of_them_is_deleted(recorded: Town) -> None:
    town = recorded
    mine, start = sightings(town)[0]
    with citizen(town) as somebody:
        # Given somebody who passed, with a phone and nothing else
        asked = entries(town, "asked")
        # When they ask for deletion, and the clerk looks, points and signs
        request = somebody.ask("delete", start - 60_000)
        receipt = somebody.receipt(town.stage.out)
        assert "Waits for a clerk" in somebody.look()
        opened(town, request)
        clerk = town.people[CLERK]
        expect(clerk.page.locator("#said")).to_have_text("a red scarf")
        clerk.page.screenshot(path=town.pictures / "questions-open.png", full_page=True)
        assert axe.grave(clerk.page) == []
        clerk.page.click("#look")
        expect(clerk.page.locator("#reason")).to_have_value(f"question {request}")
        clerk.page.click("#choice button")
        clerk.told("entry")
        assert entries(town, "looked") > 0
        opened(town, request)
        answered(town, mine)
        # Then they are told the day, in their language, and the log proves it
        said = somebody.look("ru")
        assert "Сделано" in said
        assert "Исчезнет из всех копий" in said
        somebody.look()
        somebody.page.screenshot(path=town.pictures / "portal-answer-phone.png", full_page=True)
        later = somebody.receipt(town.stage.out)
        genesis = town.stage.deployment / "genesis.json"
        for file in (receipt, later):
            assert town.stage.verb("receipt", file, "--genesis", genesis)["request"] == request
        assert entries(town, "asked") == asked + 1
        # And a receipt in which somebody changed the day holds no more.
        told = json.loads(later.read_text())
        later.write_bytes(canonical.write({**told, "gone_by": told["gone_by"] - 1}))
        with pytest.raises(Tampered, match="another day"):
            town.stage.verb("receipt", later, "--genesis", genesis)
    # And no search finds it: it is restricted until it is erased.
    assert town.stage.verb("custodian", "status")["erasures_waiting"] >= 1


def test_who_asks_about_somebody_else_cannot_tell_whether_they_were_there(recorded: Town) -> None:
    town = recorded
    other, start = sightings(town)[1]
    with citizen(town) as stalker, citizen(town) as nobody:
        # Given one question about somebody who passed and one about nobody
        requests = (stalker.ask("delete", start - 60_000), nobody.ask("delete", start - 40 * 60_000))
        # When the clerk answers both
        for request, pointed in zip(requests, ((other,), ()), strict=True):
            opened(town, request)
            answered(town, *pointed)
        # Then both read the same
        said = [re.sub(r"[0-9a-f]{16}|\d\d:\d\d:\d\d|\d+, \d+\.", "", one.look()) for one in (stalker, nobody)]
        assert said[0] == said[1]
        assert "We do not say here whether there was anything" in said[0]


def test_who_stands_before_the_clerk_is_told_what_is_kept(recorded: Town) -> None:
    town = recorded
    mine, start = sightings(town)[2]
    with citizen(town) as somebody:
        request = somebody.ask("tell", start - 60_000)
        # When the clerk has not met them, nothing is told
        opened(town, request)
        page = town.people[CLERK].page
        page.check(f"#sightings input[value='{mine}']")
        # Then, met, they read when they passed and until when it is kept
        answered(town, met=True)
        said = somebody.look()
        assert "Answered in person" in said
        assert f"Camera {scenes.CAMERA}: from" in said
        assert "Neither can be read without a warrant" in said


def test_a_question_is_declined_with_a_ground_and_what_to_do_next(recorded: Town) -> None:
    town = recorded
    with citizen(town) as somebody:
        request = somebody.ask("object", sightings(town)[0][1] - 60_000)
        opened(town, request)
        answered(town, ground="Art. 11(2)")
        said = somebody.look()
        assert "Declined" in said
        assert "Come to the desk, or ask again" in said
        assert "five people" not in said


def test_a_clerk_looks_at_nothing_that_nobody_asked_about(recorded: Town) -> None:
    town = recorded
    clerk, refused = town.people[CLERK], entries(town, "refused")
    # Given that every question was answered
    clerk.go(f"/playback?camera={scenes.CAMERA}&at={sightings(town)[0][1]}")
    clerk.page.fill("#reason", "curious")
    clerk.page.click("#choice button")
    # Then it is a sentence, and an entry
    clerk.warned("question that waits")
    assert entries(town, "refused") > refused


def test_a_lost_code_is_lost_and_a_guessed_one_opens_nothing(recorded: Town) -> None:
    with citizen(recorded) as somebody:
        somebody.go("/en/answer")
        somebody.page.fill("#code", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A")
        somebody.page.click("main form button")
        assert "No question with this code" in somebody.page.inner_text("main")
        somebody.go("/en/answer")
        somebody.page.click("main form button")
        assert "26 letters and digits" in somebody.page.inner_text("main")


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_every_page_serves_everybody(recorded: Town, language: str) -> None:
    town = recorded
    context = town.browser.new_context(locale="en-GB", bypass_csp=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    for name in ("", "ask", "answer", "lists", "rights", "complain"):
        page.goto(f"{town.portal}/{language}/{name}")
        for size_name, size in (("phone", PHONE), ("laptop", DESK)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
            page.screenshot(path=town.pictures / f"portal-{name or 'first'}-{language}-{size_name}.png", full_page=True)
        assert axe.grave(page) == [], name
    context.close()


def test_everything_can_be_done_by_keyboard(recorded: Town) -> None:
    with citizen(recorded, DESK) as somebody:
        somebody.go("/en/ask")
        page = somebody.page
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to the content"
        page.focus("#wish-delete")
        page.keyboard.press("Space")
        page.focus("main form button")
        page.keyboard.press("Enter")
        # Nothing is lost, and what is missing is named first, with links to it.
        expect(page.locator(".govuk-error-summary a").first).to_be_visible()
        expect(page.locator("#wish-delete")).to_be_checked()
