"""A warrant from its draft to its evidence, with everybody at their own page; and what must not happen on the way."""

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from countenance.cli.demo import portraits
from journeys.conftest import Town
from journeys.people import Visitor
from journeys.test_console_sign_in import WALL, entries
from prove import scenes
from prove.approvers import DESK, PHONE

HOUR = datetime.timedelta(hours=1)
ASKED = """([verb, type, fields, besides]) => act(verb, type, fields, besides)
    .then((told) => ({ told }), (error) => ({ said: error.said, status: error.status }))"""

# A draft of a camera that no form offered, signed and sent as the form would.
BEYOND = """async (camera) => {
    const now = Date.now(), { policy } = await act("policy", "Nothing", {});
    const scope = { cameras: [camera], start: now - HOUR, end: now, type: "Scope" };
    const limits = {
        candidates: 1, uses: 1, expires: now + HOUR, secrecy_end: now + HOUR, threshold: 530, one_in: 10,
        type: "Limits",
    };
    const text = await written({
        deployment: (await configured()).deployment, warrant: brought.warrant, number: 1, case: "case 11", policy,
        purpose: "missing person", legal_basis: "law", requester: "officer-2", made: now, probe: brought.probe,
        scope, limits, narrowed_from: "", narrowed_by: "",
    });
    return filed("draft", text).then(() => "filed", (error) => error.said);
}"""


def pictured(town: Town, visitor: Visitor, name: str) -> None:
    """The page in every size and light."""
    for size_name, size in (("laptop", DESK), ("phone", PHONE), ("wall", WALL)):
        for dark in (False, True):
            path = town.pictures / f"warrants-{name}-{size_name}-{'dark' if dark else 'light'}.png"
            visitor.shot(path, size, dark=dark)
    assert visitor.fits(PHONE[0])


def filled(officer: Visitor, case: str, *photos: bytes, before: int = 6) -> None:
    """The form, filled in as somebody would, for the hours around now."""
    # The browser is in this machine's zone, and so is what people write into the form.
    here = datetime.datetime.now(datetime.UTC).astimezone().replace(tzinfo=None)
    page, now = officer.page, here.replace(minute=0, second=0, microsecond=0)
    officer.go("/warrants/new")
    page.fill("#case", case)
    page.fill("#purpose", "missing person")
    page.fill("#basis", "police law, section 2")
    page.check(f"#cameras input[value={scenes.CAMERA}]")
    page.fill("#from", (now - before * HOUR).isoformat(timespec="minutes"))
    page.fill("#to", (now + HOUR).isoformat(timespec="minutes"))
    files: list[Any] = [
        {"name": f"{at}.jpg", "mimeType": "image/jpeg", "buffer": photo} for at, photo in enumerate(photos)
    ]
    page.set_input_files("#photos", files)
    officer.told("taken and sealed")


def drafted(officer: Visitor, case: str) -> str:
    """A warrant that is filed; its id."""
    filled(officer, case, portraits.read().probe)
    officer.page.click("#compose")
    expect(officer.page.locator("#review")).to_be_visible()
    officer.page.click("#file")
    officer.page.wait_for_url("**/cases/*")
    expect(officer.page.locator("#state")).to_have_text("waiting for approvals")
    return officer.page.url.rpartition("/")[2]


def approved(town: Town, warrant: str) -> None:
    """Two people of two organisations sign, at their page."""
    for name in ("court-b/judge-1", "station/dpo-1"):
        somebody = town.court[name]
        somebody.read(warrant)
        somebody.page.click("#approve")
        somebody.told("of 2 approvals")


def judged(town: Town, name: str, warrant: str, sighting: str, verdict: str) -> None:
    """A reviewer looks, alone, and says so."""
    town.court[name].look(warrant, sighting)
    town.court[name].say(verdict)


