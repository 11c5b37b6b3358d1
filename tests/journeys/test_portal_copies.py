"""Somebody asks at the desk for the pictures of them: two clerks, two reviewers, and a file that verifies offline."""

import secrets
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from countenance.cli.demo import portraits
from countenance.vocabulary.rights import Wish
from journeys.conftest import Town
from journeys.test_console_sign_in import entries
from journeys.test_portal_desk_clerk import CLERK, Desk, pictured, reviewed, searched, told
from journeys.test_portal_desk_clerk import desk as desk  # noqa: PLC0414 - a fixture

SECOND = "station/clerk-2"


def signed(town: Town, name: str, warrant: str, said: str, status: str, *, shot: str = "") -> None:
    """A clerk reads the request at their approval page, which says this of it, and approves it."""
    somebody = town.court[name]
    somebody.read(warrant)
    expect(somebody.page.locator("#words")).to_contain_text(said)
    if shot:
        pictured(town, somebody.page, shot)
    somebody.page.click("#approve")
    somebody.told(status)


@pytest.mark.timeout(900)
def test_a_copy_is_handed_over_and_verifies_as_the_askers_own(desk: Desk, tmp_path: Path) -> None:
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody who wants to be told what is held of them, and a copy,
    text, request = desk.file(Wish.TELL, code, portraits.read().probe, copy=True)
    signed(town, CLERK, text.warrant, "A COPY of the pictures of them", "Approved: 1 of 2", shot="copy-approval")
    clerk = town.people[CLERK]
    clerk.go("/questions")
    clerk.page.click(f"#list button:has-text('{request}')")
    expect(clerk.page.locator("#faced")).to_contain_text("1 of 2 approved")
    expect(clerk.page.locator("#faced-facts")).to_contain_text("and a copy of the pictures of them")
    expect(clerk.page.locator("#search")).to_be_hidden()
    # when a second clerk has approved, it is searched, and there is nothing to copy before reviewers have said so;
    signed(town, SECOND, text.warrant, "TWO clerks: they ask for pictures", "Approved: 2 of 2")
    many = searched(desk, request, "copy")
    assert many >= 1
    expect(clerk.page.locator("#copies-part")).to_be_hidden()
    reviewed(town, text.warrant, many)
    # and then the clerk has each passing composed, and saves it,
    clerk.go("/questions")
    clerk.page.click(f"#list button:has-text('{request}')")
    copies = clerk.page.locator("#copies button")
    expect(copies).to_have_count(many)
    pictured(town, clerk.page, "copy-ready")
    with clerk.page.expect_download(timeout=300_000) as saved:
        copies.first.click()
    expect(clerk.page.locator("#disclosing-told")).to_contain_text("hand it over")
    pictured(town, clerk.page, "copy-saved")
    saved.value.save_as(tmp_path / "copy.zip")
    assert clerk.complaints == []
    # which whoever asked takes home, where it verifies without a network, says whose it is, and has one face uncovered.
    with zipfile.ZipFile(tmp_path / "copy.zip") as bundle:
        bundle.extractall(tmp_path / "copy")
    checked = town.stage.verb("verify", tmp_path / "copy", "--genesis", town.stage.deployment / "genesis.json")
    assert (checked["verified"], checked["pinned"], checked["for_themselves"]) == (True, True, True)
    assert "asked about themselves at a desk" in (tmp_path / "copy" / "index.html").read_text(encoding="utf-8")
    # The code tells when they passed, as it does without a copy.
    assert told(town, code, "copy").count("hall-east") == many
    assert entries(town, "delivered") >= 1


@pytest.mark.timeout(600)
def test_for_a_child_two_clerks_sign_and_it_is_searched(desk: Desk) -> None:
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody under 18, with whoever acts for them,
    text, request = desk.file(Wish.TELL, code, portraits.read().probe, assisted=True)
    # when two clerks have approved, each reading that two are needed and why,
    for name, status in ((CLERK, "Approved: 1 of 2"), (SECOND, "Approved: 2 of 2")):
        signed(town, name, text.warrant, "TWO clerks: they are under 18, or somebody acts for them", status)
    # then it is searched, and told as anybody's.
    many = searched(desk, request, "child")
    reviewed(town, text.warrant, many)
    assert told(town, code, "child").count("hall-east") == many
