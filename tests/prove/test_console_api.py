"""The console's whole API, as it describes itself: whatever is sent, no 500 and no answer that is not described.

Who sends it may do everything: somebody on the roster in every role, signed in, with a proof for each request.
"""

import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from countenance.cli.demo.stage import Stage
from countenance.cli.key import load
from countenance.crypto.sign import signed
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Role
from prove import scenes
from prove.scale import count
from simulator.browser import Browser

EXAMPLES = count(200, 12)
NAME = "everybody-1"
STREAMS = ("stream", "events")
"""What goes on until it is left; each has a test of its own."""


@dataclass
class Signing:
    """A browser in software at a real console. `session`: a connection that is kept."""

    genesis: Genesis
    key: Any
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        assert self.genesis.console is not None
        self.origin = self.genesis.console.origin
        self.base = f"http://127.0.0.1:{self.origin.rpartition(':')[2]}"
        self.nonce = ""
        self.enter()

    def enter(self) -> None:
        """Begin a session, signed by the key file, as demos allow."""
        by_file = partial(signed, signer=NAME, key=self.key)
        self.browser = Browser(self.genesis.deployment, NAME, _now(), sign=by_file)
        for _ in range(2):
            letter = records.write(self.browser.signed(self._ask())).hex()
            body = {"session": self.browser.session.hex(), "signed": letter}
            answer = self.session.post(f"{self.base}/enter", json=body, headers=self.headers("POST", "/enter"))
            self.nonce = answer.headers["dpop-nonce"]
            if answer.status_code == 200:
                return
        raise AssertionError(answer.text)

    def headers(self, method: str, path: str) -> dict[str, str]:
        proof = self.browser.proof(method, self.origin + path, self.nonce, _now() // 1000)
        host = self.origin.partition("://")[2]
        same = {"origin": self.origin} if method != "GET" else {}
        return {"host": host, "authorization": f"DPoP {self.browser.token}", "dpop": proof} | same

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.base + path, headers=self.headers("GET", path), timeout=60)

    def _ask(self) -> Ask:
        reply = bytes.fromhex(self._told()["reply_key"])
        body = records.write(Nothing())
        return Ask(self.genesis.deployment, NAME, Verb.ENTER.value, body, _now(), secrets.token_bytes(16), reply)

    def _told(self) -> dict[str, str]:
        host = {"host": self.origin.partition("://")[2]}
        told: dict[str, str] = self.session.get(f"{self.base}/configuration", headers=host, timeout=60).json()
        return told


def _now() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.timeout(1700)
def test_nothing_breaks_and_nothing_answers_what_is_not_described(stage: Stage) -> None:
    scenes.camera(stage)
    stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    public = stage.verb("key", "new", stage.key(NAME), "--person", NAME)["public"]
    roles = [word for role in Role for word in ("--role", role.value)]
    stage.verb("roster", "add", NAME, "--organisation", "station", *roles, "--public", public)
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    console = Signing(genesis, load(stage.key(NAME)).signing)
    described = console.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if any(word in operation.path for word in STREAMS):
            continue
        _tried(console, operation)
        tried += 1
    print(f"{tried} operations, {EXAMPLES} requests each at most")
    assert tried >= 4
    # Nothing that was sent made an irregularity, or harmed what is there.
    assert console.get("/").status_code in (200, 401)
    report = scenes.regular(stage)
    assert report["irregularities"] == []


def _tried(console: Signing, operation: Any) -> None:
    @seed(20261126)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        path = requests.Request("GET", console.base + case.formatted_path).prepare().path_url.partition("?")[0]
        answer = case.call(
            base_url=console.base, session=console.session, headers=console.headers(case.method, path), timeout=60
        )
        console.nonce = answer.headers.get("dpop-nonce", [console.nonce])[0]
        if answer.status_code == 401:
            console.enter()
        assert answer.status_code not in (500, 501, 502, 504), f"{case.method} {case.formatted_path}: {answer.text}"
        case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])

    one()
