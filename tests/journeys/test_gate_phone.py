"""A traveller's phone keeps their code under a part of its passkey: portal and kiosk, in Chromium.

The phone is a browser of its own with a virtual authenticator that has the PRF extension; what it shows is read by the
kiosk from a picture of its screen. Journeys read pictures for the phone with the kiosk's own reader.
"""

import base64
import datetime
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from countenance.formats import base45, carried
from countenance.vocabulary.gates import Carried
from countenance.web.gate import scanning
from journeys import axe
from journeys.conftest import _listens
from journeys.gates import FLIGHT, GateKiosk, document, ticket
from journeys.posing import pose
from journeys.test_gate_enrolling import begun, ended
from prove.approvers import PHONE, VIRTUAL

NAME = str(FLIGHT)
DAY = datetime.date(2026, 1, 1) + datetime.timedelta(FLIGHT.day - 1)
LOCALES = {"en": "en-GB", "zh": "zh-CN", "ru": "ru-RU"}
READS = """globalThis.BarcodeDetector = class { async detect(image) {
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    const read = await reads(canvas.toDataURL("image/png"));
    return read ? [{ rawValue: read }] : [];
} };"""


@dataclass
class Phone:
    """A traveller's phone at the portal's page. `asked`: what its browser asked for after the page was there."""

    page: Page
    origin: str
    context: BrowserContext
    asked: list[str] = field(default_factory=list)

    def opened(self, language: str = "en") -> "Phone":
        self.page.goto(f"{self.origin}/{language}/phone", wait_until="networkidle")
        self.asked.clear()
        return self

    def begins(self, number: str = "ac 0834", day: datetime.date = DAY) -> None:
        """Write a flight, and make a passkey if there is none."""
        for name, value in (("number", number), ("day", day.isoformat()), ("origin", "yul"), ("destination", "FRA")):
            self.page.fill(f"#{name}", value)
        self.page.click("#begin button")

    def does(self, act: str) -> None:
        self.page.click(f"[data-do={act}]")

    def screen(self) -> bytes:
        """A picture of the code that is shown."""
        expect(self.page.locator("#shown")).to_be_visible()
        return self.page.locator("#drawn svg").screenshot()

    def part(self) -> bytes:
        """The part that is shown to the kiosk."""
        return carried.read_part(base45.read(scanning.read(self.screen())), NAME)

    def pastes(self, letters: str) -> None:
        self.page.click("details summary")
        self.page.fill("textarea", letters)
        self.does("take")

    def says(self, word: str) -> None:
        expect(self.page.locator(f"[data-said={word}]")).to_be_visible()


