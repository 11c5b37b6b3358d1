"""Crossing: one traveller at the gate, from what they bring to the decision, with frames coming in meanwhile.

The gate decides in a thread of its own and asks for a face only once ticket and code hold, or where the flight has a
gallery; frames that come before that are refused. Whoever goes away in the middle is nobody, and the decision says so.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.gates.deciding import Answered, Gate, Look
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Carried, Reason
from countenance.web.gate.watching import Told, Watch

Gone = Callable[[], bool]
"""Whether the traveller went away."""

Decide = Callable[[Look, Gone], Answered]
"""Decides about whom a look finds; what they brought lies in it, and goes with it."""

_TICK: Final = 0.1
PATIENCE: Final = 30.0
"""Seconds that a decision may take once there is a face, or is none: it is a write to a disk."""


@dataclass(frozen=True, slots=True, repr=False)
class Brought:
    """What a traveller brings. `since`: milliseconds since their ticket was read."""

    ticket: str
    carried: Carried
    since: int

    def decided(self, gate: Gate, look: Look, gone: Gone) -> Answered:
        """What `gate` decides of it and of whom `look` finds, at once; whoever went away meanwhile was there."""
        del gone
        carried = self.carried
        return gate.decide(self.ticket, carried.token, look, phone=carried.part, before=self.since)


class Crossing:
    """One traveller. `decide`: about whom a look finds. `passed`: milliseconds that never go back.

    Threads may share it.
    """

    def __init__(self, decide: Decide, watch: Callable[[], Watch], *, passed: Callable[[], int]) -> None:
        self._by: Decide | None = decide
        self._make = watch
        self._passed = passed
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._gone = threading.Event()
        self._asked = threading.Event()
        self._seen = threading.Event()
        self._answered: Answered | None = None
        self._wrong: CountenanceError | None = None
        self._deciding = threading.Thread(target=self._decide, daemon=True)
        self._deciding.start()

    def asked(self) -> bool:
        """Whether a face is asked for; waits until that is known."""
        self._asked.wait(PATIENCE)
        return self._watch is not None

    def frame(self, data: bytes) -> tuple[bytes, Told]:
        """Look at one frame: what may be shown of it, and what is asked. Raises Refused if no face is asked for."""
        with self._lock:
            if self._watch is None:
                raise Refused("nobody is looked at now: show ticket and code first")
            shown = self._watch.frame(data, self._passed())
            told = self._watch.told
        if told.over:
            self._seen.set()
        return shown, told

    def outcome(self) -> Answered:
        """The decision, as soon as there is one. Raises what kept the gate from deciding."""
        self._deciding.join(PATIENCE)
        if self._answered is None:
            raise self._wrong or Unavailable("there is no decision yet: call an officer")
        return self._answered

    def over(self) -> bool:
        """Whether it was decided."""
        return not self._deciding.is_alive()

    def leave(self) -> None:
        """The traveller went away: if nothing was decided, nobody is there."""
        self._gone.set()

    def _decide(self) -> None:
        decide, self._by = self._by, None
        try:
            if decide is not None:
                self._answered = decide(self._look, self._gone.is_set)
        except CountenanceError as error:
            self._wrong = error
        except Exception as error:  # noqa: BLE001 - whatever it is, the kiosk is closed, and its text may quote a ticket
            self._wrong = Unavailable(f"the gate could not decide ({type(error).__name__}): take the other lane")
        finally:
            self._asked.set()

    def _look(self) -> Template | Reason:
        watch = self._make()
        with self._lock:
            self._watch = watch
        self._asked.set()
        while not self._seen.wait(_TICK):
            if self._gone.is_set() or watch.left(self._passed()):
                return Reason.NOBODY
        with self._lock:
            return watch.found()
