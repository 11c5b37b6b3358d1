"""Agents of the Data Rights Protocol at the portal, with a simulated agent before a real custodian."""

import base64
import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused
from countenance.vocabulary.moments import written
from countenance.web.kit import codes
from countenance.web.portal.agents import Agents, listed
from countenance.zones.custodian.rights import questions
from simulator.asgi import Answer, Client
from simulator.door import SETTINGS, Door
from simulator.people import NOW

MINUTE = 60_000


class Agent:
    """An authorized agent with its key, and what it sends."""

    def __init__(self, door: Door, name: str = "AGENT_A", *, known: bool = True) -> None:
        self.key, self.name, self.door = SigningKey.generate(), name, door
        agents = f"{name}={base64.b64encode(self.key.public).decode()} OTHER={base64.b64encode(bytes(32)).decode()}"
        settings = replace(SETTINGS, agents=agents if known else "", business="STATION", desk="Hall 2")
        self.client: Client = Door(door.zone, settings, door.cameras).client
        self.token = ""

    def signed(self, **claims: object) -> bytes:
        text = json.dumps(claims).encode()
        return base64.b64encode(self.key.sign(text) + text)

    def claims(self, **changed: object) -> dict[str, object]:
        facts = {
            "agent-id": self.name,
            "business-id": "STATION",
            "issued-at": written(self.door.zone.clock()),
            "expires-at": written(self.door.zone.clock() + 9 * MINUTE),
            "drp.version": "0.9.4",
        }
        return facts | changed

    def set_up(self) -> "Agent":
        answer = self.client.post(f"/v1/agent/{self.name}", self.signed(**self.claims()), {})
        assert answer.status == 200, answer.text
        self.token = answer.json()["token"]
        return self

    def ask(self, **changed: object) -> Answer:
        claim = {"camera": "hall", "start": written(NOW - 10 * MINUTE), "minutes": 5, "words": "a red scarf"}
        facts: dict[str, object] = {
            "exercise": "deletion",
            "regime": "gdpr",
            "agent-request-id": "a-1",
            "countenance": claim,
            "name": "somebody",
            "email": "somebody@example.org",
        }
        return self.send(self.signed(**self.claims(**(facts | changed))))

    def send(self, body: bytes, token: str = "") -> Answer:
        headers = {"authorization": f"Bearer {token or self.token}", "content-type": "text/plain"}
        return self.client.post("/v1/data-rights-request", body, headers)

    def look(self, request: str, token: str = "") -> Answer:
        path = f"/v1/data-rights-request/{request}"
        return self.client.get(path, {"authorization": f"Bearer {token or self.token}"})


def kept(door: Door) -> list[Any]:
    return list(questions.every(door.zone.opened))


def test_an_agent_asks_and_the_person_gets_a_code(door: Door) -> None:
    agent = Agent(door).set_up()
    answer = agent.ask()
    said = answer.json()
    assert answer.status == 200
    assert (said["status"], said["agent_request_id"]) == ("in_progress", "a-1")
    (asking,) = kept(door)
    assert (asking.request, asking.camera, asking.wish.value) == (said["request_id"], "hall", "delete")
    assert codes.read(said["processing_details"].rpartition(" ")[2])
    again = agent.look(said["request_id"]).json()
    assert (again["status"], again["request_id"]) == ("in_progress", said["request_id"])
    assert "passed" not in again
    known = agent.client.get(f"/v1/agent/{agent.name}", {"authorization": f"Bearer {agent.token}"})
    assert (known.status, known.json()) == (200, {})


def test_a_name_or_address_finds_nobody_and_is_not_kept(door: Door) -> None:
    agent = Agent(door).set_up()
    said = agent.ask(countenance=None).json()
    assert (said["status"], said["reason"]) == ("denied", "insuf_verification")
    assert "Hall 2" in said["processing_details"]
    assert said["user_verification_url"].endswith("/en/ask")
    assert "somebody" not in json.dumps(said)
    assert kept(door) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exercise": "sale:opt_out"}, "claim_not_covered"),
        ({"exercise": "access:specific"}, "claim_not_covered"),
        ({"regime": "ccpa"}, "outside_jurisdiction"),
    ],
)
def test_what_is_not_answered_here_is_denied_with_the_protocols_reason(
    door: Door, changed: dict[str, object], reason: str
) -> None:
    said = Agent(door).set_up().ask(**changed).json()
    assert (said["status"], said["reason"]) == ("denied", reason)
    assert kept(door) == []


def test_a_message_is_taken_once_however_it_is_wrapped(door: Door) -> None:
    agent = Agent(door).set_up()
    body = agent.signed(**agent.claims(exercise="access", countenance=None))
    assert agent.send(body).status == 200
    for again in (body, body + b"\n"):
        assert "sent before" in agent.send(again).json()["message"]


