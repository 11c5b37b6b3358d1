"""What a gate's kiosk says of its lanes becomes an entry, once, if it is its own, new and adds up."""

from dataclasses import replace

import pytest

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.gates import lanes
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.gates import Decision, Lane, LanesBeside, LanesSaid, Outcome
from countenance.zones.custodian import boarded, edges
from countenance.zones.custodian.records import EdgeIdentity
from simulator.people import NOW
from simulator.zone import Edge, Zone

FLIGHT, KIOSK = "AC834-226-YUL-FRA", "gate-a"


@pytest.fixture
def kiosk(zone: Zone, edge: Edge) -> SigningKey:
    """An enrolled gate's kiosk; `edge`, beside it, is a camera's host."""
    key = SigningKey.generate()
    edges.enrol(zone.opened, EdgeIdentity(KIOSK, edges.GATE, key.public, edge.own.public))
    return key


def beside(*, face: int = 4000, other: int = 7000, allowed: int = 5000, travellers: int = 6) -> LanesBeside:
    took = ((Lane.FACE, face), (Lane.OTHER, other))
    decisions = [
        Decision(FLIGHT, KIOSK, 0, NOW, lane, Outcome.PASS, (), milliseconds, alone=False)
        for lane, milliseconds in took
        for _ in range(travellers)
    ]
    return lanes.beside(FLIGHT, decisions, allowed)


def said(moment: int = NOW, found: LanesBeside | None = None, kiosk: str = KIOSK) -> LanesSaid:
    return LanesSaid(kiosk, moment, found or beside())


def letter(key: SigningKey, word: LanesSaid, signer: str = KIOSK) -> bytes:
    return records.write(sign.signed(word, signer, key))


def facts(zone: Zone) -> list[dict[str, str]]:
    every = (zone.opened.sequencer.entry(index) for index in range(zone.opened.sequencer.size))
    return [dict(one.facts) for one in every if one.kind is Kind.BOARDED]


def test_both_lanes_times_and_what_was_allowed_are_an_entry_once(zone: Zone, kiosk: SigningKey) -> None:
    for _ in range(2):
        boarded.take(zone.opened, letter(kiosk, said()))
    assert facts(zone) == [{"edge": KIOSK, "allowed": "5000", "face": "4000", "other": "7000", "equal": "yes"}]
    boarded.take(zone.opened, letter(kiosk, said(NOW + 1, beside(other=9001))))
    assert facts(zone)[1]["equal"] == "no"


def test_of_few_travellers_no_time_is_in_the_log(zone: Zone, kiosk: SigningKey) -> None:
    boarded.take(zone.opened, letter(kiosk, said(found=beside(travellers=lanes.FEW - 1))))
    assert facts(zone) == [{"edge": KIOSK, "allowed": "5000"}]


def test_what_is_not_its_own_new_and_true_to_itself_changes_nothing(zone: Zone, edge: Edge, kiosk: SigningKey) -> None:
    boarded.take(zone.opened, letter(kiosk, said()))
    size, good = zone.opened.sequencer.size, beside()
    wrong: list[tuple[type[CountenanceError], bytes]] = [
        (Tampered, letter(SigningKey.generate(), said(NOW + 1))),
        (Tampered, letter(kiosk, said(NOW + 1, kiosk="gate-b"))),
        (Refused, letter(kiosk, said(NOW + 1), "gate-b")),
        (Refused, letter(edge.signing, said(NOW + 1, kiosk=edge.name), edge.name)),
        (Refused, letter(kiosk, said(NOW - 1))),
        (Refused, letter(kiosk, said(NOW + boarded.SKEW + 1))),
        (Refused, letter(kiosk, said(NOW - boarded.OLDEST - 1))),
        (Malformed, letter(kiosk, said(NOW + 1, replace(good, allowed=60_001)))),
        (Malformed, letter(kiosk, said(NOW + 1, replace(good, difference=1)))),
        (Malformed, letter(kiosk, said(NOW + 1, replace(good, equal=False)))),
        (Malformed, letter(kiosk, said(NOW + 1, replace(good, face=replace(good.face, median=-1))))),
        (Malformed, b"rubbish"),
    ]
    for kind, data in wrong:
        with pytest.raises(kind):
            boarded.take(zone.opened, data)
        assert zone.opened.sequencer.size == size
    boarded.take(zone.opened, letter(kiosk, said(NOW + 1)))
    edges.revoke(zone.opened, KIOSK)
    with pytest.raises(Refused):
        boarded.take(zone.opened, letter(kiosk, said(NOW + 2)))


def test_a_gates_kiosk_is_leased_nothing(zone: Zone, kiosk: SigningKey) -> None:
    del kiosk
    with pytest.raises(Refused):
        edges.edge(zone.opened, KIOSK)
