"""Challenges: one session, once, in time, and not often."""

import random
import secrets
from collections import Counter

import pytest

from countenance.errors import Malformed, Refused, Unavailable
from countenance.faces import liveness
from countenance.faces.liveness import Challenges, drawn
from countenance.formats import records
from countenance.vocabulary.liveness import Challenge, Turn
from simulator.turning import Subject, played

NOW = 5_000_000


@pytest.fixture
def desk() -> Challenges:
    return Challenges(secrets.randbelow)


def test_issued_begun_and_answered(desk: Challenges) -> None:
    challenge = desk.issue("desk-1", NOW)
    trial = desk.begin("desk-1", challenge.nonce, NOW + 50)
    played(trial, Subject(), begun=NOW + 50)
    assert trial.answered().session == "desk-1"


def test_a_challenge_is_begun_once(desk: Challenges) -> None:
    challenge = desk.issue("desk-1", NOW)
    desk.begin("desk-1", challenge.nonce, NOW)
    with pytest.raises(Refused, match="not open in this session"):
        desk.begin("desk-1", challenge.nonce, NOW)


def test_a_challenge_is_one_sessions(desk: Challenges) -> None:
    challenge, other = desk.issue("desk-1", NOW), desk.issue("desk-2", NOW)
    for session, nonce in (("desk-2", challenge.nonce), ("desk-3", challenge.nonce), ("desk-1", other.nonce)):
        with pytest.raises(Refused, match="not open in this session"):
            desk.begin(session, nonce, NOW)
    # Nothing has changed.
    assert desk.begin("desk-1", challenge.nonce, NOW).challenge == challenge


@pytest.mark.parametrize("moment", [NOW - 1, NOW + liveness.LIVES])
def test_a_challenge_expires(desk: Challenges, moment: int) -> None:
    challenge = desk.issue("desk-1", NOW)
    with pytest.raises(Refused, match="expired"):
        desk.begin("desk-1", challenge.nonce, moment)
    with pytest.raises(Refused, match="not open"):
        desk.begin("desk-1", challenge.nonce, NOW)


def test_a_new_challenge_voids_the_one_before(desk: Challenges) -> None:
    first = desk.issue("desk-1", NOW)
    desk.issue("desk-1", NOW + 1)
    with pytest.raises(Refused, match="not open"):
        desk.begin("desk-1", first.nonce, NOW + 2)


def test_a_session_gets_few_challenges_and_forgets_after_an_hour(desk: Challenges) -> None:
    for _ in range(liveness.ATTEMPTS):
        desk.issue("desk-1", NOW)
    with pytest.raises(Refused, match="let a person look"):
        desk.issue("desk-1", NOW + liveness.REMEMBERED)
    assert desk.issue("desk-1", NOW + liveness.REMEMBERED + 1)


def test_memory_is_bounded(desk: Challenges, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "OPEN", 3)
    for number in range(3):
        desk.issue(f"desk-{number}", NOW)
    with pytest.raises(Unavailable, match="too many sessions"):
        desk.issue("desk-3", NOW)


@pytest.mark.parametrize("session", ["", "x" * 201])
def test_a_session_has_a_name(desk: Challenges, session: str) -> None:
    with pytest.raises(Malformed, match="named by"):
        desk.issue(session, NOW)


@pytest.mark.parametrize("steps", [0, 2, 9])
def test_there_are_no_short_challenges(steps: int) -> None:
    with pytest.raises(Malformed, match="3 to 8 steps"):
        Challenges(secrets.randbelow, steps=steps)


def test_what_is_asked_is_drawn_evenly_and_not_told() -> None:
    draw = random.Random(7).randrange
    many = [drawn("desk-1", NOW, draw) for _ in range(2000)]
    turns = Counter(step.turn for it in many for step in it.steps)
    assert all(1850 < turns[turn] < 2150 for turn in Turn)
    assert len({it.nonce for it in many}) == len(many)
    limits = [(it.rest, it.hold) for one in many for it in one.steps]
    assert (min(rest for rest, _ in limits), max(rest for rest, _ in limits)) == liveness.REST
    assert (min(hold for _, hold in limits), max(hold for _, hold in limits)) == liveness.HOLD
    assert not any(turn.value in repr(many[0]) for turn in Turn)


def test_a_challenge_can_be_written_beside_the_recording_of_its_answer() -> None:
    challenge = drawn("desk-1", NOW, secrets.randbelow)
    assert records.read(Challenge, records.write(challenge)) == challenge
