"""The live wall: covered pictures of now for who may see them, with an entry for each look, and for nobody else."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from countenance.channel.client import Connection
from countenance.cli.demo import footage, portraits
from countenance.cli.demo.opening import declare
from journeys.conftest import Town
from journeys.people import Visitor
from journeys.test_console_sign_in import WALL
from prove.approvers import PHONE
from simulator.declared import declared, simulated, withdrawn

OPERATOR, KEY = "operator-1", "operator-9"
MANY = [f"tile-{number:02}" for number in range(1, 41)]
YARD, REAL, LATER = "yard", "hall-live", "hall-later"
CLIP_SECONDS = 25.0

# The share of a canvas that was painted: 0 where no picture is.
PAINTED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let at = 3; at < data.length; at += 4) painted += data[at] > 0;
    return painted / (data.length / 4);
}"""
# The moments of the next pictures that are drawn of one camera.
MOMENTS = """camera => new Promise((done) => {
    const moments = [];
    document.addEventListener("drawn", ({ detail }) => {
        if (detail.camera === camera) moments.push(detail.moment);
        if (moments.length === 4) done(moments);
    });
})"""
# What a page signs and asks by itself when it is made to: a look at one camera, this hour.
FORCED = """camera => {
    const hour = Math.floor(Date.now() / 3600000);
    return act("look", "Look", { camera, first: hour, last: hour, reason: "forced" })
        .then(() => [200, ""], (error) => [error.status, error.said]);
}"""


