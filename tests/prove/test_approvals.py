"""The approval page from end to end, in a deployment that is no demo: nobody can approve or review but with an
authenticator, in a real browser, at the deployment's own origin.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from countenance.cli.demo import portraits
from countenance.cli.demo.opening import _free_origin, span
from countenance.cli.demo.stage import Stage
from countenance.errors import Refused
from countenance.formats import canonical
from prove import founding, scenes
from prove.approvers import DESK, PHONE, Somebody

FILE_KEYS = (("officer-1", "police", "officer"), ("operator-1", "station", "operator"))
AT_THE_PAGE = (
    ("court-b/judge-1", "court-b", "approver"),
    ("station/dpo-1", "station", "approver"),
    ("police/reviewer-1", "police", "reviewer"),
    ("court-b/reviewer-2", "court-b", "reviewer"),
    ("station/clerk-1", "station", "clerk"),
)


@dataclass
class Town:
    """A running deployment without file-key approvals, and everybody at the page."""

    stage: Stage
    origin: str
    browser: Browser
    people: dict[str, Somebody] = field(default_factory=dict)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with founding.ground(tmp_path_factory.mktemp("approvals")) as (stage, browser):
        yield _settled(Town(stage, _free_origin(), browser))


def _settled(town: Town) -> Town:
    stage = town.stage
    founding.founded(stage, town.browser, town.origin)
    for person, organisation, role in FILE_KEYS:
        public = stage.verb("key", "new", stage.key(person), "--person", person)["public"]
        stage.verb("roster", "add", person, "--organisation", organisation, "--role", role, "--public", public)
    for person, organisation, role in AT_THE_PAGE:
        somebody = town.people[person] = Somebody.at(town.browser, town.origin, person)
        enrolled = somebody.enrol(stage.out / "keys")
        made = founding.listed(stage, person, organisation, role, enrolled)
        assert made["credentials"][0]["fingerprint"] == enrolled[1]
    stage.verb("edge", "enrol", "host-1")
    return town


def _drafted(stage: Stage) -> str:
    probe = stage.out / "keys" / "probe.jpg"
    probe.write_bytes(portraits.read().probe)
    start, end = span()
    drafted = stage.verb(
        *("warrant", "draft", "--case", "case 7\u202e/2026", "--purpose", "missing person", "--basis", "law 2"),
        *("--camera", scenes.CAMERA, "--from", start, "--to", end, "--probe", probe, "--uses", 3),
        person="officer-1",
    )
    return str(drafted["warrant"])


@pytest.mark.timeout(1700)
def test_nobody_but_people_with_authenticators(town: Town, tmp_path: Path) -> None:
    stage, judge, dpo = town.stage, town.people["court-b/judge-1"], town.people["station/dpo-1"]
    # Given a recording and a warrant that an officer drafted with a key file,
    scenes.camera(stage)
    stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    warrant = _drafted(stage)
    with pytest.raises(Refused, match="0 of the 2"):
        stage.verb("search", warrant, person="officer-1")
    # when a judge reads it on the page,
    judge.read(warrant)
    # then the words, the text and its hash are there, with nothing invisible in them, and the photo,
    assert "case 7⟨U+202E⟩/2026" in judge.page.inner_text("#words")
    assert judge.page.locator("#photo").evaluate("img => img.complete && img.naturalWidth > 0")
    shown = judge.page.inner_text("#hash")
    judge.shot(tmp_path / "warrant-desk.png", DESK)
    judge.shot(tmp_path / "warrant-phone.png", PHONE)
    assert _fits(judge, PHONE)
    # and when the judge narrows it, it is another text, whose differences the other approver sees.
    judge.page.fill("#uses", "2")
    judge.page.fill("#candidates", "8")
    judge.page.click("#narrow")
    judge.told("Version 2 stands now")
    dpo.read(warrant)
    assert dpo.page.inner_text("#hash") != shown
    changed = dpo.page.inner_text("#changes")
    assert "Candidates a search" in changed
    assert "Cameras" not in changed
    dpo.shot(tmp_path / "narrowed-desk.png", DESK)
    # One approval is no quorum; a refusal takes it back; two of two organisations are one.
    dpo.page.click("#approve")
    dpo.told("1 of 2 approvals")
    dpo.page.click("#withdraw")
    dpo.told("0 of 2 approvals stand")
    for one in (judge, dpo):
        one.read(warrant)
        one.page.click("#approve")
        one.told("of 2 approvals")
    found = stage.verb("search", warrant, person="officer-1")
    assert found["candidates"]
    _reviewed(town, warrant, found["candidates"], tmp_path)


def _reviewed(town: Town, warrant: str, candidates: list[str], tmp_path: Path) -> None:
    stage, (first, second) = town.stage, (town.people["police/reviewer-1"], town.people["court-b/reviewer-2"])
    sighting = candidates[0]
    for reviewer in (first, second):
        reviewer.look(warrant, sighting)
        for picture in ("#still", "#still-photo"):
            assert reviewer.page.locator(picture).evaluate("img => img.complete && img.naturalWidth > 0")
    first.shot(tmp_path / "review-desk.png", DESK)
    first.shot(tmp_path / "review-phone.png", PHONE)
    first.say("same")
    second.say("same")
    second.told("confirmed")
    stage.verb("disclose", warrant, sighting, "--out", stage.out / "evidence", person="officer-1")
    checked = stage.verb("verify", stage.out / "evidence", "--genesis", stage.deployment / "genesis.json")
    assert checked["verified"], checked
    assert json.loads((stage.out / "evidence" / "disclosure.json").read_text())["demo"] is False
    # A clerk's restriction, and the erasure that two approvers sign on the page.
    clerk = town.people["station/clerk-1"]
    clerk.page.click("nav [data-view=clerk]")
    clerk.page.fill("#sightings", sighting)
    clerk.page.fill("#restrict-reason", "request of the subject")
    clerk.page.click("#restriction button")
    expect(clerk.page.locator("#clerk-done")).to_contain_text("restricted until")
    expect(clerk.page.locator("#sightings")).to_have_value("")
    request = clerk.page.inner_text("#clerk-done").split()[1].rstrip(":")
    for name in ("court-b/judge-1", "station/dpo-1"):
        approver = town.people[name]
        approver.page.click("nav [data-view=clerk]")
        approver.page.fill("#request", request)
        approver.page.click("#order button")
        approver.told("of 2 signatures")
    expect(town.people["station/dpo-1"].page.locator("#clerk-done")).to_contain_text("1 sightings are erased")
    clerk.shot(tmp_path / "clerk-desk.png", DESK)
    again = stage.verb("search", warrant, person="officer-1")
    assert sighting not in again["candidates"]
    assert [said for one in town.people.values() for said in one.complaints] == []


@pytest.mark.timeout(600)
def test_the_page_shows_what_was_named_or_nothing(town: Town) -> None:
    stage = town.stage
    warrant, judge = _drafted(stage), town.people["court-b/judge-1"]
    judge.read(warrant)
    judge.page.fill("#uses", "1")
    judge.page.click("#narrow")
    judge.told("Version 2 stands now")

    # What the repository could do, and the way to the custodian with it: each is a change to what the page is given.
    lies = {
        "another text": ("/ask", "said.text && { ...said, text: turned(said.text) }", "not the one"),
        "another spelling": ("/ask", "said.text && { ...said, text: spaced(said.text) }", "not the one"),
        "another text before": ("/ask", "said.text && { ...said, before: turned(said.before) }", "not the one"),
        "another key": ("/ask", "said.text && { ...said, photo_key: '00'.repeat(32) }", "picture is not"),
        "another photo": ("/photo/", "new Uint8Array(said.length)", "picture is not"),
        "a photo cut": ("/photo/", "said.slice(0, -1)", "picture is not"),
        "a photo changed": ("/photo/", "said.map((byte, at) => (at === 100 ? byte ^ 1 : byte))", "picture is not"),
        "no photo": ("/photo/", "new Uint8Array()", "picture is not"),
    }
    for path, change, words in lies.values():
        _given(judge, path, change)
        _nothing_shown(judge, warrant, words)
    # Without the version before, that is said, and no difference is claimed.
    _given(judge, "/ask", "said.text && { ...said, before: '' }")
    judge.read(warrant)
    assert "Version 1 could not be shown" in judge.page.inner_text("#changes")
    _given(judge, "/nothing", "said")
    judge.read(warrant)
    assert "Searches" in judge.page.inner_text("#changes")


def _given(somebody: Somebody, path: str, change: str) -> None:
    """From now on the page is given, for `path`, what `change` makes of what was `said`."""
    somebody.page.evaluate(
        """([path, change]) => {
            const turned = (text) => hex(utf8.encode(strict.decode(unhex(text)).replace("missing person", "lost")));
            const spaced = (text) => hex(utf8.encode(strict.decode(unhex(text)).replace('"case":', '"case": ')));
            const lie = change;
            window.own ??= window.fetch;
            window.fetch = async (asked, options) => {
                const answer = await window.own.call(window, asked, options);
                if (!String(asked).startsWith(path)) return answer;
                if (path === "/ask") {
                    const said = await answer.json();
                    return new Response(JSON.stringify(lie(said, turned, spaced) || said), { status: answer.status });
                }
                return new Response(lie(new Uint8Array(await answer.arrayBuffer())), { status: answer.status });
            };
        }""".replace("const lie = change;", f"const lie = (said, turned, spaced) => {change};"),
        [path, change],
    )


def _nothing_shown(somebody: Somebody, warrant: str, words: str) -> None:
    page = somebody.page
    page.click("nav [data-view=warrants]")
    page.click("#list")
    page.click(f"#found li:has-text('{warrant}') button:has-text('Read')")
    somebody.warned(words)
    for shown in ("#warrant", "#photo", "#approve"):
        expect(page.locator(shown)).to_be_hidden()
    assert page.locator("#text").text_content() == page.locator("#words").text_content() == ""


@pytest.mark.timeout(600)
def test_the_page_decrypts_as_the_vectors_say(town: Town) -> None:
    page = Somebody.at(town.browser, town.origin, "court-b/judge-1").page
    decrypting = """async ([key, data]) => {
        try { return hex(await decrypted(unhex(key), unhex(data))); } catch (error) { return error.message; } }"""
    vectors = sorted((Path(__file__).parents[1] / "vectors" / "segments").glob("*.json"))
    assert vectors
    for path in vectors:
        vector = json.loads(path.read_text())
        ciphertext = base64.b64decode(vector["ciphertext"]).hex()
        expected = bytes(at % 251 for at in range(max(0, vector["length"]))).hex()
        answer = page.evaluate(decrypting, [vector["key"], ciphertext])
        assert answer == (expected if vector["expect"] == "accept" else "picture"), path.name
    given = "{ b: [1, true, null, 'é\\u2028\\n\\u0007'], a: { z: '', '\\ud83d\\ude00': 0, 'ﬀ': 1 } }"
    spelled = page.evaluate(f"canonical({given})")
    value = {"b": [1, True, None, "é\u2028\n\x07"], "a": {"z": "", "\U0001f600": 0, "ﬀ": 1}}
    assert spelled.encode() == canonical.write(value)


def _fits(somebody: Somebody, size: tuple[int, int]) -> bool:
    somebody.page.set_viewport_size({"width": size[0], "height": size[1]})
    wide = somebody.page.evaluate("document.documentElement.scrollWidth")
    somebody.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    return int(wide) <= size[0]


@pytest.mark.timeout(600)
def test_the_page_needs_no_mouse_and_speaks_three_languages(town: Town, tmp_path: Path) -> None:
    somebody = Somebody.at(town.browser, town.origin, "court-b/judge-1")
    page = somebody.page
    operable = "a[href], button, input, select, textarea, [tabindex='0']"
    place = "all => [...document.querySelectorAll(all)].filter(e => e.offsetParent).indexOf(document.activeElement)"
    total = page.evaluate("all => [...document.querySelectorAll(all)].filter(e => e.offsetParent).length", operable)
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(3 * total):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(place, operable))
    assert set(range(total)) <= reached
    for language, word in (("zh", "令状"), ("ru", "Ордера"), ("en", "Warrants")):
        page.select_option("#language", language)
        assert page.inner_text("nav [data-view=warrants]") == word
        assert page.get_attribute("html", "lang") == language
        silent = "(e) => !e.textContent || e.textContent === e.dataset.t"
        assert page.evaluate(f"[...document.querySelectorAll('[data-t]')].filter({silent}).length") == 0
        somebody.shot(tmp_path / f"first-{language}.png", PHONE)
    for label in page.locator("input, textarea, select").all():
        assert label.evaluate("field => field.labels.length") == 1


@pytest.mark.timeout(600)
def test_a_lost_credential_voids_what_waits(town: Town) -> None:
    stage, judge, dpo = town.stage, town.people["court-b/judge-1"], town.people["station/dpo-1"]
    warrant = _drafted(stage)
    for one in (judge, dpo):
        one.read(warrant)
        one.page.click("#approve")
        one.told("of 2 approvals")
    listed: dict[str, Any] = stage.verb("roster", "list")
    lost = next(one for one in listed["persons"] if one["name"] == "station/dpo-1")
    stage.verb("roster", "revoke", "station/dpo-1")
    with pytest.raises(Refused, match="1 of the 2"):
        stage.verb("search", warrant, person="officer-1")
    dpo.page.click("#list")
    dpo.warned("not on the roster for this person")
    # And the old registration brings nobody back.
    file = stage.out / "keys" / "station-dpo-1.registration"
    with pytest.raises(Refused, match="revoked"):
        stage.verb(
            *("roster", "add", "station/dpo-1", "--organisation", "station", "--role", "approver"),
            *("--registration", file),
        )
    assert lost["credentials"]
