"""Maps: of the live wall, and beside the form of a warrant the same choice as in its list; by mouse and by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from journeys import axe
from journeys.conftest import Town
from journeys.test_console_sign_in import WALL
from journeys.test_console_warrants import pictured
from prove import scenes
from prove.approvers import DESK, PHONE
from simulator.declared import declared, withdrawn

KEY, MANY = "operator-8", [f"platform-{number:02}" for number in range(1, 25)]
# Labels of a map that lie on each other.
OVERLAPPING = """() => {
    const shown = [...document.querySelectorAll(".map .mark text")].filter((one) => one.checkVisibility());
    const boxes = shown.map((one) => [one.textContent, one.getBoundingClientRect()]);
    if (!boxes.length) return ["no labels"];
    return boxes.flatMap(([name, one], at) => boxes.slice(at + 1).filter(([, other]) =>
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
    ).map(([other]) => `${name} on ${other}`));
}"""


@pytest.fixture
def mapped(recorded: Town) -> Iterator[Town]:
    """The town, with many cameras on its map, two of them nearly at one place, and a scale."""
    stage, key = recorded.stage, recorded.stage.key(KEY)
    public = stage.verb("key", "new", key, "--person", KEY)["public"]
    stage.verb("roster", "add", KEY, "--organisation", "station", "--role", "operator", "--public", public)
    declared(stage.deployment, key, MANY, place="concourse")
    with scenes.repository(stage) as asked:
        for number, name in enumerate(MANY):
            x, y = (83 * number) % 1000, (347 * number) % 1000
            asked.call("cameras.place", {"camera": name, "x": x, "y": y if number != 1 else 5})
        asked.call("cameras.measure", {"metres": 120, "north": 20})
    yield recorded
    withdrawn(stage.deployment, key, MANY)


def test_the_walls_map_is_for_everybody(mapped: Town) -> None:
    # Given an officer at the wall who wants the map,
    officer, page = mapped.people["officer-1"], mapped.people["officer-1"].page
    officer.go("/wall")
    page.click("[data-view=plan]")
    # then cameras that nobody hears of say so in their names and by their shapes, and the map has a scale and a north,
    mark = page.locator(f".mark[data-camera={MANY[5]}]")
    expect(mark).to_have_accessible_name(f"{MANY[5]}, concourse: not heard of")
    expect(mark.locator(".diamond")).to_be_visible()
    expect(mark.locator(".disc")).to_be_hidden()
    expect(page.get_by_role("img", name="Scale: 20 metres")).to_be_visible()
    expect(page.get_by_role("img", name="North: 20 degrees")).to_be_visible()
    for name, size in (("laptop", DESK), ("phone", PHONE), ("wall", WALL)):
        for dark in (False, True):
            officer.shot(mapped.pictures / f"wall-map-{name}-{'dark' if dark else 'light'}.png", size, dark=dark)
    # labels lie on nothing on a phone or a wall,
    for width, height in (PHONE, DESK, WALL):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(OVERLAPPING) == []
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    assert officer.fits(PHONE[0])
    assert axe.grave(page) == []
    # and a camera opens from the keyboard.
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#opened-name")).to_have_text(MANY[5])
    page.click("#close")
    expect(mark).to_be_focused()
    assert officer.complaints == []


def drawn(town: Town, *cameras: str) -> None:
    """Put cameras on the map, as an operator would."""
    with scenes.repository(town.stage) as asked:
        for number, camera in enumerate(cameras):
            asked.call("cameras.place", {"camera": camera, "x": 300 + 300 * number, "y": 500})


def test_a_camera_is_chosen_on_the_map_or_in_the_list(recorded: Town) -> None:
    # Given an officer at the form, before anybody drew a camera: then there is the list, and no map.
    officer, page = recorded.people["officer-1"], recorded.people["officer-1"].page
    officer.go("/warrants/new")
    tick = page.locator(f"#cameras input[value={scenes.CAMERA}]")
    expect(tick).to_be_visible()
    expect(page.locator(".map")).to_have_count(0)
    # When their camera is on the map and they press it there, then it is ticked in the list, and its rows are counted.
    drawn(recorded, scenes.CAMERA)
    officer.go("/warrants/new")
    mark = page.locator(f".map .mark[data-camera={scenes.CAMERA}]")
    expect(mark).to_have_attribute("aria-pressed", "false")
    mark.click()
    expect(tick).to_be_checked()
    expect(mark).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#picked")).to_have_text("1 chosen")
    expect(page.locator("#rows")).to_have_text(re.compile(r"[1-9]\d*"))
    expect(page.locator("#strangers")).not_to_have_text("–")
    pictured(recorded, officer, "map")
    assert axe.grave(page) == []
    # By keyboard it is taken back, and counted no more; the list shows on the map what is ticked there.
    mark.focus()
    page.keyboard.press("Space")
    expect(tick).not_to_be_checked()
    expect(page.locator("#rows")).to_have_text("–")
    tick.check()
    expect(mark).to_have_attribute("aria-pressed", "true")
    # Who has another camera has no map of this one.
    other = recorded.people["officer-2"]
    other.go("/warrants/new")
    expect(other.page.locator("#draft")).to_be_visible()
    expect(other.page.locator(".mark")).to_have_count(0)
    assert officer.complaints == []
