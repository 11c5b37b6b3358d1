"""Challenges for whoever presents themselves at a kiosk or a desk: issued for one session, answered once, in time.

Implements a challenge-response as in ISO/IEC 30107-1; what it stops, and what it does not, is measured in
docs/liveness.md. Invariants:

* A challenge is issued for one session and begun once, in that session, before it expires; then it is gone.
* A session gets few challenges: who may try often enough guesses right.
* Nothing is taken for granted: without a challenge that was answered there is no `Answered`.

Who can read this process's memory knows what will be asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from countenance.errors import Malformed, Refused, Unavailable
from countenance.faces.challenge import Trial
from countenance.faces.comparison import VERIFICATION_THRESHOLD
from countenance.vocabulary.liveness import Challenge, Step, Turn
from countenance.vocabulary.moments import Moment

FEWEST, MOST = 3, 8  # Steps; four by default: 1 of 256 guesses what is asked, 1 of 64 where there are three.
DEFAULT = 4
ATTEMPTS = 3  # Challenges a session gets.
LIVES = 120_000  # Milliseconds from issue until a challenge is no longer taken.
# Milliseconds that are asked, from, to; and for how long one may take to do it.
REST, HOLD, WITHIN = (500, 1500), (400, 1200), 3000
# Challenges and sessions that are remembered at once, and milliseconds for which a session's attempts are.
OPEN, REMEMBERED = 4096, 3_600_000
LONGEST_SESSION = 200

# A whole number from 0 up to, not including, the one given; `secrets.randbelow`.
Random = Callable[[int], int]


@dataclass(slots=True)
class _Session:
    """How many challenges a session had, since when, and the one that is open."""

    since: Moment
    attempts: int = 0
    challenge: Challenge | None = None


class Challenges:
    """The challenges of one kiosk or desk. Not for two threads at once.

    `random`: `secrets.randbelow`, anything weaker is only for tests. `same`: see `Trial`.
    """

    def __init__(self, random: Random, *, steps: int = DEFAULT, same: float = VERIFICATION_THRESHOLD) -> None:
        if not FEWEST <= steps <= MOST:
            raise Malformed(f"a challenge has {FEWEST} to {MOST} steps: choose as many")
        self._random = random
        self._steps = steps
        self._same = same
        self._sessions: dict[str, _Session] = {}

    def issue(self, session: str, moment: Moment) -> Challenge:
        """A new challenge for `session`; one that it had before is void.

        Raises Refused if the session had its challenges, Malformed if it has no name, Unavailable if too many are open.
        """
        if not session or len(session) > LONGEST_SESSION:
            raise Malformed(f"a session is named by 1 to {LONGEST_SESSION} characters: give it a random name")
        self._forget(moment)
        found = self._sessions.get(session)
        if found is None:
            if len(self._sessions) >= OPEN:
                raise Unavailable("too many sessions at once: try again in an hour, or present papers to a person")
            found = self._sessions[session] = _Session(moment)
        if found.attempts >= ATTEMPTS:
            raise Refused(f"this session had its {ATTEMPTS} challenges: let a person look at it")
        found.attempts += 1
        found.challenge = drawn(session, moment, self._random, steps=self._steps)
        return found.challenge

    def begin(self, session: str, nonce: bytes, moment: Moment) -> Trial:
        """The trial of the challenge `nonce` of `session`, once; straight ahead is shown from `moment` on.

        Raises Refused if it is not this session's open challenge, was begun before, or expired.
        """
        found = self._sessions.get(session)
        challenge = found.challenge if found else None
        if found is None or challenge is None or challenge.nonce != nonce:
            raise Refused("this challenge is not open in this session: ask for a new one")
        found.challenge = None
        if not challenge.issued <= moment < challenge.expires:
            raise Refused("this challenge has expired: ask for a new one")
        return Trial(challenge, moment, same=self._same)

    def _forget(self, moment: Moment) -> None:
        over = [name for name, it in self._sessions.items() if not 0 <= moment - it.since <= REMEMBERED]
        for name in over:
            del self._sessions[name]


def drawn(session: str, moment: Moment, random: Random, *, steps: int = DEFAULT) -> Challenge:
    """A challenge whose every turn, rest and hold is drawn by `random`, independently of the others."""
    turns = tuple(Turn)

    def between(limits: tuple[int, int]) -> int:
        return limits[0] + random(limits[1] - limits[0] + 1)

    asked = tuple(Step(between(REST), turns[random(len(turns))], between(HOLD), WITHIN) for _ in range(steps))
    nonce = bytes(random(256) for _ in range(16))
    return Challenge(session, nonce, asked, between(REST), moment, moment + LIVES)
