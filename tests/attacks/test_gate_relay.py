"""Whoever carries the letters between a gate's kiosks: what they read, and what they bring about.

They replay, reorder, forge and withhold. A token that was used is never admitted by a kiosk that believes itself in
sync because of them, nothing false is believed, and what they hold afterwards opens nothing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Tampered
from countenance.formats import records
from countenance.gates.flights import Flights
from countenance.gates.joining import Joining
from countenance.gates.passes import News
from countenance.gates.rounds import SYNC
from countenance.vocabulary.gates import Outcome, Reason
from simulator.gate import FLIGHT, AtGate, Time, pass_of
from simulator.gate_relay import Carrier, Pair

NAME = str(FLIGHT)


@dataclass
class Rogue(Carrier):
    """`mode`: what it does with what it hands out; `drawn` decides where chance does."""

    mode: str = "honest"
    drawn: random.Random = field(default_factory=lambda: random.Random(8))

    def given(self, gate: bytes, kiosk: bytes, found: list[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
        before = [(at, one) for of, at, one in self.seen if of == gate and at != kiosk]
        if self.mode == "withhold":
            return []
        if self.mode == "replay":
            return before[:5]
        if self.mode == "reorder":
            return self.drawn.sample(before, len(before))
        if self.mode == "reflect":
            return [(other, one) for of, at, one in self.seen if of == gate and at == kiosk for other, _ in found]
        if self.mode == "swap":
            return [(self.drawn.choice(found)[0], one) for _, _, one in self.seen[-20:]] if found else []
        if self.mode == "alter":
            return [(other, self._altered(one)) for other, one in found]
        if self.mode == "forge":
            return [(other, self.drawn.randbytes(len(one))) for other, one in found]
        return found

    def _altered(self, one: bytes) -> bytes:
        if not one:
            return b"\x00"
        at = self.drawn.randrange(len(one))
        return one[:at] + bytes([one[at] ^ 1]) + one[at + 1 :]


def kiosks(folder: Path, time: Time) -> tuple[AtGate, AtGate]:
    one = AtGate(folder / "one", time, others=("gate-b",)).begin()
    return one, AtGate(folder / "two", time, name="gate-b", others=("gate-a",), issuers=(one.signing.public,))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    time = Time()
    made = Pair(*kiosks(tmp_path, time), Rogue(time))
    made.talking["gate-b"].handing.join(NAME)
    made.talk(6)
    assert not made.two.passes.alone(("gate-a",), time.now)
    return made


@pytest.mark.parametrize("mode", ["withhold", "replay", "reflect", "swap", "alter", "forge"])
def test_no_used_token_passes_at_a_kiosk_that_believes_itself_in_sync(pair: Pair, mode: str) -> None:
    carrier = pair.carrier
    assert isinstance(carrier, Rogue)
    carrier.mode = mode
    token = pair.one.token()
    assert pair.one.decide(token).decision.outcome is Outcome.PASS
    before = len(pair.two.passes.everywhere())
    pair.talk(SYNC // 500 + 1)
    answered = pair.two.decide(token).decision
    assert answered.alone or answered.reasons == (Reason.USED,)
    # Nothing was believed that the other kiosk did not say.
    assert set(pair.two.passes.everywhere()) - {answered} <= set(pair.one.passes.everywhere())
    assert before <= len(pair.two.passes.everywhere())
    carrier.mode = "honest"
    pair.talk(4)
    assert set(pair.one.passes.everywhere()) == set(pair.two.passes.everywhere())
    assert not pair.two.decide(pair.one.token()).decision.alone


def test_in_any_order_with_all_of_before_they_stay_in_sync_or_alone(pair: Pair) -> None:
    carrier = pair.carrier
    assert isinstance(carrier, Rogue)
    carrier.mode = "reorder"
    for number in range(8):
        theirs = pass_of(number)
        token = pair.one.token(code=theirs)
        assert pair.one.decide(token, code=theirs).decision.outcome is Outcome.PASS
        pair.talk(3)
        answered = pair.two.decide(token, code=theirs).decision
        assert answered.alone or answered.reasons == (Reason.USED,)


def test_who_carries_letters_reads_nothing_and_cannot_write_one(pair: Pair) -> None:
    pair.one.decide(pair.one.token())
    pair.talk(2)
    mine, key = SigningKey.generate(), pair.one.key
    marks = [one.mark for one in _news(pair, key).marks]
    assert marks
    for _, _, letter in pair.carrier.seen:
        assert not any(mark in letter or mark.hex().encode() in letter for mark in marks)
    # Even with the flight's key (a kiosk's host) they speak for no other kiosk.
    said = _news(pair, key)
    forged = records.write(sign.signed(said, "gate-a", mine))
    with pytest.raises(Tampered):
        pair.two.passes.hear(forged, {"gate-a": pair.one.signing.public})


def test_what_was_carried_opens_no_flights_key_even_with_a_kiosks_own_keys(tmp_path: Path) -> None:
    time, identity = Time(), OwnKey.generate()
    made = Pair(*kiosks(tmp_path, time), Carrier(time))
    made.talking["gate-b"].handing.join(NAME)
    made.talk(4)
    handed = [one for _, _, one in made.carrier.seen if one]
    fresh = Flights(tmp_path / "thief", "gate-b", time.clock)
    opened = 0
    for one in handed:
        try:
            fresh.take_over(NAME, one, identity, {"gate-a": made.one.signing.public})
            opened += 1
        except CountenanceError:
            continue
    assert not opened
    # Brought again after the flight ended there, nothing comes back.
    made.two.flights.end(NAME)
    made.talk(4)
    assert made.two.flights.names() == ()
    assert made.talking["gate-b"].handing.asking == ""


def test_a_flights_key_is_handed_to_who_is_of_the_gate_and_asks_for_themselves(tmp_path: Path) -> None:
    time = Time()
    one, two = kiosks(tmp_path, time)
    stranger = AtGate(tmp_path / "three", time, name="gate-b", signing=SigningKey.generate())
    made = Pair(one, two, Carrier(time))
    other = Pair(stranger, one, made.carrier)
    other.talking["gate-b"].handing.join(NAME)
    for _ in range(4):
        other.talking["gate-b"].step(made.carrier)
        made.talking["gate-a"].step(made.carrier)
    assert stranger.flights.names() == ()
    # A neighbour that asks in another's name is handed nothing either.
    lying = records.write(sign.signed(Joining(NAME, "gate-c", OwnKey.generate().public), "gate-b", two.signing))
    made.talking["gate-b"].handing.join(NAME)
    asked = made.talking["gate-b"].handing._asked
    assert asked is not None
    asked.letter = lying
    made.talk(3)
    assert two.flights.names() == ()


def test_a_relay_that_forges_a_handed_key_brings_none_about(tmp_path: Path) -> None:
    time = Time()
    made = Pair(*kiosks(tmp_path, time), Rogue(time, mode="forge"))
    made.talking["gate-b"].handing.join(NAME)
    assert made.talk(4) > 0
    assert made.two.flights.names() == ()
    time.on(60_000)
    assert made.talking["gate-b"].handing.asking == ""


def _news(pair: Pair, key) -> News:  # type: ignore[no-untyped-def]
    from countenance.gates.syncing import _unpadded
    from countenance.vocabulary.requests import Signed

    letters = [one for _, at, one in pair.carrier.seen if at == key.address("gate-a")]
    said = [records.read(News, records.read(Signed, _unpadded(key.unwrap(one, "gate-a"))).body) for one in letters]
    return next(one for one in said if one.marks)
