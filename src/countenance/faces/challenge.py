"""The response to a challenge: from a stream of observations, whether a head turned as, and when, it was asked.

For each step: (1) look straight ahead for a random time; (2) the turn is asked, and the head must not have left before;
(3) it must be reached within the step's time, and no other; (4) and held for a random time, until straight ahead is
asked again. Last, (5) straight ahead once more. Throughout (6) there is one face, never away for long, that does not
jump, and (7) it is the same person's: at every rest, and at least once in every turn. Invariants:

* What is asked is learned from `observe` alone, when it is asked, and not before.
* The first fault ends it. Nothing that comes later, and nothing that is left out, makes an answer of it.
* Time is the observations' own; without observations nothing is answered.

Who can show a picture that follows what is asked, frame by frame, answers: see docs/liveness.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from countenance.errors import Malformed, Refused
from countenance.faces import pose
from countenance.faces.comparison import VERIFICATION_THRESHOLD, compare
from countenance.faces.extractor import combine
from countenance.faces.tracker import overlap
from countenance.vocabulary.faces import Face, Template
from countenance.vocabulary.liveness import Answered, Challenge, Observation, Progress, Prompt, Turn
from countenance.vocabulary.moments import Moment

# Differences from the same person's rest (`Pose.turn`, `Pose.nod`) that are a turn: about 30 degrees of a head.
ASIDE, ALONG = 0.20, 0.09
# Shares of these: up to where it is rest, and from where on a turn that was reached is still held.
RESTING, HOLDING = 0.7, 0.6
# Straight ahead at the beginning, before the person's own rest is known: `Pose.turn` and `Pose.nod` from, to.
FRONTAL_ASIDE, FRONTAL_ALONG = 0.17, (-0.08, 0.18)
# Milliseconds. Nobody sees what is asked and has turned sooner than this; no face, or no observation, for longer.
REACTION, AWAY = 300, 500
# Milliseconds from which on a movement that was not asked is one, and no noise of the landmarks.
LASTING = 250
# Least intersection over union of a face's boxes in consecutive observations.
CONTINUOUS = 0.3
# Of the face's area: another one as large is before the camera too.
BESIDE = 0.35
# Comparison score of a turned face with the same person's rest. Mated ones at 40 degrees score 0.4 and more.
TURNED = 0.30
# Observations whose median is taken: one frame's landmarks may be anywhere.
SMOOTHED = 3

_SIGNS = {Turn.RIGHT: (0, 1), Turn.LEFT: (0, -1), Turn.DOWN: (1, 1), Turn.UP: (1, -1)}


@dataclass(slots=True)
class _Phase:
    """One prompt: since when it is shown, and when in it the head came to rest or reached the turn.

    `best`: comparison score so far; `settled`: whether there was any rest in it; `going`: which way the head is turned,
    and since when; `dropped`: since when a turn that was reached is not held.
    """

    since: Moment
    reached: Moment | None = None
    best: float | None = None
    settled: bool = False
    going: tuple[Turn | None, Moment] = (None, 0)
    dropped: Moment | None = None

    def goes(self, towards: Turn | None, moment: Moment) -> int:
        """Milliseconds for which the head has been turned this way by now."""
        if towards is not self.going[0]:
            self.going = (towards, moment)
        return moment - self.going[1]


@dataclass(slots=True)
class _Seen:
    """What the newest observations showed."""

    moment: Moment
    face: Face | None = None
    when: Moment = 0
    poses: list[tuple[float, float]] = field(default_factory=list)


class Trial:
    """One challenge, being answered. Not for two threads at once.

    `begun`: the moment at which straight ahead is first shown. `same`: comparison score from which two frontal
    templates are taken to be of one person; the extractor card's `verification`.
    """

    def __init__(self, challenge: Challenge, begun: Moment, *, same: float = VERIFICATION_THRESHOLD) -> None:
        if not challenge.steps:
            raise Malformed("a challenge asks for at least one turn: issue another")
        self.challenge = challenge
        self._same = same
        self._step = 0
        self._turn: Turn | None = None
        self._phase = _Phase(begun)
        self._seen = _Seen(begun, when=begun)
        self._frontal: list[tuple[float, float]] = []
        self._rest: tuple[float, float] | None = None
        self._templates: list[Template] = []
        self._answered: Answered | None = None
        self.reasons: tuple[str, ...] = ()

    @property
    def prompt(self) -> Prompt:
        """What to show now."""
        progress = Progress.FAILED if self.reasons else Progress.ANSWERED if self._answered else Progress.RUNNING
        return Prompt(self._turn, self._phase.reached is not None, self._step, len(self.challenge.steps), progress)

    def answered(self) -> Answered:
        """The answer. Raises Refused, saying why, unless the whole challenge was answered."""
        if self._answered is None or self.reasons:
            raise Refused(f"the challenge was not answered: {'; '.join(self.reasons) or 'it is not over yet'}")
        return self._answered

    def observe(self, seen: Observation) -> Prompt:
        """Take the next observation, later than the one before, and say what to show from now on."""
        if self.prompt.progress is Progress.RUNNING:
            try:
                self._observed(seen)
            except (_Fault, Malformed) as fault:
                self.reasons = (str(fault),)
        return self.prompt

    def _observed(self, seen: Observation) -> None:
        if seen.moment <= self._seen.moment:
            raise _Fault("the clock went back, or a frame came twice")
        if seen.moment > self.challenge.expires:
            raise _Fault("the challenge expired")
        self._present(seen)
        face = _followed(seen.faces, self._seen.face)
        self._seen.moment = seen.moment
        if face is None:
            return
        self._continues(face, seen)
        found = pose.measured(face.landmarks)
        if found is None:
            return
        self._seen.face, self._seen.when = face, seen.moment
        self._seen.poses = [*self._seen.poses, (found.turn, found.nod)][-SMOOTHED:]
        turn, nod = (median(values) for values in zip(*self._seen.poses, strict=True))
        if self._turn is None:
            self._straight(seen, (turn, nod))
        else:
            self._turning(seen, self._turn, self._deviation((turn, nod)))

    def _present(self, seen: Observation) -> None:
        """(6) The last face is not long ago, and this prompt's time not over."""
        away = seen.moment - self._seen.when
        # Before the first face nobody is away: then the first rest's own time counts.
        if away > AWAY and self._seen.face is not None:
            raise _Fault(f"no face for {away / 1000:.1f} s")
        asked = self._turn
        step = self.challenge.steps[min(self._step, len(self.challenge.steps) - 1)]
        if self._phase.reached is None and seen.moment - self._phase.since > step.within:
            where = f"the head did not turn {asked.value}" if asked else "nobody looked straight ahead"
            raise _Fault(f"{where} within {step.within / 1000:.1f} s")

    def _continues(self, face: Face, seen: Observation) -> None:
        """(6) One face, where it was a moment ago."""
        # Written so that a box that is not made of numbers is none that is small, or near.
        if any(other is not face and not other.box.area < BESIDE * face.box.area for other in seen.faces):
            raise _Fault("a second face before the camera")
        before = self._seen.face
        if before is not None and not float(overlap([before.box], [face.box])[0, 0]) >= CONTINUOUS:
            raise _Fault("the face jumped from one place to another")

    def _straight(self, seen: Observation, found: tuple[float, float]) -> None:
        """(1), (5) Look straight ahead, for as long as the step says."""
        towards = self._direction(self._deviation(found)) if self._rest else None
        lasts = self._phase.goes(towards, seen.moment) >= LASTING
        if not self._is_rest(found):
            if towards and lasts and self._phase.settled:
                raise _Fault("the head turned before it was asked")
            # Fidgeting: the time begins anew, within the same limit.
            self._phase.reached, self._frontal = None, []
            return
        self._phase.settled = True
        if self._rest is None:
            self._frontal.append(found)
        if self._phase.reached is None:
            self._phase.reached = seen.moment
        self._recognised(seen.template)
        last = self._step == len(self.challenge.steps)
        rest = self.challenge.last if last else self.challenge.steps[self._step].rest
        if seen.moment - self._phase.reached < rest:
            return
        if self._phase.best is None:
            raise _Fault("no template was taken while the face looked straight ahead")
        if last:
            self._answered = Answered(
                self.challenge.session,
                self.challenge.nonce,
                seen.moment,
                combine(self._templates, [1.0] * len(self._templates)),
            )
            return
        if self._rest is None:
            self._rest = (fmean(turn for turn, _ in self._frontal), fmean(nod for _, nod in self._frontal))
        self._turn, self._phase = self.challenge.steps[self._step].turn, _Phase(seen.moment)

    def _turning(self, seen: Observation, asked: Turn, deviation: tuple[float, float]) -> None:
        """(2) to (4) The turn that is asked, not before it is, no other, and held."""
        phase, step = self._phase, self.challenge.steps[self._step]
        towards = self._direction(deviation)
        axis, sign = _SIGNS[asked]
        far = deviation[axis] * sign
        held = far >= HOLDING
        # Whose face it is at rest was seen there; here counts what is no rest any more.
        if far > RESTING and seen.template is not None:
            phase.best = max(phase.best or -1.0, self._score(seen.template))
        lasts = phase.goes(towards, seen.moment) >= LASTING
        if phase.reached is None:
            early = phase.going[1] - phase.since < REACTION
            if towards is asked and not early:
                phase.reached = seen.moment
            elif towards and lasts:
                turned = "before it was asked" if early else f"{towards.value}, not {asked.value}"
                raise _Fault(f"the head turned {turned}")
            return
        if not held:
            phase.dropped = phase.dropped or seen.moment
            if seen.moment - phase.dropped >= LASTING:
                raise _Fault(f"the turn {asked.value} was not held")
            return
        phase.dropped = None
        if seen.moment - phase.reached < step.hold:
            return
        if phase.best is None:
            raise _Fault("no template was taken during the turn")
        if phase.best < TURNED:
            raise _Fault("another person's face during the turn")
        self._step += 1
        self._turn, self._phase = None, _Phase(seen.moment)

    def _recognised(self, template: Template | None) -> None:
        """(7) At rest every template is of the person who began."""
        if template is None:
            return
        score = self._score(template)
        if score < self._same:
            raise _Fault("another person's face")
        self._templates.append(template)
        self._phase.best = max(self._phase.best or -1.0, score)

    def _score(self, template: Template) -> float:
        return compare(self._templates[0], template) if self._templates else 1.0

    def _is_rest(self, found: tuple[float, float]) -> bool:
        if self._rest is not None:
            return max(map(abs, self._deviation(found))) <= RESTING
        turn, nod = found
        return abs(turn) <= FRONTAL_ASIDE and FRONTAL_ALONG[0] <= nod <= FRONTAL_ALONG[1]

    def _deviation(self, found: tuple[float, float]) -> tuple[float, float]:
        """From the person's own rest, in turns: 1 or more is a turn."""
        turn, nod = self._rest or (0.0, 0.0)
        return (found[0] - turn) / ASIDE, (found[1] - nod) / ALONG

    def _direction(self, deviation: tuple[float, float]) -> Turn | None:
        """The one turn that this is. A head held askew, aside and down at once, is never both."""
        aside, along = deviation
        if max(abs(aside), abs(along)) < 1.0:
            return None
        if abs(aside) >= abs(along):
            return Turn.RIGHT if aside > 0 else Turn.LEFT
        return Turn.DOWN if along > 0 else Turn.UP


class _Fault(Exception):
    """Why a challenge was not answered; it never leaves this module."""


def _followed(faces: Sequence[Face], before: Face | None) -> Face | None:
    """The face that was there before, or the largest. None if there is none, or none that can be measured."""
    if not faces:
        return None
    if before is None:
        return max(faces, key=lambda face: face.box.area)
    return faces[int(overlap([before.box], [face.box for face in faces]).argmax())]
