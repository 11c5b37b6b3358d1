"""The demo's desk: one visitor plays everybody; and elsewhere there is nothing of it."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from rich.console import Console

from countenance.cli import key
from countenance.cli.demo import boarding
from countenance.cli.demo.desk import application
from countenance.cli.demo.desk.playing import Playing
from countenance.cli.demo.opening import desk_origin, found, span
from countenance.cli.demo.stage import Stage
from countenance.cli.demo.staying import parts
from countenance.vocabulary.deployment import Genesis
from journeys import axe
from journeys.conftest import Town, _listens
from journeys.gates import GateKiosk
from journeys.people import Visitor
from prove import scenes
from prove.approvers import DESK, PHONE

WALL = (2560, 1440)
REVIEWERS = ("police/reviewer-1", "court-b/reviewer-2")
APPROVERS = ("court-b/judge-1", "station/dpo-1")


@dataclass
class Demo:
    """A demo deployment of its own, recorded, with its desk, and a visitor's browser in front of both."""

    stage: Stage
    genesis: Genesis
    desk: str
    console: str
    gate: GateKiosk
    context: BrowserContext
    page: Page
    complaints: list[str]

    def enter(self, person: str) -> Page:
        """Choose somebody at the desk; the console's page, once they are inside."""
        self.page.goto(self.desk)
        with self.context.expect_page() as opened:
            self.page.click(f"[data-enter='{person}']")
        inside = opened.value
        inside.on("pageerror", lambda error: self.complaints.append(str(error)))
        expect(inside.locator("nav a[aria-current]")).to_be_visible()
        return inside

    def drafted(self, case: str) -> str:
        """A warrant of the officer's over the recorded camera, and the desk looked at again."""
        start, end = span()
        told = self.stage.verb(
            *("warrant", "draft", "--case", case, "--purpose", "missing person", "--basis", "test"),
            *(
                "--camera",
                scenes.CAMERA,
                "--from",
                start,
                "--to",
                end,
                "--probe",
                self.stage.out / "keys" / "probe.jpg",
            ),
            person="officer-1",
        )
        return str(told["warrant"])

    def line(self, person: str, warrant: str) -> Locator:
        """What waits for somebody at the desk, of one warrant: the first of it."""
        return self.page.locator(f"article[data-person='{person}'][data-warrant='{warrant}']").first

    def told(self, words: str) -> None:
        expect(self.page.locator("#status")).to_contain_text(words)

    def warned(self, words: "str | re.Pattern[str]") -> None:
        expect(self.page.locator("#alert")).to_contain_text(words)


