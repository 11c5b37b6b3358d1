"""The page for phones: the same for everybody, and nothing leaves it."""

import json
import re
from importlib import resources

import pytest

from countenance.web.kit.pages import LANGUAGES
from simulator.door import Door

HERE = resources.files("countenance.web.portal")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_leaves_the_page(door: Door, language: str) -> None:
    door.heard.clear()
    answer = door.get(f"/{language}/phone")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert answer.status == 200
    for what in ("default-src", "connect-src", "form-action", "base-uri", "frame-ancestors"):
        assert policy[what] == "'none'", what
    assert (policy["script-src"], policy["require-trusted-types-for"]) == ("'self'", "'script'")
    forms = re.findall(r"<form[^>]*>", answer.text)
    assert forms == ['<form id="begin" novalidate autocomplete="off">']
    assert re.findall(r'<input[^>]*\bname="', answer.text) == []
    for address in re.findall(r'<script src="([^"]+)" defer></script>', answer.text):
        assert door.get(address).status == 200
    assert door.heard == []
    other = door.get(f"/{language}/phone", accept_language="ru").text
    assert other == answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worker_keeps_the_page_and_all_its_files_and_asks_for_nothing_else(door: Door, language: str) -> None:
    page, answer = door.get(f"/{language}/phone"), door.get(f"/{language}/phone-worker.js")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    listed = re.search(r"FILES = \[(.*?)\]", answer.text, re.S)
    assert listed
    files = set(re.findall(r'"([^"]+)"', listed[1]))
    named = re.findall(r'<(?:script src|link rel="(?:icon|stylesheet)" href)="([^"]+)"', page.text)
    assert files == {"phone", *named}
    assert len(named) == 7
    for way in ("XMLHttpRequest", "sendBeacon", "WebSocket", "EventSource", "import"):
        assert way not in answer.text
    # A page of one language is never beside files that came with another's; what comes from elsewhere is not kept.
    assert "PLACE = `countenance phone ${location.pathname}`" in answer.text
    assert 'redirect: "error"' in answer.text
    assert answer.text.count("fetch(") == 1
    assert "fetch(request)" in answer.text


def test_every_word_is_in_three_languages_and_used() -> None:
    told = json.loads((HERE / "words" / "phone.json").read_text(encoding="utf-8"))
    page = (HERE / "templates" / "phone.html").read_text(encoding="utf-8")
    for word, spellings in told.items():
        assert len(spellings) == len(LANGUAGES), word
        assert all(spellings), word
        assert f"words.{word} " in page or f'"{word}"' in page, word


def test_the_script_says_nothing_that_the_page_has_no_words_for() -> None:
    script = (HERE / "static" / "phone.js").read_text(encoding="utf-8")
    page = (HERE / "templates" / "phone.html").read_text(encoding="utf-8")
    said = set(re.findall(r'(?:Said|say)\("(\w+)"\)', script)) - {"unable"}
    assert said
    assert not [word for word in said if f'"{word}"' not in page]
    # It has no way to send anything, whatever the policy says.
    for way in ("fetch", "XMLHttpRequest", "sendBeacon", "WebSocket", "EventSource", "RTCPeer", "import(", "innerHTML"):
        assert way not in script
