"""Every page of the console, in both lights and three sizes: to be looked at, for everybody, light, and still."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from countenance.web.console.rooms import ROOMS
from journeys import axe
from journeys.conftest import AT_THE_CONSOLE, Town
from journeys.people import Visitor
from prove import killing
from prove.approvers import PHONE

SIZES: Final = {"phone": PHONE, "laptop": (1280, 900), "wall": (2560, 1440)}
PAGES: Final = {**{room.name: room.path for room in ROOMS}, "look": "/look"}
HEAVIEST: Final = 300 * 1024
MOST_SHIFT: Final = 0.02
MOST_STOPS: Final = 60
SHIFTS: Final = """() => new Promise((done) => {
    let sum = 0;
    const added = (one) => { if (!one.hadRecentInput) sum += one.value; };
    const watching = new PerformanceObserver((list) => list.getEntries().forEach(added));
    watching.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 300);
})"""


def visitor_of(town: Town, name: str) -> Visitor:
    """Somebody who has this page in their menu."""
    room = next((room for room in ROOMS if room.name == name), None)
    return next(
        town.people[person]
        for person, _, role, _ in AT_THE_CONSOLE
        if room is None or role in {each.value for each in room.roles}
    )


def weight(page: Page) -> int:
    """Bytes that the page and all it loads come to, as they travel, pictures and footage aside."""
    bytes_: int = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .filter((one) => !["img", "video", "audio"].includes(one.initiatorType))
            .reduce((sum, one) => sum + Math.max(one.encodedBodySize, one.decodedBodySize), 0)"""
    )
    return bytes_


def settled(visitor: Visitor) -> None:
    """Wait until the page has what it shows at first."""
    expect(visitor.page.locator("main h1")).to_have_count(1)
    visitor.page.wait_for_load_state("load")
    visitor.page.wait_for_timeout(500)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_for_everybody(recorded: Town, name: str) -> None:
    # Given somebody who may enter,
    town = recorded
    visitor = visitor_of(town, name)
    page, before = visitor.page, len(visitor.complaints)
    for light in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            # when they open the page in this light and size,
            page.emulate_media(color_scheme="dark" if light == "dark" else "light")
            page.set_viewport_size({"width": width, "height": height})
            visitor.go(PAGES[name])
            settled(visitor)
            # then nothing moves while it loads, it is light, it needs no sideways scrolling, and nobody is kept out.
            assert page.evaluate(SHIFTS) < MOST_SHIFT
            assert 0 < weight(page) < HEAVIEST
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert axe.grave(page) == []
            page.screenshot(path=town.pictures / f"page-{name}-{size}-{light}.png", full_page=True)
    assert visitor.complaints[before:] == []


def test_who_may_not_enter_a_room_is_told_so(town: Town) -> None:
    # Given the rooms that are not everyone's, when somebody else opens them, then they get a sentence and no room.
    for room in ROOMS:
        roles = {each.value for each in room.roles}
        other = next((person for person, _, role, _ in AT_THE_CONSOLE if role not in roles), None)
        if other is None:
            continue
        visitor = town.people[other]
        visitor.go(room.path)
        expect(visitor.page.locator("p.alert")).not_to_be_empty()
        expect(visitor.page.locator("header.bar")).to_have_count(0)
        # The custodian, asked by their browser, says no as well: so it is an entry, one for one page.
        visitor.told("you asked is an entry")
        said = [dict(entry.facts) for entry in killing.entries(town.stage)][-1]
        assert (said["verb"], said["person"]) == ("enter", other)
        assert all(role in said["reason"] for role in roles)
        for size, window in SIZES.items():
            for dark in (False, True):
                name = f"forbidden-{room.name}-{size}-{'dark' if dark else 'light'}.png"
                visitor.shot(town.pictures / name, window, dark=dark)
        assert visitor.fits(PHONE[0])
        assert axe.grave(visitor.page) == []


def test_a_keyboard_reaches_everything_and_shows_where_it_is(town: Town) -> None:
    # Given somebody with no mouse, when they go through the first page by the tab key,
    visitor = town.people["officer-1"]
    visitor.go("/look")
    settled(visitor)
    names: list[str] = []
    while names[-1:] != ["body"] and len(names) < MOST_STOPS:
        visitor.page.keyboard.press("Tab")
        names.append(
            visitor.page.evaluate(
                """() => {
                    const one = document.activeElement;
                    if (one === document.body) return "body";
                    if (getComputedStyle(one).outlineStyle === "none") return "";
                    return one.id || one.className || one.textContent;
                }"""
            )
        )
    # then it begins with the way past the menu, shows itself everywhere, and comes to the furniture and the content.
    assert names[0] == "skip"
    assert all(names), names
    assert {"language", "light", "leave", "strong", "named", "choice", "tick"} <= set(names)