@pytest.fixture(scope="module")
def walled(town: Town) -> Iterator[Town]:
    """The town with forty cameras, and one in the yard."""
    stage = town.stage
    key = stage.key(KEY)
    public = stage.verb("key", "new", key, "--person", KEY)["public"]
    stage.verb("roster", "add", KEY, "--organisation", "station", "--role", "operator", "--public", public)
    declared(stage.deployment, key, MANY, place="concourse")
    declared(stage.deployment, key, [YARD], place="yard")
    with Connection(stage.deployment / "sockets" / "repository", timeout=30) as repository:
        for number, name in enumerate(MANY[:12]):
            repository.call(
                "cameras.place", {"camera": name, "x": 100 + 250 * (number % 4), "y": 150 + 300 * (number // 4)}
            )
    cameras = simulated(stage.deployment, [*MANY, YARD])
    with cameras.running():
        yield town
    withdrawn(stage.deployment, key, [*MANY, YARD])


def tile(page: Page, camera: str) -> Locator:
    return page.locator(f".tile[data-camera='{camera}']")


def watching(visitor: Visitor, reason: str = "watching the wall") -> None:
    visitor.page.fill("#reason", reason)
    visitor.page.click("#why button")


def painted(shown: Locator) -> None:
    """Wait until a picture is there, and nothing is said instead of it."""
    expect(shown.locator(".state")).to_have_text("")
    assert float(shown.locator("canvas").evaluate(PAINTED)) > 0.5


@pytest.fixture(scope="module")
def clip(walled: Town) -> Path:
    """What real cameras play."""
    folder = walled.stage.out / "live"
    folder.mkdir()
    footage.render(folder, portraits.read(), seconds=CLIP_SECONDS, size=(640, 360))
    return folder / "hall-east.mp4"


@pytest.fixture
def real(walled: Town, clip: Path) -> Iterator[Town]:
    """A real camera, which plays its clip as if live, from a detector to an encoder."""
    stage = walled.stage
    declare(stage, REAL, clip, person=KEY)
    watch = stage.start("watch", REAL, "--until-end", "--pace")
    yield walled
    stage.finished(watch, "watch")
    withdrawn(stage.deployment, stage.key(KEY), [REAL])


def figure(town: Town, name: str) -> int:
    """A figure of the log, as its audit counts it."""
    key = town.stage.out / "keys" / "auditors.key"
    told = town.stage.verb("audit", town.stage.deployment, "--key", key)
    assert told["irregularities"] == []
    return int(told["figures"][name])


@pytest.mark.timeout(600)
def test_an_operator_sees_a_real_cameras_covered_picture(real: Town) -> None:
    # Given an operator at the wall, before they said why they watch,
    operator = real.people[OPERATOR]
    before = figure(real, "looks")
    operator.go("/wall")
    shown = tile(operator.page, REAL)
    expect(shown.locator(".state")).to_contain_text("No look yet")
    assert float(shown.locator("canvas").evaluate(PAINTED)) == 0
    assert figure(real, "looks") == before
    # when they say why,
    watching(operator)
    # then the camera's covered picture is there, with its delay, and how the camera stands; and the log has the look.
    painted(shown)
    expect(shown.locator(".delay")).to_contain_text(" s")
    shown.screenshot(path=real.pictures / "wall-real.png")
    row = operator.page.locator(f"tr[data-camera='{REAL}']")
    expect(row).to_contain_text("GB")
    assert figure(real, "looks") > before
    # And when its recording is over, the last picture is said to be late.
    expect(shown.locator(".state")).to_contain_text("Late. Last picture:")
    assert operator.complaints == []


@pytest.mark.timeout(600)
def test_who_is_given_one_camera_sees_no_other(walled: Town) -> None:
    # Given an officer whom the roster gives the yard alone,
    officer = walled.people["officer-2"]
    officer.go("/wall")
    expect(officer.page.locator(".tile")).to_have_count(1)
    # when they watch, then they see the yard,
    watching(officer)
    painted(tile(officer.page, YARD))
    # and once more, by another look, when the hour changes: here by the page's clock.
    looks = figure(walled, "looks")
    officer.page.evaluate("() => { ahead += HOUR_MS; }")
    for _ in range(60):
        officer.page.wait_for_timeout(1000)
        if figure(walled, "looks") > looks:
            break
    officer.go("/wall")
    assert figure(walled, "looks") > looks
    painted(tile(officer.page, YARD))
    # Who wants less motion gets a picture a second.
    officer.page.emulate_media(reduced_motion="reduce")
    moments = officer.page.evaluate(MOMENTS, YARD)
    assert all(later - earlier >= 1000 for earlier, later in itertools.pairwise(moments[1:]))
    officer.page.emulate_media(reduced_motion="no-preference")
    # And of others neither a picture nor a name is in what their page was sent.
    assert MANY[0] not in officer.page.content()
    # When they force a look at another, or its stream, then it is refused with a sentence, and the refusal an entry.
    before = figure(walled, "refusals")
    status, said = officer.page.evaluate(FORCED, MANY[0])
    assert (status, "camera" in said) == (403, True)
    assert figure(walled, "refusals") == before + 1
    status, said = officer.page.evaluate(
        "camera => fetched(`/wall/stream?camera=${camera}`).then(() => [200, ''], (e) => [e.status, e.said])", MANY[0]
    )
    assert (status, "not among those" in said) == (403, True)
    walled.stage.until(lambda: figure(walled, "refusals") == before + 2, "the custodian's own refusal")


def test_who_may_not_look_sees_how_cameras_stand(walled: Town) -> None:
    # Given an auditor, when they open the wall, then they see how cameras stand, and no picture.
    auditor = walled.people["auditor-1"]
    auditor.go("/wall")
    expect(auditor.page.locator(f"tr[data-camera='{MANY[0]}']")).to_contain_text("recording")
    expect(auditor.page.locator("#why")).to_have_count(0)
    assert auditor.page.evaluate(FORCED, MANY[0])[0] == 403
    assert float(tile(auditor.page, MANY[0]).locator("canvas").evaluate(PAINTED)) == 0


@pytest.mark.timeout(900)
def test_forty_tiles(walled: Town) -> None:
    # Given an officer at a wall screen with forty cameras,
    officer = walled.people["officer-1"]
    page = officer.page
    officer.go("/wall")
    for camera in MANY:
        expect(page.locator(f"tr[data-camera='{camera}']")).to_contain_text("recording")
    # when they watch,
    watching(officer)
    # then there are forty pictures, and none is said to be late.
    for camera in MANY:
        painted(tile(page, camera))
    # When the page is loaded again, no camera is asked for again: this hour's looks stand.
    before = figure(walled, "looks")
    officer.go("/wall")
    for camera in MANY:
        painted(tile(page, camera))
    assert figure(walled, "looks") == before
    for name, size in (("laptop", (1280, 900)), ("phone", PHONE), ("wall", WALL)):
        for dark in (False, True):
            officer.shot(walled.pictures / f"wall-{name}-{'dark' if dark else 'light'}.png", size, dark=dark)
    assert officer.fits(PHONE[0])
    # When they open one, by keyboard, then it is there large; Escape closes it, and the tile has the focus again.
    button = tile(page, MANY[3]).locator(".open")
    button.focus()
    page.keyboard.press("Enter")
    large = page.locator("#large")
    expect(large).to_have_attribute("width", "640")
    expect(page.locator("#opened-delay")).to_contain_text(" s")
    officer.shot(walled.pictures / "wall-opened.png")
    page.keyboard.press("Escape")
    expect(page.locator("#opened")).to_be_hidden()
    expect(button).to_be_focused()
    page.click("[data-view=places]")
    expect(page.locator("section.place h2").first).to_be_visible()
    officer.shot(walled.pictures / "wall-places.png")
    # On the map, cameras that somebody placed stand where they were placed, say how they stand, and open as from their
    # tiles.
    page.click("[data-view=plan]")
    expect(page.locator(".mark[data-state=good]")).to_have_count(12)
    mark = page.locator(f".mark[data-camera='{MANY[5]}']")
    expect(mark).to_have_accessible_name(f"{MANY[5]}, concourse: recording")
    expect(page.locator("#tiles")).to_be_hidden()
    mark.click()
    expect(page.locator("#opened-name")).to_have_text(MANY[5])
    page.click("#close")
    assert officer.complaints == []


@pytest.mark.timeout(600)
def test_a_camera_that_begins_later_is_shown_as_soon_as_it_records(walled: Town, clip: Path) -> None:
    # Given an operator who watches the wall, and a camera that has not begun: nobody has a key of its hour,
    stage, operator = walled.stage, walled.people[OPERATOR]
    declare(stage, LATER, clip, person=KEY)
    operator.go("/wall")
    watching(operator)
    shown = tile(operator.page, LATER)
    expect(shown.locator(".state")).to_have_text("Not recorded this hour.")
    # when it begins,
    watch = stage.start("watch", LATER, "--until-end", "--pace")
    # then its picture comes while it plays, and nobody has to do anything for it.
    painted(shown)
    stage.finished(watch, "watch")
    withdrawn(stage.deployment, stage.key(KEY), [LATER])
