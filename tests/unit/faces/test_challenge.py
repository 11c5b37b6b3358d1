"""The response to a challenge: people who do what is asked are answered, and no stream that breaks a rule is."""

import random
from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Malformed, Refused
from countenance.faces import challenge as rules
from countenance.faces import pose
from countenance.faces.challenge import Trial
from countenance.faces.extractor import read_template
from countenance.faces.liveness import drawn
from countenance.vocabulary.faces import Face
from countenance.vocabulary.liveness import Challenge, Observation, Progress, Prompt, Turn
from simulator.turning import NOD, SAME, Pose, Subject, face, played, template

BEGUN = 1_000_000
SEEDS = st.integers(0, 2**32 - 1)


def challenge(seed: int, steps: int = 4) -> Challenge:
    return drawn("session", BEGUN, random.Random(seed).randrange, steps=steps)


def tried(subject: Subject, *, seed: int = 1, interval: int = 100) -> Trial:
    trial = Trial(challenge(seed), BEGUN)
    played(trial, subject, begun=BEGUN, interval=interval)
    return trial


def refused(trial: Trial, reason: str) -> None:
    """Not answered, for that reason; and what comes after changes nothing."""
    assert trial.prompt.progress is Progress.FAILED
    assert reason in trial.reasons[0]
    before = trial.reasons
    played_on = Subject()
    for later in range(1, 300):
        trial.observe(played_on.observed(BEGUN + 60_000 + later * 100, trial.prompt))
    assert trial.reasons == before
    with pytest.raises(Refused, match="not answered"):
        trial.answered()


@given(seed=SEEDS, interval=st.sampled_from([33, 66, 100, 200]), steps=st.integers(3, 8))
@settings(max_examples=40, deadline=None)
def test_who_does_what_is_asked_has_answered(seed: int, interval: int, steps: int) -> None:
    trial = Trial(challenge(seed, steps), BEGUN)
    played(trial, Subject(), begun=BEGUN, interval=interval)
    answer = trial.answered()
    assert (answer.session, answer.nonce) == ("session", trial.challenge.nonce)
    assert answer.template.shots > steps
    assert SAME.values.hex()[:8] not in repr(answer)


def test_nothing_is_answered_before_the_end() -> None:
    trial, subject = Trial(challenge(1), BEGUN), Subject()
    frames = len(played(Trial(challenge(1), BEGUN), Subject(), begun=BEGUN))
    for number in range(1, frames):
        trial.observe(subject.observed(BEGUN + number * 100, trial.prompt))
        with pytest.raises(Refused, match="not over yet"):
            trial.answered()
    trial.observe(subject.observed(BEGUN + frames * 100, trial.prompt))
    assert trial.answered().moment == BEGUN + frames * 100


class Early(Subject):
    reaction, motion = 0, 100


class Late(Subject):
    reaction = 3100


class Still(Subject):
    def posed(self, prompt: Prompt, passed: int) -> Pose:
        return 0.0, 0.0


class Mirrored(Subject):
    def posed(self, prompt: Prompt, passed: int) -> Pose:
        turn, nod = super().posed(prompt, passed)
        return -turn, -nod


class Askew(Subject):
    """Turns every way at once as far as it can, so that one movement would fit two asks."""

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        turn, nod = super().posed(prompt, passed)
        return (turn, abs(turn) * 0.09 / 0.20 * 1.2) if turn else (nod * 0.20 / 0.09 * 1.2, nod)


class Hasty(Subject):
    """Comes back at once."""

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        there = super().posed(prompt, passed)
        return there if prompt.turn is None or passed < 800 else (0.0, 0.0)


class Restless(Subject):
    """Turns before anything is asked, as a recording does."""

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        there = super().posed(prompt, passed)
        return (0.3, 0.0) if prompt.turn is None and prompt.step and passed > 900 else there


