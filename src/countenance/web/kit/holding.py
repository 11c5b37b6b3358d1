"""Holding: what this process keeps for people between two of their requests, in memory and nowhere else.

Invariants:

* What was kept for a session is found by that session only, under the name it was kept by, and only of its kind.
* It goes with the session, or when that keeps more than MOST things or OWN bytes: the oldest first. When its time is
  over it is found no longer, and leaves memory with the next thing that anybody keeps or asks for.
* Everything together has at most LARGEST bytes; what does not fit is not kept, and who asks is told.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from countenance.errors import Refused, Unavailable
from countenance.vocabulary.moments import Moment

MOST: Final = 16
"""Things kept for one session."""

OWN: Final = 256 * 1024 * 1024
"""Bytes kept for one session."""

LARGEST: Final = 1024 * 1024 * 1024
"""Bytes of everything together."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One thing. `size`: bytes that it takes about; `until`: when it goes."""

    what: object
    size: int
    until: Moment

    def __repr__(self) -> str:
        return f"Held({self.size} bytes)"


class Holding:
    """What is kept, by session and name. Any thread. `clock`: UTC milliseconds."""

    def __init__(self, clock: Callable[[], Moment], *, largest: int = LARGEST) -> None:
        self._clock = clock
        self._largest = largest
        self._held: dict[str, dict[str, Held]] = {}
        self._lock = threading.Lock()

    def keep(self, token: str, name: str, what: object, *, size: int, life: int) -> None:
        """Keep `what` for the session with `token`, for `life` milliseconds. Raises Unavailable if it is too much."""
        with self._lock:
            self._forget()
            own = self._held.setdefault(token, {})
            own.pop(name, None)
            while own and (len(own) >= MOST or _bytes(own) + size > OWN):
                own.pop(next(iter(own)))
            if size > OWN or sum(map(_bytes, self._held.values())) + size > self._largest:
                raise Unavailable("this console keeps too much for people at this moment: try again in some minutes")
            own[name] = Held(what, size, self._clock() + life)

    def get(self, token: str, name: str, kind: type[T]) -> T:
        """What was kept under `name` for this session. Raises Refused if nothing of this kind is."""
        found = self.find(token, name, kind)
        if found is None:
            raise Refused("what this needs is not kept for you any more: begin again on the page before")
        return found

    def find(self, token: str, name: str, kind: type[T]) -> T | None:
        """What was kept under `name` for this session, or None."""
        with self._lock:
            self._forget()
            held = self._held.get(token, {}).get(name)
            return held.what if held is not None and isinstance(held.what, kind) else None

    def drop(self, token: str, name: str) -> None:
        """Keep it no longer."""
        with self._lock:
            self._held.get(token, {}).pop(name, None)

    def end(self, token: str) -> None:
        """Forget everything of a session."""
        with self._lock:
            self._held.pop(token, None)

    def _forget(self) -> None:
        now = self._clock()
        for token, own in list(self._held.items()):
            for name in [name for name, one in own.items() if one.until <= now]:
                del own[name]
            if not own:
                del self._held[token]


def _bytes(own: Mapping[str, Held]) -> int:
    return sum(one.size for one in own.values())
