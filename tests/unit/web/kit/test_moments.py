"""Moments are spelled in one place: no page has a spelling of its own."""

import re
import zoneinfo
from importlib import resources
from pathlib import Path
from typing import Final

import pytest

from countenance.web.kit import moments

WEB: Final = Path(str(resources.files("countenance.web")))
OWN: Final = re.compile(
    r"DateTimeFormat|toLocale(Date|Time)String|new Date\([^)]*\)\.toLocaleString|dateStyle|timeStyle"
)


def test_one_script_spells_moments_for_all() -> None:
    scripts = [one for one in WEB.rglob("*.js") if "vendor" not in one.parts]
    assert {one.name for one in scripts if OWN.search(one.read_text(encoding="utf-8"))} == {"moments.js"}


def test_one_module_spells_them_where_there_are_no_scripts() -> None:
    python = re.compile(r"strftime|(?<!from)isoformat|ctime\(")
    pages = [*WEB.rglob("*.py"), *WEB.rglob("*.html")]
    assert [one.name for one in pages if python.search(one.read_text(encoding="utf-8"))] == ["moments.py"]


@pytest.mark.parametrize(
    ("language", "spelled"),
    [("en", "1 Jan 2027, 00:59:59"), ("zh", "2027年1月1日 00:59:59"), ("ru", "1 янв. 2027 г., 00:59:59")],
)
def test_a_page_without_scripts_spells_moments_in_its_zone(language: str, spelled: str) -> None:
    assert moments.said(1_798_761_599_000, zoneinfo.ZoneInfo("Europe/Berlin"), language) == spelled
