"""Somebody asks about themselves at the desk: clerks approve and search, reviewers decide, their code tells them."""

import io
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from PIL import Image
from playwright.sync_api import Page, Response, expect

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.cli.demo import portraits
from countenance.cli.edge import public_half
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding
from countenance.crypto.sign import SigningKey
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Probe, Scope, Warrant
from countenance.web.kit import codes
from countenance.zones.edge import agent
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.probe import ProbeHelper
from journeys import axe
from journeys.conftest import Town
from journeys.test_console_sign_in import entries
from prove import scenes
from prove.approvers import DESK, PHONE
from simulator.kiosk import Capture, Kiosk

CLERK = "station/clerk-1"
REVIEWERS = ("police/reviewer-1", "court-b/reviewer-2")
SIGHTING = re.compile(r"[0-9a-f]{32}")
COPIED = re.compile(r'"copied":\[[^\]]*\]')


@dataclass
class Desk:
    """A kiosk in the town, with the extraction that the town's probe helper has. `own`: what that is sealed to here."""

    town: Town
    kiosk: Kiosk
    helper: ProbeHelper
    own: OwnKey

    def capture(self, photo: bytes) -> Capture:
        """What the kiosk has of a face: the template as an edge's own code makes it of the picture."""
        name = secrets.token_hex(8)
        answer = self.helper.extract(Message("extract", {"warrant": name}, (photo,)))
        info = binding("probe", self.kiosk.genesis.deployment, name)
        probe = records.read(Probe, canonical.write(answer.body["probe"]))
        return Capture(self.own.open(info, answer.blobs[0]), photo, probe.extractor)

    def file(self, wish: Wish, code: bytes, photo: bytes, **said: bool) -> tuple[Warrant, str]:
        """A request about the last three hours before the recorded camera: its text, its id. `said`: in its subject."""
        now, capture = self.kiosk.clock(), self.capture(photo)
        text = self.kiosk.text(code, capture, wish, scope=Scope((scenes.CAMERA,), now - 3 * HOUR, now))
        assert text.subject is not None
        text = replace(text, subject=replace(text.subject, **said))
        return text, self.kiosk.file(self.kiosk.filing(text, capture))


