"""Looking back: covered footage in a browser, by somebody who said why, of cameras that are theirs."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from countenance.cli.demo.opening import declare
from countenance.vocabulary.moments import Hour
from journeys.conftest import Town
from journeys.people import Visitor
from journeys.test_console_sign_in import entries
from prove import scenes
from prove.approvers import PHONE

# The first waits for a deployment to be made, and for two cameras.
pytestmark = pytest.mark.timeout(900)
SECOND = "hall-south"
PIXELS = """(camera) => {
    const video = document.querySelector(`[data-camera="${camera}"] video`);
    if (video.readyState < 2) return 0;
    const canvas = new OffscreenCanvas(64, 36), pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0, 64, 36);
    const seen = new Set();
    const { data } = pen.getImageData(0, 0, 64, 36);
    for (let at = 0; at < data.length; at += 4) seen.add(data[at] >> 3);
    return seen.size;
}"""
"""How many shades of red a picture has: 1 for a black one."""
SHOWN = "() => document.querySelector('#tiles figure:not(.empty) video')?.readyState >= 2"


@pytest.fixture(scope="module")
def filmed(recorded: Town) -> Town:
    """Two cameras that recorded at the same time, twice, with nothing between."""
    stage = recorded.stage
    declare(stage, SECOND, stage.out / "clip" / f"{scenes.CAMERA}.mp4", person="operator-2")
    for _ in range(6):
        # A clip is recorded quicker than it plays: what comes next begins after its end.
        ends = [one["end"] for camera in (scenes.CAMERA, SECOND) for one in segments(recorded, camera)]
        while time.time_ns() // 1_000_000 < max(ends) + 500:
            time.sleep(0.1)
        begun = [(stage.start("watch", camera, "--until-end"), camera) for camera in (scenes.CAMERA, SECOND)]
        for process, camera in begun:
            stage.finished(process, f"watch {camera}")
        if together(recorded):
            return recorded
    raise AssertionError("two cameras never recorded at one time")


def segments(town: Town, camera: str) -> list[dict[str, Any]]:
    with scenes.repository(town.stage) as asked:
        listed: Any = asked.call("segments", {"camera": camera}).body["segments"]
    return list(listed)


def together(town: Town) -> list[tuple[int, int]]:
    """Times that both cameras recorded, a second or longer."""
    found = []
    for one in segments(town, scenes.CAMERA):
        for other in segments(town, SECOND):
            start, end = max(one["start"], other["start"]), min(one["end"], other["end"])
            if end - start > 1000:
                found.append((start, end))
    return found


def chosen(visitor: Visitor, *cameras: str, at: int, reason: str) -> None:
    """Open the page for these cameras at this moment, and look."""
    query = "&".join(f"camera={camera}" for camera in cameras)
    visitor.go(f"/playback?{query}&at={at}")
    visitor.page.select_option("#span", "360")
    visitor.page.fill("#reason", reason)
    visitor.page.click("#choice button")


def until(visitor: Visitor, held: str, value: object = None) -> None:
    """Wait until a function of the page's says so. Playwright's own way is forbidden by the page's policy."""
    asked = """async (value) => {
        const held = %s, end = performance.now() + 90000;
        const told = () => JSON.stringify([state.moment, state.playing, ...state.tiles.map(({ day, video, trouble }) =>
            [day + video.currentTime * 1000, video.seeking, video.readyState, trouble])]);
        while (!held(value)) {
            if (performance.now() > end) throw new Error(told());
            await new Promise((done) => setTimeout(done, 50));
        }
    }"""
    visitor.page.evaluate(asked % f"({held})", value)


def moment(visitor: Visitor) -> int:
    return int(visitor.page.evaluate("Math.round(state.moment)"))


def test_an_operator_plays_what_was_covered(filmed: Town) -> None:
    # Given a camera that recorded, and an operator at its page,
    operator, before = filmed.people["operator-1"], entries(filmed, "looked")
    found = segments(filmed, scenes.CAMERA)
    chosen(operator, scenes.CAMERA, at=found[0]["start"], reason="")
    # when they give no reason, then a sentence says that one is needed, and there is no picture and no entry.
    operator.warned("Say why you look first")
    assert operator.page.evaluate("looks.size") == 0
    assert entries(filmed, "looked") == before
    # When they say why,
    operator.page.fill("#reason", "a bag was left behind")
    operator.page.click("#choice button")
    # then the look is an entry, and there is a picture.
    operator.told("This look is entry")
    until(operator, SHOWN)
    assert operator.page.evaluate(PIXELS, scenes.CAMERA) > 3
    hours = len({Hour.of(one["start"]) for one in found[:1]})
    assert entries(filmed, "looked") == before + hours
    # It plays, from the keyboard, and the clock goes on past the end of one recording to the next.
    start = moment(operator)
    operator.page.keyboard.press("k")
    until(operator, "(start) => state.moment > start + 500", start)
    operator.page.select_option("#speed", "16")
    until(operator, "(next) => state.moment >= next", found[1]["start"])
    # Jumps: to where there is nothing is to where there is something, in the direction of the jump.
    operator.page.evaluate("pause()")
    gap = (found[0]["end"] + found[1]["start"]) // 2
    operator.page.evaluate("(gap) => jump(gap, 1)", gap)
    assert moment(operator) == found[1]["start"]
    until(operator, SHOWN)
    operator.page.evaluate("(gap) => jump(gap, -1)", gap)
    assert found[0]["start"] <= moment(operator) < found[0]["end"]
    until(operator, SHOWN)
    operator.page.keyboard.press("Home")
    until(operator, "(first) => state.moment === first", found[0]["start"])
    said = operator.page.get_attribute("#timeline", "aria-valuetext") or ""
    assert "Z," in said
    assert "sightings in this minute" in said
    assert operator.complaints == []


