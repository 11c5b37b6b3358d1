"""Who is not there: a print, a screen, a recording, two people, nobody before the kiosk. Nothing is filed.

Portraits re-imaged by a program, as in `simulator.presentations`: SYNTHETIC. What a challenge does not stop is in
docs/liveness.md.
"""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import Refused
from countenance.vocabulary.liveness import Progress, Prompt
from countenance.zones.custodian.rights import questions
from countenance.zones.edge.capture import Unfit
from simulator.desk import Act, Desk, Turning, beside, jpeg, seen, staffed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed(tmp_path) as staffed_desk:
        yield staffed_desk


def jitter(kind: str) -> Act:
    """A picture held before the camera by a hand that is not quite still."""
    draw = random.Random(3)

    def act(prompt: Prompt, passed: int) -> bytes:
        return seen("d", kind, draw.uniform(-6, 6), draw.uniform(-6, 6))

    return act


def nobody(prompt: Prompt, passed: int) -> bytes:
    return jpeg(np.full((480, 640, 3), 96, np.uint8))


def two(prompt: Prompt, passed: int) -> bytes:
    return beside(seen("d", "head", 0, 0), seen("c", "head", 0, 0))


PRESENTED = {
    "a print, held": (jitter("print"), {"turn"}),
    "a print, turned as asked": (Turning(kind="print"), {"turn", "same"}),
    "a screen, held": (jitter("screen"), {"turn"}),
    "two people": (two, {"alone"}),
    "nobody": (nobody, {"seen"}),
}


@pytest.mark.parametrize("name", PRESENTED)
def test_it_is_refused_three_times_and_nothing_is_filed(desk: Desk, name: str) -> None:
    act, advice = PRESENTED[name]
    token = desk.visit()
    for _ in range(3):
        progress, told = desk.attempt(token, act)
        assert progress is Progress.FAILED
        assert told in advice
        with pytest.raises(Unfit):
            desk.kiosk.file(token)
    with pytest.raises(Refused, match="let a person look"):
        desk.kiosk.begin(token)
    nothing_filed(desk)


def test_a_recording_of_an_answer_is_no_answer_to_another_challenge(desk: Desk) -> None:
    recorded: list[bytes] = []
    person = Turning()

    def act(prompt: Prompt, passed: int) -> bytes:
        recorded.append(person(prompt, passed))
        return recorded[-1]

    progress, _ = desk.attempt(desk.visit(), act)
    assert progress is Progress.ANSWERED
    token = desk.visit()
    for _ in range(3):
        frames = itertools.cycle([*recorded, *recorded[::-1]])
        progress, _ = desk.attempt(token, lambda prompt, passed, frames=frames: next(frames))
        assert progress is Progress.FAILED
        with pytest.raises(Unfit):
            desk.kiosk.file(token)
    nothing_filed(desk)


def test_an_answer_files_nothing_in_another_visit(desk: Desk) -> None:
    first = desk.visit()
    desk.answered(first)
    second = desk.visit()
    for token in (first, second):
        with pytest.raises(Refused):
            desk.kiosk.file(token)
    nothing_filed(desk)


def nothing_filed(desk: Desk) -> None:
    assert desk.calls == []
    assert list(questions.every(desk.zone.opened)) == []
