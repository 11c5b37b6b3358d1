"""At the desk: somebody asks with their face at the kiosk, in Chromium, from consent to code; a picture does not."""

import re
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from countenance.cli.demo.opening import _free_origin
from journeys import axe
from journeys.conftest import Town, _listens
from journeys.posing import pose
from prove import scenes

SIZES = ((390, 844), (1080, 1920), (1280, 800))
BEGIN = "async (visit) => (await fetch('/visit/begin', { method: 'POST', headers: { 'x-visit': visit } })).status"
OVER = "#code, #camera[data-state=failed]"


@dataclass
class Kiosk:
    """The town's kiosk, and what its repository holds of requests."""

    town: Town
    origin: str

    def filed(self) -> set[str]:
        """What lies at the repository; what was answered goes from there meanwhile."""
        with scenes.repository(self.town.stage) as asked:
            listed = asked.call("warrant.list", {}).body["warrants"]
        assert isinstance(listed, list)
        return {str(one[0]) for one in listed if isinstance(one, list)}

    def context(self) -> BrowserContext:
        return self.town.browser.new_context(locale="en-GB", viewport={"width": 1080, "height": 1920})

    def at_the_camera(self, page: Page, language: str = "en") -> None:
        """Consent and choice."""
        page.goto(f"{self.origin}/{language}/")
        page.check("#agreed")
        page.click("main button[type=submit]")
        page.check("#wish-delete")
        page.check("#camera-1")
        page.click("main button[type=submit]")
        expect(page.locator("#go")).to_be_visible()

    def looked_at(self, page: Page, name: str) -> None:
        """For everybody, at every size, and kept as a picture."""
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
            page.screenshot(path=self.town.pictures / f"kiosk-{name}-{width}.png", full_page=True)
        assert axe.grave(page) == [], name


@pytest.fixture(scope="module")
def kiosk(recorded: Town, request: pytest.FixtureRequest) -> Kiosk:
    """A kiosk that runs; each module that takes this fixture has its own."""
    name = f"kiosk-of-{request.module.__name__.rpartition('_')[2]}"
    origin = _free_origin("http://kiosk.localhost")
    recorded.stage.verb("edge", "enrol", name, "--kind", "kiosk", "--port", origin.rpartition(":")[2])
    recorded.stage.until(partial(_listens, origin), "the kiosk")
    return Kiosk(recorded, origin)


def attempts(page: Page) -> bool:
    """As often as a visit allows; whether there is a code then."""
    for _ in range(3):
        page.click("#go")
        expect(page.locator("#camera[data-state=failed]")).to_have_count(0)
        page.locator(OVER).first.wait_for()
        if page.locator("#code").count():
            return True
    return False


@pytest.mark.timeout(900)
def test_from_consent_to_the_code(kiosk: Kiosk) -> None:
    # Given somebody before the kiosk who has not agreed to anything,
    context, before = kiosk.context(), kiosk.filed()
    pose(context, "d")
    page = context.new_page()
    page.goto(f"{kiosk.origin}/en/")
    kiosk.looked_at(page, "first")
    page.click("main button[type=submit]")
    expect(page.locator("#agreed-wrong")).to_be_visible()
    # when they leave the form empty, it says what is missing beside each field,
    page.check("#agreed")
    page.click("main button[type=submit]")
    page.click("main button[type=submit]")
    expect(page.locator(".govuk-error-summary li")).to_have_count(2)
    kiosk.looked_at(page, "choose")
    # and when they turn their head as asked (on a busy machine a visit may be too slow, and they begin again),
    for _ in range(5):
        kiosk.at_the_camera(page)
        if attempts(page):
            break
    # then they have a code, once, and one request lies at the repository.
    assert re.fullmatch(r"[A-Z2-7]{5}(-[A-Z2-7]{1,5}){5}", page.inner_text("#code"))
    kiosk.looked_at(page, "code")
    assert len(kiosk.filed() - before) == 1
    code = page.inner_text("#code")
    assert context.cookies() == []
    page.click("#done")
    expect(page.locator("#agreed")).to_be_visible()
    page.goto(f"{kiosk.origin}/en/code")
    assert code not in page.content()
    context.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["print", "screen"])
def test_a_picture_of_somebody_files_nothing(kiosk: Kiosk, kind: str) -> None:
    # Given somebody else's picture, turned before the camera as the arrows say,
    context, before = kiosk.context(), kiosk.filed()
    pose(context, "d", kind)
    page = context.new_page()
    kiosk.at_the_camera(page, "ru")
    # when it was tried as often as a visit allows,
    assert not attempts(page)
    # then the clerk is named, nothing more can be tried, and nothing was filed.
    expect(page.locator("#go")).to_be_hidden()
    expect(page.locator("#say")).to_contain_text("к сотруднику")
    assert kiosk.filed() <= before
    context.close()


def test_who_stops_midway_leaves_nothing(kiosk: Kiosk) -> None:
    # Given somebody before the camera,
    context, before = kiosk.context(), kiosk.filed()
    pose(context, "d")
    page = context.new_page()
    kiosk.at_the_camera(page, "zh")
    visit = page.get_attribute("#camera", "data-visit")
    page.click("#go")
    expect(page.locator("#camera[data-state=running]")).to_have_count(1)
    # when they stop,
    page.click(".kiosk-stop")
    expect(page.locator("#agreed")).to_be_visible()
    # then their visit is none any more.
    assert page.evaluate(BEGIN, visit) == 403
    assert kiosk.filed() <= before
    context.close()
