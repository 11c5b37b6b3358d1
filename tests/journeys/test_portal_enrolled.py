"""Somebody agrees that a camera knows them, sees who looked, ends it with one button, and keeps the receipts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from countenance.cli.demo import portraits
from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.stage import Stage
from countenance.formats import records
from countenance.vocabulary.consents import BY_CONSENT
from countenance.vocabulary.deployment import Genesis
from journeys import axe, test_console_alerts
from prove import scenes
from prove.approvers import DESK, PHONE

pytestmark = pytest.mark.timeout(900)
stage = test_console_alerts.stage
"""A demo deployment with a portal, a camera and a gallery custodian."""


def test_somebody_agrees_looks_and_ends_it(stage: Stage, browser: Browser, pictures: Path) -> None:
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    assert genesis.portal is not None
    origin = genesis.portal.origin
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    # Given somebody who reads what it is, and agrees
    page.goto(f"{origin}/en/enrol")
    _looked_at(page, pictures / "enrol.png")
    page.click("main form button")
    assert "Tick the box" in page.inner_text("main")
    page.check("#agreed")
    page.click("main form button")
    code, number = page.inner_text("#code"), page.inner_text("#number")
    _looked_at(page, pictures / "enrol-code.png")
    # and a desk that has only the number of it
    photo = stage.out / "keys" / "portrait.jpg"
    photo.write_bytes(portraits.read().probe)
    gallery = str(
        stage.verb(
            *("gallery", "draft", "--case", "enrolment", "--purpose", "alone at night", "--basis", BY_CONSENT),
            *("--camera", scenes.CAMERA, "--photo", photo, "--to", "+2h", "--consent", number),
            person="officer-1",
        )["gallery"]
    )
    for approver in APPROVERS:
        stage.verb("gallery", "sign", gallery, "--yes", person=approver)
    # When two people have agreed too, they see with the code what is held and who looked
    page.goto(f"{origin}/en/enrolled")
    page.fill("#code", code)
    page.click("main form button")
    assert "look for you now" in page.inner_text("#state")
    assert "alone at night" in page.inner_text("main")
    assert "read what you agreed to" in page.inner_text("#uses")
    _looked_at(page, pictures / "enrolled.png")
    agreed = _saved(page, stage.out / "agreed.json")
    # and with one button it is over
    page.click("form[action$=withdraw] button")
    assert "you have ended it" in page.inner_text("#state")
    assert re.search(r"Gone from every copy by", page.inner_text("#gone"))
    _looked_at(page, pictures / "enrolled-over.png")
    over = _saved(page, stage.out / "over.json")
    # Then the camera looks for nobody, and both receipts hold offline
    (line,) = stage.verb("gallery", "list", person=APPROVERS[0])["galleries"]
    assert line["state"] == "withdrawn by its subject"
    record = stage.deployment / "gallery.json"
    assert stage.verb("receipt", agreed, "--genesis", record)["state"] == "standing"
    assert stage.verb("receipt", over, "--genesis", record)["state"] == "withdrawn by its subject"
    assert context.cookies() == []
    context.close()


def _saved(page: Page, path: Path) -> Path:
    with page.expect_download() as saved:
        page.click("form[action$=receipt] button")
    saved.value.save_as(path)
    return path


def _looked_at(page: Page, picture: Path) -> None:
    """Phone and desktop, without grave faults, and nothing to scroll sideways to."""
    for name, (width, height) in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=picture.with_stem(f"{picture.stem}-{name}"), full_page=True)
        assert axe.grave(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
