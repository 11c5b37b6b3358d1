"""The way in: what it costs those who are inside when somebody without a passkey knocks all the time."""

import json
import secrets
from typing import Any

import pytest

from countenance.crypto.lease import OwnKey
from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb, Wanted
from countenance.vocabulary.requests import Ask
from countenance.web.console import application as console
from countenance.web.console.application import Lines, application
from countenance.web.kit import dpop
from countenance.web.kit.dpop import Proofs
from simulator.asgi import Answer, Client
from simulator.browser import CONSOLE, ORIGIN, Browser
from simulator.people import NOW, genesis


class Knocking:
    """A console whose custodian refuses, and takes so long that somebody else knocks meanwhile, `depth` times."""

    def __init__(self, depth: int) -> None:
        self.depth, self.answers = depth, list[int]()
        self.genesis = genesis(console=CONSOLE, custodian_key=OwnKey.generate().public)
        lines = Lines(self.refusing, self.refusing, lambda: None)
        self.client = Client(application(self.genesis, lines, clock=lambda: NOW, random=secrets.token_bytes), ORIGIN)

    def refusing(self, *_: object) -> Any:
        if self.depth:
            self.depth -= 1
            self.answers.append(self.knock().status)
        raise Refused("this person is not on the roster")

    def knock(self, more: str = "") -> Answer:
        told = self.client.get("/configuration")
        own, key = Browser(self.genesis.deployment, "officer-9", NOW), bytes.fromhex(told.json()["reply_key"])
        ask = Ask(
            self.genesis.deployment,
            "officer-9",
            Verb.ENTER,
            records.write(Wanted()),
            NOW,
            secrets.token_bytes(16),
            key,
        )
        body = {"session": own.session.hex(), "signed": records.write(own.signed(ask)).hex() + more}
        proof = own.proof("POST", f"{ORIGIN}/enter", told.headers["dpop-nonce"], NOW // 1000)
        headers = {"origin": ORIGIN, "dpop": proof, "content-type": "application/json"}
        return self.client.post("/enter", json.dumps(body).encode(), headers)


def test_so_many_at_once_wait_at_the_door_and_the_others_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "ENTERING", 2, raising=False)
    knocking = Knocking(2)
    assert knocking.knock().status == 403
    assert knocking.answers == [503, 403]
    assert knocking.knock().status == 403


def test_who_is_nobody_yet_takes_up_no_proofs_of_those_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpop, "MOST_USED", 1)
    knocking = Knocking(0)
    assert [knocking.knock().status for _ in range(2)] == [403, 503]
    proofs: Proofs = vars(knocking.client.app)["_proofs"]
    assert proofs._nonces[-1].used == set()


def test_who_is_nobody_yet_brings_no_more_than_it_takes() -> None:
    assert Knocking(0).knock("00" * console.LONGEST_ENTERING).json()["message"].startswith("this is larger")
