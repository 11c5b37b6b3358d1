"""What the approval process answers, to whom, and what it passes on, spoken to as an ASGI server would."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from countenance.channel.message import Message
from countenance.crypto import authorship, keypair
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import Refused, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Filing, Named, Nothing, Verb
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Person, Role
from countenance.zones.custodian.approval_page.application import LONGEST_BODY, application
from countenance.zones.custodian.approval_page.page import assembled
from countenance.zones.custodian.approval_page.passing import Passing
from simulator.authenticator import APPROVAL, ORIGIN, Authenticator
from simulator.people import DEPLOYMENT, NOW, WARRANT, genesis

HOST = ORIGIN.removeprefix("https://")
CUSTODIAN = keypair.generate()
GENESIS = genesis(approval=APPROVAL, custodian_key=CUSTODIAN.public, demo=False)


class Repository:
    """Passes on to a custodian that answers everything with what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Json], tuple[bytes, ...]]] = []
        self.away = False

    def __call__(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        self.calls.append((verb, body, blobs))
        if self.away:
            raise Unavailable("the process at repository did not answer; see whether it runs, then try again")
        if not blobs:
            return Message(verb, {}, (b"ciphertext",))
        signed = self.letter()
        ask = records.read(Ask, signed.body)
        info = binding("answer", DEPLOYMENT, ask.nonce.hex())
        return Message(verb, {}, (seal(ask.reply_key, info, canonical.write({"verb": ask.verb})),))

    def letter(self) -> Signed:
        return records.read(Signed, unseal(CUSTODIAN.private, binding("ask", DEPLOYMENT), self.calls[-1][2][0]))


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def say(repository: Repository):
    app = application(Passing(GENESIS, repository), assembled())

    def say(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent: list[dict] = []
        given = {"host": HOST, "origin": ORIGIN, "content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
            "scheme": "https",
            "server": ("127.0.0.1", 8443),
            "http_version": "1.1",
        }

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        headers_out = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers_out, b"".join(one.get("body", b"") for one in sent[1:])

    return say


def posted(say, verb: Verb, record: object, *, text: bytes = b"", own: Authenticator | None = None, **changed: object):
    told = json.loads(say("GET", "/configuration")[2])
    reply = bytes.fromhex(told["reply_key"])
    ask = Ask(DEPLOYMENT, "judge", verb.value, records.write(record), NOW, bytes(16), reply)
    body = records.write(ask)
    made = (own or Authenticator()).sign(body)
    assertion = {
        name: getattr(made, name).hex() for name in ("credential", "authenticator_data", "client_data", "signature")
    }
    value = {"signer": "judge", "body": body.hex(), "assertion": assertion, "text": text.hex()} | changed
    return json.dumps(value).encode()


def test_the_page_comes_with_its_policy_and_no_cookies(say) -> None:
    status, headers, body = say("GET", "/")
    assert (status, body) == (200, assembled().document)
    assert headers["content-security-policy"] == assembled().policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


def test_an_ask_goes_sealed_to_the_custodian_and_the_answer_back(say, repository: Repository) -> None:
    own = Authenticator()
    status, _, body = say("POST", "/ask", posted(say, Verb.WARRANTS, Nothing(), own=own))
    assert (status, json.loads(body)) == (200, {"verb": "warrants"})
    person = Person("judge", "court", (Role.APPROVER,), b"", (own.credential,))
    assert authorship.asked(repository.letter(), person, GENESIS).verb == "warrants"


@pytest.mark.parametrize(
    ("verb", "record", "relay", "body"),
    [
        (Verb.READ, Named(WARRANT, 1, bytes(32)), "ask", {"warrant": WARRANT, "number": 1}),
        (Verb.READ, Named(WARRANT, 2, bytes(32)), "ask", {"warrant": WARRANT, "number": 2, "before": True}),
        (Verb.CANDIDATE, Candidacy(WARRANT, 2, "s"), "ask", {"warrant": WARRANT, "number": 2}),
        (Verb.NARROW, Filing(WARRANT, 2, bytes(32)), "warrant.file", {"warrant": WARRANT, "number": 2}),
    ],
)
def test_the_repository_is_told_which_papers(
    say, repository: Repository, verb: Verb, record: object, relay: str, body: dict
) -> None:
    assert say("POST", "/ask", posted(say, verb, record, text=b"text"))[0] == 200
    called, named, blobs = repository.calls[-1]
    assert (called, named) == (relay, body)
    if relay == "warrant.file":
        assert unseal(CUSTODIAN.private, binding("warrant", DEPLOYMENT, WARRANT, "2"), blobs[1]) == b"text"


@pytest.mark.parametrize("verb", [Verb.SEARCH, Verb.DISCLOSE, Verb.DRAFT, Verb.LOOK, Verb.DECLARE, Verb.MIGRATE])
def test_the_page_has_no_part_for_other_acts(say, repository: Repository, verb: Verb) -> None:
    status, _, body = say("POST", "/ask", posted(say, verb, Nothing()))
    assert (status, json.loads(body)["error"]) == (403, "refused")
    assert repository.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "console.localhost:8443"},
        {"host": "127.0.0.1:8443"},
        {"host": "approve.localhost"},
        {"host": ""},
        {"origin": "https://console.localhost:8443"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
def test_other_hosts_and_other_pages_are_refused(say, repository: Repository, headers: dict) -> None:
    status, answered, body = say("POST", "/ask", posted(say, Verb.WARRANTS, Nothing()), **headers)
    assert status in (400, 403)
    assert json.loads(body)["error"] in ("malformed", "refused")
    assert "access-control-allow-origin" not in answered
    assert repository.calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nothing",
        b"[" * 100_000,
        b"\xff",
        b'{"signer": "j", "body": "zz", "assertion": {}, "text": ""}',
        b'{"signer": 1, "body": "", "assertion": {}, "text": ""}',
        b" " * (LONGEST_BODY + 1),
    ],
    ids=range(9),
)
def test_bodies_that_are_no_asks(say, repository: Repository, body: bytes) -> None:
    assert say("POST", "/ask", body)[0] == 400
    assert repository.calls == []


