"""Mutated messages at the gallery custodian's door: real offers, lists, probes and asks that it has not heard yet, and
what a gate's kiosk asks of its flight's gallery.

Nothing crashes, nothing is accepted, nothing is told: a probe is acknowledged whatever it is, and no alert comes of it;
nobody is named, and nobody is struck out.
"""

import contextlib
import random
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from attacks.forgeries import State
from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.errors import Unavailable
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import edges
from prove.scale import count
from prove.test_fuzz import framed, mutated
from prove.test_fuzz_custodian import answered
from simulator.gallery import Watched, masked_rows, probe
from simulator.people import unit
from simulator.zone import Edge

CHILD = unit(7)
FLIGHTS = "22" * 8
AT_ONCE = 64
"""Messages between two looks at what waits to be compared."""


def unheard(watched: Watched, act: Callable[[], object]) -> list[Message]:
    """What `act` says to the door, which does not hear it."""
    seen = list[Message]()

    def listen(message: Message) -> Message:
        seen.append(message)
        raise Unavailable("not now")

    with patch.object(Watched, "handlers", dict.fromkeys(watched.handlers, listen)), contextlib.suppress(Unavailable):
        act()
    return seen


def real(watched: Watched) -> list[Message]:
    """Messages that the door would answer, and a probe that would be an alert.

    None that brings references: what comes with those is kept as it came, and opened when a text names it.
    """
    text = watched.stand(CHILD)
    session, line = watched.session()
    rows = masked_rows(session)
    asked = of_flight(watched)
    brought, another = watched.reference(unit(9)), "11" * 8
    watched.refer(brought, gallery=another)
    drafted = watched.text((brought[0],), gallery=another)
    said = list[Message]()
    for act in (
        watched.session,
        lambda: watched.ask("reviewer-1", Verb.ALERTS, Nothing()),
        lambda: watched.draft(drafted),
    ):
        said += unheard(watched, act)

    def listen(message: Message) -> Message:
        said.append(message)
        return wire.ACKNOWLEDGED

    line.handlers = dict.fromkeys(line.handlers, listen)
    session.probe(probe(text, rows, CHILD))
    with contextlib.suppress(Exception):
        session.galleries(())
    return said + asked


def of_flight(watched: Watched) -> list[Message]:
    """What a kiosk asks: who stands there, who would be named, and to have somebody struck out, who would be."""
    gate = Edge("gate-a", "gate")
    with watched.custodian.acting() as opened:
        edges.enrol(opened, gate.identity)
    text = watched.fly(("gate-a",), ("0025", CHILD), ("0031", unit(8)), gallery=FLIGHTS)
    session, line = watched.session("gate-a", gate)
    rows, said = masked_rows(session), list[Message]()

    def listen(message: Message) -> Message:
        said.append(message)
        raise Unavailable("not now")

    line.handlers = dict.fromkeys(line.handlers, listen)
    for ask in (lambda: session.identify(probe(text, rows, CHILD)), lambda: session.strike(FLIGHTS, "31")):
        with contextlib.suppress(Unavailable):
            ask()
    return said


@pytest.mark.timeout(3000)
def test_no_mutated_message_is_accepted(tmp_path: Path) -> None:
    chance, faults = random.Random(17), list[str]()
    watched = Watched(tmp_path / "gallery")
    watched.open()
    watched.populate()
    said, told = real(watched), list(watched.said)
    assert {one.verb for one in said} == {
        "ask",
        wire.BEGIN,
        wire.GALLERIES,
        wire.PROBE,
        wire.IDENTIFY,
        wire.STRIKE,
    }
    wholes, handlers = [framed(one) for one in said], watched.handlers
    with watched.custodian.acting() as opened:
        before = State.of(opened)
    for at in range(count(200_000, 2_000)):
        whole = chance.choice(wholes)
        if not (data := mutated(whole, chance)).startswith(whole):
            for answer in answered(handlers, data, faults):
                assert answer.verb == "error" or answer == wire.ACKNOWLEDGED, answer
        if at % AT_ONCE == 0:
            watched.compare()
    watched.compare()
    with watched.custodian.acting() as opened:
        after = State.of(opened, before)
    counts = watched.custodian.sessions.counts
    assert (faults, watched.said) == ([], told)
    assert after.store == before.store
    assert len(after.fresh) <= 2, "bad messages of one minute are one entry, an honest ask beside a turned text another"
    assert counts.received > 0
    assert not {Kind.IDENTIFIED, Kind.STRUCK} & set(watched.kinds())
    assert (counts.compared, counts.alerts, watched.alerts()) == (0, 0, [])
    assert watched.custodian.sessions.open_now == 2, "the edge's session goes on, and the kiosk's"
    for one in reversed(said):
        # The offer comes last: it ends the session before it. The draft's letter was heard, beside a turned text.
        if one.verb != "ask" or len(one.blobs) == 1:
            assert answered(handlers, framed(one), faults)[0].verb != "error", "what was mutated was real"
    watched.custodian.close()
