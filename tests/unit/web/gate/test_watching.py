"""Watching at a gate: who answers gives a template, all others a reason; bystanders are not looked at."""

import random

import numpy as np
import pytest

from countenance.errors import Malformed, Refused
from countenance.faces import Image, Template, compare
from countenance.vocabulary.gates import Reason
from countenance.vocabulary.liveness import Prompt
from countenance.web.gate.watching import AWAY, CROSSING, Watch
from simulator import desk
from simulator.desk import INTERVAL, Turning

PLAIN = np.full((480, 640, 3), 96, np.uint8)


def watched(act: desk.Act, *, seed: int = 1) -> Template | Reason:
    """What comes of somebody who acts like this, frame by frame."""
    now = since = 1_000
    watch = Watch(desk.engine(), random.Random(seed).randrange, now, steps=CROSSING)
    before: tuple[object, ...] = ()
    while not watch.told.over:
        prompt = watch.told.prompt
        state = (prompt.turn, prompt.step, prompt.progress)
        if state != before:
            before, since = state, now
        now += INTERVAL
        watch.frame(act(prompt, now - since), now)
    with pytest.raises(Refused):
        watch.frame(desk.jpeg(PLAIN), now + INTERVAL)
    return watch.found()


def still(picture: Image) -> desk.Act:
    data = desk.jpeg(picture)

    def act(_prompt: Prompt, _passed: int) -> bytes:
        return data

    return act


def test_who_turns_as_asked_gives_their_template() -> None:
    found = [watched(Turning(), seed=seed) for seed in range(2)]
    mine = [one for one in found if isinstance(one, Template)]
    assert mine
    assert all(compare(one, desk.engine().extract(desk.shown("d", "head", 0, 0))) > 0.9 for one in mine)


def test_a_screen_that_is_held_up_and_turned_gives_none() -> None:
    assert all(watched(Turning(kind="screen"), seed=seed) in (Reason.CHALLENGE, Reason.POOR) for seed in range(2))


def test_nobody_two_and_the_dark_have_reasons_of_their_own() -> None:
    assert watched(still(PLAIN)) is Reason.NOBODY
    one = desk.shown("d", "head", 0, 0)
    assert watched(still(np.asarray(one * 0.02, np.uint8))) in (Reason.NOBODY, Reason.POOR)
    half = np.hstack([one[:, 150:330], desk.shown("b", "head", 0, 0)[:, 150:330]])
    two = PLAIN.copy()
    two[:, 140:500] = half
    assert watched(still(two)) is Reason.SEVERAL
    assert watched(still(one)) is Reason.CHALLENGE


def test_who_stands_beside_the_zone_is_nobody() -> None:
    beside = PLAIN.copy()
    beside[:, :150] = desk.shown("d", "head", 0, 0)[:, 165:315]
    assert len(desk.engine().detect(beside)) == 1
    assert watched(still(beside)) is Reason.NOBODY


def test_the_dark_is_poor_after_what_was_seen_and_no_frames_is_nobody() -> None:
    watch = Watch(desk.engine(), random.Random(1).randrange, 0, steps=CROSSING)
    assert not watch.left(AWAY - 1)
    assert watch.left(AWAY)
    with pytest.raises(Malformed):
        watch.frame(b"\xff\xd8\xff", 100)
    assert watch.found() is Reason.CHALLENGE


def test_a_camera_that_takes_long_to_open_is_nobodys_absence() -> None:
    watch = Watch(desk.engine(), random.Random(1).randrange, 0, steps=CROSSING)
    for late in (3 * AWAY, 4 * AWAY - 1):
        watch.frame(desk.jpeg(PLAIN), late)
        assert not watch.told.over
    watch.frame(desk.jpeg(PLAIN), 4 * AWAY)
    assert watch.found() is Reason.NOBODY
