"""Somebody reads a survey's report on a phone, in three languages, whatever addresses its sources have."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from countenance.survey import analysis, earlier, report
from countenance.survey.methods import Sponsor
from journeys import axe
from prove.approvers import PHONE
from simulator.surveys import begun
from unit.survey.answers import answered


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_a_report_fits_a_phone_and_is_read_aloud(browser: Browser, tmp_path: Path, language: str) -> None:
    opened = begun(tmp_path)
    answered(opened, (200, 300), (100, 300))
    found = analysis.analyse(opened, margins=(), language=language)
    page = tmp_path / "index.html"
    page.write_bytes(report.page(found, earlier.shipped(), Sponsor()))
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    try:
        phone = context.new_page()
        phone.goto(page.as_uri())
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert axe.grave(phone) == []
    finally:
        context.close()
