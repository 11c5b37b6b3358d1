"""What anybody may send to the gallery custodian's socket: nothing breaks it, nothing changes."""

import random

import pytest

from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian.keys import Secret
from simulator.gallery import Watched, masked_rows, probe, stranger
from simulator.people import unit

CHILD = unit(7)


def mutated(chance: random.Random, blob: bytes) -> bytes:
    data = bytearray(blob)
    for _ in range(chance.randint(1, 4)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data[: chance.choice((len(data), len(data) // 2, 0))])


def test_mutated_messages_are_refused_and_change_nothing(watched: Watched) -> None:
    text = watched.stand(CHILD)
    seen: list[Message] = []
    handlers = watched.handlers

    def listening(message: Message) -> Message:
        seen.append(message)
        return handlers[message.verb](message)

    session, line = watched.session()
    line.handlers = dict.fromkeys(handlers, listening)
    rows = masked_rows(session)
    session.probe(probe(text, rows, stranger(1)))
    watched.compare()
    chance = random.Random(5)
    before = len(watched.kinds())
    for _ in range(200):
        good = chance.choice(seen)
        blobs = tuple(mutated(chance, blob) for blob in good.blobs)
        bad = Message(chance.choice(list(handlers)), good.body, blobs)
        try:
            answer = handlers[bad.verb](bad)
        except CountenanceError:
            continue
        # Open to anybody, with counts and a public key alone.
        assert bad.verb in ("status", "alerts.count", "desk.key") or answer == wire.ACKNOWLEDGED
    watched.compare()
    assert watched.alerts() == []
    kinds = watched.kinds()[before:-1]
    assert set(kinds) <= {Kind.MALFORMED}
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert len(watched.alerts()) == 1


@pytest.mark.parametrize("body", [{}, {"session": 5}, {"session": "00"}, {"session": None}])
def test_a_probe_without_a_session_is_told_to_begin_one(watched: Watched, body: dict[str, object]) -> None:
    with pytest.raises(Unavailable, match="begin another"):
        watched.handlers[wire.PROBE](Message(wire.PROBE, body, (b"x",)))


def test_status_tells_no_more_than_whether_it_is_open(watched: Watched) -> None:
    watched.stand(CHILD)
    told = watched.handlers["status"](Message("status")).body
    assert set(told) == {"state", "deployment", "demo", "assurance"}


def test_it_opens_once_and_with_its_own_secret(watched: Watched) -> None:
    with pytest.raises(Refused, match="open already"):
        watched.open()
    watched.custodian.close()
    with pytest.raises(Refused):
        watched.custodian.open(Secret(passphrase="something else entirely"))
    assert watched.custodian.summary()["state"] == "locked"


def test_after_a_crash_it_opens_and_stands_again(watched: Watched) -> None:
    text = watched.stand(CHILD)
    watched.crash()
    watched.open()
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD))
    watched.compare()
    assert len(watched.alerts()) == 1
