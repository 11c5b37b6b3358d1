"""Passes: what one kiosk knows of a flight's tokens and decisions, in one journal that dies with the flight.

Who went through is a *mark*: a hash of the booking under the flight's key, so that the list tells nothing without the
key, and however many tokens one has, one goes through. A token that was revoked is the mark of its own id. Invariants:

* A mark and its decision are durable, in one write, before the gate opens. A crash after it, before the traveller is
  through, sends them to an officer, who sees why; it never lets a token through twice at this kiosk.
* Kiosks tell each other marks and revocations as signed news. A kiosk that has not heard from every other within SYNC
  is *alone*: a token that went through elsewhere may go through here a second time. That is found when they hear from
  each other again, and counted.
* No record has a score, a template, a name or a booking; a revocation of a booking has its keyed hash.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import opened
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.vocabulary.gates import Decision, OfficersWord
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed

SYNC: Final = 10_000
"""Milliseconds without news from another kiosk after which one is alone."""

MOST_NEWS: Final = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """A token that went through at `kiosk`, or with `revoked` one that never may again. `mark`: 16 bytes."""

    mark: bytes
    kiosk: str
    moment: Moment
    revoked: bool


@dataclass(frozen=True, slots=True)
class BookingRevoked:
    """No token of this booking (keyed hash) that was issued before `moment` opens a gate any more."""

    booking: bytes
    kiosk: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class News:
    """What a kiosk says to the others: what happened at it itself, from number `first` on."""

    flight: str
    kiosk: str
    first: int
    moment: Moment
    marks: tuple[Mark, ...]
    bookings: tuple[BookingRevoked, ...]


Kept: TypeAlias = Mark | BookingRevoked | Decision | OfficersWord


class Passes:
    """The journal at `path`. Threads may share it."""

    def __init__(self, path: Path, flight: str, kiosk: str) -> None:
        self.flight, self.kiosk = flight, kiosk
        self._lock = threading.RLock()
        self._journal = Journal(path)
        self._used: dict[bytes, str] = {}
        self._revoked: set[bytes] = set()
        self._bookings: dict[bytes, Moment] = {}
        self._own: list[Mark | BookingRevoked] = []
        self._decisions: list[Decision] = []
        self._words: dict[int, OfficersWord] = {}
        self._heard: dict[str, tuple[int, Moment]] = {}
        self._seen: set[tuple[bytes, str, bool]] = set()
        self.twice = 0
        """Tokens that went through at two kiosks, as far as is known here."""
        for data in self._journal:
            self._take(_record(data))

    def used(self, mark: bytes) -> bool:
        """Whether the token of `mark` went through already, as far as is known here."""
        return mark in self._used

    def revoked(self, mark: bytes, booking: bytes, issued: Moment) -> bool:
        """Whether that token, or its booking's tokens of when it was issued, were revoked."""
        return mark in self._revoked or issued < self._bookings.get(booking, -1)

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision of this kiosk about the flight."""
        return tuple(self._decisions)

    def words(self) -> tuple[OfficersWord, ...]:
        """What officers said, in order of decisions."""
        return tuple(self._words[number] for number in sorted(self._words))

    def next(self) -> int:
        """The number of the next decision."""
        return len(self._decisions)

    def decide(self, decision: Decision, mark: bytes | None = None) -> None:
        """Keep a decision; with `mark`, a token goes through by it. Raises Refused if it did already."""
        with self._lock:
            if decision.number != len(self._decisions) or decision.flight != self.flight:
                raise Malformed("a decision has the next number of its flight: ask for it again")
            if mark is not None and mark in self._used:
                raise Refused("this token went through already: call an officer")
            new: list[Mark | Decision] = [decision]
            if mark is not None:
                new.insert(0, Mark(mark, self.kiosk, decision.moment, revoked=False))
            self._keep(*new)

    def say(self, word: OfficersWord) -> None:
        """Keep what an officer said about one of this kiosk's decisions. Raises Refused if one did before."""
        with self._lock:
            if not 0 <= word.number < len(self._decisions) or word.flight != self.flight:
                raise Refused("there is no such decision at this kiosk: look at its queue")
            if word.number in self._words:
                raise Refused("an officer decided this already")
            self._keep(word)

    def revoke(self, mark: bytes, moment: Moment) -> None:
        """One token, at once."""
        with self._lock:
            self._keep(Mark(mark, self.kiosk, moment, revoked=True))

    def revoke_booking(self, booking: bytes, moment: Moment) -> None:
        """Every token of a booking that was issued before `moment`: its holder has their ticket, and no token."""
        with self._lock:
            self._keep(BookingRevoked(booking, self.kiosk, moment))

    def news(self, after: int, signing: SigningKey, moment: Moment) -> bytes:
        """What happened here from number `after` on, at most MOST_NEWS, signed."""
        with self._lock:
            some = self._own[max(after, 0) : max(after, 0) + MOST_NEWS]
        said = News(
            self.flight,
            self.kiosk,
            max(after, 0),
            moment,
            tuple(one for one in some if isinstance(one, Mark)),
            tuple(one for one in some if isinstance(one, BookingRevoked)),
        )
        return records.write(sign.signed(said, self.kiosk, signing))

    def hear(self, data: bytes, kiosks: Mapping[str, bytes], moment: Moment) -> int:
        """Take another kiosk's news in; the number to ask it from next. `kiosks`: public keys of those enrolled.

        Raises Refused for a kiosk that is not enrolled, Tampered, Malformed.
        """
        word = records.read(Signed, data)
        if word.signer not in kiosks:
            raise Refused("the kiosk that tells this is not enrolled: enrol it first")
        said = opened(News, word, kiosks[word.signer])
        if said.kiosk != word.signer:
            raise Tampered("a kiosk tells of itself alone: ask that kiosk again")
        with self._lock:
            before = self._heard.get(said.kiosk, (0, 0))[0]
            if said.flight != self.flight or said.kiosk == self.kiosk or said.first > before:
                raise Tampered("this news is not what was asked for: ask that kiosk again")
            if ({one.kiosk for one in said.marks} | {one.kiosk for one in said.bookings}) - {said.kiosk}:
                raise Tampered("a kiosk tells of itself alone: ask that kiosk again")
            new = [one for one in said.marks if (one.mark, one.kiosk, one.revoked) not in self._seen]
            later = [one for one in said.bookings if self._bookings.get(one.booking, -1) < one.moment]
            if new or later:
                self._keep(*new, *later)
            following = max(before, said.first + len(said.marks) + len(said.bookings))
            self._heard[said.kiosk] = (following, moment)
            return following

    def alone(self, others: frozenset[str], moment: Moment) -> bool:
        """Whether one of `others`, the flight's other kiosks, was not heard from lately."""
        with self._lock:
            return any(not 0 <= moment - self._heard.get(name, (0, -SYNC - 1))[1] <= SYNC for name in others)

    def close(self) -> None:
        """Give the file back."""
        self._journal.close()

    def _keep(self, *new: Kept) -> None:
        self._journal.append_many([records.write(one) for one in new])
        for one in new:
            self._take(one)

    def _take(self, one: Kept) -> None:
        if isinstance(one, Decision):
            self._decisions.append(one)
            return
        if isinstance(one, OfficersWord):
            self._words[one.number] = one
            return
        if one.kiosk == self.kiosk:
            self._own.append(one)
        if isinstance(one, BookingRevoked):
            self._bookings[one.booking] = max(one.moment, self._bookings.get(one.booking, -1))
            return
        self._seen.add((one.mark, one.kiosk, one.revoked))
        if one.revoked:
            self._revoked.add(one.mark)
        elif self._used.setdefault(one.mark, one.kiosk) != one.kiosk:
            self.twice += 1


_KINDS: Final = {kind.__name__: kind for kind in (Mark, BookingRevoked, Decision, OfficersWord)}


def _record(data: bytes) -> Kept:
    value = canonical.read(data)
    kind = _KINDS.get(str(value.get("type"))) if isinstance(value, dict) else None
    if kind is None:
        raise Malformed("a record of a flight's list cannot be read: run the version that wrote it")
    return cast(Kept, records.read(kind, data))
