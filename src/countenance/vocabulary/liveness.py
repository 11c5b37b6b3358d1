"""What a kiosk or a desk asks of the person before it, and what it makes of what it sees (ISO/IEC 30107-1 and -3).

Nobody is ever called alive here. A challenge is *answered*, or it is not; what that stops is said in docs/liveness.md.
"""

from dataclasses import dataclass
from enum import Enum

from countenance.vocabulary.faces import Face, Template
from countenance.vocabulary.moments import Moment


class Turn(Enum):
    """Where the head shall go; left and right are the subject's own."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing asked: look straight ahead for `rest`, turn, hold it for `hold`; each within `within`. Milliseconds."""

    rest: int
    turn: Turn
    hold: int
    within: int


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """What is asked of one session, once, until `expires`. `last`: milliseconds to look straight ahead at the end.

    `nonce`: 16 random bytes. The steps are secret until each is asked.
    """

    session: str
    nonce: bytes
    steps: tuple[Step, ...]
    last: int
    issued: Moment
    expires: Moment

    def __repr__(self) -> str:
        return f"Challenge({len(self.steps)} steps, nonce {self.nonce.hex()[:8]})"


@dataclass(frozen=True, slots=True, repr=False)
class Observation:
    """One frame: every face in the marked zone, and the template of the largest one if it was extracted.

    The picture must not be mirrored, or left is right.
    """

    moment: Moment
    faces: tuple[Face, ...]
    template: Template | None = None

    def __repr__(self) -> str:
        return f"Observation({self.moment}, {len(self.faces)} faces)"


class Outcome(Enum):
    """What was made of one presentation (ISO/IEC 30107-3). Only `BONA_FIDE` lets anybody go on."""

    BONA_FIDE = "bona fide"
    ATTACK = "attack"
    NO_RESPONSE = "no response"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a PAD model, or the lack of one, says of a presentation, and why. `score`: the model's own, where it gave
    one; never a probability.
    """

    outcome: Outcome
    reason: str
    score: float | None = None


class Progress(Enum):
    """How far a challenge is."""

    RUNNING = "running"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to show now: the turn that is asked, or None for straight ahead. `step` counts from 0, of `steps`.

    `reached`: the head is there, and is to stay.
    """

    turn: Turn | None
    reached: bool
    step: int
    steps: int
    progress: Progress


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """A challenge that was answered as asked: by whom is for a comparison with `template`, made of the rests.

    It says that a face before the camera moved as one that hears what is asked, and that it was one face; not that
    it was of flesh.
    """

    session: str
    nonce: bytes
    moment: Moment
    template: Template

    def __repr__(self) -> str:
        return f"Answered(nonce {self.nonce.hex()[:8]}, {self.moment})"
