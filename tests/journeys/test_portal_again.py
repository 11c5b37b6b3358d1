"""What comes after: who objected and walks past again is recorded again; whoever is forced to ask, a clerk declines."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from countenance.cli.demo import portraits
from countenance.vocabulary.rights import Wish
from journeys.test_portal_desk_clerk import CLERK, Desk, approved, photographed, reviewed, searched, told
from journeys.test_portal_desk_clerk import desk as desk  # noqa: PLC0414 - a fixture
from prove import scenes

DOUBT = "somebody stands behind them and answers for them"


@pytest.mark.timeout(900)
def test_who_objected_and_walks_past_again_is_recorded_and_found_again(desk: Desk) -> None:
    """An objection ends what was held; it keeps nobody from being recorded, and the guides say so."""
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody who objected, and whom nobody finds any more,
    photo = photographed("c")
    text, request = desk.file(Wish.OBJECT, code, photo)
    approved(desk, text, request, "objection: deletion, and an end to it", "object")
    many = searched(desk, request, "object")
    assert many >= 1
    reviewed(town, text.warrant, many)
    assert re.search(r"Gone from every copy by \d", told(town, code, "object"))
    text, request = desk.file(Wish.TELL, secrets.token_bytes(16), photo)
    approved(desk, text, request, "to be told when and where they passed", "object-gone")
    assert searched(desk, request, "object-gone") == 0
    # when they walk past the camera again,
    town.stage.finished(town.stage.start("watch", scenes.CAMERA, "--pace", "--until-end"), "watch")
    # then what was recorded since is found, and nothing of before.
    later = secrets.token_bytes(16)
    text, request = desk.file(Wish.TELL, later, photo)
    approved(desk, text, request, "to be told when and where they passed", "object-again")
    again = searched(desk, request, "object-again")
    assert again >= 1
    reviewed(town, text.warrant, again)
    assert told(town, later, "object-again").count(scenes.CAMERA) == again


@pytest.mark.timeout(600)
def test_who_is_forced_to_ask_is_declined_and_whoever_has_the_code_reads_nothing_of_it(desk: Desk) -> None:
    town, code, other = desk.town, secrets.token_bytes(16), secrets.token_bytes(16)
    # Given somebody who asks because another person makes them, and one whom nobody has looked after yet,
    text, request = desk.file(Wish.TELL, code, portraits.read().probe)
    desk.file(Wish.TELL, other, portraits.read().probe)
    clerk = town.court[CLERK]
    # when the clerk, who sees them stand there, declines for a reason,
    clerk.read(text.warrant)
    clerk.page.fill("#reason", DOUBT)
    clerk.page.click("#refuse")
    clerk.told("Declined")
    # what they wrote of one is not sent with another;
    clerk.page.click("#list")
    expect(clerk.page.locator("#reason")).to_have_value("")
    # then it is searched by nobody, and whoever took the code reads what the other's code says: neither no, nor why.
    lines = [line for line in told(town, code, "forced").splitlines() if line]
    waiting = [line for line in told(town, other, "waiting").splitlines() if line]
    same = [re.sub(r"[0-9a-f]{16}|\d+", "#", line) for line in lines]
    assert same == [re.sub(r"[0-9a-f]{16}|\d+", "#", line) for line in waiting]
    assert "Waits" in "\n".join(lines)
    assert DOUBT not in "\n".join(lines)
    page = town.people[CLERK].page
    town.people[CLERK].go("/questions")
    page.click(f"#list button:has-text('{request}')")
    expect(page.locator("#search")).to_be_hidden()
