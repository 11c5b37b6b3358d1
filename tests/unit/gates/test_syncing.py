"""Two kiosks of a gate hear from each other through a relay: in sync, cut off for an hour, started anew."""

from pathlib import Path

import pytest

from countenance.errors import Unavailable
from countenance.gates.syncing import STEP
from countenance.vocabulary.gates import Outcome, Reason
from simulator.gate import FLIGHT, AtGate, Time, pass_of
from simulator.gate_relay import Carrier, Pair

NAME = str(FLIGHT)
HOUR = 3_600_000


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    time = Time()
    one = AtGate(tmp_path / "one", time, others=("gate-b",)).begin()
    two = AtGate(tmp_path / "two", time, name="gate-b", others=("gate-a",), issuers=(one.signing.public,))
    one.issuers = (two.signing.public,)
    made = Pair(one, two, Carrier(time))
    made.talking["gate-b"].handing.join(NAME)
    made.talk(3)
    assert two.flights.names() == (NAME,)
    made.talk()
    return made


def test_a_token_is_refused_where_it_was_not_used(pair: Pair) -> None:
    token = pair.one.token()
    assert pair.one.decide(token).decision.outcome is Outcome.PASS
    assert pair.talk(2) == 0
    answered = pair.two.decide(token).decision
    assert (answered.outcome, answered.reasons, answered.alone) == (Outcome.OFFICER, (Reason.USED,), False)


def test_an_hour_without_a_network_decisions_go_on_and_are_told_when_it_is_back(pair: Pair) -> None:
    pair.carrier.down = True
    token = pair.one.token()
    for minute in range(60):
        with pytest.raises(Unavailable):
            pair.talk(1, milliseconds=60_000)
        theirs = pass_of(100 + minute)
        answered = pair.one.decide(pair.one.token(code=theirs), code=theirs).decision
        assert (answered.outcome, answered.alone) == (Outcome.PASS, True)
        pair.two.gate.other_lane(pass_of(1000 + minute), milliseconds=9000, through=True)
    assert pair.one.decide(token).decision.outcome is Outcome.PASS
    answered = pair.two.decide(token).decision
    assert (answered.outcome, answered.alone) == (Outcome.PASS, True)
    pair.carrier.down = False
    assert pair.talk() == 0
    assert {one.passes.twice for one in (pair.one, pair.two)} == {1}
    assert set(pair.one.passes.everywhere()) == set(pair.two.passes.everywhere())
    assert len(pair.one.passes.everywhere()) == 122
    assert not pair.two.decide(pair.one.token()).decision.alone


def test_a_kiosk_and_the_relay_that_start_anew_lose_nothing(pair: Pair) -> None:
    token, second = pair.one.token(), pair.one.token(code=pass_of(2))
    pair.one.decide(token)
    pair.talk(2)
    two = AtGate(
        pair.two.folder, pair.two.time, name="gate-b", others=("gate-a",), signing=pair.two.signing,
        issuers=(pair.one.signing.public,),
    )  # fmt: skip
    again = Pair(pair.one, two, Carrier(pair.one.time))
    # What it had heard before is in its list, and it is alone until it has heard anew.
    answered = two.decide(token).decision
    assert (answered.reasons, answered.alone) == ((Reason.USED,), True)
    pair.one.decide(second, code=pass_of(2))
    again.talk()
    answered = two.decide(second, code=pass_of(2)).decision
    assert (answered.reasons, answered.alone) == ((Reason.USED,), False)


def test_more_than_one_letter_holds_is_told_in_several(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.gates.passes.MOST_NEWS", 3)
    for number in range(5):
        pair.one.decide(pair.one.token(code=pass_of(number)), code=pass_of(number))
    pair.talk(10)
    assert set(pair.two.passes.everywhere()) == set(pair.one.passes.everywhere())
    assert not pair.two.passes.alone(("gate-a",), pair.one.time.now)


def test_a_third_that_is_away_holds_up_nobody(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.gates.passes.MOST_NEWS", 3)
    pair.talking["gate-a"]._kiosks["gate-c"] = bytes(32)
    for number in range(5):
        pair.one.decide(pair.one.token(code=pass_of(number)), code=pass_of(number))
    pair.talk(10)
    assert set(pair.two.passes.everywhere()) == set(pair.one.passes.everywhere())
    assert pair.one.passes.alone(("gate-b", "gate-c"), pair.one.time.now)


def test_letters_are_of_one_size_until_the_rush_and_tell_neither_flight_nor_kiosk(pair: Pair) -> None:
    pair.talk()
    key = pair.one.key
    said = [one for one in pair.carrier.seen if one[0] == key.address()]
    pair.one.decide(pair.one.token())
    pair.talk(2)
    later = [one for one in pair.carrier.seen if one[0] == key.address()]
    assert {len(letter) for _, _, letter in later} == {len(letter) for _, _, letter in said} == {STEP + 28}
    for _, _, letter in later:
        assert b"gate-" not in letter
        assert b"AC834" not in letter


def test_when_the_flight_is_over_nobody_speaks_of_it(pair: Pair) -> None:
    pair.one.time.on(5 * HOUR)
    assert [len(kiosk.flights.tidy()) for kiosk in (pair.one, pair.two)] == [1, 1]
    before = len(pair.carrier.seen)
    assert pair.talk(2) == 0
    assert len(pair.carrier.seen) == before
    assert pair.one.flights.names() == ()
    assert not list(pair.one.folder.iterdir())
