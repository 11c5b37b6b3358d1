"""Recordings played to challenges: the one that was asked, another, and none that fits."""

import random
from dataclasses import replace

import pytest

from countenance.faces.challenge import Trial
from countenance.faces.liveness import drawn
from countenance.faces.presenting import by_challenge
from countenance.vocabulary.liveness import Challenge, Observation, Outcome
from simulator.turning import SAME, Subject, face, played


def recorded(seed: int) -> tuple[Challenge, list[Observation]]:
    asked = drawn("session", 5_000_000, random.Random(seed).randrange)
    trial = Trial(asked, asked.issued)
    shown = played(trial, Subject(), begun=asked.issued)
    assert trial.answered()
    return asked, [replace(seen, moment=seen.moment - asked.issued) for _, seen in shown]


def test_a_recording_answers_what_was_asked_when_it_was_made() -> None:
    asked, seen = recorded(1)
    assert by_challenge(seen, asked, answering=True) is Outcome.BONA_FIDE
    # So does a replay that has the luck to be asked the same: nothing else tells them apart.
    assert by_challenge(seen, asked) is Outcome.BONA_FIDE


def test_a_recording_that_ends_early_has_not_answered() -> None:
    asked, seen = recorded(1)
    assert by_challenge(seen[:-1], asked, answering=True) is Outcome.ATTACK


def test_a_replay_answers_hardly_any_other_challenge() -> None:
    seen = recorded(1)[1]
    outcomes = [by_challenge(seen, drawn("session", 0, random.Random(number).randrange)) for number in range(100, 300)]
    assert outcomes.count(Outcome.ATTACK) >= 195


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_what_does_not_move_is_refused_however_long_it_is_shown(frames: int) -> None:
    seen = [Observation(90 * number, (face(),), SAME) for number in range(frames)]
    assert by_challenge(seen, recorded(1)[0]) is Outcome.ATTACK


def test_what_has_no_face_has_no_response() -> None:
    assert by_challenge([Observation(0, ())], recorded(1)[0]) is Outcome.NO_RESPONSE
    assert by_challenge([], recorded(1)[0]) is Outcome.NO_RESPONSE
