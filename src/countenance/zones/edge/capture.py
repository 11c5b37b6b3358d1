"""Capture: from the frames of somebody before a kiosk to one photo of who answered the challenge.

Invariants:

* A frame is a JPEG of bounded size; it is decoded in this process, looked at, and dropped. One is kept: the best so far
  with one face that looks straight ahead, while the challenge rests.
* There is no photo before the challenge was answered, and none after it was not.
"""

from typing import Final

from countenance.errors import Malformed, Refused
from countenance.faces import Engine, Template
from countenance.faces.challenge import Trial
from countenance.faces.image import load
from countenance.faces.quality import assess
from countenance.vocabulary.liveness import Observation, Progress, Prompt
from countenance.vocabulary.moments import Moment

LARGEST: Final = 256 * 1024
"""Bytes of one frame."""

MOST_PIXELS: Final = 1280 * 1280
MOST_FRAMES: Final = 2400
"""Of one challenge: two minutes of twenty a second."""

_JPEG: Final = b"\xff\xd8\xff"
_ADVICE: Final = (
    ("a second face", "alone"),
    ("the photo shows", "alone"),
    ("no frame showed", "alone"),
    ("no face", "seen"),
    ("nobody looked", "seen"),
    ("another person's face", "same"),
    ("the head", "turn"),
    ("the turn", "turn"),
    ("the face jumped", "still"),
    ("this photo is too poor", "light"),
)


class Unfit(Refused):
    """Nothing was taken of somebody before the camera. `advice`: which of `ADVICE` they are told to do."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.advice = advice(said)


ADVICE: Final = frozenset({"again", *(name for _, name in _ADVICE)})
"""What to do next: be alone, be seen, be the same person, turn as asked, keep still, find light; or just try again."""


def advice(said: str) -> str:
    """What to do about the reason `said`, of a challenge or a photo."""
    return next((name for beginning, name in _ADVICE if said.startswith(beginning)), "again")


class Capture:
    """One challenge, being answered before a kiosk's camera. Not for two threads at once."""

    def __init__(self, trial: Trial, engine: Engine) -> None:
        self._trial = trial
        self._engine = engine
        self._frames = 0
        self._best: tuple[int, bytes] | None = None

    @property
    def prompt(self) -> Prompt:
        """What to show now."""
        return self._trial.prompt

    @property
    def advice(self) -> str:
        """What to do next after a challenge that was not answered; empty while it runs or if it was."""
        return advice(self._trial.reasons[0]) if self._trial.reasons else ""

    def frame(self, data: bytes, moment: Moment) -> Prompt:
        """Look at the next frame, a JPEG as the camera took it, not mirrored; what to show from now on.

        Raises Malformed for bytes that are no such picture, Refused for too many.
        """
        self._frames += 1
        if self._frames > MOST_FRAMES:
            raise Refused("this is more frames than a challenge takes: begin again")
        if len(data) > LARGEST or not data.startswith(_JPEG):
            raise Malformed(f"a frame is a JPEG of at most {LARGEST // 1024} KiB: load the page again")
        picture = load(data, most=MOST_PIXELS)
        found = self._engine.subjects(picture)
        face = max(found, key=lambda one: one.box.area) if found else None
        sample = self._engine.sample(picture, face) if face else None
        template = None if sample is None else self._engine.extractor.extract(sample)
        prompt = self._trial.observe(Observation(moment, found, template))
        at_rest = prompt.turn is None and prompt.reached and prompt.progress is not Progress.FAILED
        if at_rest and face is not None and sample is not None and len(found) == 1:
            value = assess(picture, face, sample).value
            if self._best is None or value > self._best[0]:
                self._best = value, data
        if prompt.progress is Progress.FAILED:
            self._best = None
        return prompt

    def photo(self) -> tuple[bytes, Template]:
        """The best frame, and the template of the face that answered. Raises Unfit unless it was answered."""
        try:
            answered = self._trial.answered()
        except Refused as error:
            raise Unfit(self._trial.reasons[0] if self._trial.reasons else str(error)) from error
        if self._best is None:
            raise Unfit("no frame showed one face alone that looked straight ahead: only one person before the camera")
        return self._best[1], answered.template
