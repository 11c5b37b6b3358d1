"""Patience: what pages of any process grant whoever connects, before anything is known of them.

Invariants, looked at every `Limits.seconds`:

* Who sent no whole head of a request in all that time is cut off; so is who sent less than `least` of a body.
* So is who took nothing in all that time of an answer that waits for them.
* There are never more than `most` connections: one more takes the place of the one that has owed something the longest.

A request that is being answered is left alone, however long it takes. TLS that is not agreed on within a minute ends by
Python's own rule, and is not counted before.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """`most`: connections at once; `seconds`: between two looks at one; `least`: bytes of a body from look to look."""

    most: int = 128
    seconds: float = 15.0
    least: int = 64 * 1024


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A connection at one look. `owes`: what is waited for, by h11's state and after which
    request; `paused`: reading, by us."""

    owes: tuple[object, ...] = ()
    paused: bool = False
    taken: int = 0
    unsent: int = 0


class Patient(H11Protocol):
    """One connection. `limits`: of its process."""

    limits: ClassVar[Limits] = LIMITS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._taken = 0
        self._seen = _Seen()
        self._owing_since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at it; make room if there are too many."""
        super().connection_made(transport)
        self._remember(self._now())
        if len(self.connections) > self.limits.most:
            owing = [one for one in self.connections if isinstance(one, Patient) and one._owes()]
            self._cut(min(owing, key=lambda one: one._owing_since, default=self))

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._taken += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """From now on it owes another request."""
        self._owing_since = self.loop.time()
        super().on_response_complete()

    def look(self) -> None:
        """Cut it off if it owes the same as the last time, or takes nothing; else look again later."""
        before, now = self._seen, self._now()
        stuck = now.unsent > 0 and now.unsent == before.unsent
        moved = h11.SEND_BODY in now.owes and now.taken - before.taken >= self.limits.least
        flows = moved or now.unsent or before.unsent or (now.paused and before.paused)
        if stuck or (now.owes and now.owes == before.owes and not flows):
            self._cut(self)
        else:
            self._remember(now)

    def _now(self) -> _Seen:
        return _Seen(self._owes(), self.flow.read_paused, self._taken, self.transport.get_write_buffer_size())

    def _owes(self) -> tuple[object, ...]:
        state = self.conn.their_state
        return (state, self.cycle) if state in (h11.IDLE, h11.SEND_BODY) else ()

    def _remember(self, now: _Seen) -> None:
        if now.owes != self._seen.owes or h11.SEND_BODY in now.owes:
            self._owing_since = self.loop.time()
        self._seen = now
        self._timer = self.loop.call_later(self.limits.seconds, self.look)

    def _cut(self, one: "Patient") -> None:
        # Its end is told later: who connects at this very moment must not count it.
        self.connections.discard(one)
        one.transport.abort()


def patient(limits: Limits) -> type[Patient]:
    """The protocol of a process with these limits."""
    return type("Patient", (Patient,), {"limits": limits})
