"""The issuer's address: one signature a code, for one portal's pages, and rubbish refused."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.crypto import blind
from countenance.survey import inviting
from countenance.web.issuer.application import application
from simulator.asgi import Answer, Client

ORIGIN, PORTAL = "http://issuer.localhost:8460", "http://portal.localhost:8450"


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[tuple[Client, bytes, list[str]]]:
    public, codes = inviting.found(tmp_path / "issuer", 2)
    with inviting.issuing(tmp_path / "issuer") as signer:
        yield Client(application(signer, origin=ORIGIN, portal=PORTAL), ORIGIN), public, list(codes)


def asked(client: Client, data: bytes, **headers: str) -> Answer:
    return client.post("/sign", data, {"origin": PORTAL, **headers})


def body(code: str, blinded: bytes) -> bytes:
    return json.dumps({"blinded": blinded.hex(), "code": code}, separators=(",", ":")).encode()


def test_a_code_is_good_for_one_token_and_only_the_portals_pages_read_it(
    issuer: tuple[Client, bytes, list[str]],
) -> None:
    client, public, codes = issuer
    made = blind.blind(secrets.token_bytes(32), public)
    told = asked(client, body(codes[0], made.blinded))
    assert told.status == 200
    assert told.headers["access-control-allow-origin"] == PORTAL
    assert "set-cookie" not in told.headers
    assert blind.finish(made, bytes.fromhex(told.json()["signature"]), public)
    # Whose answer was lost asks again with the same bytes.
    assert asked(client, body(codes[0], made.blinded)).json() == told.json()
    other = blind.blind(secrets.token_bytes(32), public)
    assert asked(client, body(codes[0], other.blinded)).status == 403
    assert asked(client, body("another", made.blinded)).status == 403
    for origin in ("http://elsewhere.example", ORIGIN, "null"):
        assert asked(client, body(codes[1], made.blinded), origin=origin).status == 400
    assert client.post("/sign", body(codes[1], made.blinded)).status == 400
    assert asked(client, body(codes[1], made.blinded)).status == 200


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b'{"blinded":"zz","code":"x"}', b'{"blinded":1,"code":"x"}', b"x" * (10 * 1024 * 1024)],
    ids=["empty", "nothing", "list", "no-hex", "number", "ten-megabytes"],
)
def test_rubbish_spends_no_code(issuer: tuple[Client, bytes, list[str]], data: bytes) -> None:
    client, public, codes = issuer
    assert asked(client, data).status == 400
    assert asked(client, body(codes[0], bytes(384))).status == 400
    made = blind.blind(b"token", public)
    assert asked(client, body(codes[0], made.blinded)).status == 200
