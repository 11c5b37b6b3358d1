"""A citizen reads the register on a phone, from a folder somebody sent them: no server, no script, no colour."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from countenance.errors import Tampered
from countenance.web.register import folder, pages
from journeys import axe
from prove.approvers import DESK, PHONE
from simulator import registers


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, as `countenance register --out` writes it after six months."""
    out = tmp_path_factory.mktemp("register")
    for path, data in registers.files().items():
        (out / path).parent.mkdir(exist_ok=True)
        (out / path).write_bytes(data)
    return out


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_citizen_finds_out_how_often_somebody_was_searched_for(phone: Page, sent: Path) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    # Given the folder on their phone, they open its first page and choose their language.
    phone.goto(f"file://{sent}/index.html")
    phone.get_by_role("link", name="Public register").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("What these cameras do, in numbers")
    expect(phone.get_by_text("City of Example")).to_be_visible()
    # When they go to the searches, they read how many there were, of what kind, and what is not said.
    phone.get_by_role("navigation", name="Pages").get_by_role("link", name="Searches").click()
    chart = phone.get_by_role("img", name="missing person").first
    expect(chart.get_by_text("28", exact=True)).to_be_visible()
    expect(chart.get_by_text("fewer than 5")).to_be_visible()
    row = phone.get_by_role("region", name="missing person").first.get_by_role("row", name="2026-05")
    expect(row.get_by_role("cell").nth(0)).to_have_text("28")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("7")
    # Then they look where the cameras are, since when, and what was switched off.
    phone.get_by_role("navigation", name="Pages").get_by_role("link", name="Cameras").click()
    expect(phone.get_by_text("Central station, hall 2, above the east stairs")).to_be_visible()
    expect(phone.get_by_role("heading", name="yard")).to_contain_text("switched off")
    # And nothing was asked of anybody else.
    assert asked
    assert all(url.startswith(f"file://{sent}/") for url in asked)


def test_a_citizen_reads_what_people_answered_how_sure_it_is_and_how_they_were_asked(phone: Page, sent: Path) -> None:
    phone.goto(f"file://{sent}/en/index.html")
    phone.get_by_role("navigation", name="Pages").get_by_role("link", name="Surveys").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("What people think of these cameras")
    expect(phone.get_by_text("4,000 people answered")).to_be_visible()
    # Each question is a chart with shares and bounds in words, and where it can be the figure of 2019.
    chart = phone.get_by_role("img").first
    expect(chart).to_contain_text("to ")
    expect(chart).to_contain_text("2019:")
    # The methods box says what one person's answers could tell, whose word this is, and what it is worth.
    expect(phone.get_by_text("together tell at most epsilon 1.5")).to_be_visible()
    expect(phone.get_by_text("4,000 of 9,000 invited answered")).to_be_visible()
    expect(phone.get_by_text("operator-1, ")).to_be_visible()
    expect(phone.get_by_text("Whether they counted rightly it cannot know")).to_be_visible()
    expect(phone.get_by_text("want to check and delete (the report this system was founded on)")).to_be_visible()


def test_an_operator_who_alters_a_published_share_is_found_out(sent: Path) -> None:
    files = {path.relative_to(sent).as_posix(): path.read_bytes() for path in sent.rglob("*") if path.is_file()}
    assert folder.check(files, registers.GENESIS).register.surveys
    record = files[folder.RECORD]
    at = record.index(b'"value":') + len(b'"value":')
    digit = bytes([record[at + 1] ^ 1])
    with pytest.raises(Tampered):
        folder.check({**files, folder.RECORD: record[: at + 1] + digit + record[at + 2 :]}, registers.GENESIS)
    page = files["zh/surveys.html"]
    with pytest.raises(Tampered, match="was changed"):
        folder.check({**files, "zh/surveys.html": page.replace(b"4,000", b"9,000")}, registers.GENESIS)
    with pytest.raises(Tampered, match="survey results"):
        folder.stays(registers.register(), replace(registers.register(), surveys=()))


def test_the_same_page_in_the_other_languages(phone: Page, sent: Path) -> None:
    phone.goto(f"file://{sent}/en/deletions.html")
    phone.get_by_role("link", name="中文").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("删除与询问")
    phone.get_by_role("link", name="Русский").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Удаления и вопросы")
    expect(phone.get_by_role("img", name="Вопросы").get_by_text("меньше 5")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_every_page_is_for_everybody(
    browser: Browser, sent: Path, pictures: Path, size: tuple[int, int], language: str
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    for name in pages.PAGES:
        page.goto(f"file://{sent}/{language}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], name
        assert axe.grave(page) == [], name
        page.screenshot(path=pictures / f"register-{language}-{name}-{size[0]}.png", full_page=True)
    context.close()