@pytest.mark.timeout(1700)
def test_a_warrant_from_its_draft_to_its_evidence(recorded: Town, tmp_path: Path) -> None:
    town, officer = recorded, recorded.people["officer-1"]
    page = officer.page
    # Given an officer who fills in the form,
    filled(officer, "case 7\u202e/2026", portraits.read().probe)
    # then the photo's quality and what the scope touches are there before anything is signed,
    expect(page.locator("#quality")).to_have_text(re.compile(r"Quality \d+ of 100"))
    expect(page.locator("#rows")).to_have_text(re.compile(r"[1-9]\d*"))
    expect(page.locator("#threshold")).to_have_text(re.compile(r"0\.\d{3}"))
    expect(page.locator("#narrower li")).to_have_count(2)
    assert page.locator("#purposes option").count() >= 3
    pictured(town, officer, "form")
    # and a rarer stranger raises the threshold at once.
    before = page.inner_text("#threshold")
    page.select_option("#one_in", "10000")
    expect(page.locator("#threshold")).not_to_have_text(before)
    # When they ask what they would sign, the text is shown, with nothing invisible in it.
    page.click("#compose")
    expect(page.locator("#said")).to_contain_text("case 7⟨U+202E⟩/2026")
    expect(page.locator("#said")).to_contain_text("at most one false candidate in 10,000 searches")
    pictured(town, officer, "text")
    page.click("#file")
    warrant = handed_over(town, officer)
    sighting = found(town, officer, warrant)
    disclosed(town, officer, warrant, sighting, tmp_path)
    # And what the search said is still there when the page is opened again, in this session.
    officer.go(f"/cases/{warrant}")
    expect(page.locator("#errors-told")).to_contain_text("Of 1,000 such searches at most")
    officer.go("/warrants")
    expect(page.locator("#list")).to_contain_text(warrant)
    pictured(town, officer, "list")
    assert officer.complaints == []


def handed_over(town: Town, officer: Visitor) -> str:
    page = officer.page
    # When it is filed, the page hands over: id, hash and the address where others sign.
    page.wait_for_url("**/cases/*")
    warrant = page.url.rpartition("/")[2]
    expect(page.locator("#approvals-at")).to_have_attribute("href", f"{town.approvals}/")
    expect(page.locator("#state")).to_have_text("waiting for approvals")
    expect(page.locator("#search")).to_be_disabled()
    # While approvals may still be taken back, the page counts down and the search stays shut.
    counted = """() => {
        line = { ...line, state: "approved", settles: Date.now() + 65000 };
        counting();
        return [the("settling").textContent, the("search").disabled];
    }"""
    told, shut = page.evaluate(counted)
    assert re.search(r"1:0[3-5] more", told)
    assert shut
    shown = page.inner_text("#hash").replace(" ", "")
    judge = town.court["court-b/judge-1"]
    judge.read(warrant)
    assert judge.page.inner_text("#hash").startswith(shown)
    return warrant


def found(town: Town, officer: Visitor, warrant: str) -> str:
    page = officer.page
    # When two people of two organisations have signed, the officer's page says so by itself, and the search is open.
    approved(town, warrant)
    expect(page.locator("#state")).to_have_text("approved")
    expect(page.locator("#words-said")).to_contain_text("court-b/judge-1, approver of court-b, approves")
    page.click("#search")
    expect(page.locator("#found")).to_contain_text(re.compile(r"Candidates: [1-9]\d*, among"))
    expect(page.locator("#errors-told")).to_contain_text("Of 1,000 such searches at most")
    expect(page.locator("#not-found")).to_contain_text("not recorded")
    sighting = page.locator("#candidates code").first.inner_text()
    expect(page.locator("#candidates tr").first).to_contain_text(scenes.CAMERA)
    pictured(town, officer, "candidates")
    return sighting


def disclosed(town: Town, officer: Visitor, warrant: str, sighting: str, tmp_path: Path) -> None:
    page = officer.page
    # When two reviewers, each alone, say that it is the same person, the officer may make evidence of it.
    judged(town, "police/reviewer-1", warrant, sighting, "same")
    row = page.locator("#candidates tr", has_text=sighting)
    expect(row).to_contain_text("1 of 2 have judged")
    judged(town, "court-b/reviewer-2", warrant, sighting, "same")
    expect(row).to_contain_text("confirmed")
    with page.expect_download(timeout=300_000) as saved:
        row.locator("button").click()
        expect(page.locator("#disclosing-told")).to_contain_text("custodian has been asked")
    expect(page.locator("#disclosing-told")).to_contain_text("Saved as")
    pictured(town, officer, "evidence")
    # Then it is what the log says, whoever checks it.
    saved.value.save_as(tmp_path / "evidence.zip")
    with zipfile.ZipFile(tmp_path / "evidence.zip") as bundle:
        bundle.extractall(tmp_path / "evidence")
    checked = town.stage.verb("verify", tmp_path / "evidence", "--genesis", town.stage.deployment / "genesis.json")
    assert checked["verified"], checked


