"""What there is to say of a flight's lanes waits until the custodian has it, two days at most, and is of nobody."""

from pathlib import Path

import pytest

from countenance.crypto.verify import opened
from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.gates.filing import KEPT, Filing
from countenance.gates.flights import Flights
from countenance.vocabulary.gates import LanesSaid
from countenance.vocabulary.requests import Signed
from simulator.gate import FLIGHT, PASS, AtGate, pass_of

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


@pytest.fixture
def filing(at: AtGate, tmp_path: Path) -> Filing:
    return Filing(tmp_path / "lanes", at.name, at.signing, 5000, lambda: at.time.now)


def test_after_a_flight_its_lanes_are_said_signed_and_without_anybody(at: AtGate, filing: Filing) -> None:
    for number in range(5):
        at.decide(at.token(code=pass_of(number)), code=pass_of(number))
        at.gate.other_lane(PASS, milliseconds=7000, through=True)
    decisions = at.passes.decisions()
    at.flights = Flights(at.folder, at.name, at.time.clock, last=filing.keep)
    at.flights.end(NAME)
    taken: list[bytes] = []
    filing.step(taken.append)
    filing.step(taken.append)
    (data,) = taken
    word = opened(LanesSaid, records.read(Signed, data), at.signing.public)
    assert (word.kiosk, word.lanes.flight, word.lanes.other.median) == (at.name, NAME, 7000)
    assert word.lanes.face.travellers + word.lanes.other.travellers == len(decisions)


def test_it_waits_for_the_custodian_in_order_and_two_of_one_moment_are_two(at: AtGate, filing: Filing) -> None:
    at.gate.other_lane(PASS, milliseconds=7000, through=True)
    for flight in ("one", "two", NAME):
        filing.keep(flight, at.passes.decisions())
    filing.keep(NAME, ())

    def away(_: bytes) -> None:
        raise Unavailable("locked")

    with pytest.raises(Unavailable):
        filing.step(away)
    taken: list[bytes] = []
    filing.step(taken.append)
    assert [records.read(LanesSaid, records.read(Signed, one).body).lanes.flight for one in taken] == [
        "one", "two", NAME,
    ]  # fmt: skip


def test_what_is_refused_is_dropped_after_two_days(at: AtGate, filing: Filing) -> None:
    at.gate.other_lane(PASS, milliseconds=7000, through=True)
    filing.keep(NAME, at.passes.decisions())

    def refuse(_: bytes) -> None:
        raise Refused("not enrolled")

    with pytest.raises(Refused):
        filing.step(refuse)
    at.time.on(KEPT)
    filing.step(refuse)
    taken: list[bytes] = []
    filing.step(taken.append)
    assert not taken