def test_two_cameras_show_one_moment(filmed: Town) -> None:
    # Given two cameras that recorded at the same time,
    operator, (start, end) = filmed.people["operator-1"], max(together(filmed), key=lambda one: one[1] - one[0])
    # when an operator looks at both,
    middle = (start + end) // 2
    chosen(operator, scenes.CAMERA, SECOND, at=middle, reason="where did they go")
    until(operator, "() => document.querySelectorAll('#tiles figure:not(.empty)').length === 2")
    operator.page.evaluate("(middle) => jump(middle)", middle)
    # then both pictures are of that moment, to a frame,
    same = """(moment) => state.tiles.every(({ video, day }) =>
        !video.seeking && video.readyState >= 2 && Math.abs(video.currentTime * 1000 + day - moment) < 40)"""
    until(operator, same, middle)
    for camera in (scenes.CAMERA, SECOND):
        assert operator.page.evaluate(PIXELS, camera) > 3
    # the page fits, in both lights;
    for name, size in (("laptop", (1280, 900)), ("phone", PHONE), ("wall", (2560, 1440))):
        for dark in (False, True):
            operator.shot(filmed.pictures / f"playback-{name}-{'dark' if dark else 'light'}.png", size, dark=dark)
    assert operator.fits(PHONE[0])
    # and after both played on, too, at half the speed, and were stopped before one of them ends.
    operator.page.select_option("#speed", "0.5")
    operator.page.evaluate("(start) => jump(start)", start + 20)
    until(operator, same, start + 20)
    operator.page.keyboard.press("k")
    until(operator, "(start) => state.moment > start + 100 && (pause(), true)", start)
    until(operator, same.replace("(moment)", "()").replace("- moment", "- state.moment"))
    assert operator.complaints == []


def test_another_camera_and_another_day_need_a_reason(filmed: Town) -> None:
    # Given an officer who said why they look at one camera today,
    officer, found = filmed.people["officer-1"], segments(filmed, scenes.CAMERA)[0]
    chosen(officer, scenes.CAMERA, at=found["start"], reason="case 7")
    until(officer, SHOWN)
    # when they look again, they are not asked; with another camera, they are, and nothing of it was opened.
    officer.page.click("#choice button")
    until(officer, SHOWN)
    officer.page.check(f"[value={SECOND}]")
    officer.page.click("#choice button")
    officer.warned("Say why you look first")
    # On another day, too.
    officer.page.uncheck(f"[value={SECOND}]")
    officer.page.fill("#at", "2026-01-02T03:04:05")
    officer.page.click("#choice button")
    officer.warned("Say why you look first")
    assert officer.page.evaluate("[...looks.keys()]") == [f"{scenes.CAMERA}/{found['hour']}"]


def test_an_officer_of_another_camera_is_refused(filmed: Town) -> None:
    # Given an officer whom the roster gives another camera, and footage that an operator has open now,
    officer, found = filmed.people["officer-2"], segments(filmed, scenes.CAMERA)[0]
    before, looked = entries(filmed, "refused"), entries(filmed, "looked")
    officer.go("/playback")
    # when they open the page, then the camera is not on it;
    assert officer.page.locator(f"[value={scenes.CAMERA}]").count() == 0
    # when they ask for it all the same, as their page would,
    officer.page.evaluate(
        """(camera) => {
            const box = document.createElement("input");
            Object.assign(box, { type: "checkbox", name: "camera", value: camera, checked: true });
            document.querySelector("#choice fieldset").append(box);
        }""",
        scenes.CAMERA,
    )
    officer.page.fill("#reason", "curiosity")
    officer.page.click("#choice button")
    # then the custodian says no, which is an entry, and there is no picture;
    officer.warned("roster")
    assert officer.page.evaluate(PIXELS, scenes.CAMERA) == 0
    # and what they could guess of its addresses is refused by the console itself.
    path = f"/playback/{scenes.CAMERA}/{found['start']}/{found['segment']}"
    told = officer.page.evaluate("(path) => fetch(path).then(async (one) => [one.status, await one.text()])", path)
    assert told[0] == 403
    assert "roster" in told[1]
    filmed.stage.until(lambda: entries(filmed, "refused") == before + 1, "the custodian's own refusal")
    assert entries(filmed, "looked") == looked


UNUSED = """() => {
    for (const one of looks.values()) one.used = 0;
    return mayFetch(state.tiles[0], state.tiles[0].segments[0], true);
}"""
"""Long ago, as the page has it, what it opened was used; whether it would fetch a segment now."""


def test_who_left_sees_nothing(filmed: Town) -> None:
    # Given an operator who looks at a camera,
    operator, found = filmed.people["operator-1"], segments(filmed, scenes.CAMERA)[0]
    chosen(operator, scenes.CAMERA, at=found["start"], reason="the end of a shift")
    until(operator, SHOWN)
    path = f"/playback/{scenes.CAMERA}/{found['start']}/{found['segment']}"
    status = "(path) => fetch(path).then((one) => one.status)"
    assert operator.page.evaluate(status, path) == 200
    # when what they opened lies unused for long, then the page looks anew by itself, which is another entry;
    before = entries(filmed, "looked")
    assert operator.page.evaluate(UNUSED) is False
    filmed.stage.until(lambda: entries(filmed, "looked") == before + 1, "another look")
    # when they leave and sign in again, then that footage is closed until they look anew.
    operator.page.click("#leave")
    expect(operator.page.locator("#sign-in")).to_be_visible()
    assert operator.page.evaluate(status, path) == 401
    operator.sign_in()
    assert operator.page.evaluate(status, path) == 403
