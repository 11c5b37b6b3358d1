"""People answer one after the other on a device that is not theirs: it says so, and leaves nothing for the next."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from countenance.survey import responses
from countenance.vocabulary.survey import Way
from journeys import axe
from prove.approvers import PHONE
from simulator.asking import Asking, asking
from simulator.door import Door
from simulator.surveys import DAY, SMALL
from simulator.zone import Zone

SHARED = SMALL.replace("waves: 2", "waves: 2\nkiosk: allowed\nreported: 1")
TABLET = (820, 1180)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asking, list[str]]]:
    """A survey by invitation that shared devices may ask."""
    zone = Zone(tmp_path_factory.mktemp("custodian"))
    zone.open()
    with asking(tmp_path_factory.mktemp("deployment"), Door(zone, cameras={}), 3) as (made, public, codes):
        made.begin(SHARED, public)
        yield made, codes
    zone.crash()


@pytest.fixture
def device(browser: Browser, place: tuple[Asking, list[str]]) -> Iterator[Page]:
    """At its page, with a clock that does what it is told."""
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{place[0].portal}/en/surveys/station/kiosk")
    yield page
    assert context.cookies() == []
    context.close()


def tick(page: Page, code: str = "") -> None:
    """Fine with it, shops, old."""
    page.locator("#code").fill(code)
    page.locator("[data-item='0'] label").nth(1).click()
    page.locator("[data-item='1'] label").nth(0).click()
    page.locator("[data-group] label").nth(1).click()


def blank(page: Page) -> None:
    expect(page.locator("#shared")).to_be_visible()
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator("#code")).to_have_value("")


def test_somebody_is_told_that_nothing_is_mixed_and_the_next_sees_nothing_of_them(
    place: tuple[Asking, list[str]], device: Page, pictures: Path
) -> None:
    made, codes = place
    expect(device.get_by_text("there is no local privacy here")).to_be_visible()
    expect(device.get_by_text("epsilon")).to_have_count(0)
    steps = device.evaluate("history.length")
    for language in ("zh", "ru", "en"):
        # Who has ticked something and turns the language over leaves no page with it behind.
        tick(device, codes[-1])
        device.locator(f".door-languages a[hreflang={language}]").click()
        expect(device.locator("html")).to_have_attribute("lang", language)
        blank(device)
        for name, size in (("tablet", TABLET), ("phone", PHONE)):
            device.set_viewport_size({"width": size[0], "height": size[1]})
            device.screenshot(path=pictures / f"survey-kiosk-{language}-{name}.png", full_page=True)
        assert device.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert axe.grave(device) == []
    tick(device, codes.pop())
    with device.expect_request("**/s/station/kiosk") as sent:
        device.locator("form button").click()
    expect(device.locator("#done")).to_be_visible()
    assert axe.grave(device) == []
    said = json.loads(sent.value.post_data or "")
    assert (said["answers"], said["groups"]) == ([1, 0], [1])
    # What they said is not on the page any more, and a while later it asks the next.
    expect(device.locator("#record")).to_have_count(0)
    expect(device.locator("input:checked")).to_have_count(0)
    device.clock.fast_forward(16_000)
    blank(device)
    assert device.evaluate("history.length") == steps
    path = made.folder / "survey" / "station" / "wave-1" / "answers" / f"{DAY}.{Way.KIOSK.value}"
    assert responses.whole(path, 3)[1] == bytes([1, 1, 0])


def test_nobody_reads_the_answers_of_the_one_before_by_back_or_by_loading_again(
    place: tuple[Asking, list[str]], device: Page
) -> None:
    made, codes = place
    tick(device, codes[-1])
    device.reload()
    blank(device)
    tick(device, codes[-1])
    device.locator(".govuk-back-link").click()
    expect(device).to_have_url(f"{made.portal}/en/")
    device.go_back()
    blank(device)
    tick(device, codes.pop())
    device.locator("form button").click()
    device.locator("#next").click()
    blank(device)
    device.go_back()
    expect(device.locator("input:checked")).to_have_count(0)
    device.go_forward()
    blank(device)


def test_who_goes_away_in_the_middle_leaves_nothing_and_is_asked_first(
    place: tuple[Asking, list[str]], device: Page, pictures: Path
) -> None:
    made, codes = place
    tick(device, codes[-1])
    device.clock.fast_forward(61_000)
    expect(device.locator("[data-said=waiting]")).to_be_in_viewport()
    device.screenshot(path=pictures / "survey-kiosk-waiting.png")
    assert axe.grave(device) == []
    expect(device.locator("[data-said=waiting]")).to_be_in_viewport()
    # Who is still there touches it, and keeps what they ticked.
    device.locator("h1").click()
    expect(device.locator("[data-said=waiting]")).to_be_hidden()
    expect(device.locator("input:checked")).not_to_have_count(0)
    device.clock.fast_forward(61_000)
    device.clock.fast_forward(31_000)
    blank(device)
    # Nothing was sent for them.
    found = made.folder / "survey" / "station" / "wave-1" / "answers" / f"{DAY}.{Way.KIOSK.value}"
    assert len(responses.whole(found, 3)[1]) // 3 <= 2
