"""Landmark streams of simulated people before a kiosk, who do what is asked or one thing otherwise. SYNTHETIC."""

import math
from collections.abc import Callable

import numpy as np

from countenance.faces.challenge import Trial
from countenance.faces.extractor import read_template
from countenance.vocabulary.faces import Box, Face, Template
from countenance.vocabulary.liveness import Observation, Prompt, Turn

INTERVAL = 100  # Milliseconds between frames.
NOD = 0.05  # Of somebody who looks straight ahead.
FAR = {Turn.RIGHT: (0.3, 0.0), Turn.LEFT: (-0.3, 0.0), Turn.DOWN: (0.0, 0.14), Turn.UP: (0.0, -0.14)}


def template(person: int, *, near: float = 1.0) -> Template:
    """One person's unit vector; `near`: its comparison score with the person's first."""
    draw = np.random.default_rng(person).normal(size=(2, 128))
    first = draw[0] / np.linalg.norm(draw[0])
    aside = draw[1] - (draw[1] @ first) * first
    vector = near * first + math.sqrt(1 - near**2) * aside / np.linalg.norm(aside)
    return read_template(b"\1" * 32, (vector / np.linalg.norm(vector)).astype("<f4").tobytes())


def face(turn: float = 0.0, nod: float = 0.0, *, at: tuple[float, float] = (200.0, 200.0), size: float = 60.0) -> Face:
    """A face whose `Pose.turn` and `Pose.nod` are these (nod from rest); `size`: pixels between the eyes."""
    x, y = at
    length = size
    down = 0.5 * length + (nod + NOD) * size
    points = ((-0.5, 0.0), (0.5, 0.0), (-turn, down / size), (-0.4, 1.0), (0.4, 1.0))
    a, b, c, d, e = ((x + u * size, y + v * size) for u, v in points)
    return Face(Box(x - 1.1 * size, y - size, 2.2 * size, 3.0 * size), (a, b, c, d, e), 0.9)


SAME = template(1)
Pose = tuple[float, float]
# What a frame shows, from the moment, the prompt, and how long it has been shown.
Act = Callable[[int, Prompt, int], Observation]


class Subject:
    """Somebody who answers as people do; subclasses do one thing otherwise."""

    reaction, motion = 300, 400  # Milliseconds until the head moves, and from rest to turned.

    def __init__(self) -> None:
        self.pose: Pose = (0.0, 0.0)
        self.shown: Prompt | None = None
        self.since = self.last = 0
        self.start: Pose = (0.0, 0.0)

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        """The frame at `moment`, while `prompt` is shown."""
        if self.shown is None or (prompt.turn, prompt.step) != (self.shown.turn, self.shown.step):
            # The prompt came with the frame before.
            self.shown, self.since, self.start = prompt, self.last or moment, self.pose
        self.last = moment
        self.pose = self.posed(prompt, moment - self.since)
        return Observation(moment, (face(*self.pose),), SAME)

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """Where the head is, `passed` milliseconds after the prompt came."""
        goal = FAR[prompt.turn] if prompt.turn else (0.0, 0.0)
        share = min(max((passed - self.reaction) / self.motion, 0.0), 1.0)
        return (
            self.start[0] + share * (goal[0] - self.start[0]),
            self.start[1] + share * (goal[1] - self.start[1]),
        )


def played(
    trial: Trial, subject: Subject, *, begun: int, interval: int = INTERVAL, most: int = 900
) -> list[tuple[Prompt, Observation]]:
    """Let `subject` answer until the trial is over: every frame, and the prompt that was shown when it was taken."""
    shown: list[tuple[Prompt, Observation]] = []
    prompt, moment = trial.prompt, begun
    while prompt.progress.value == "running" and len(shown) < most:
        moment += interval
        seen = subject.observed(moment, prompt)
        shown.append((prompt, seen))
        prompt = trial.observe(seen)
    return shown
