"""Mutated requests at the approval page: raw HTTP, JSON, what is hex in it; and the real custodian behind the page.

The protocol, the application and the custodian run as they do in their processes, without TLS. Nothing crashes, and no
ask counts but the one that a person's authenticator signed, letter for letter.
"""

import asyncio
import json
import logging
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import h11
import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from attacks.forgeries import Door, State
from attacks.test_copied_login import JUDGE, SUPERVISOR, Bench
from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.requests import Assertion, Signed
from countenance.zones.custodian import service
from countenance.zones.custodian.approval_page.application import application
from countenance.zones.custodian.approval_page.page import assembled
from countenance.zones.custodian.approval_page.passing import Passing
from prove.scale import count
from prove.test_fuzz import mutated
from simulator.authenticator import APPROVAL, ORIGIN
from simulator.court import sitting

HOST = ORIGIN.removeprefix("https://").encode()
PARTS = ("credential", "authenticator_data", "client_data", "signature")


class Behind:
    """The repository, which relays, and the custodian. `taken`: answers to asks that nobody signed so."""

    def __init__(self, bench: Bench) -> None:
        door: Any = Door(bench.court)
        self.opened, self.handlers = bench.opened, service.handlers(door, Path("none"))
        self.honest: set[bytes] = set()
        self.relayed, self.taken = 0, list[Message]()

    def __call__(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        if not blobs:
            return Message(verb, body, (b"ciphertext",))
        info = binding("ask", self.opened.genesis.deployment)
        if unseal(self.opened.sealing_private, info, blobs[0]) in self.honest:
            raise Unavailable("this is what was signed, spelled otherwise")
        self.relayed += 1
        answer = self.handlers["ask"](Message("ask", {}, blobs))
        self.taken.append(answer)
        return answer


class Line(asyncio.Transport):
    """A connection's other side: what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = bytearray(), False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default


async def answered(configuration: uvicorn.Config, data: bytes) -> bytes:
    """What one connection says to these bytes, after which nothing more comes."""
    state, line = ServerState(), Line()
    protocol = H11Protocol(configuration, state, {})
    protocol.connection_made(line)
    protocol.data_received(data)
    while state.tasks:
        if protocol.conn.their_state is h11.SEND_BODY:
            break
        await asyncio.wait(state.tasks)
    protocol.connection_lost(None)
    if state.tasks:
        await asyncio.wait(state.tasks)
    return bytes(line.written)


def http(method: str, path: str, body: bytes = b"") -> bytes:
    posted = (b"Origin: %b" % ORIGIN.encode(), b"Content-Type: application/json", b"Content-Length: %d" % len(body))
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: %b" % HOST, *(posted if body else ())]
    return b"\r\n".join([*lines, b"", body])


def posted(signed: Signed) -> dict[str, Any]:
    """An ask as the page posts it."""
    made = records.read(Assertion, signed.signature)
    assertion = {name: getattr(made, name).hex() for name in PARTS}
    return {"signer": signed.signer, "body": signed.body.hex(), "assertion": assertion, "text": ""}


def requests(asks: list[dict[str, Any]], chance: random.Random) -> Iterator[bytes]:
    """Mutated requests without an end: of bytes on the line, of the JSON, of what is hex in it."""
    pages = [http("GET", path) for path in ("/", "/configuration", "/photo/" + "a" * 16, "/still/" + "b" * 32)]
    wholes = [http("POST", "/ask", json.dumps(ask).encode()) for ask in asks]
    while True:
        yield mutated(chance.choice(wholes * 2 + pages), chance)
        yield http("POST", "/ask", mutated(json.dumps(chance.choice(asks)).encode(), chance))
        ask = json.loads(json.dumps(chance.choice(asks)))
        inside, name = chance.choice([(ask, "body"), *((ask["assertion"], part) for part in PARTS)])
        inside[name] = mutated(bytes.fromhex(inside[name]), chance).hex()
        yield http("POST", "/ask", json.dumps(ask).encode())


@pytest.mark.timeout(3000)
def test_no_mutated_request_is_accepted(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(19)
    with sitting(demo=False, approval=APPROVAL) as court:
        bench = Bench(court)
        text = court.text()
        court.file(text)
        behind = Behind(bench)
        passing = Passing(court.zone.genesis, behind)
        reply = bytes.fromhex(str(passing.configuration()["reply_key"]))
        asked = [bench.ask(name, Verb.WARRANTS, Nothing(), reply_key=reply) for name in (JUDGE, SUPERVISOR)]
        asked.append(replace(bench.word(JUDGE, text), reply_key=reply))
        signed = [bench.keys[ask.person].signed(ask) for ask in asked]
        behind.honest = {records.write(one) for one in signed}
        configuration = uvicorn.Config(
            application(passing, assembled()), http="h11", ws="none", lifespan="off", access_log=False, log_config=None
        )
        configuration.load()
        before = State.of(bench.opened)

        async def everything() -> None:
            made = requests([posted(one) for one in signed], chance)
            for _ in range(count(200_000, 2_000)):
                heard = await answered(configuration, next(made))
                assert b"something went wrong" not in heard
                assert not heard or heard.startswith(b"HTTP/1.1 "), heard[:100]

        with caplog.at_level(logging.ERROR):
            asyncio.run(everything())
        after = State.of(bench.opened, before)
        assert caplog.records == []
        assert behind.taken == []
        assert behind.relayed > 0
        assert after.store == before.store
        assert len(after.fresh) <= 1, "bad asks of one minute are one entry"
        behind.honest = set()
        for one in signed:
            heard = asyncio.run(answered(configuration, http("POST", "/ask", json.dumps(posted(one)).encode())))
            assert heard.startswith(b"HTTP/1.1 200 "), "what was mutated was real"
