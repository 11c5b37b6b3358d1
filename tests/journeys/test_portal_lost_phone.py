"""A phone is lost on which somebody asked: whoever finds it learns from its browser nothing of what was asked."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from journeys.conftest import Town
from journeys.test_portal_questions import Citizen, sightings
from prove.approvers import PHONE, QUIET

pytestmark = pytest.mark.timeout(900)


def phone(town: Town, folder: Path) -> BrowserContext:
    """Somebody's browser, with all that it keeps in `folder`."""
    return town.browser.browser_type.launch_persistent_context(
        folder,
        executable_path=shutil.which("chromium"),
        args=list(QUIET),
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )


def holding(folder: Path, secret: str) -> list[str]:
    """Files of the browser's in which `secret` stands."""
    spelled = (secret.encode(), secret.encode("utf-16-le"))
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.name for path in files if any(one in path.read_bytes() for one in spelled))


def test_whoever_finds_the_phone_reads_neither_code_nor_answer_from_it(recorded: Town, tmp_path: Path) -> None:
    # Given somebody who asked from their phone, looked the answer up with their code, and wrote the code on paper,
    own = phone(recorded, tmp_path / "phone")
    asker = Citizen(recorded, own.pages[0])
    request = asker.ask("tell", sightings(recorded)[0][1] - 60_000, words="a green umbrella")
    said = asker.look()
    assert request in said
    code = asker.code
    assert all(code not in url for url in visited(asker.page))
    assert own.cookies() == []
    assert asker.page.evaluate("localStorage.length + sessionStorage.length") == 0
    own.close()
    # when somebody finds the phone and opens its browser again,
    secrets = (code, code.replace("-", ""), code.lower(), "a green umbrella", request)
    written = {secret: holding(tmp_path / "phone", secret) for secret in secrets}
    found = phone(recorded, tmp_path / "phone")
    stranger = Citizen(recorded, found.pages[0])
    stranger.go("/en/answer")
    # then the field for the code is empty and offers nothing,
    field = stranger.page.locator("#code")
    assert field.input_value() == ""
    assert field.get_attribute("autocomplete") == "off"
    # and in all that the browser wrote stands neither code, nor words, nor the question's number.
    found.close()
    assert written == {secret: [] for secret in secrets}


def visited(page: Page) -> list[str]:
    """Addresses that the tab went through, as its history has them."""
    listed = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [entry["url"] for entry in listed["entries"]]
