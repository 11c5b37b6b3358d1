"""A judge opens the evidence that the demo left behind, in a real browser: a journey, given, when, then.

The folder is opened as a file, as whoever was given it does. No request may leave it.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from prove.conftest import Told

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# What a keyboard must be able to reach: everything that can be operated.
OPERABLE = "a[href], button, input, select, textarea, summary, video[controls], [tabindex]"


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who was given an evidence folder and opened its page."""

    page: Page
    folder: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, size: dict[str, int]) -> None:
        """Open index.html in a window of this size, and let everything load."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        self.page.goto((self.folder / "index.html").as_uri(), wait_until="load")

    def video(self, words: str) -> object:
        """A property of the clip's video element."""
        return self.page.evaluate(f"document.querySelector('video').{words}")

    def until(self, condition: str) -> None:
        """Wait, at most a minute. The page's policy forbids what Playwright's own waiting does."""
        deadline = time.monotonic() + 60
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, condition
            time.sleep(0.05)

    def reached_by_keyboard(self) -> set[int]:
        """Positions, among everything operable, of what pressing Tab reaches."""
        total = self.page.locator(OPERABLE).count()
        place = "all => [...document.querySelectorAll(all)].indexOf(document.activeElement)"
        reached: set[int] = set()
        # The controls inside a video take several presses.
        for _ in range(20 * (total + 1)):
            self.page.keyboard.press("Tab")
            reached.add(int(self.page.evaluate(place, OPERABLE)))
            if len(reached - {-1}) == total:
                break
        return reached - {-1}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "Chromium is not installed: 'make browser' says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def judge(told: Told, browser: Browser) -> Iterator[Judge]:
    context = browser.new_context(java_script_enabled=True)
    context.set_default_timeout(60_000)
    yield Judge(context.new_page(), told.out / "evidence")
    context.close()


def test_judge_reads_the_page(judge: Judge, tmp_path: Path) -> None:
    # Given the folder that was disclosed, when its page is opened,
    judge.open(DESK)
    # then it says what it is, and that this one is a demo's;
    assert judge.page.title().startswith("Disclosure under warrant ")
    assert judge.page.locator(".demo").inner_text().startswith("DEMO.")
    assert judge.page.locator("h1").count() == 1
    assert judge.page.locator("html").get_attribute("lang") == "en"
    # every picture is there, and described;
    for picture in judge.page.locator("img").all():
        assert picture.get_attribute("alt")
        if picture.is_visible():
            assert picture.evaluate("img => img.complete && img.naturalWidth > 0")
    # and nothing was fetched from anywhere else, nothing refused by the page's own policy.
    home = judge.folder.as_uri()
    assert judge.requests
    assert [url for url in judge.requests if not url.startswith(home)] == []
    assert judge.complaints == []
    shot = tmp_path / "evidence.png"
    judge.page.screenshot(path=shot, full_page=True)
    assert shot.stat().st_size > 10_000


def test_judge_plays_the_clip(judge: Judge) -> None:
    # Given the page,
    judge.open(DESK)
    # when the clip is started,
    judge.page.evaluate("document.querySelector('video').play()")
    judge.until("document.querySelector('video').currentTime > 0.2")
    # then it plays, to its end, without an error.
    assert int(str(judge.video("readyState"))) >= 2
    assert float(str(judge.video("duration"))) > 0
    assert int(str(judge.video("videoWidth"))) > 0
    judge.until("document.querySelector('video').ended")
    assert judge.video("error") is None


def test_judge_needs_no_mouse(judge: Judge) -> None:
    # Given the page,
    judge.open(DESK)
    # when Tab is pressed again and again,
    reached = judge.reached_by_keyboard()
    # then everything that can be operated was reached,
    assert reached == set(range(judge.page.locator(OPERABLE).count())) != set()
    # and Space plays the clip.
    judge.page.locator("video").focus()
    judge.page.keyboard.press("Space")
    judge.until("document.querySelector('video').currentTime > 0")


def test_judge_reads_on_a_phone(judge: Judge, tmp_path: Path) -> None:
    # Given a window as narrow as a phone, when the page is opened,
    judge.open(PHONE)
    # then nothing is wider than it.
    assert judge.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    too_wide = "[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert judge.page.evaluate(f"{too_wide}.map(e => e.tagName)") == []
    judge.page.screenshot(path=tmp_path / "phone.png", full_page=True)
