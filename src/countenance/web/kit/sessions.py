"""Sessions: who is signed in, for as long as the custodian said so minutes ago. In memory only.

A session's token is the SHA-256 of what the person's passkey signed. It opens nothing by itself: whoever has it and not
the key, which no browser gives away, is nobody. Invariants:

* Nobody is in here whom the custodian has not named within `FRESH` milliseconds; then the page asks it anew.
* What a session holds of keys ends with it, and is shown in no log and no repr. A key that was not used for `IDLE`
  milliseconds leaves memory before twice that time is over, as long as somebody calls `tidy`.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from countenance.errors import Refused, Unavailable
from countenance.vocabulary.acts import Wanted
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Session
from countenance.vocabulary.warrants import Role
from countenance.web.kit.dpop import encoded

FRESH: Final = 15 * 60_000
"""Milliseconds after which the custodian must have named the person again."""

IDLE: Final = 10 * 60_000
"""Milliseconds for which a footage key may lie unused."""

MOST: Final = 2_000
"""Sessions at once."""


class Forbidden(Refused):
    """The roster does not give a person what they asked a page for. `wanted`: what, for their browser to ask for."""

    def __init__(self, said: str, wanted: Wanted) -> None:
        super().__init__(said)
        self.wanted = wanted


@dataclass(slots=True, repr=False)
class SignedIn:
    """One person in one browser. `point`: of the session's key; `until`: when the custodian must be asked anew.

    `cameras`: those that the roster gives the person, empty for every one; `keys`: footage keys by camera and hour that
    were leased to this person; `used`: which of them, since it was last looked.
    """

    token: str
    person: str
    organisation: str
    roles: frozenset[Role]
    cameras: frozenset[str]
    point: bytes
    until: Moment
    keys: dict[tuple[str, int], bytes] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"SignedIn({self.person}, {len(self.keys)} keys)"

    def lease(self, camera: str, hour: int, key: bytes) -> None:
        """Hold the footage key of this camera's hour."""
        self.used.add((camera, hour))
        self.keys[camera, hour] = key

    def key(self, camera: str, hour: int) -> bytes | None:
        """The footage key of this camera's hour if it is held, to be used now."""
        found = self.keys.get((camera, hour))
        if found is not None:
            self.used.add((camera, hour))
        return found

    def lapse(self) -> None:
        """Let go of each key that was not used since this was last called."""
        used, self.used = self.used, set()
        for place in [place for place in list(self.keys) if place not in used]:
            self.keys.pop(place, None)

    def sees(self, camera: str) -> bool:
        """Whether the roster lets this person act on `camera`."""
        return not self.cameras or camera in self.cameras

    def require(self, *roles: Role) -> None:
        """Return if the person has one of `roles`; else raise Forbidden."""
        if not self.roles & set(roles):
            wanted = tuple(role for role in Role if role in roles)
            names = " or ".join(role.value for role in wanted)
            raise Forbidden(f"this page needs the role {names} on the roster", Wanted(roles=wanted))

    def within(self, camera: str) -> None:
        """Return if the roster lets this person act on `camera`; else raise Forbidden."""
        if not self.sees(camera):
            said = "this camera is not among those that the roster gives you: ask an operator for it"
            raise Forbidden(said, Wanted(camera=camera))


class Sessions:
    """Who is signed in. Any thread. `ended`: told the token of each session that is over."""

    def __init__(self, clock: Callable[[], Moment], ended: Callable[[str], None] = lambda _: None) -> None:
        self._clock = clock
        self._ended = ended
        self._known: dict[str, SignedIn] = {}
        self._lock = threading.Lock()
        self._looked = clock()

    def __len__(self) -> int:
        return len(self._known)

    def entered(self, session: Session, told: SignedIn) -> SignedIn:
        """Take in what the custodian said of a session, or says anew: whatever runs for it sees what changed at once.

        Keys it holds stay, of cameras that are still the person's, unless a role was taken from them. Raises
        Unavailable if too many people are signed in.
        """
        with self._lock:
            self._forget()
            if told.token not in self._known and len(self._known) >= MOST:
                raise Unavailable("too many people are signed in: try again in some minutes")
            known = self._known.setdefault(told.token, told)
            if not known.roles <= told.roles:
                known.keys.clear()
            known.organisation, known.roles, known.cameras = told.organisation, told.roles, told.cameras
            for place in [place for place in list(known.keys) if not known.sees(place[0])]:
                known.keys.pop(place)
            known.until = min(self._clock() + FRESH, session.expires)
            return known

    def of(self, token: str) -> SignedIn | None:
        """Who is signed in with this token now, or None."""
        with self._lock:
            known = self._known.get(token)
            return known if known is not None and self._clock() < known.until else None

    def left(self, token: str) -> None:
        """End a session: its keys are gone."""
        with self._lock:
            if (gone := self._known.pop(token, None)) is not None:
                gone.keys.clear()
                self._ended(token)

    def tidy(self) -> None:
        """Let go of whoever is out by now, and of keys that lie unused."""
        with self._lock:
            self._forget()
            if self._clock() - self._looked >= IDLE:
                self._looked = self._clock()
                for one in self._known.values():
                    one.lapse()

    def _forget(self) -> None:
        for token in [token for token, one in self._known.items() if one.until <= self._clock()]:
            self._known.pop(token).keys.clear()
            self._ended(token)


def token_of(session: bytes) -> str:
    """The token of a written `Signed` Session."""
    return encoded(hashlib.sha256(session).digest())
