"""The demo's desk: for demos only, to its own page only, and what it signs is what was shown."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from countenance.cli import custodian
from countenance.cli.demo.desk.application import NOTE, application, noted
from countenance.cli.demo.desk.playing import Part, Playing
from countenance.crypto import authorship, sign, verify
from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.requests import Ask, Enrolment, Registration, Session, Signed
from countenance.vocabulary.warrants import Person, Role
from simulator.asgi import Answer, Client
from simulator.browser import CONSOLE, Browser
from simulator.counter import Counter
from simulator.people import DEPLOYMENT, NOW, genesis, key_of

ORIGIN = "http://desk.localhost:8441"
SENT = {"origin": ORIGIN, "sec-fetch-site": "same-origin", "content-type": "application/json"}
PLAYED = {
    "officer-1": "officer",
    "supervisor-1": "approver",
    "court-b/judge-1": "approver",
    "reviewer-1": "reviewer",
    "reviewer-2": "reviewer",
}


class Visitor:
    """Somebody's browser at the desk of `counter`."""

    def __init__(self, counter: Counter) -> None:
        made = replace(counter.court.zone.genesis, demo=True, console=CONSOLE)
        (counter.deployment / "genesis.json").write_bytes(records.write(made))
        parts = tuple(Part(name, "somewhere", role, counter.key(name)) for name, role in PLAYED.items())
        self.playing = Playing(counter.deployment, parts)
        self.client = Client(application(self.playing, ORIGIN), ORIGIN)

    def post(self, path: str, value: Any, headers: dict[str, str] | None = None) -> Answer:
        return self.client.post(path, json.dumps(value).encode(), SENT | (headers or {}))

    def told(self, path: str, **value: Any) -> Any:
        answer = self.post(path, value)
        assert answer.status == 200, answer.text
        return answer.json()


@pytest.fixture
def visitor(desk: Counter) -> Visitor:
    return Visitor(desk)


@pytest.fixture
def warrant(visitor: Visitor, run, photo: Path) -> str:
    """A warrant that waits for its approvals."""
    words = ("--case", "case 7", "--purpose", "missing person", "--basis", "law 2", "--probe", photo)
    place = ("--camera", "hall-east", "--camera", "hall-west", "--from", "-2h", "--to", "+1h")
    return str(run("warrant", "draft", *words, *place, person="officer-1")["warrant"])


def begun(visitor: Visitor, **changed: object) -> Session:
    where, point = visitor.playing.genesis.deployment, Browser(DEPLOYMENT, "officer-1", NOW).point
    return replace(Session(where, "officer-1", point, NOW, NOW + 1000, bytes(16)), **changed)


@pytest.mark.parametrize("changed", [{"demo": False}, {"console": None}])
def test_there_is_none_outside_demos(tmp_path: Path, changed: dict[str, object]) -> None:
    made = genesis(**({"demo": True, "console": CONSOLE} | changed))
    (tmp_path / "genesis.json").write_bytes(records.write(made))
    with pytest.raises(Refused, match="demo deployments only"):
        Playing(tmp_path, ())


def test_one_visitor_plays_the_whole_case(visitor: Visitor, desk: Counter, run, warrant: str) -> None:
    sighting = desk.pass_by()
    assert warrant in visitor.client.get("/").text
    for person in ("supervisor-1", "court-b/judge-1"):
        shown = visitor.told("/read", person=person, warrant=warrant)
        assert "case 7" in shown["words"]
        assert shown["hash"] in shown["words"]
        done = visitor.told("/decide", person=person, warrant=warrant, hash=shown["hash"], approves=True, reason="")
    assert (done["approvals"], done["needed"]) == (2, 2)
    assert run("search", warrant, person="officer-1")["candidates"] == [sighting]
    named = {"warrant": warrant, "candidate": sighting}
    assert sighting in visitor.client.get("/").text
    for person in ("reviewer-1", "reviewer-2"):
        seen = visitor.post("/look", {"person": person, **named})
        assert (seen.headers["content-type"], seen.body[:4]) == ("image/png", b"\x89PNG")
        outcome = visitor.told("/judge", person=person, verdict="same", **named)["outcome"]
    assert outcome == "confirmed"
    assert sighting not in visitor.client.get("/").text


def test_a_refusal_says_why(visitor: Visitor, run, warrant: str) -> None:
    shown = visitor.told("/read", person="supervisor-1", warrant=warrant)
    said = {"warrant": warrant, "hash": shown["hash"], "reason": "too wide"}
    assert visitor.told("/decide", person="supervisor-1", approves=False, **said)["approvals"] == 0
    assert "too wide" in run("warrant", "show", warrant, person="officer-1", plain=True)["said"]


def test_what_was_not_shown_is_not_signed(visitor: Visitor, run, warrant: str) -> None:
    shown = visitor.told("/read", person="supervisor-1", warrant=warrant)
    run("warrant", "narrow", warrant, "--uses", 1, person="officer-1")
    said = {"person": "supervisor-1", "warrant": warrant, "approves": True, "reason": ""}
    answer = visitor.post("/decide", {"hash": shown["hash"], **said})
    assert (answer.status, answer.json()["error"]) == (403, "refused")
    assert "another version stands" in answer.json()["message"]
    (line,) = run("warrant", "list", person="officer-1")["warrants"]
    assert line["approvals"] == 0


