"""Watching: frames of a kiosk's camera become one template of who stands in the zone, or why there is none.

A challenge is asked, as at a desk (`faces.challenge`); who misses it is told what to do and asked another. Invariants:

* A frame is cut to the zone and bystanders are covered before anything else; what is shown and extracted is what is
  left. No frame is kept.
* There is a template after a challenge that was answered, by frames at rest that are good enough as a reference.
* It ends: after `ATTEMPTS` challenges, or as soon as nobody was seen for `AWAY`.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image as Pictures

from countenance.errors import Malformed, Refused
from countenance.faces import Engine, Image, Sample, Template
from countenance.faces.challenge import Trial
from countenance.faces.image import load
from countenance.faces.liveness import ATTEMPTS, drawn
from countenance.gates import looking
from countenance.vocabulary.gates import Reason
from countenance.vocabulary.liveness import Observation, Progress, Prompt
from countenance.zones.edge.capture import LARGEST, MOST_FRAMES, MOST_PIXELS, advice

AWAY: Final = 10_000
"""Milliseconds without a face in the zone, or without a frame, after which nobody is there."""

PAUSE: Final = 1_500
"""Milliseconds between a challenge that was missed and the next, to read what to do."""

ENROLLING, CROSSING = 4, 1
"""Turns that are asked: of who makes a code, and of who brings one and stands before an officer's eyes."""

_REASONS: Final = {"alone": Reason.SEVERAL, "seen": Reason.NOBODY, "light": Reason.POOR}
_QUALITY: Final = 80

Below = Callable[[int], int]
"""A whole number from 0 up to the one given, not included."""


@dataclass(frozen=True, slots=True)
class Told:
    """What to show. `prompt`: of the challenge; `advice`: what to do next, empty while nothing is wrong.

    `over`: whether nothing more is asked; then it was answered if the prompt says so.
    """

    prompt: Prompt
    advice: str
    over: bool


class Watch:
    """One traveller before the camera. Not for two threads at once. Moments are of a clock that never goes back."""

    def __init__(self, engine: Engine, below: Below, moment: int, *, steps: int) -> None:
        self._engine = engine
        self._below = below
        self._steps = steps
        self._frames = 0
        self._missed = 0
        self._face = moment
        self._again = 0
        self._reason: Reason | None = None
        self._poor = False
        self._trial = self._drawn(moment)

    @property
    def told(self) -> Told:
        """What to show now."""
        prompt = self._trial.prompt
        said = self._advice() if prompt.progress is Progress.FAILED else ""
        return Told(prompt, said, self._reason is not None or prompt.progress is Progress.ANSWERED)

    def frame(self, data: bytes, moment: int) -> bytes:
        """Look at the next frame, a JPEG that is not mirrored; the JPEG that may be shown of it.

        Raises Malformed for bytes that are no such picture, Refused for too many.
        """
        self._frames += 1
        if self._frames == 1:
            # A camera takes its time to open, and a browser asks whether it may: nobody is away meanwhile.
            self._face = moment
        if self._frames > MOST_FRAMES or self.told.over:
            raise Refused("nothing more is looked at: begin again, or take the other lane")
        if len(data) > LARGEST:
            raise Malformed(f"a frame is a JPEG of at most {LARGEST // 1024} KiB: load the page again")
        seen = looking.seen(self._engine, load(data, most=MOST_PIXELS))
        if self._trial.prompt.progress is Progress.FAILED and moment >= self._again:
            # It begins with the next frame: this one is not later than it.
            self._trial = self._drawn(moment)
        elif self._trial.prompt.progress is Progress.RUNNING:
            self._observe(seen, moment)
        if seen.presented:
            self._face = moment
        elif moment - self._face >= AWAY:
            self._reason = Reason.NOBODY
        return _jpeg(seen.picture)

    def left(self, moment: int) -> bool:
        """Whether there was no frame with a face for so long that nobody is there."""
        return moment - self._face >= AWAY

    def found(self) -> Template | Reason:
        """The template of who answered, or why there is none."""
        if self._reason is not None:
            return self._reason
        try:
            return self._trial.answered().template
        except Refused:
            return Reason.CHALLENGE

    def _observe(self, seen: looking.Seen, moment: int) -> None:
        sample = self._sample(seen) if len(seen.presented) == 1 else None
        template = None if sample is None else self._engine.extractor.extract(sample)
        prompt = self._trial.observe(Observation(moment, seen.presented, template))
        if prompt.progress is not Progress.FAILED:
            return
        self._again = moment + PAUSE
        # That nobody is there yet is no challenge missed; it has a time of its own.
        self._missed += self._advice() != "seen" or bool(seen.presented)
        if self._missed >= ATTEMPTS:
            self._reason = _REASONS.get(self._advice(), Reason.CHALLENGE)

    def _sample(self, seen: looking.Seen) -> Sample | None:
        face = seen.presented[0]
        if self._trial.prompt.turn is not None:
            return self._engine.sample(seen.picture, face)
        sample = looking.good(self._engine, seen.picture, face)
        self._poor = sample is None
        return sample

    def _advice(self) -> str:
        said = advice(self._trial.reasons[0])
        return "light" if self._poor and said == "again" else said

    def _drawn(self, moment: int) -> Trial:
        self._poor = False
        same = self._engine.extractor.card.verification
        return Trial(drawn("gate", moment, self._below, steps=self._steps), moment, same=same)


def _jpeg(picture: Image) -> bytes:
    data = io.BytesIO()
    Pictures.fromarray(picture).save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()