@pytest.mark.timeout(1700)
def test_reviewers_who_disagree_ask_a_third(recorded: Town) -> None:
    town, officer = recorded, recorded.people["officer-1"]
    # Given a search with a candidate,
    warrant = drafted(officer, "case 8/2026")
    approved(town, warrant)
    officer.page.click("#search:enabled")
    sighting = officer.page.locator("#candidates code").first.inner_text()
    row = officer.page.locator("#candidates tr", has_text=sighting)
    # when two reviewers disagree,
    judged(town, "police/reviewer-1", warrant, sighting, "same")
    judged(town, "court-b/reviewer-2", warrant, sighting, "different")
    # then the officer sees that a third is asked, and whose word was which nobody tells; nothing can be disclosed.
    expect(row).to_contain_text("a third is asked: 2 of 3")
    assert row.locator("button").count() == 0
    # And when the third has decided, it is decided.
    judged(town, "station/reviewer-3", warrant, sighting, "different")
    expect(row).to_contain_text("not confirmed")
    assert row.locator("button").count() == 0


@pytest.mark.timeout(1700)
def test_refused_narrowed_withdrawn_expired(recorded: Town) -> None:
    town, officer = recorded, recorded.people["officer-1"]
    page = officer.page
    # Given a warrant that one approver has signed, when another declines it, then the officer reads why.
    warrant = drafted(officer, "case 9/2026")
    judge, dpo = town.court["court-b/judge-1"], town.court["station/dpo-1"]
    judge.read(warrant)
    judge.page.click("#approve")
    judge.told("1 of 2 approvals")
    dpo.read(warrant)
    dpo.page.fill("#reason", "too many hours")
    dpo.page.click("#refuse")
    expect(page.locator("#words-said")).to_contain_text("declines: too many hours")
    # When they would widen it, that is refused, and the sentence stays though the page looks again meanwhile.
    page.click("#narrowing summary")
    page.fill("#new-uses", "15")
    page.click("#narrow button")
    officer.warned("narrowing cannot raise a limit")
    page.wait_for_timeout(4000)
    officer.warned("narrowing cannot raise a limit")
    # When they narrow it, the differences are shown, and what was signed before is void.
    page.fill("#new-candidates", "5")
    page.fill("#new-uses", "1")
    page.press("#new-uses", "Tab")
    expect(page.locator("#changes tr")).to_have_count(2)
    pictured(town, officer, "narrowing")
    page.click("#narrow button")
    officer.told("Version 2 stands")
    expect(page.locator("#approvals")).to_have_text("0 of 2")
    expect(page.locator("#words-said li")).to_have_count(0)
    # When they withdraw it, every approval is void at once, and nobody can use it a minute later.
    judge.read(warrant)
    judge.page.click("#approve")
    judge.told("1 of 2 approvals")
    expect(page.locator("#approvals")).to_have_text("1 of 2")
    page.click("#withdrawing summary")
    page.click("#withdraw")
    officer.told("Withdrawn: version 3")
    expect(page.locator("#approvals")).to_have_text("0 of 2")
    expect(page.locator("#state")).to_have_text("expired", timeout=120_000)
    pictured(town, officer, "expired")
    # And who asks all the same is told so, it is an entry, and nothing was found.
    before = entries(town, "refused")
    line: dict[str, Any] = page.evaluate("({ warrant: line.warrant, number: line.number, hash: line.hash })")
    asked = page.evaluate(ASKED, ["search", "Named", line, {}])
    assert asked["status"] == 403
    assert "expired" in asked["said"]
    assert entries(town, "refused") == before + 1
    assert page.evaluate("line.found") == []