def test_what_the_custodian_refuses_is_told_in_its_words(visitor: Visitor, warrant: str) -> None:
    answer = visitor.post("/read", {"person": "reviewer-1", "warrant": warrant})
    assert (answer.status, answer.json()["error"]) == (403, "refused")
    assert "once there are candidates" in answer.json()["message"]


def test_a_session_signed_here_is_the_persons_in_demos_only(visitor: Visitor) -> None:
    letter, where = records.write(begun(visitor)), visitor.playing.genesis.deployment
    signature = bytes.fromhex(visitor.told("/session", session=letter.hex())["signature"])
    verify.verify(key_of("officer-1").public, letter, signature)
    here = Browser(where, "officer-1", NOW, sign=lambda session: sign.signed(session, "officer-1", key_of("officer-1")))
    asked = here.signed(Ask(where, "officer-1", Verb.WARRANTS.value, b"{}", NOW, bytes(16), b"reply"))
    person = Person("officer-1", "police", (Role.OFFICER,), key_of("officer-1").public)
    assert authorship.asked(asked, person, genesis(deployment=where, console=CONSOLE)).person == "officer-1"
    with pytest.raises(Exception, match="a key file begins no session"):
        authorship.asked(asked, person, genesis(deployment=where, demo=False, console=CONSOLE))


@pytest.mark.parametrize(
    "letter",
    [
        lambda visitor: records.write(begun(visitor, person="stranger-1")),
        lambda visitor: records.write(begun(visitor, deployment="f" * 16)),
        lambda visitor: records.write(Signed("officer-1", records.write(begun(visitor)), b"")),
        lambda _: records.write(Ask(DEPLOYMENT, "officer-1", "search", b"{}", NOW, bytes(16), b"reply")),
        lambda _: b"{}",
        lambda _: b"not json",
    ],
    ids=["a stranger", "another deployment", "another record", "an ask", "nothing", "no record"],
)
def test_nothing_but_sessions_of_its_people_is_signed(visitor: Visitor, letter: Callable[[Visitor], bytes]) -> None:
    answer = visitor.post("/session", {"session": letter(visitor).hex()})
    assert answer.status in (400, 403)
    assert "signature" not in answer.json()


def test_other_pages_get_nothing(visitor: Visitor) -> None:
    value = {"session": records.write(begun(visitor)).hex()}
    for headers in (
        {"origin": CONSOLE.origin, "sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
        {"host": ORIGIN.partition("://")[2].replace("desk", "console")},
    ):
        answer = visitor.post("/session", value, headers)
        assert (answer.status, b"signature" in answer.body) == (400, False)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert visitor.client.get("/", {"host": "evil.example"}).status == 400


def test_every_answer_has_the_strict_headers(visitor: Visitor) -> None:
    for path in ("/", "/static/desk.js", "/kit/kit.css", "/nothing"):
        headers = visitor.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/session", {}),
        ("/session", {"session": "zz"}),
        ("/session", {"session": "00", "more": 1}),
        ("/read", {"person": "supervisor-1", "warrant": "../../genesis.json"}),
        ("/judge", {"person": "reviewer-1", "warrant": "0" * 16, "candidate": "0" * 32, "verdict": "perhaps"}),
        ("/enrol", {"registration": "x", "role": "judicial"}),
        ("/enrol", {"registration": "\u00e9", "role": "officer"}),
        ("/enrol", {"registration": "{}", "role": "officer"}),
        ("/nothing", {}),
    ],
)
def test_what_cannot_be_read_is_refused(visitor: Visitor, path: str, value: Any) -> None:
    assert visitor.post(path, value).status == 400


def test_a_passkey_goes_to_the_terminal_which_decides(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Registration(Enrolment("0" * 16, "visitor-1", NOW, bytes(16)), b"client data", b"attestation")
    spelled = records.write(made).decode()
    asked: list[dict[str, Any]] = []

    def add(_deployment: Path, verb: str, body: dict[str, Any]) -> None:
        asked.append({"verb": verb, **body})
        raise Refused("no listed maker vouches for this")

    monkeypatch.setattr(custodian, "ask", add)
    answer = visitor.post("/enrol", {"registration": spelled, "role": "operator"})
    assert (answer.status, answer.json()["message"]) == (403, "no listed maker vouches for this")
    who = {"name": "visitor-1", "organisation": "visitors", "roles": ["operator"], "cameras": []}
    assert asked == [{"verb": "roster.add", "key": "", "registrations": [spelled], **who}]


def test_nobody_of_the_demo_is_given_another_key(visitor: Visitor) -> None:
    made = Registration(Enrolment("0" * 16, "officer-1", NOW, bytes(16)), b"client data", b"attestation")
    answer = visitor.post("/enrol", {"registration": records.write(made).decode(), "role": "operator"})
    assert (answer.status, answer.json()["error"]) == (403, "refused")


def test_the_note_is_there_while_the_desk_is(tmp_path: Path) -> None:
    with noted(tmp_path, ORIGIN):
        assert json.loads((tmp_path / NOTE).read_bytes()) == {"origin": ORIGIN}
    assert not (tmp_path / NOTE).exists()
