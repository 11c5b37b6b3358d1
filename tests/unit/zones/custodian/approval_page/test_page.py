"""The page is the one that was pinned, readable, and lets nothing in."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from countenance.errors import Tampered
from countenance.zones.custodian.approval_page import page

FILES = Path(page.__file__).parent / "page"


def test_the_document_is_the_pinned_one() -> None:
    document = page.assembled().document
    assert hashlib.sha256(document).hexdigest() == page.PINNED


def test_another_file_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    own = page._read
    monkeypatch.setattr(page, "_read", lambda name: own(name) + ("\n" if name == "acts.js" else ""))
    with pytest.raises(Tampered, match="install the package again"):
        page.assembled()


def test_the_policy_names_the_script_and_style_and_nothing_else() -> None:
    shown = page.assembled()
    text = shown.document.decode()
    for kind, tag in (("script", "script"), ("style", "style")):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in shown.policy
    assert shown.policy.startswith("default-src 'none'")
    assert "unsafe" not in shown.policy
    # Nothing is fetched from anywhere, and no text becomes markup.
    assert not re.search(
        r"(src|href)=\"|https?:(?!//www)|innerHTML|outerHTML|document\.write|eval\(", text.replace('href="#main"', "")
    )


def test_files_can_be_read_in_ten_minutes() -> None:
    for path in FILES.iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path.name


def test_every_word_is_there_in_every_language() -> None:
    words = (FILES / "words.js").read_text(encoding="utf-8")
    spoken = re.split(r"^  (en|zh|ru): \{$", words, flags=re.MULTILINE)
    languages = dict(zip(spoken[1::2], spoken[2::2], strict=True))
    assert set(languages) == {"en", "zh", "ru"}
    keys = {name: re.findall(r"(?:^|, |\s)(\"[^\"]+\"|[A-Za-z_]+): \"", text) for name, text in languages.items()}
    assert keys["en"] == keys["zh"] == keys["ru"]
    assert len(set(keys["en"])) == len(keys["en"]) > 100
    used = set(re.findall(r"data-(?:t|label)=\"(\w+)\"", (FILES / "page.html").read_text(encoding="utf-8")))
    used |= set(re.findall(r"\bt\(\"(\w+)\"", (FILES / "page.js").read_text(encoding="utf-8")))
    assert used <= {key.strip('"') for key in keys["en"]}
    for name, text in languages.items():
        places = {key: set(re.findall(r"\{\d\}", value)) for key, value in re.findall(r"(\w+): \"([^\"]*)\"", text)}
        if name == "en":
            expected = places
        assert places == expected, name
