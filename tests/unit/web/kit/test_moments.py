"""Moments are spelled in one place: no page has a spelling of its own."""

import re
from importlib import resources
from pathlib import Path
from typing import Final

WEB: Final = Path(str(resources.files("countenance.web")))
OWN: Final = re.compile(
    r"DateTimeFormat|toLocale(Date|Time)String|new Date\([^)]*\)\.toLocaleString|dateStyle|timeStyle"
)


def test_one_script_spells_moments_for_all() -> None:
    scripts = [one for one in WEB.rglob("*.js") if "vendor" not in one.parts]
    assert {one.name for one in scripts if OWN.search(one.read_text(encoding="utf-8"))} == {"moments.js"}


def test_no_server_page_spells_one() -> None:
    python = re.compile(r"strftime|isoformat|ctime\(")
    pages = [*WEB.rglob("*.py"), *WEB.rglob("*.html")]
    assert [one.name for one in pages if python.search(one.read_text(encoding="utf-8"))] == []