def test_of_many_that_bring_one_message_at_once_one_is_taken() -> None:
    class Slow(dict[bytes, int]):
        """Lets the others look, before what was looked up is acted on."""

        def __contains__(self, digest: object) -> bool:
            found = super().__contains__(digest)
            with contextlib.suppress(threading.BrokenBarrierError):
                together.wait(0.2)
            return found

    together = threading.Barrier(4)
    key = SigningKey.generate()
    said = {"agent-id": "A", "business-id": "B", "issued-at": written(NOW), "expires-at": written(NOW + MINUTE)}
    text = json.dumps(said).encode()
    body = base64.b64encode(key.sign(text) + text)
    agents = Agents({"A": key.public}, "B", NOW, _seen=Slow())
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(agents.opened, "A", body, NOW) for _ in range(4)]
    errors = [one.exception() for one in tries]
    assert errors.count(None) == 1
    assert all(isinstance(one, Refused) for one in errors if one is not None)


def test_a_portal_that_starts_again_takes_nothing_from_before(door: Door) -> None:
    agent = Agent(door)
    setup, body = agent.signed(**agent.claims()), agent.signed(**agent.claims(exercise="deletion"))
    door.zone.clock.now += MINUTE
    settings = replace(SETTINGS, agents=f"AGENT_A={base64.b64encode(agent.key.public).decode()}", business="STATION")
    agent.client = Door(door.zone, settings, door.cameras).client
    assert agent.client.post("/v1/agent/AGENT_A", setup, {}).status == 403
    agent.set_up()
    assert "before the portal was started" in agent.send(body).json()["message"]
    assert kept(door) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"agent-request-id": float("nan")},
        {"agent-request-id": "\ud800"},
        {"agent-request-id": ["a"]},
        {"agent-request-id": "a" * 129},
        {"countenance": {"camera": ["hall"], "start": written(NOW - 9 * MINUTE), "minutes": 5}},
        {"countenance": {"camera": "hall", "start": written(NOW - 9 * MINUTE), "minutes": True}},
        {"countenance": {"camera": "hall", "start": written(NOW - 9 * MINUTE), "minutes": 5, "words": None}},
        {"agent-id": "OTHER"},
        {"business-id": "ELSEWHERE"},
        {"issued-at": written(NOW + 5 * MINUTE)},
        {"expires-at": written(NOW - MINUTE)},
        {"expires-at": written(NOW + 90 * MINUTE)},
        {"expires-at": "tomorrow"},
        {"drp.version": "0.5"},
        {"countenance": {"camera": "hall", "start": written(NOW - MINUTE), "minutes": "5"}},
        {"countenance": {"camera": "hall", "start": written(NOW - 90 * MINUTE), "minutes": 45}},
        {"countenance": {"camera": "elsewhere", "start": written(NOW - 9 * MINUTE), "minutes": 5}},
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(door: Door, changed: dict[str, object]) -> None:
    answer = Agent(door).set_up().ask(**changed)
    assert answer.status in (400, 403)
    assert set(answer.json()) == {"code", "message", "fatal"}
    assert kept(door) == []


def test_who_is_not_listed_or_signs_with_another_key_gets_no_token(door: Door) -> None:
    assert Agent(door, known=False).client.post("/v1/agent/AGENT_A", b"e30=", {}).status == 403
    agent = Agent(door)
    other = SigningKey.generate()
    text = json.dumps(agent.claims()).encode()
    for body in (base64.b64encode(other.sign(text) + text), b"not base64!", b"", base64.b64encode(text)):
        refused = agent.client.post("/v1/agent/AGENT_A", body, {})
        assert (refused.status, refused.body) == (403, b"")


def test_a_token_of_another_agent_opens_nothing(door: Door) -> None:
    agent = Agent(door).set_up()
    request = agent.ask().json()["request_id"]
    for token in ("x", base64.urlsafe_b64encode(bytes(32)).decode()):
        assert agent.look(request, token).status == 403
        assert agent.send(agent.signed(**agent.claims(exercise="access")), token).status == 403
    old = agent.token
    agent.door.zone.clock.now += MINUTE
    agent.set_up()
    assert agent.look(request, old).status == 403
    assert agent.look("0" * 16).status == 403


def test_large_bodies_are_refused_and_pages_still_want_their_own_origin(door: Door) -> None:
    agent = Agent(door).set_up()
    assert agent.send(b"A" * 20_000).status == 400
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert agent.client.post("/en/enrol", b"agreed=yes", form).status == 400


def test_agents_are_listed_by_name_and_key() -> None:
    for wrong in ("AGENT", "AGENT=short", "=" + base64.b64encode(bytes(32)).decode(), "A=%%%"):
        with pytest.raises(Malformed, match="agents"):
            listed(wrong)
    assert listed("") == {}
