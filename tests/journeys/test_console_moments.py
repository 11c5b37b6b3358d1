"""Moments: spelled alike in every room and language, with their zone; how old a warrant is, and that it comes back."""

import datetime
import re
from importlib import resources
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from journeys.conftest import Town
from journeys.test_console_warrants import drafted

# In September, which English spells in two ways; read in this machine's zone, which is the browser's.
MOMENT: Final = 1_788_617_109_000
ROOMS: Final = ("/log", "/wall", "/playback", "/warrants", "/warrants/new")
SCRIPT: Final = resources.files("countenance.web.kit") / "static" / "moments.js"
# Every element of a moment on the page, what it says, and what it ought to say.
TOLD: Final = """() => [...document.querySelectorAll("time[datetime]")]
    .map((one) => [one.textContent, moments.said(new Date(one.dateTime).getTime())])"""
HIDING: Final = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def spelt() -> dict[str, str]:
    here = datetime.datetime.fromtimestamp(MOMENT / 1000, datetime.UTC).astimezone()
    clock = f"{here:%H:%M:%S}"
    return {
        "en": f"{here.day} Sep 2026, {clock}",
        "zh": f"2026年9月{here.day}日 {clock}",
        "ru": f"{here.day} сент. 2026 г., {clock}",
    }


def spoken(page: Page, language: str) -> None:
    # Choosing loads the page again, whatever is chosen.
    if page.get_attribute("html", "lang") != language:
        page.select_option("#language", language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#zone-here")).to_contain_text(re.compile(r"UTC"))


def test_moments_are_spelled_alike_in_every_room_and_language(recorded: Town) -> None:
    # Given an officer with a warrant,
    officer, page = recorded.people["officer-1"], recorded.people["officer-1"].page
    warrant = drafted(officer, "case 21/2026")
    officer.go("/log")
    for language, spelling in spelt().items():
        # when they read in this language, then moments are spelled as is usual in it, in every room,
        spoken(page, language)
        assert page.evaluate(f"moments.said({MOMENT})") == spelling
        for room in (*ROOMS, f"/cases/{warrant}"):
            officer.go(room)
            expect(page.locator("#zone-here")).not_to_be_empty()
            if room in ("/warrants", f"/cases/{warrant}"):
                expect(page.locator("#age")).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT.*Z$"))
                assert len(page.evaluate(TOLD)) >= 2
            if room in ("/playback", "/warrants/new"):
                expect(page.locator("time[data-of]").first).to_have_attribute("datetime", re.compile("Z$"))
            for said, ought in page.evaluate(TOLD):
                assert said == ought
            # and never as in America.
            assert not re.search(r"\b\d{1,2}/\d{1,2}/\d{4}\b|\b[AP]M\b", page.inner_text("body"))
    spoken(page, "en")
    assert officer.complaints == []


@pytest.mark.parametrize(
    ("zone", "said", "named"),
    [
        ("America/New_York", "5 Sep 2026, 10:05:09", "America/New_York (UTC−"),
        ("Australia/Adelaide", "5 Sep 2026, 23:35:09", "Australia/Adelaide (UTC+"),
        ("UTC", "5 Sep 2026, 14:05:09", "UTC"),
    ],
)
def test_an_american_browser_spells_moments_like_any_other(town: Town, zone: str, said: str, named: str) -> None:
    # Given a browser of another country and zone, when a page in English spells a moment, then as for everybody.
    context = town.browser.new_context(locale="en-US", timezone_id=zone)
    page = context.new_page()
    page.set_content("<!doctype html><html lang=en><body></body></html>")
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    assert page.evaluate(f"moments.said({MOMENT})") == said
    assert page.evaluate("moments.zone()").startswith(named)
    assert page.evaluate(f"moments.element({MOMENT}).dateTime") == "2026-09-05T14:05:09.000Z"
    context.close()


def test_a_warrants_state_says_how_old_it_is_and_comes_back(recorded: Town) -> None:
    # Given an officer who looks at a warrant, then its page says of when its state is.
    officer, page = recorded.people["officer-1"], recorded.people["officer-1"].page
    drafted(officer, "case 22/2026")
    expect(page.locator("#age")).not_to_be_empty()
    expect(page.locator("#age-told")).to_be_empty()
    # When the network is lost, then it says so, and how old what it shows is; when it is there again, so is the state.
    officer.context.set_offline(True)
    officer.warned("The console does not answer; it is asked again.")
    expect(page.locator("#age-told")).to_contain_text("s old: not answered since")
    expect(page.locator("#state")).to_have_text("waiting for approvals")
    officer.shot(recorded.pictures / "warrants-stale.png")
    officer.context.set_offline(False)
    expect(page.locator("#age-told")).to_be_empty()
    expect(page.locator("#alert")).to_be_empty()
    # When nobody looks at the page, then nothing is asked; when somebody does again, it is asked at once.
    page.evaluate(HIDING, True)
    page.wait_for_timeout(1000)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/ask") else None)
    page.wait_for_timeout(4000)
    assert asked == []
    with page.expect_request("**/ask"):
        page.evaluate(HIDING, False)