class Changed(Subject):
    """Shows something else of the frame from the second turn on."""

    def __init__(self, change: "str") -> None:
        super().__init__()
        self.change = change

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        seen = super().observed(moment, prompt)
        turned, resting = prompt.step == 1 and prompt.turn is not None, prompt.step == 2 and prompt.turn is None
        if self.change == "other turned" and turned:
            return replace(seen, template=template(2))
        if self.change == "other at rest" and resting:
            return replace(seen, template=template(2))
        if self.change == "unlike" and resting:
            return replace(seen, template=template(1, near=0.42))
        if self.change == "no template turned" and turned:
            return replace(seen, template=None)
        if self.change == "no template at rest" and resting:
            return replace(seen, template=None)
        if self.change == "other extractor" and turned:
            return replace(seen, template=read_template(b"\2" * 32, SAME.values))
        if self.change == "gone" and turned and moment - self.since < 620:
            return replace(seen, faces=())
        if self.change == "unmeasurable" and turned:
            return replace(seen, faces=(broken(seen.faces[0]),))
        if self.change == "jump" and turned:
            return replace(seen, faces=(face(*self.pose, at=(500.0, 200.0)),))
        if self.change == "two" and turned:
            return replace(seen, faces=(*seen.faces, face(at=(600.0, 200.0), size=40.0)))
        return seen


def broken(whole: Face) -> Face:
    nothing = (float("nan"), float("nan"))
    return replace(whole, landmarks=(nothing, nothing, nothing, nothing, nothing))


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        (Early, "the head turned before it was asked"),
        (Late, "the head did not turn"),
        (Still, "the head did not turn"),
        (Mirrored, "the head turned"),
        (Hasty, "was not held"),
        (Restless, "the head turned before it was asked"),
    ],
)
@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_no_stream_that_breaks_a_step_is_answered(subject: type[Subject], reason: str, seed: int) -> None:
    refused(tried(subject(), seed=seed), reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("other turned", "another person's face during the turn"),
        ("other at rest", "another person's face"),
        ("unlike", "another person's face"),
        ("no template turned", "no template was taken during the turn"),
        ("no template at rest", "no template was taken while"),
        ("other extractor", "two extractors"),
        ("gone", "no face for 0.6 s"),
        ("unmeasurable", "no face for"),
        ("jump", "the face jumped"),
        ("two", "a second face"),
    ],
)
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_no_stream_that_is_not_one_face_is_answered(change: str, reason: str, seed: int) -> None:
    refused(tried(Changed(change), seed=seed), reason)


