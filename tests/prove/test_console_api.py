"""The console's whole API, as it describes itself: whatever is sent, no 500 and no answer that is not described.

Who sends it may do everything: somebody on the roster in every role, signed in, with a proof for each request.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from countenance.cli.demo.stage import Stage
from countenance.cli.key import load
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.warrants import Role
from prove import scenes
from prove.scale import count
from simulator.signed_in import SignedIn

EXAMPLES = count(200, 12)
NAME = "everybody-1"
STREAMS = ("stream", "events")
"""What goes on until it is left; each has a test of its own."""


@pytest.mark.timeout(1700)
def test_nothing_breaks_and_nothing_answers_what_is_not_described(stage: Stage) -> None:
    scenes.camera(stage)
    stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    public = stage.verb("key", "new", stage.key(NAME), "--person", NAME)["public"]
    roles = [word for role in Role for word in ("--role", role.value)]
    stage.verb("roster", "add", NAME, "--organisation", "station", *roles, "--public", public)
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    console = SignedIn(genesis, NAME, load(stage.key(NAME)).signing)
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


def _tried(console: SignedIn, operation: Any) -> None:
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
