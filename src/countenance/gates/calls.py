"""Calls: whose check-in number waits for somebody's word at one kiosk, over a new start, too.

In a journal of the flight like its outbox, encrypted under its key, and gone with it. Invariants:

* Whom an officer was called for is known until the officer said their word; what follows from it (`deciding`) is done
  even if the kiosk was killed in between.
* Who is to be struck out of the flight's gallery is until they were.

A kiosk that is killed between a decision and the write of its call does not know whose it was: then an officer's word
about it marks nobody, unless they scan the boarding pass.
"""

from contextlib import suppress
from dataclasses import dataclass

from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.gates.flights import Flights
from countenance.gates.outbox import Addressee

_UNWRITTEN = -1


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """An officer was called for who has the check-in number `sequence`, by the kiosk's decision `number`."""

    number: int
    sequence: str


class Calls:
    """Of the kiosk that holds `flights`, for the one `flight`. Threads must not share it. Raises Refused after it."""

    def __init__(self, flights: Flights, flight: str) -> None:
        self._flights = flights
        self._flight = flight
        key, journal = flights.key(flight), flights.calls(flight)
        self._open: dict[int, tuple[int, str]] = {}
        for at, body in journal.every(key, Addressee.OFFICER):
            call = records.read(Call, body)
            self._open[call.number] = at, call.sequence

    def numbers(self) -> tuple[int, ...]:
        """Decisions that wait, and whose check-in number is known."""
        return tuple(self._open)

    def put(self, number: int, sequence: str) -> None:
        """An officer is called. Where the disk does not take it, it is known until the next start."""
        at, key, journal = _UNWRITTEN, self._flights.key(self._flight), self._flights.calls(self._flight)
        with suppress(Unavailable):
            at = journal.put(key, Addressee.OFFICER, records.write(Call(number, sequence)))
        self._open[number] = at, sequence

    def of(self, number: int) -> str:
        """Whom the decision `number` is about, or empty."""
        return self._open.get(number, (_UNWRITTEN, ""))[1]

    def done(self, number: int) -> None:
        """All that follows from the word about `number` is done. Where the disk does not take it, it is done again."""
        at, _ = self._open.pop(number, (_UNWRITTEN, ""))
        if at != _UNWRITTEN:
            with suppress(Unavailable):
                self._flights.calls(self._flight).settle(at, taken=True)


class Owed:
    """Who is still to be struck out of a flight's gallery, of the kiosk that holds `flights`. Threads may share it."""

    def __init__(self, flights: Flights) -> None:
        self._flights = flights
        self._unwritten: set[tuple[str, str]] = set()

    def every(self) -> frozenset[tuple[str, str]]:
        """Flights that board here, and check-in numbers."""
        names = self._flights.names()
        self._unwritten = {one for one in self._unwritten if one[0] in names}
        return frozenset(
            self._unwritten.union(*({(flight, one) for _, one in self._waiting(flight)} for flight in names))
        )

    def owe(self, flight: str, sequence: str) -> None:
        """They are to be struck out. Where the disk does not take it, it is known until the next start."""
        if (flight, sequence) in self.every():
            return
        try:
            key, journal = self._flights.key(flight), self._flights.calls(flight)
            journal.put(key, Addressee.GALLERY, sequence.encode())
        except Unavailable:
            self._unwritten.add((flight, sequence))
        except Refused:
            # The flight is over, and its gallery with it.
            return

    def paid(self, flight: str, sequence: str) -> None:
        """They were. Where the disk does not take it, it is done again."""
        self._unwritten.discard((flight, sequence))
        with suppress(Unavailable, Refused):
            for at, one in self._waiting(flight):
                if one == sequence:
                    self._flights.calls(flight).settle(at, taken=True)

    def _waiting(self, flight: str) -> list[tuple[int, str]]:
        try:
            key, journal = self._flights.key(flight), self._flights.calls(flight)
        except Refused:
            return []
        return [(at, body.decode("ascii")) for at, body in journal.every(key, Addressee.GALLERY)]