def test_a_blink_of_the_detector_and_a_small_face_behind_are_nothing() -> None:
    class Blinking(Subject):
        def observed(self, moment: int, prompt: Prompt) -> Observation:
            seen = super().observed(moment, prompt)
            behind = face(at=(600.0, 200.0), size=20.0)
            return replace(seen, faces=() if moment // 100 % 9 == 0 else (behind, *seen.faces))

    assert tried(Blinking()).answered()


@pytest.mark.parametrize("turn", list(Turn))
def test_a_head_held_askew_is_one_turn_and_never_two(turn: Turn) -> None:
    """Else half of all asks would be met by one movement."""
    asked = replace(challenge(1), steps=tuple(replace(step, turn=turn) for step in challenge(1).steps))
    trial = Trial(asked, BEGUN)
    played(trial, Askew(), begun=BEGUN)
    refused(trial, f", not {turn.value}")


def test_two_kinds_of_frames_out_of_time() -> None:
    trial, subject = Trial(challenge(1), BEGUN), Subject()
    seen = subject.observed(BEGUN + 100, trial.prompt)
    trial.observe(seen)
    trial.observe(seen)
    refused(trial, "the clock went back")
    late = Trial(challenge(1), BEGUN + rules.AWAY)
    late.observe(Subject().observed(late.challenge.expires + 1, late.prompt))
    refused(late, "the challenge expired")


def test_a_face_that_never_looks_straight_ahead() -> None:
    trial = Trial(challenge(1), BEGUN)
    for number in range(1, 40):
        trial.observe(Observation(BEGUN + number * 100, (face(0.3),), SAME))
    refused(trial, "nobody looked straight ahead within 3.0 s")


def test_nobody_at_all() -> None:
    trial = Trial(challenge(1), BEGUN)
    for number in range(1, 40):
        trial.observe(Observation(BEGUN + number * 100, ()))
    refused(trial, "nobody looked straight ahead")


def test_a_box_without_numbers_is_no_continuity() -> None:
    trial = Trial(challenge(1), BEGUN)
    trial.observe(Observation(BEGUN + 100, (face(),), SAME))
    lost = face()
    lost = replace(lost, box=replace(lost.box, x=float("nan")))
    trial.observe(Observation(BEGUN + 200, (lost,), SAME))
    refused(trial, "jumped")


def test_a_challenge_without_steps_asks_nothing() -> None:
    with pytest.raises(Malformed, match="at least one turn"):
        Trial(replace(challenge(1), steps=()), BEGUN)


class Wandering(Subject):
    """Moves as a list says, whatever is asked."""

    def __init__(self, moves: list[tuple[int, Pose]]) -> None:
        super().__init__()
        self.frames = [there for frames, there in moves for _ in range(frames)]

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        return self.frames.pop(0) if self.frames else (0.0, 0.0)


POSES = st.tuples(st.sampled_from([-0.3, -0.1, 0.0, 0.1, 0.3]), st.sampled_from([-0.14, 0.0, 0.14]))
MOVES = st.lists(st.tuples(st.integers(1, 25), POSES), max_size=40)


@given(seed=SEEDS, moves=MOVES, helped=st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_whatever_is_answered_kept_every_rule(seed: int, moves: list[tuple[int, Pose]], helped: int) -> None:
    """An independent reading of the rules, over the frames and the prompts: `helped` steps are done right first."""

    class Partly(Wandering):
        def posed(self, prompt: Prompt, passed: int) -> Pose:
            return Subject.posed(self, prompt, passed) if prompt.step < helped else super().posed(prompt, passed)

    trial = Trial(challenge(seed), BEGUN)
    frames = played(trial, Partly(moves), begun=BEGUN)
    if trial.prompt.progress is not Progress.ANSWERED:
        return
    moved = smoothed([seen for _, seen in frames])
    for number, step in enumerate(trial.challenge.steps):
        during = [(prompt, seen.moment, where) for (prompt, seen), where in zip(frames, moved, strict=True)]
        before = [(when, where) for prompt, when, where in during if (prompt.step, prompt.turn) == (number, None)]
        asked = [(when, where) for prompt, when, where in during if (prompt.step, prompt.turn) == (number, step.turn)]
        slack = rules.LASTING + 100
        assert longest([(when, rests(where)) for when, where in before]) >= step.rest
        assert longest([(when, holds(where, step.turn)) for when, where in asked]) + 2 * slack >= step.hold
        assert longest([(when, goes(where) not in (None, step.turn)) for when, where in asked]) < rules.LASTING
        assert asked[-1][0] - before[-1][0] <= step.within + step.hold + 2 * slack


def smoothed(frames: list[Observation]) -> list[Pose]:
    """Each frame's turn and nod, as the median of it and the two before."""
    found = [pose.measured(seen.faces[0].landmarks) for seen in frames]
    plain = [(it.turn, it.nod - NOD) for it in found if it is not None]
    assert len(plain) == len(frames)
    windows = [plain[max(0, number - 2) : number + 1] for number in range(len(plain))]
    return [(median(turn for turn, _ in window), median(nod for _, nod in window)) for window in windows]


def longest(frames: list[tuple[int, bool]]) -> int:
    """Milliseconds of the longest run of frames in which it holds."""
    best, run = 0, []
    for moment, held in frames:
        run = [*run, moment] if held else []
        best = max(best, run[-1] - run[0] if run else 0)
    return best


def rests(where: Pose) -> bool:
    """Within the rest that the rules allow at the beginning, which is wider than later."""
    return abs(where[0]) <= rules.FRONTAL_ASIDE and abs(where[1]) <= 0.131


def holds(where: Pose, turn: Turn) -> bool:
    way = {Turn.RIGHT: where[0], Turn.LEFT: -where[0], Turn.DOWN: where[1] / 0.45, Turn.UP: -where[1] / 0.45}
    return way[turn] >= 0.12 - 1e-9


def goes(where: Pose) -> Turn | None:
    aside, along = where[0] / 0.20, where[1] / 0.09
    if max(abs(aside), abs(along)) < 1:
        return None
    if abs(aside) >= abs(along):
        return Turn.RIGHT if aside > 0 else Turn.LEFT
    return Turn.DOWN if along > 0 else Turn.UP
