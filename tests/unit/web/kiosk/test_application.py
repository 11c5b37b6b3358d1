"""The kiosk's pages: consent, choice, camera, code; what is refused says what to do, and nothing is said twice."""

import hashlib
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from urllib.parse import urlencode

import pytest

from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.formats import records
from countenance.vocabulary.warrants import Scope, Warrant
from countenance.web.kiosk.application import PACKAGE, application
from countenance.web.kit import codes
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.custodian.rights import questions
from simulator.asgi import Answer, Client
from simulator.desk import Desk, Turning, seen, staffed
from simulator.people import HOUR, NOW

ORIGIN = "http://kiosk.localhost:9460"
# 480,000 hours after 1970 is midnight, the 4th of October 2024, UTC.
CHOSEN = {"agreed": "yes", "wish": "tell", "date": "2024-10-03", "time": "20:00", "hours": "2", "camera": "hall-1"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed(tmp_path) as staffed_desk:
        yield staffed_desk


@pytest.fixture
def page(desk: Desk) -> Client:
    shown = application(desk.zone.genesis, ORIGIN, desk.kiosk, PortalSettings(), clock=desk.zone.clock)
    return Client(shown, ORIGIN)


def sent(page: Client, path: str, fields: object = (), **headers: str) -> Answer:
    body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()  # type: ignore[arg-type]
    kind = "image/jpeg" if isinstance(fields, bytes) else "application/x-www-form-urlencoded"
    return page("POST", path, body, {"origin": ORIGIN, "content-type": kind, **headers})


def visit_of(answer: Answer) -> str:
    found = re.search(r'data-visit="([0-9a-f]{32})"', answer.text)
    assert found, answer.text
    return found[1]


def test_what_was_agreed_to_and_chosen_is_in_the_request(page: Client, desk: Desk) -> None:
    for language, place in (("en", 0), ("zh", 1), ("ru", 2)):
        copied = {"copy": "yes"} if place else {}
        visit = visit_of(sent(page, f"/{language}/camera", {**CHOSEN, "assisted": "yes", **copied}))
        desk.answered(visit)
        answer = sent(page, f"/{language}/code", {"visit": visit})
        assert answer.status == 200
        words = json.loads((resources.files(PACKAGE) / "words" / "first.json").read_text())["agree"][place]
        assert words in page.get(f"/{language}/").text
        text = desk.sent[-1][1]
        genesis = desk.zone.genesis
        *_, asking = sorted(questions.every(desk.zone.opened), key=lambda one: one.entry)
        info = binding("warrant", genesis.deployment, asking.warrant, "1")
        warrant = records.read(Warrant, unseal(desk.zone.opened.sealing_private, info, text))
        assert warrant.subject is not None
        assert warrant.subject.consent == hashlib.sha256(words.encode()).digest()
        assert warrant.subject.assisted
        assert warrant.subject.copy == bool(copied)
        assert warrant.scope == Scope(("hall-1",), NOW // HOUR * HOUR - 4 * HOUR, NOW // HOUR * HOUR - 2 * HOUR)
        code = re.search(r'id="code">([A-Z2-7-]+)<', answer.text)
        assert code
        assert hashlib.sha256(codes.read(code[1])).digest() == asking.code_hash
        assert sent(page, f"/{language}/code", {"visit": visit}).status == 403


def test_nothing_begins_without_consent(page: Client, desk: Desk) -> None:
    assert sent(page, "/en/choose").status == 400
    assert sent(page, "/en/camera", {**CHOSEN, "agreed": ""}).status == 400
    assert desk.kiosk._visit is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("wish", "everything", "Choose what you want"),
        ("date", "yesterday", "Give a day"),
        ("date", "2199-01-01", "not come yet"),
        ("date", "9999-12-31", "not come yet"),
        ("date", "0001-01-01", "Give a day"),
        ("hours", "25", "Give a day"),
        ("camera", [], "at least one camera"),
        ("camera", ["elsewhere"], "at least one camera"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    page: Client, desk: Desk, field: str, value: object, said: str
) -> None:
    answer = sent(page, "/en/camera", {**CHOSEN, field: value})
    assert answer.status == 400
    assert said in answer.text
    if field != "date":
        assert 'value="2024-10-03"' in answer.text
    assert desk.kiosk._visit is None


def test_a_time_that_is_not_over_is_cut(page: Client, desk: Desk) -> None:
    visit_of(sent(page, "/en/camera", {**CHOSEN, "hours": "24"}))
    assert desk.kiosk._visit is not None
    assert desk.kiosk._visit.chosen.scope.end == desk.zone.clock()


def test_frames_are_answered_with_what_to_show(page: Client, desk: Desk) -> None:
    visit = visit_of(sent(page, "/en/camera", CHOSEN))
    begun = sent(page, "/visit/begin", b"", **{"x-visit": visit}).json()
    assert (begun["turn"], begun["progress"], begun["left"]) == ("", "running", 2)
    desk.zone.clock.now += 100
    told = sent(page, "/visit/frame", seen("d", "head", 0, 0), **{"x-visit": visit}).json()
    assert (told["progress"], told["reached"], told["advice"]) == ("running", True, "")
    desk.zone.clock.now += 5000
    told = sent(page, "/visit/frame", seen("d", "head", 0, 0), **{"x-visit": visit}).json()
    assert (told["progress"], told["advice"]) == ("failed", "seen")
    answer = sent(page, "/en/code", {"visit": visit})
    assert answer.status == 403
    assert "Come closer" in answer.text
    assert desk.sent == []


def test_the_first_page_ends_the_visit_before(page: Client, desk: Desk) -> None:
    visit = visit_of(sent(page, "/en/camera", CHOSEN))
    desk.attempt(visit, Turning())
    page.get("/ru/")
    assert sent(page, "/visit/begin", b"", **{"x-visit": visit}).json()["error"] == "refused"
    assert sent(page, "/en/code", {"visit": visit}).status == 403
    assert desk.sent == []


def test_this_app_alone_may_ask_for_the_camera_and_runs_no_script_of_a_page(page: Client) -> None:
    answer = page.get("/en/")
    assert answer.headers["permissions-policy"].startswith("camera=(self)")
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for text in (answer.text, sent(page, "/en/camera", CHOSEN).text):
        assert not re.search(r"<script>|<style| style=| on[a-z]+=", text)
        assert all(one.startswith(("/static/", "/kit/")) for one in re.findall(r'<script src="([^"]+)"', text))


def test_other_origins_hosts_and_methods_are_refused(page: Client, desk: Desk) -> None:
    assert page("POST", "/en/camera", b"", {"origin": "http://elsewhere.localhost"}).status == 400
    assert page("GET", "/en/", headers={"host": "kiosk.localhost"}).status == 400
    assert page.get("/en/code").status == 404
    assert page.get("/nowhere").status == 404
    assert desk.kiosk._visit is None


def test_every_word_is_in_three_languages() -> None:
    for file in (resources.files(PACKAGE) / "words").iterdir():
        for word, spellings in json.loads(file.read_text()).items():
            assert len(spellings) == 3, (file.name, word)
            assert all(spellings), (file.name, word)