@contextmanager
def phone(gate: GateKiosk, *, reads: bool = False, scripts: bool = True, **virtual: Any) -> Iterator[Phone]:
    """A phone with an authenticator; `virtual`: what it has otherwise. `reads`: its browser reads codes in pictures."""
    width, height = PHONE
    size = {"width": width, "height": height}
    context = gate.browser.new_context(viewport=size, java_script_enabled=scripts, has_touch=True, locale="en-GB")
    context.set_default_timeout(60_000)
    if reads:
        context.expose_function("reads", _read)
        context.add_init_script(READS)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = VIRTUAL | {"ctap2Version": "ctap2_1", "transport": "internal", "hasPrf": True} | virtual
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    made = Phone(page, gate.portal, context)
    complaints: list[str] = []
    page.on("request", lambda one: made.asked.append(one.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    assert (made.asked, complaints, context.cookies()) == ([], [], [])
    context.close()


def _read(address: str) -> str:
    return scanning.read(base64.b64decode(address.partition(",")[2]))


@pytest.fixture(scope="module")
def portal(gate: GateKiosk) -> Iterator[GateKiosk]:
    """The portal's process beside the kiosk: nothing else of the deployment runs."""
    words = ("-m", "countenance.cli.run_portal", "--deployment", str(gate.stage.deployment))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen([sys.executable, *words], env=environment)
    gate.stage.until(partial(_listens, gate.portal), "the portal")
    yield gate
    process.terminate()
    process.wait()


@pytest.mark.timeout(400)
def test_a_code_is_made_for_a_phone_and_opens_the_gate(portal: GateKiosk) -> None:
    gate, code = portal, ticket(next(portal.sequences))
    with phone(gate) as mine, gate.before() as context:
        # Given a phone whose holder wrote their flight and made a passkey,
        mine.opened().begins()
        shown = mine.screen()
        pose(context, "d")
        page = context.new_page()
        for _ in range(4):
            # when the kiosk reads what it shows, and makes a code of their face,
            page.goto(f"{gate.origin}/en/enrol")
            assert page.inner_text(".gate-address") == f"{gate.portal}/en/phone"
            page.set_input_files("#phone-picture", {"name": "p.png", "mimeType": "image/png", "buffer": shown})
            expect(page.locator("#scan-told")).to_have_text("The code was read.")
            gate.looked_at(page, "enrol-phone")
            page.fill("#ticket", code)
            page.set_input_files("#document", {"name": "dg2", "mimeType": "x/y", "buffer": document()})
            page.check("#agreed")
            page.click("main button[type=submit]")
            number, desk = page.inner_text("#number"), gate.desk()
            expect(desk.locator("#enrols")).to_contain_text(number)
            desk.click("#vouch")
            if ended(page) == "code":
                break
        gate.looked_at(page, "code-phone")
        expect(page.locator("main")).to_contain_text("opens nothing without your phone's passkey")
        letters = scanning.read(page.locator("#drawn svg").screenshot())
        # and the phone keeps it,
        mine.pastes(letters)
        mine.says("taken")
        page.click("#done")
        # then the code alone calls an officer, and nobody is looked at;
        assert gate.crossed(code, letters) == ("officer", ["altered"])
        # with no network the page opens, the phone shows one code, which the kiosk reads from its screen, and the gate
        # opens.
        mine.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        mine.context.set_offline(True)
        mine.page.reload()
        expect(mine.page.locator("[data-flight]")).to_have_text(NAME)
        mine.asked.clear()
        mine.does("gate")
        both = mine.screen()
        assert carried.read(base45.read(scanning.read(both))).token == base45.read(letters)
        for _ in range(4):
            page.goto(f"{gate.origin}/en/through")
            page.fill("#ticket", code)
            page.set_input_files("#code-picture", {"name": "code.png", "mimeType": "image/png", "buffer": both})
            expect(page.locator("#scan-told")).to_have_text("The code was read.")
            page.click("main button[type=submit]")
            outcome = gate.ends(page)
            if outcome[1] not in (["challenge"], ["nobody"]):
                break
        assert outcome == ("pass", [])
        # Whoever leaves the page leaves no code on the screen.
        mine.page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
        mine.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(mine.page.locator("#shown")).to_be_hidden()
        mine.context.set_offline(False)


def test_who_stole_what_a_phone_keeps_opens_nothing(portal: GateKiosk) -> None:
    gate, code = portal, ticket(next(portal.sequences))
    with phone(gate, reads=True) as mine, phone(gate) as theirs:
        # Given a phone that keeps a code, taken from a picture of the kiosk's screen,
        mine.opened("ru").begins()
        token = gate.token(code, phone=mine.part())
        mine.page.click("details summary")
        picture = {"name": "c.png", "mimeType": "image/png", "buffer": _picture(gate, token)}
        mine.page.set_input_files("[type=file]", picture)
        mine.does("take")
        mine.says("taken")
        stolen = mine.page.evaluate("localStorage.getItem('countenance phone')")
        assert base45.write(token) not in stolen
        assert token.hex() in stolen
        # when somebody copies all that it keeps onto their own,
        theirs.opened().begins()
        own = theirs.page.evaluate("JSON.parse(localStorage.getItem('countenance phone')).credential")
        theirs.page.evaluate("(all) => localStorage.setItem('countenance phone', all)", stolen)
        theirs.opened().does("gate")
        # then their phone has no such passkey,
        theirs.says("untouched")
        expect(theirs.page.locator("#shown")).to_be_hidden()
        # and what they show with a passkey of their own calls an officer, who is told why; nobody is looked at.
        theirs.page.evaluate(
            """(own) => {
                const all = JSON.parse(localStorage.getItem("countenance phone"));
                all.flights[0].credential = own;
                localStorage.setItem("countenance phone", JSON.stringify(all));
            }""",
            own,
        )
        theirs.opened().does("gate")
        shown = carried.read(base45.read(scanning.read(theirs.screen())))
        assert shown.token == token
        assert gate.crossed(code, base45.write(carried.write(shown))) == ("officer", ["altered"])
        # Its owner goes through.
        mine.does("gate")
        assert gate.crossed(code, scanning.read(mine.screen())) == ("pass", [])


def test_each_flight_has_another_part_and_forgetting_leaves_nothing(portal: GateKiosk) -> None:
    gate = portal
    with phone(gate) as mine:
        # Given a phone with one flight, and another,
        mine.opened().begins()
        first = mine.screen()
        mine.begins(day=DAY + datetime.timedelta(1))
        second = mine.screen()
        # when the kiosk is shown the other's,
        with gate.before() as context:
            page = context.new_page()
            begun(gate, page, ticket(next(gate.sequences)), document())
            page.goto(f"{gate.origin}/en/enrol")
            page.fill("#phone", scanning.read(second))
            page.click("main button[type=submit]")
            # then it says so, and makes nothing;
            expect(page.locator("#phone-wrong")).to_contain_text("Choose this flight on your phone")
        parts = [base45.read(scanning.read(one)) for one in (first, second)]
        assert parts[0][1:5] == carried.salt(NAME)[:4] != parts[1][1:5]
        assert parts[0][5:] != parts[1][5:]
        # the same flight has the same part, and what is no code of a kiosk is not taken in;
        mine.page.click("#hide")
        mine.says("hidden")
        mine.page.locator("[data-do=kiosk]").nth(1).click()
        assert mine.part() == parts[0][5:]
        mine.page.click("details >> nth=0 >> summary")
        mine.page.fill("textarea >> nth=0", scanning.read(first))
        mine.page.click("[data-do=take] >> nth=0")
        mine.says("no_token")
        # and what is forgotten is gone.
        for _ in range(2):
            mine.page.click("[data-do=forget] >> nth=0")
            mine.says("gone")
        assert mine.page.evaluate("localStorage.length") == 0
        mine.page.wait_for_function("async () => (await caches.keys()).length === 0")
        mine.page.click("#begin button")
        mine.says("flight_wrong")
        # Whoever begins again on the page that they left open has it without a network again.
        mine.begins()
        mine.screen()
        mine.page.wait_for_function(f"async () => Boolean(await caches.match('{gate.portal}/en/phone'))")
        mine.context.set_offline(True)
        mine.page.reload()
        expect(mine.page.locator("[data-flight]")).to_have_text(NAME)
        mine.asked.clear()
        mine.context.set_offline(False)


def test_what_a_phone_draws_is_what_the_kiosk_reads(portal: GateKiosk) -> None:
    drawn = """([bytes]) => { draw(Uint8Array.from(bytes), "X", "gate"); }"""
    spelled = """async ([part, token, flight]) => {
        const bytes = Uint8Array.from(token);
        return [hex(await saltOf(flight)), base45(await forKiosk(Uint8Array.from(part), flight)),
            base45(forGate(Uint8Array.from(part), bytes)), hex(tokenOf(base45(bytes).trimStart()) ?? [])];
    }"""
    with phone(portal) as mine:
        mine.opened()
        for number in range(24):
            part = hashlib.sha256(number.to_bytes(2)).digest()
            token = b"\1" + hashlib.shake_256(part).digest((273, 274, 146, 288)[number % 4])
            found = mine.page.evaluate(spelled, [list(part), list(token), NAME])
            both = carried.write(Carried(token, part))
            of_phone = base45.write(carried.write_part(part, NAME))
            assert found == [carried.salt(NAME).hex(), of_phone, base45.write(both), token.hex()]
            mine.page.evaluate(drawn, [list(both)])
            assert scanning.token(scanning.read(mine.screen())) == both
            sides = mine.page.evaluate("document.querySelector('#drawn svg').getAttribute('viewBox')")
            assert int(sides.split()[2]) <= 17 + 4 * 13 + 8
        for words, name in (
            (("AC834", "2024-12-31", "yul", "fra"), "AC834-366-YUL-FRA"),
            (("u2 0012a", "2026-03-01", "LTN", "GVA"), "U212A-060-LTN-GVA"),
            (("KLM0", "2026-01-01", "AMS", "CDG"), "KLM0-001-AMS-CDG"),
            (("834", "2026-01-01", "AMS", "CDG"), None),
            (("AC834", "", "AMS", "CDG"), None),
            (("AC834", "2026-01-01", "AM", "CDG"), None),
        ):
            assert mine.page.evaluate("(words) => flightOf(...words)", list(words)) == name, words


def test_a_phone_that_cannot_is_told_and_paper_is_as_good(portal: GateKiosk) -> None:
    # Given a phone whose passkeys give no keys, when its holder begins, then they are told, and nothing is kept;
    with phone(portal, hasPrf=False) as old:
        old.opened().begins()
        expect(old.page.locator("#plain")).to_contain_text("Your code on paper works as well")
        expect(old.page.locator("#own")).to_be_hidden()
        assert "flight" not in old.page.evaluate(
            "JSON.stringify(JSON.parse(localStorage['countenance phone']).flights)"
        )
        assert axe.grave(old.page) == []
        old.page.screenshot(path=portal.pictures / "phone-unable.png", full_page=True)
    # so is who has no passkeys at all, and who runs no scripts.
    with phone(portal) as older:
        older.page.add_init_script("delete globalThis.PublicKeyCredential")
        older.opened()
        expect(older.page.locator("#plain")).to_be_visible()
        expect(older.page.locator("#own")).to_be_hidden()
    with phone(portal, scripts=False) as plain:
        plain.opened()
        expect(plain.page.locator("#plain")).to_be_visible()
        expect(plain.page.locator("#own")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_by_keyboard_in_three_languages_on_a_phone(portal: GateKiosk, language: str) -> None:
    with phone(portal) as mine:
        mine.opened(language)
        _looked_at(portal, mine.page, f"phone-first-{language}")
        # Given somebody who uses no pointer,
        mine.page.focus("#number")
        for value in ("AC834", "", "YUL", "FRA"):
            mine.page.keyboard.type(value)
            mine.page.keyboard.press("Tab")
            if not value:
                mine.page.fill("#day", DAY.isoformat())
                mine.page.focus("#origin")
        mine.page.keyboard.press("Enter")
        # when they made a passkey, then the code's title is read to them,
        expect(mine.page.locator("#shown-title")).to_be_focused()
        _looked_at(portal, mine.page, f"phone-kiosk-{language}")
        mine.pastes(base45.write(portal.token(ticket(next(portal.sequences)), phone=mine.part())))
        # and so is the flight whose code is kept.
        expect(mine.page.locator("[data-flight]")).to_be_focused()
        _looked_at(portal, mine.page, f"phone-held-{language}")
        mine.page.keyboard.press("Tab")
        mine.page.keyboard.press("Enter")
        expect(mine.page.locator("#shown-title")).to_be_focused()
        _looked_at(portal, mine.page, f"phone-gate-{language}")


def _looked_at(gate: GateKiosk, page: Page, name: str) -> None:
    assert axe.grave(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    page.screenshot(path=gate.pictures / f"{name}.png", full_page=True)


def _picture(gate: GateKiosk, token: bytes) -> bytes:
    """The kiosk's code as a browser draws it."""
    page = gate.browser.new_page(viewport={"width": 700, "height": 700})
    page.set_content(f"<style>svg {{ width: 480px }}</style>{scanning.drawn(token)}")
    shown = page.locator("svg").screenshot()
    page.close()
    return shown