@pytest.fixture(scope="module")
def desk(recorded: Town, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A kiosk, enrolled at the custodian's terminal; each module that takes this fixture has its own."""
    name = f"kiosk-{request.module.__name__.rpartition('_')[2]}"
    stage, own = recorded.stage, OwnKey.generate()
    genesis = agent.genesis(stage.deployment)
    identity = Identity(name, SigningKey.generate(), OwnKey.generate())
    public = stage.out / f"{name}.json"
    public.write_bytes(canonical.write(public_half(identity) | {"kind": "kiosk"}))
    stage.verb("edge", "enrol", identity.name, "--public", public)
    detector, extractor = agent.cards(stage.deployment)
    # What the edge's code seals to the custodian is sealed to this kiosk here, which files it in its own way.
    here = replace(genesis, custodian_key=own.public)
    helper = ProbeHelper(here, identity, Detector(detector), Extractor(extractor), random=secrets.token_bytes)
    sockets = stage.deployment / "sockets"
    with Connection(sockets / "repository", timeout=60.0) as inner, Connection(sockets / "door", timeout=60.0) as door:

        def call(verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
            return (door if verb.startswith("door.") else inner).call(verb, body, blobs)

        kiosk = Kiosk(genesis, call, lambda: time.time_ns() // 1_000_000, identity.name, identity.signing, identity.own)
        yield Desk(recorded, kiosk, helper, own)


def photographed(name: str) -> bytes:
    """Somebody of the footage, as the kiosk sees them."""
    photo = io.BytesIO()
    Image.fromarray(portraits.read().footage[name].image).save(photo, "JPEG", quality=95)
    return photo.getvalue()


def pictured(town: Town, page: Page, name: str) -> None:
    """The page on a phone and on a desk; it never scrolls sideways, and stops nobody with a screen reader."""
    for size_name, size in (("phone", PHONE), ("laptop", DESK)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.screenshot(path=town.pictures / f"portal-desk-{name}-{size_name}.png", full_page=True)
    assert axe.grave(page) == []


def approved(desk: Desk, text: Warrant, request: str, wish: str, name: str) -> None:
    """The clerk opens the request at the console, and approves it where the console leads."""
    town, clerk, page = desk.town, desk.town.people[CLERK], desk.town.court[CLERK].page
    clerk.go("/questions")
    clerk.page.click(f"#list button:has-text('{request}')")
    expect(clerk.page.locator("#faced")).to_contain_text("waits for clerks: 0 of 1 approved")
    expect(clerk.page.locator("#search")).to_be_hidden()
    pictured(town, clerk.page, f"{name}-waits")
    page.goto(str(clerk.page.get_attribute("#approve", "href")))
    expect(page.locator("#person")).to_have_value(CLERK)
    page.click("#list")
    # What is asked is there in words, with the photo and the text that is signed; nothing of it can be narrowed.
    words = page.locator("#words")
    expect(words).to_contain_text(wish)
    for said in ("one clerk", scenes.CAMERA, str(text.requester), text.subject.consent.hex() if text.subject else ""):
        expect(words).to_contain_text(said)
    expect(page.locator("#approve-how")).to_contain_text("the person before you")
    expect(page.locator("#text")).to_contain_text('"subject":{')
    expect(page.locator("#narrowing")).to_be_hidden()
    assert page.locator("#photo").evaluate("(image) => image.decode().then(() => image.naturalHeight)") > 0
    pictured(town, page, f"{name}-approval")
    page.click("#approve")
    town.court[CLERK].told("Approved: 1 of 1")
    assert town.court[CLERK].complaints == []


def searched(desk: Desk, request: str, name: str) -> int:
    """The clerk has it searched at the console; how many candidates there are, and nothing of who they are."""
    clerk = desk.town.people[CLERK]
    page, told = clerk.page, list[str]()

    # What reviewers have confirmed of other requests, and may be copied, the list names to who approved them.
    def heard(answer: Response) -> None:
        if answer.url.endswith("/ask"):
            told.append(COPIED.sub("", answer.text()))

    page.on("response", heard)
    clerk.go("/questions")
    page.click(f"#list button:has-text('{request}')")
    page.click("#search")
    expect(page.locator("#found")).to_contain_text(re.compile(r"look at: \d+, among"))
    expect(page.locator("#faced-told")).to_contain_text(re.compile("Two reviewers look at each|It is answered"))
    pictured(desk.town, page, f"{name}-searched")
    found = re.search(r"look at: (\d+)", page.inner_text("#found"))
    assert found
    assert told
    assert not SIGHTING.search(page.inner_text("body"))
    assert not any(SIGHTING.fullmatch(word) for one in told for word in re.findall(r'"([^"]*)"', one))
    page.remove_listener("response", heard)
    assert clerk.complaints == []
    return int(found[1])


def reviewed(town: Town, warrant: str, many: int) -> None:
    """Two reviewers, each alone, look at every candidate beside the photo, and say that it is the same person."""
    for name in REVIEWERS:
        somebody = town.court[name]
        somebody.page.click("nav [data-view=warrants]")
        somebody.page.click("#list")
        line = somebody.page.locator(f"#found li:has-text('{warrant}')")
        expect(line).to_contain_text("SOMEBODY AT A DESK")
        found = SIGHTING.findall(line.inner_text())
        assert len(found) == many
        for sighting in found:
            somebody.look(warrant, sighting)
            assert somebody.page.locator("#still").evaluate("(image) => image.decode().then(() => image.naturalHeight)")
            somebody.say("same")


def told(town: Town, code: bytes, name: str) -> str:
    """What the portal says to who has the code, on their phone."""
    context = town.browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{town.portal}/en/answer")
    page.fill("#code", codes.spelled(code))
    page.click("main button")
    expect(page.locator("#state")).to_be_visible()
    pictured(town, page, f"{name}-told")
    said = page.inner_text("main")
    context.close()
    return said


@pytest.mark.timeout(1700)
def test_who_asks_at_the_desk_is_told_when_they_passed(desk: Desk) -> None:
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody who passed the camera, and asks at the kiosk what is held of them,
    text, request = desk.file(Wish.TELL, code, portraits.read().probe)
    assert "Waits" in told(town, code, "tell-first")
    # when the clerk approves exactly that, with their hardware key, and has it searched,
    approved(desk, text, request, "to be told when and where they passed", "tell")
    many = searched(desk, request, "tell")
    assert many >= 1
    # then nothing is told before two reviewers have said who it is;
    assert scenes.CAMERA not in told(town, code, "tell-searched")
    reviewed(town, text.warrant, many)
    # and then the code tells when and where they passed, with proofs from the log.
    said = told(town, code, "tell")
    assert said.count(scenes.CAMERA) == many
    town.people[CLERK].go("/questions")
    expect(town.people[CLERK].page.locator("#list tr", has_text=request)).to_contain_text("met")
    assert entries(town, "replied") >= 1


@pytest.mark.timeout(1700)
def test_who_asks_for_deletion_is_told_by_when_it_is_gone(desk: Desk) -> None:
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody else who passed, and asks for deletion,
    photo = photographed("d")
    text, request = desk.file(Wish.DELETE, code, photo)
    # when a clerk approves and searches, and two reviewers say that it is them,
    approved(desk, text, request, "deletion of what is held about them", "delete")
    many = searched(desk, request, "delete")
    assert many >= 1
    reviewed(town, text.warrant, many)
    # then the code says by when it is gone from every copy, and the audit finds every step in order.
    assert re.search(r"Gone from every copy by \d{1,2} \w{3} 20\d\d", told(town, code, "delete"))
    assert entries(town, "restricted") >= 1
    # And whoever has it searched for again finds nobody, from this moment on.
    later = secrets.token_bytes(16)
    again, asked = desk.file(Wish.TELL, later, photo)
    approved(desk, again, asked, "to be told when and where they passed", "again")
    assert searched(desk, asked, "again") == 0
    assert "Nothing" in told(town, later, "again")


@pytest.mark.timeout(1700)
def test_for_a_child_a_second_clerk_signs_and_one_may_refuse(desk: Desk) -> None:
    town, code = desk.town, secrets.token_bytes(16)
    # Given somebody under 18, for whom two clerks are needed,
    text, request = desk.file(Wish.TELL, code, portraits.read().probe, assisted=True)
    first, second = town.court[CLERK], town.court["station/clerk-2"]
    first.read(text.warrant)
    expect(first.page.locator("#words")).to_contain_text("TWO clerks")
    first.page.click("#approve")
    first.told("Approved: 1 of 2")
    # when one has approved, then nobody can have it searched;
    clerk = town.people[CLERK]
    clerk.go("/questions")
    clerk.page.click(f"#list button:has-text('{request}')")
    expect(clerk.page.locator("#faced")).to_contain_text("waits for clerks: 1 of 2 approved")
    expect(clerk.page.locator("#search")).to_be_hidden()
    # and when the other declines, with a reason, it stays so.
    second.read(text.warrant)
    second.page.fill("#reason", "nobody who may act for them is here")
    second.page.click("#refuse")
    second.told("Declined: 1 of 2")
