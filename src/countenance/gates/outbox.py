"""Outbox: what carrier and border are told of a flight, until they have it or the flight is over.

A journal beside the flight's list. Invariants:

* What waits is encrypted under the flight's key, which is destroyed at its end: what was not sent by then is gone, and
  counted. It holds a check-in number or a document, no face and no booking.
* It is on the disk before anybody is asked to take it, and is sent again until somebody has it or refuses it for good:
  whoever receives may get the same bytes twice, and never half.
* Each addressee's go in order, and none waits for another's.

A journal of the same kind has whom an officer was called for, until the officer's word, and who is to be struck out of
the flight's gallery, until they are (`gates.calls`). It is a file of its own, so that a version from before, which does
not know of them, reads its outbox.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from countenance.crypto.token import FlightKey
from countenance.durable.journal import Journal
from countenance.errors import Malformed
from countenance.formats import canonical, records


class Addressee(Enum):
    """Who is told; for whom something waits."""

    CARRIER = "carrier"
    BORDER = "border"
    OFFICER = "officer"
    GALLERY = "gallery"


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """Something to be sent. `kept`: encrypted."""

    to: Addressee
    kept: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """The `number`th of what waited was taken, or refused for good."""

    number: int
    taken: bool


class Outbox:
    """The journal at `path`. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._journal = Journal(path)
        self._items: list[Waiting] = []
        self._settled: set[int] = set()
        self.refused = 0
        """How many were refused for good."""
        for data in self._journal:
            self._take(_record(data))

    def put(self, key: FlightKey, to: Addressee, body: bytes) -> int:
        """Keep `body` for `to`, durably; its number. Raises Unavailable if the disk will not take it."""
        with self._lock:
            self._keep(Waiting(to, key.put_by(body)))
            return len(self._items) - 1

    def next(self, key: FlightKey, to: Addressee) -> tuple[int, bytes] | None:
        """The first that `to` has not got, and its number."""
        with self._lock:
            found = next(self._of(to), None)
        return None if found is None else (found[0], key.taken_out(found[1].kept))

    def every(self, key: FlightKey, to: Addressee) -> list[tuple[int, bytes]]:
        """All that wait for `to`, with their numbers."""
        with self._lock:
            found = list(self._of(to))
        return [(number, key.taken_out(one.kept)) for number, one in found]

    def settle(self, number: int, *, taken: bool) -> None:
        """Never send the `number`th again: it was taken, or refused for good."""
        with self._lock:
            self._keep(Settled(number, taken))

    @property
    def untold(self) -> int:
        """How many carrier and border were not told of: what waits for them, and what they refused for good."""
        with self._lock:
            return sum(1 for to in (Addressee.CARRIER, Addressee.BORDER) for _ in self._of(to)) + self.refused

    def close(self) -> None:
        """Give the file back."""
        self._journal.close()

    def _of(self, to: Addressee) -> Iterator[tuple[int, Waiting]]:
        return ((at, one) for at, one in enumerate(self._items) if one.to is to and at not in self._settled)

    def _keep(self, one: "Waiting | Settled") -> None:
        self._journal.append(records.write(one))
        self._take(one)

    def _take(self, one: "Waiting | Settled") -> None:
        if isinstance(one, Waiting):
            self._items.append(one)
        elif one.number not in self._settled:
            self._settled.add(one.number)
            self.refused += not one.taken


def _record(data: bytes) -> "Waiting | Settled":
    value = canonical.read(data)
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == Waiting.__name__:
        return records.read(Waiting, data)
    if kind == Settled.__name__:
        return records.read(Settled, data)
    raise Malformed("a record of a flight's outbox cannot be read: run the version that wrote it")