@pytest.fixture(scope="module")
def demo(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    out = tmp_path_factory.mktemp("demo")
    (out / "keys").mkdir()
    stage, stop = Stage(out, as_json=True, console=Console(stderr=True)), threading.Event()
    serving, kiosk = None, None
    try:
        found(stage)
        scenes.camera(stage)
        stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
        (out / "keys" / "probe.jpg").write_bytes(scenes.portraits.read().probe)
        gate, _ = boarding.begun(stage)
        kiosk = GateKiosk(stage, gate, town.browser, out)
        playing = Playing(stage.deployment, parts(stage), gate=gate, at_gate=boarding.OFFICER)
        origin = desk_origin()
        serving = threading.Thread(target=application.serve, args=(playing, stage.deployment, origin, stop))
        serving.start()
        kiosk.start()
        for address in (origin, playing.console):
            stage.until(lambda address=address: _listens(address), address)
        context = town.browser.new_context(locale="en-GB", accept_downloads=True)
        context.set_default_timeout(60_000)
        complaints: list[str] = []
        page = context.new_page()
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Demo(stage, playing.genesis, origin, playing.console, kiosk, context, page, complaints)
        context.close()
        assert complaints == []
    finally:
        stop.set()
        if serving is not None:
            serving.join()
        if kiosk is not None and kiosk.process is not None:
            kiosk.kill()
        stage.stop_all()


def pictured(demo: Demo, folder: Path, name: str) -> None:
    """The desk's page in every size and light, and that it never scrolls sideways."""
    for size_name, size in (("phone", PHONE), ("laptop", DESK), ("wall", WALL)):
        demo.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert demo.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        for light in ("light", "dark"):
            demo.page.emulate_media(color_scheme=light, reduced_motion="reduce")
            demo.page.screenshot(path=folder / f"{name}-{size_name}-{light}.png", full_page=True)
    demo.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    demo.page.emulate_media(color_scheme="light")


def test_a_visitor_is_the_operator_then_the_officer(demo: Demo) -> None:
    # Given a visitor at the demo's desk, when they enter as the operator,
    inside = demo.enter("operator-1")
    # then the console knows them as that, and its address says nothing.
    expect(inside.locator("dl.facts")).to_contain_text("operator-1 · station")
    assert inside.url == f"{demo.console}/"
    # When they enter as the officer afterwards, then they are the officer, in that browser everywhere.
    officer = demo.enter("officer-1")
    expect(officer.locator("dl.facts")).to_contain_text("officer-1 · police")
    inside.reload()
    expect(inside.locator("dl.facts")).to_contain_text("officer-1")
    # And the key that speaks for them is one that no script is given.
    name = officer.evaluate(
        """async () => crypto.subtle.exportKey("jwk", (await kept("session")).key).catch((error) => error.name)"""
    )
    assert name == "InvalidAccessError"
    inside.close()
    officer.close()


def test_a_copied_address_of_the_way_in_opens_nothing(demo: Demo, town: Town) -> None:
    # Given what passes through the address when somebody enters,
    passed: list[str] = []
    demo.context.on("request", lambda request: passed.append(request.url))
    inside = demo.enter("officer-1")
    letter, signature = inside.evaluate(
        """async () => {
            const letter = spelled(unhex((await kept("session")).letter), "Signed");
            return [letter.body, letter.signature];
        }"""
    )
    inside.close()
    assert not [url for url in passed if signature in url.partition("#")[0] or letter in url.partition("#")[0]]
    # when another browser opens the same address, with or without having begun something itself,
    thief = Visitor.at(town.browser, demo.console, "thief-1")
    thief.go(f"/play#signature={signature}")
    # then it stays outside.
    thief.warned("choose the role again at the desk")
    thief.page.evaluate("""async () => keep("beginning", await begun(await configured(), "officer-1", 10))""")
    thief.page.goto("about:blank")
    thief.go(f"/play#signature={signature}")
    expect(thief.page.locator("#alert")).not_to_be_empty()
    thief.go("/")
    expect(thief.page.locator("#way-in")).to_be_visible()
    thief.context.close()


def test_what_another_page_begins_is_asked_first(demo: Demo, town: Town) -> None:
    # Given a page of somebody else's that sends a browser on the way in,
    visitor = Visitor.at(town.browser, demo.console, "visitor-3")
    # when it arrives at the desk, where nobody chose that role,
    visitor.go("/play#person=officer-1")
    # then the desk asks; and only who agrees is inside.
    expect(visitor.page.locator("#sign")).to_contain_text("officer-1")
    assert visitor.page.url == f"{demo.desk}/"
    visitor.page.click("#sign")
    expect(visitor.page.locator("dl.facts")).to_contain_text("officer-1 · police")
    visitor.context.close()


def test_a_visitor_approves_as_both_and_reviews_as_both(demo: Demo, town: Town) -> None:
    # Given a warrant that waits,
    warrant = demo.drafted("desk-1")
    demo.page.goto(demo.desk)
    # when the visitor reads it as each approver, in words, and approves,
    for number, person in enumerate(APPROVERS, 1):
        line = demo.line(person, warrant)
        line.locator("[data-act=read]").click()
        expect(line.locator("pre")).to_contain_text("desk-1")
        if number == 1:
            pictured(demo, town.pictures, "desk")
        line.locator("[data-act=approve]").click()
        demo.told(f"{number} / 2")
    # then the officer's search is answered,
    found = demo.stage.verb("search", warrant, person="officer-1")["candidates"]
    assert found
    # and each reviewer sees still and photo side by side, and says what they see.
    demo.page.click("#again")
    for person in REVIEWERS:
        for _ in found:
            line = demo.line(person, warrant)
            line.locator("[data-act=look]").click()
            expect(line.locator("[data-verdict=same]")).to_be_enabled()
            assert line.locator("img").evaluate("(image) => image.decode().then(() => image.naturalHeight)") == 480
            if person == REVIEWERS[0]:
                pictured(demo, town.pictures, "desk-review")
            candidate = line.get_attribute("data-candidate")
            line.locator("[data-verdict=same]").click()
            expect(demo.page.locator(f"article[data-person='{person}'][data-candidate='{candidate}']")).to_have_count(0)
    demo.told("confirmed")


def test_a_visitor_refuses_with_a_reason(demo: Demo) -> None:
    # Given a warrant that waits, when an approver refuses without a reason, then the desk asks for one;
    warrant = demo.drafted("desk-2")
    demo.page.goto(demo.desk)
    line = demo.line(APPROVERS[0], warrant)
    line.locator("[data-act=read]").click()
    line.locator("[data-act=refuse]").click()
    demo.warned("Say why you refuse")
    # when they give one, then the requester reads it, and nobody may search.
    line.locator("input").fill("too wide")
    line.locator("[data-act=refuse]").click()
    demo.told("0 / 2")
    read = demo.stage.verb("warrant", "show", warrant, person="officer-1")
    assert [word["reason"] for word in read["approvals"]] == ["too wide"]


def test_a_visitors_own_passkey_counts_if_its_maker_is_listed(demo: Demo, town: Town) -> None:
    # Given a visitor with an authenticator whose maker says nothing, or is listed,
    visitor = Visitor.at(town.browser, demo.console, "visitor-1")
    visitor.page.evaluate(
        """() => {
            const create = navigator.credentials.create.bind(navigator.credentials);
            const silent = ({ publicKey }) => create({ publicKey: { ...publicKey, attestation: "none" } });
            navigator.credentials.create = silent;
        }"""
    )
    silent, _ = visitor.enrol(demo.stage.out)
    demo.page.goto(demo.desk)
    demo.page.select_option("select[name=role]", "auditor")
    # when they bring the first one's file to the desk, then the custodian's sentence is there and nobody is enrolled;
    demo.page.set_input_files("input[type=file]", silent)
    demo.page.click("#enrol button")
    demo.warned("maker")
    assert "visitor-1" not in str(demo.stage.verb("roster", "list"))
    # when they bring the second one's, then they are on the roster, and sign in with it.
    visitor.forget()
    visitor.go("/")
    listed, fingerprint = visitor.enrol(demo.stage.out)
    demo.page.set_input_files("input[type=file]", listed)
    demo.page.click("#enrol button")
    demo.told(fingerprint)
    visitor.sign_in()
    expect(visitor.page.locator("dl.facts")).to_contain_text("visitor-1 · visitors")
    visitor.context.close()


def test_elsewhere_the_shell_offers_nothing_and_key_files_begin_no_session(town: Town) -> None:
    # Given a deployment that is no demo, and somebody on its roster with a key file,
    stage, person = town.stage, "officer-of-desk"
    public = stage.verb("key", "new", stage.key(person), "--person", person)["public"]
    stage.verb("roster", "add", person, "--organisation", "police", "--role", "officer", "--public", public)
    visitor = town.stranger()
    # then its shell knows no desk, not even if a note of one lies there,
    note = stage.deployment / application.NOTE
    note.write_text('{"origin": "http://desk.localhost:1"}')
    visitor.go(f"/play#person={person}")
    expect(visitor.page.locator("#way-in")).to_be_visible()
    assert visitor.page.locator("#desk").count() == 0
    assert visitor.page.evaluate("[told.desk, typeof globalThis.played]") == ["", "undefined"]
    note.unlink()
    # and when they have the key file sign a session, as a desk would, then the custodian refuses it.
    session: str = visitor.page.evaluate(
        """async (person) => {
            globalThis.beginning = await begun(await configured(), person, 10);
            return hex(beginning.session);
        }""",
        person,
    )
    signature = key.load(stage.key(person)).signing.sign(bytes.fromhex(session)).hex()
    said: str = visitor.page.evaluate(
        """async (signature) => {
            await keep("session", await settled(beginning, signature));
            return enter().then(() => "inside", (error) => error.said);
        }""",
        signature,
    )
    assert "a key file begins no session" in said
    visitor.go("/")
    expect(visitor.page.locator("#way-in")).to_be_visible()
    visitor.context.close()


def test_a_visitor_is_traveller_and_officer_at_the_gate(demo: Demo, tmp_path: Path) -> None:
    # Given the desk, when a visitor goes to the gate as a traveller and scans what is no boarding pass,
    demo.page.goto(demo.desk)
    with demo.context.expect_page() as opened:
        demo.page.click(f"a[href='{demo.gate.origin}/']")
    traveller = opened.value
    demo.gate.show(traveller, "M1NOBODY", "NOTHING", traveller.url.rpartition(demo.gate.origin)[2][1:3] or "en")
    assert demo.gate.ends(traveller) == ("officer", ["ticket"])
    # then the gate's officer, whom the visitor plays, is called, and what they say is kept.
    demo.page.goto(demo.desk)
    pictured(demo, tmp_path, "gate")
    with demo.context.expect_page() as opened:
        demo.page.click(f"a[href^='{demo.gate.origin}/officer']")
    officer = opened.value
    expect(officer.locator("#flight-name")).to_be_visible()
    assert officer.url == f"{demo.gate.origin}/officer/"
    # Nobody read a boarding pass, so the officer scans it; what they typed stays while the board is drawn anew,
    officer.fill(".gate-queue input[name=ticket]", boarding._ticket("0042"))
    officer.evaluate("document.getElementById('board').dataset.text = ''")
    officer.wait_for_function("() => document.getElementById('board').dataset.text !== ''")
    expect(officer.locator(".gate-queue input[name=ticket]")).to_have_value(boarding._ticket("0042"))
    assert axe.grave(officer) == []
    officer.screenshot(path=tmp_path / "gate-queue.png", full_page=True)
    officer.click(".gate-queue button[value=through]")
    expect(officer.locator(".gate-queue li")).to_have_count(0)
    # and nobody goes through with that pass again.
    officer.fill("#other-ticket", boarding._ticket("0042"))
    officer.click("form[data-act=other] button[value=yes]")
    expect(officer.locator(".gate-queue li")).to_contain_text("used")
    # And it is still the officer's browser after another load, and nobody's once they signed out.
    officer.reload()
    expect(officer.locator("#flight-name")).to_be_visible()
    officer.goto(f"{demo.gate.origin}/officer/play")
    expect(officer.locator("#flight-name")).to_be_visible()
