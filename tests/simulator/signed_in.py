"""Somebody who is signed in at a real console, over real HTTP, without a browser: for proofs and benchmarks.

In a demo deployment, where a key file may begin a session.
"""

import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests

from countenance.crypto.sign import SigningKey, signed
from countenance.formats import records
from countenance.vocabulary.acts import Verb, Wanted
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask
from simulator.browser import Browser


@dataclass
class SignedIn:
    """One person. `session`: a connection that is kept; `nonce`: of the last answer."""

    genesis: Genesis
    person: str
    key: SigningKey
    session: requests.Session = field(default_factory=requests.Session)
    nonce: str = ""

    def __post_init__(self) -> None:
        assert self.genesis.console is not None
        self.origin = self.genesis.console.origin
        self.host = self.origin.partition("://")[2]
        self.base = f"http://127.0.0.1:{self.host.rpartition(':')[2]}"
        self.enter()

    def enter(self) -> None:
        """Begin a session, signed by the key file."""
        by_file = partial(signed, signer=self.person, key=self.key)
        self.browser = Browser(self.genesis.deployment, self.person, _now(), sign=by_file)
        for _ in range(2):
            letter = self.letter(Verb.ENTER, Wanted())
            answer = self._sent("POST", "/enter", {"session": self.browser.session.hex(), "signed": letter})
            if answer.status_code == 200:
                return
        raise AssertionError(answer.text)

    def letter(self, verb: Verb, record: object) -> str:
        """An ask, signed by the session's key, in hex."""
        reply = bytes.fromhex(self.configuration()["reply_key"])
        body, nonce = records.write(record), secrets.token_bytes(16)
        ask = Ask(self.genesis.deployment, self.person, verb.value, body, _now(), nonce, reply)
        return records.write(self.browser.signed(ask)).hex()

    def ask(self, verb: Verb, record: object, **besides: str) -> dict[str, Any]:
        """What the page is told of an act."""
        answer = self._sent("POST", "/ask", {"signed": self.letter(verb, record), "besides": besides})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def get(self, path: str, **options: Any) -> requests.Response:
        """A page or a file."""
        return self._sent("GET", path, None, **options)

    def headers(self, method: str, path: str) -> dict[str, str]:
        """What proves a request of this address."""
        proof = self.browser.proof(method, self.origin + path.partition("?")[0], self.nonce, _now() // 1000)
        same = {"origin": self.origin} if method != "GET" else {}
        return {"host": self.host, "authorization": f"DPoP {self.browser.token}", "dpop": proof} | same

    def configuration(self) -> dict[str, str]:
        """What anybody is told."""
        told: dict[str, str] = self.session.get(
            f"{self.base}/configuration", headers={"host": self.host}, timeout=60
        ).json()
        return told

    def _sent(self, method: str, path: str, body: object, **options: Any) -> requests.Response:
        for _ in range(2):
            answer = self.session.request(
                method, self.base + path, json=body, headers=self.headers(method, path), timeout=600, **options
            )
            self.nonce = answer.headers.get("dpop-nonce", self.nonce)
            if answer.status_code != 401:
                break
        return answer


def _now() -> int:
    return time.time_ns() // 1_000_000
