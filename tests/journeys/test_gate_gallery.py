"""A flight with a gallery, in Chromium: drafted from a manifest, signed by two, asked by its kiosk, and gone."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from journeys import gates, test_console_alerts
from journeys.gates import FLIGHT, LIVE, NAME, GateKiosk, ticket
from journeys.posing import pose
from simulator import desk

pytestmark = pytest.mark.timeout(900)
stage = test_console_alerts.stage
"""A demo deployment with a gallery custodian."""

LAW, OTHER, STRANGER = "Border Act, section 7", "b", "c"


@pytest.fixture
def kiosk(stage: Stage, browser: Browser, pictures: Path) -> Iterator[GateKiosk]:
    """A kiosk where a flight boards, enrolled at the gallery custodian."""
    origin = _free_origin("http://gate.localhost")
    stage.verb("gate", "kiosk", NAME, "--port", origin.rpartition(":")[2])
    stage.verb("edge", "enrol", NAME, "--kind", "gate", "--gallery")
    kiosk = GateKiosk(stage, origin, browser, pictures)
    kiosk.start()
    try:
        gates.staffed(kiosk)
        gates.begun(kiosk)
        yield kiosk
    finally:
        kiosk.kill()


def test_a_flights_gallery_from_its_manifest_to_its_end(kiosk: GateKiosk) -> None:
    stage = kiosk.stage
    # Given a flight without a gallery: nobody is offered one.
    assert not offered(kiosk)
    # When an officer drafts one from the manifest, and two sign it,
    gallery = drafted(stage)
    assert not offered(kiosk)
    for approver in APPROVERS:
        stage.verb("gallery", "sign", gallery, "--yes", person=approver)
    kiosk.stage.until(lambda: offered(kiosk), "the flight's gallery")
    # then nobody is looked at before they agree,
    asked(kiosk)
    # and who agreed and looks goes through, without ticket and code, once;
    assert alone(kiosk, LIVE) == ("pass", [])
    assert alone(kiosk, LIVE) == ("officer", ["used"])
    # and their boarding pass and a good code go nowhere afterwards.
    code = ticket(25)
    assert kiosk.crossed(code, kiosk.token(code)) == ("officer", ["used"])
    # Nobody is named who is not in it, nor who was taken out of it.
    assert alone(kiosk, STRANGER) == ("officer", ["unknown"])
    struck(kiosk, ticket(31))
    assert alone(kiosk, OTHER) == ("officer", ["unknown"])
    # When it ends, it is offered no more, and the audit finds nothing wrong.
    (line,) = stage.verb("gallery", "list", person=APPROVERS[0])["galleries"]
    assert (line["state"], line["flight"]) == ("standing", str(FLIGHT))
    stage.verb("gallery", "withdraw", gallery, "--reason", "the flight has left", person="officer-1")
    kiosk.stage.until(lambda: not offered(kiosk), "the end of the flight's gallery")
    audited = stage.verb("audit", stage.deployment)["gallery"]
    assert audited["irregularities"] == []


def drafted(stage: Stage) -> str:
    """A manifest of two travellers, one with two photos, drafted by an officer."""
    folder = stage.out / "keys"
    lines = ["sequence,photo"]
    for sequence, name, yaw in (("0025", LIVE, 0), ("0025", LIVE, 8), ("0031", OTHER, 0)):
        photo = folder / f"{sequence}-{yaw}.jpg"
        photo.write_bytes(desk.jpeg(desk.shown(name, "head", yaw, 0)))
        lines.append(f"{sequence},{photo.name}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    drafted = stage.verb(
        *("gallery", "flight", str(FLIGHT), folder / "manifest.csv", "--kiosk", NAME, "--place", "gate B12"),
        *("--basis", LAW, "--dpia", "DPIA 4", "--case", "order 9", "--to", "+4h"),
        person="officer-1",
    )
    assert (drafted["travellers"], drafted["photos"]) == (2, 3)
    return str(drafted["gallery"])


def offered(kiosk: GateKiosk) -> bool:
    """Whether the first page has the way by a face alone."""
    with kiosk.before() as context:
        page = context.new_page()
        page.goto(f"{kiosk.origin}/en/")
        return page.locator("#face").count() == 1


def alone(kiosk: GateKiosk, name: str) -> tuple[str, list[str]]:
    """Somebody agrees and looks; on a busy machine a face or a turn may be seen too late, and they come again."""
    outcome: tuple[str, list[str]] = ("officer", ["challenge"])
    with kiosk.before() as context:
        pose(context, name)
        page = context.new_page()
        for _ in range(4):
            page.goto(f"{kiosk.origin}/en/")
            page.click("#face")
            page.check("#agreed")
            page.click("main button[type=submit]")
            outcome = kiosk.ends(page)
            if outcome[1] not in gates.TOO_LATE:
                break
            time.sleep(1)
    return outcome


def asked(kiosk: GateKiosk) -> None:
    """What is said before anybody agrees, in three languages; without the tick the camera stays shut."""
    with kiosk.before() as context:
        page = context.new_page()
        for language in ("zh", "ru", "en"):
            page.goto(f"{kiosk.origin}/{language}/")
            kiosk.looked_at(page, f"first-{language}")
            page.click("#face")
            expect(page.locator("#basis")).to_contain_text(LAW)
            kiosk.looked_at(page, f"face-{language}")
        page.click("main button[type=submit]")
        expect(page.locator(".govuk-error-summary")).to_contain_text("Tick the box")
        assert page.locator("video").count() == 0


def struck(kiosk: GateKiosk, code: str) -> None:
    """Somebody has their face taken out of the list, by their boarding pass."""
    with kiosk.before() as context:
        page = context.new_page()
        page.goto(f"{kiosk.origin}/en/face")
        page.click("#strike")
        kiosk.looked_at(page, "strike")
        page.fill("#ticket", "nothing")
        page.click("main button[type=submit]")
        expect(page.locator(".govuk-error-summary")).to_contain_text("no boarding pass")
        page.fill("#ticket", code)
        page.click("main button[type=submit]")
        expect(page.locator("#struck")).to_be_visible()
        kiosk.looked_at(page, "struck")