@pytest.mark.timeout(1700)
def test_an_urgent_warrant_is_searched_and_nothing_of_it_leaves(recorded: Town) -> None:
    town, officer = recorded, recorded.people["officer-1"]
    page = officer.page
    # Given an urgent warrant, when one approver has signed it, then it is searched at once,
    filled(officer, "case 12/2026", portraits.read().probe)
    page.check("#urgent")
    page.click("#compose")
    expect(page.locator("#said")).to_contain_text("urgent")
    page.click("#file")
    page.wait_for_url("**/cases/*")
    warrant = page.url.rpartition("/")[2]
    judge = town.court["court-b/judge-1"]
    judge.read(warrant)
    judge.page.click("#approve")
    judge.told("1 of 1 approvals")
    expect(page.locator("#urgency")).to_have_text("urgent, not confirmed yet")
    page.click("#search:enabled")
    sighting = page.locator("#candidates code").first.inner_text()
    # and what two reviewers confirm is confirmed, and stays here: no button makes evidence of it, nor does asking.
    for name in ("police/reviewer-1", "court-b/reviewer-2"):
        judged(town, name, warrant, sighting, "same")
    row = page.locator("#candidates tr", has_text=sighting)
    expect(row).to_contain_text("confirmed")
    expect(row.locator("button")).to_be_disabled()
    candidate = {"warrant": warrant, "number": 1, "sighting": sighting}
    asked = page.evaluate(ASKED, ["disclose", "Candidacy", candidate, {}])
    assert asked["status"] == 403
    assert "nothing is exported under an urgent warrant" in asked["said"]
    # And when a quorum stands behind it, the page says so.
    approver = town.court["station/dpo-1"]
    approver.read(warrant)
    approver.page.click("#approve")
    expect(page.locator("#urgency")).to_have_text("urgent, confirmed")


@pytest.mark.timeout(600)
def test_in_three_languages_on_a_phone(recorded: Town) -> None:
    # Given an officer who reads another language, when they choose it, then every page is in it, and fits a phone.
    officer = recorded.people["officer-2"]
    try:
        for language, title in (("zh", "新令状"), ("ru", "Новый ордер")):
            officer.go("/warrants/new")
            with officer.page.expect_navigation():
                officer.page.select_option("#language", language)
            expect(officer.page.locator("h1")).to_have_text(title)
            for name, path in (("form", "/warrants/new"), ("list", "/warrants"), ("case", f"/cases/{'0' * 16}")):
                officer.go(path)
                assert officer.page.evaluate("document.documentElement.lang") == language
                officer.shot(recorded.pictures / f"warrants-{name}-{language}.png", PHONE)
                assert officer.fits(PHONE[0])
    finally:
        officer.page.select_option("#language", "en")


@pytest.mark.timeout(600)
def test_another_officers_case(recorded: Town) -> None:
    town, officer, other = recorded, recorded.people["officer-1"], recorded.people["officer-2"]
    # Given one officer's warrant, when another opens its page,
    warrant = drafted(officer, "case 10/2026")
    before = entries(town, "refused")
    other.go(f"/cases/{warrant}")
    # then they are told why not, see nothing of it, and it is one entry however long the page stays open.
    other.warned("read by its requester")
    expect(other.page.locator("#case")).to_be_hidden()
    other.page.wait_for_timeout(4000)
    assert entries(town, "refused") == before + 1
    assert "case 10/2026" not in other.page.content()
    other.shot(town.pictures / "warrants-others.png")
    other.go("/warrants")
    expect(other.page.locator("#list")).to_contain_text("no warrant yet")
    # And a camera that the roster does not give them is not in their form; asked for all the same, it is refused.
    other.go("/warrants/new")
    assert other.page.locator("#cameras input").count() == 0
    photo = {"name": "0.jpg", "mimeType": "image/jpeg", "buffer": portraits.read().probe}
    other.page.set_input_files("#photos", photo)
    other.told("taken and sealed")
    before = entries(town, "refused")
    assert "not among those that the roster gives you" in other.page.evaluate(BEYOND, scenes.CAMERA)
    assert entries(town, "refused") == before + 1
    other.go("/warrants")
    expect(other.page.locator("#list")).to_contain_text("no warrant yet")
    # And whoever is no officer is told so.
    operator = town.people["operator-1"]
    operator.go("/warrants")
    expect(operator.page.locator("main")).to_contain_text("needs the role officer")
