"""Rubbish where authenticators speak: assertions and registrations with bytes changed, cut and added; and at the door
of the approval page. Nothing is accepted, nothing but our own errors is raised, and the process goes on answering.
"""

import contextlib
import random
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace

from countenance.cli.demo.stage import Stage
from countenance.cli.say import genesis_of
from countenance.crypto import assertion
from countenance.errors import CountenanceError
from countenance.zones.custodian.approval_page.serving import LOOPBACK, port_of
from prove.scale import count
from simulator.authenticator import APPROVAL, Authenticator, enrolment

BODY = b"what is signed"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data`, never as it was."""
    while True:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(changed) + 1)
            kind = chance.random()
            if kind < 0.5:
                changed[at : at + 1] = chance.randbytes(1)
            elif kind < 0.7:
                del changed[at : at + chance.randint(1, 40)]
            elif kind < 0.9:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            else:
                changed = bytearray(chance.randbytes(chance.randint(0, 200)))
        if changed != data:
            return bytes(changed)


def survives(act: Callable[[], object]) -> bool:
    """Whether `act` went through; anything but one of our errors is a failure of the test."""
    try:
        act()
    except CountenanceError:
        return False
    return True


def test_no_changed_assertion_counts() -> None:
    chance, own = random.Random(7), Authenticator()
    made = own.sign(BODY)
    for _ in range(count(scaled=4000, full=200_000)):
        name = chance.choice(["credential", "authenticator_data", "client_data", "signature"])
        other = replace(made, **{name: mutated(getattr(made, name), chance)})
        assert not survives(lambda other=other: assertion.verify(other, own.credential, APPROVAL, BODY)), name
        survives(lambda other=other: assertion.counter(other))
        credential = replace(own.credential, public_key=mutated(own.cose, chance))
        survives(lambda credential=credential: assertion.verify(made, credential, APPROVAL, BODY))


def test_no_changed_registration_gives_another_credential() -> None:
    chance, own = random.Random(8), Authenticator()
    made = own.register(enrolment("d", "judge"))
    for _ in range(count(scaled=2000, full=100_000)):
        name = chance.choice(["client_data", "attestation"])
        other = replace(made, **{name: mutated(getattr(made, name), chance)})
        with contextlib.suppress(CountenanceError):
            assert assertion.attested(other, APPROVAL).credential == own.credential


def test_rubbish_at_the_pages_door(stage: Stage) -> None:
    origin = genesis_of(stage.deployment).approval
    assert origin is not None
    port, chance = port_of(origin.origin), random.Random(9)
    trusting = ssl.create_default_context(cafile=stage.deployment / "approve" / "tls.crt")

    def spoken(data: bytes, *, tls: bool, patience: float = 60) -> bytes:
        heard = b""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 60) as raw:
            line = trusting.wrap_socket(raw, server_hostname=origin.rp_id) if tls else raw
            line.settimeout(patience)
            line.sendall(data)
            while len(heard) < 65536 and (part := line.recv(65536)):
                heard += part
        return heard

    host = origin.origin.removeprefix("https://")
    asking = f"POST /ask HTTP/1.1\r\nhost: {host}\r\norigin: {origin.origin}\r\nconnection: close\r\n".encode()
    stage.until(lambda: b"deployment" in spoken(_get(host), tls=True), "the approval page")
    for _ in range(count(scaled=150, full=5000)):
        body = chance.choice([b"", b"{}", b"[]", chance.randbytes(200), b'{"signer":' * chance.randint(1, 2000)])
        told = asking + f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        answer = spoken(told, tls=True)
        assert answer.startswith(b"HTTP/1.1 400"), answer[:100]
        # Of some of these the page waits for the rest.
        answer = spoken(mutated(told, chance) + b"\r\n\r\n", tls=chance.random() < 0.9, patience=1)
        assert not answer.startswith(b"HTTP/1.1 2"), answer[:100]
    assert b"deployment" in spoken(_get(host), tls=True)


def _get(host: str) -> bytes:
    return f"GET /configuration HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode()
