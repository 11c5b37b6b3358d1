"""Mutated messages at the custodian's relay and terminal sockets: real asks, leases, sightings and manifests with bits
flipped, bytes cut, doubled or put in. Nothing crashes, nothing is accepted, the log does not grow with them.
"""

import contextlib
import hashlib
import random
import secrets
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from attacks.forgeries import Door, Rogue, State
from countenance.channel import message
from countenance.channel.message import Message
from countenance.channel.server import Handler, serve_connection
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.rights import Enquiry, Question, Wish
from countenance.vocabulary.sightings import LeaseRequest
from countenance.zones.custodian import edges, service, terminal
from prove.scale import count
from prove.test_fuzz import framed, mutated
from simulator.court import LAST_HOUR, Court, sitting
from simulator.kiosk import Kiosk, of_custodian
from simulator.zone import presented, sighting


def real(court: Court) -> list[Message]:
    """Messages that the relay socket would answer, with what is secret in them sealed and signed as it should be."""
    rogue, edge = Rogue(court), court.edge
    lease = court.leases["hall-east", LAST_HOUR]
    return [
        Message("ask", {}, rogue.letter("court-b/judge-1", Verb.WARRANTS, Nothing())),
        Message("lease", {}, (edge.signed(LeaseRequest("edge-1", "hall-east", 1, 1, court.zone.clock())),)),
        Message("intake.sightings", {}, presented(sighting(court.zone, edge, lease))),
        Message("search.finish", {"search": "0" * 32, "missing": []}, (bytes(64),)),
        Message("tags.repair", {"camera": "hall-east", "hour": 1, "number": 0, "generation": 0}, (b"", b"", b"")),
        *from_the_door(court),
    ]


def from_the_door(court: Court) -> list[Message]:
    """A question, an enquiry, and a kiosk's request, which would each be taken."""
    genesis, own, nonce = court.zone.genesis, OwnKey.generate(), secrets.token_bytes(16)
    now, code = court.zone.clock(), secrets.token_bytes(16)
    kiosk = Kiosk(genesis, of_custodian(lambda: court.zone.opened), court.zone.clock)
    edges.enrol(court.zone.opened, kiosk.identity)
    filing = kiosk.filing(kiosk.text(secrets.token_bytes(16)))
    hashed = hashlib.sha256(code).digest()
    asked = Question(
        genesis.deployment, Wish.DELETE, "hall-east", now - 60_000, now, "", "en", hashed, now, nonce, own.public
    )
    enquiry = Enquiry(genesis.deployment, code, now, nonce, own.public)
    return [
        Message("door.ask", {}, (_sealed(court, "question", asked),)),
        Message("door.status", {}, (_sealed(court, "enquiry", enquiry),)),
        Message("desk.file", {"hour": filing.hour}, filing.blobs[:4]),
    ]


def _sealed(court: Court, purpose: str, record: object) -> bytes:
    genesis = court.zone.genesis
    return seal(genesis.custodian_key, binding(purpose, genesis.deployment), records.write(record))


def at_the_terminal() -> list[Message]:
    """Messages for verbs that change something, with nonsense in them already."""
    return [
        Message("roster.add", {"name": "a b", "organisation": "o", "roles": ["officer"], "key": "00"}),
        Message("edge.enrol", {"name": "E!", "kind": "edge", "signing_key": "00", "sealing_key": "00"}),
        Message("witness.require", {"required": 99}),
    ]


def answered(handlers: Mapping[str, Handler], data: bytes, faults: list[str]) -> list[Message]:
    """What one connection says to these bytes."""
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=serve_connection, args=(theirs, handlers), kwargs={"log": faults.append})
    serving.start()
    heard = []
    # A connection whose message cannot be read is closed with the rest of it unread.
    with ours, contextlib.suppress(ConnectionError):
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        while (said := message.receive(ours)) is not None:
            heard.append(said)
    serving.join()
    return heard


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("door", ["relay", "terminal"])
def test_no_mutated_message_is_accepted(door: str) -> None:
    chance, faults = random.Random(door), list[str]()
    with sitting() as court:
        custodian: Any = Door(court)
        relay = door == "relay"
        handlers = service.handlers(custodian, Path("none")) if relay else terminal.handlers(custodian)
        wholes = [framed(one) for one in (real(court) if relay else at_the_terminal())]
        before = State.of(court.zone.opened)
        for _ in range(count(400_000, 2_000)):
            whole = chance.choice(wholes)
            # What only has something behind it is the real message, and then something that cannot be read.
            if not (data := mutated(whole, chance)).startswith(whole):
                for said in answered(handlers, data, faults):
                    assert said.verb == "error" or said.body.get("taken") == [], said
        after = State.of(court.zone.opened, before)
        assert faults == []
        assert after.store == before.store
        assert len(after.fresh) <= 1, "bad messages of one minute are one entry"