def test_an_ask_for_another_reply_key_or_with_a_part_more(say, repository: Repository) -> None:
    for changed in ({"more": ""}, {"assertion": {"credential": "00"}}, {"assertion": "x"}, {"body": "00"}):
        assert say("POST", "/ask", posted(say, Verb.WARRANTS, Nothing(), **changed))[0] == 400
    ask = Ask(DEPLOYMENT, "judge", "warrants", records.write(Nothing()), NOW, bytes(16), b"another")
    status, _, body = say("POST", "/ask", posted(say, Verb.WARRANTS, Nothing(), body=records.write(ask).hex()))
    assert status == 400
    assert "load it again" in json.loads(body)["message"]
    assert repository.calls == []


def test_pictures_pass_as_they_are_and_nothing_else_does(say, repository: Repository) -> None:
    assert say("GET", f"/photo/{WARRANT}")[2] == b"ciphertext"
    assert say("GET", "/still/" + "ab" * 16)[2] == b"ciphertext"
    assert [call[0] for call in repository.calls] == ["warrant.photo", "object"]
    for path in ("/photo/..", "/photo/a.b", "/photo/" + "a" * 65):
        assert say("GET", path)[0] == 400
    for path in ("/photo/", "/photo/a/b", "/patches/a", "/genesis.json", "/page/page.js"):
        assert say("GET", path)[0] == 404
    assert say("PUT", "/ask")[0] == 405
    assert len(repository.calls) == 2


def test_a_repository_that_is_away_is_said_in_a_sentence(say, repository: Repository) -> None:
    repository.away = True
    status, _, body = say("GET", f"/photo/{WARRANT}")
    assert (status, json.loads(body)["error"]) == (503, "unavailable")


def test_without_an_approval_origin_there_is_no_process(repository: Repository) -> None:
    with pytest.raises(Refused):
        Passing(genesis(), repository)
