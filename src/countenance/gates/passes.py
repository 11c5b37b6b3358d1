"""Passes: what one kiosk knows of a flight's tokens and decisions, in one journal that dies with the flight.

Who went through is a *mark*: a hash of the booking under the flight's key, so that the list tells nothing without the
key, and however many tokens one has, one goes through. A token that was revoked is the mark of its own id. Invariants:

* A mark and its decision are durable, in one write, before the gate opens. A crash after it, before the traveller is
  through, sends them to an officer, who sees why; it never lets a token through twice at this kiosk.
* Kiosks tell each other marks, revocations and decisions as signed news (`gates.syncing` carries it). A kiosk that does
  not know all that every other knew SYNC ago (`gates.rounds`) is *alone*: a token that went through elsewhere may go
  through here a second time. That is found when they hear from each other again, and counted.
* No record has a score, a template, a name or a booking; a revocation of a booking has its keyed hash.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import opened
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.gates.rounds import Heard, Rounds
from countenance.vocabulary.gates import Decision, OfficersWord
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed

MOST_NEWS: Final = 500
"""Marks, revocations and decisions in one letter."""


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
    """What a kiosk says to the others: what happened at it itself, from number `first` on, of `total`.

    `round`: of this letter; `heard`: what it has of the others, see `gates.rounds`.
    """

    flight: str
    kiosk: str
    first: int
    total: int
    round: bytes
    heard: tuple[Heard, ...]
    marks: tuple[Mark, ...]
    bookings: tuple[BookingRevoked, ...]
    decisions: tuple[Decision, ...]


Told: TypeAlias = Mark | BookingRevoked | Decision
Kept: TypeAlias = Told | OfficersWord


class Passes:
    """The journal at `path`. Threads may share it."""

    def __init__(self, path: Path, flight: str, kiosk: str) -> None:
        self.flight, self.kiosk = flight, kiosk
        self._lock = threading.RLock()
        self._journal = Journal(path)
        self._used: dict[bytes, str] = {}
        self._revoked: set[bytes] = set()
        self._bookings: dict[bytes, Moment] = {}
        self._own: list[Told] = []
        self._decisions: list[Decision] = []
        self._elsewhere: dict[tuple[str, int], Decision] = {}
        self._words: dict[int, OfficersWord] = {}
        self._rounds = Rounds()
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

    def everywhere(self) -> tuple[Decision, ...]:
        """Every decision about the flight that is known here, of this kiosk and of the others."""
        with self._lock:
            return (*self._decisions, *self._elsewhere.values())

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

    def say(self, word: OfficersWord, mark: bytes | None = None) -> None:
        """Keep what an officer said about one of this kiosk's decisions; with `mark`, who it is of goes through by it.

        Raises Refused if one did before.
        """
        with self._lock:
            if not 0 <= word.number < len(self._decisions) or word.flight != self.flight:
                raise Refused("there is no such decision at this kiosk: look at its queue")
            if word.number in self._words:
                raise Refused("an officer decided this already")
            new: list[OfficersWord | Mark] = [word]
            if mark is not None and mark not in self._used:
                new.insert(0, Mark(mark, self.kiosk, word.moment, revoked=False))
            self._keep(*new)

    def waits(self, number: int) -> bool:
        """Whether this kiosk made a decision of this number, and no officer said anything about it."""
        with self._lock:
            return 0 <= number < len(self._decisions) and number not in self._words

    def revoke(self, mark: bytes, moment: Moment) -> None:
        """One token, at once."""
        with self._lock:
            self._keep(Mark(mark, self.kiosk, moment, revoked=True))

    def revoke_booking(self, booking: bytes, moment: Moment) -> None:
        """Every token of a booking that was issued before `moment`: its holder has their ticket, and no token."""
        with self._lock:
            self._keep(BookingRevoked(booking, self.kiosk, moment))

    def news(self, others: Collection[str], signing: SigningKey, moment: Moment) -> bytes:
        """A letter to `others`, signed: what one that listens lacks of what happened here, at most MOST_NEWS."""
        with self._lock:
            first = self._rounds.unknown(others, moment)
            some = self._own[first : first + MOST_NEWS]
            said = News(
                self.flight,
                self.kiosk,
                first,
                len(self._own),
                self._rounds.begin(moment),
                self._rounds.heard(),
                tuple(one for one in some if isinstance(one, Mark)),
                tuple(one for one in some if isinstance(one, BookingRevoked)),
                tuple(one for one in some if isinstance(one, Decision)),
            )
        return records.write(sign.signed(said, self.kiosk, signing))

    def hear(self, data: bytes, kiosks: Mapping[str, bytes]) -> None:
        """Take another kiosk's letter in. `kiosks`: public keys of those enrolled.

        Raises Refused for a kiosk that is not enrolled, Tampered, Malformed: then nothing of it was taken.
        """
        word = records.read(Signed, data)
        if word.signer not in kiosks or word.signer == self.kiosk:
            raise Refused("the kiosk that tells this is not enrolled here: enrol it first")
        said = opened(News, word, kiosks[word.signer])
        items: tuple[Told, ...] = (*said.marks, *said.bookings, *said.decisions)
        if {said.kiosk, *(one.kiosk for one in items)} != {word.signer}:
            raise Tampered("a kiosk tells of itself alone: ask that kiosk again")
        if {said.flight, *(one.flight for one in said.decisions)} != {self.flight}:
            raise Tampered("this news is of another flight: ask that kiosk again")
        if len(items) > MOST_NEWS or not 0 <= said.first <= said.first + len(items) <= said.total:
            raise Tampered("this news does not add up: ask that kiosk again")
        with self._lock:
            back = next((one for one in said.heard if one.kiosk == self.kiosk), None)
            if back is not None and not 0 <= back.following <= len(self._own):
                raise Tampered("this news has more of this kiosk than there is: ask that kiosk again")
            following = self._rounds.following(said.kiosk)
            if said.first <= following:
                self._learn(said)
                following = max(following, said.first + len(items))
            # Otherwise it was written for who had heard more, such as this kiosk before its start: it comes again.
            have = Heard(said.kiosk, following, said.round)
            self._rounds.hear(have, back, whole=following == said.total)

    def alone(self, others: Collection[str], moment: Moment) -> bool:
        """Whether one of `others`, the flight's other kiosks, may have let through what is not known here."""
        with self._lock:
            return self._rounds.alone(others, moment)

    def close(self) -> None:
        """Give the file back."""
        self._journal.close()

    def _learn(self, said: News) -> None:
        new: list[Told] = [one for one in said.marks if (one.mark, one.kiosk, one.revoked) not in self._seen]
        new += [one for one in said.bookings if self._bookings.get(one.booking, -1) < one.moment]
        new += [one for one in said.decisions if (one.kiosk, one.number) not in self._elsewhere]
        if new:
            self._keep(*new)

    def _keep(self, *new: Kept) -> None:
        self._journal.append_many([records.write(one) for one in new])
        for one in new:
            self._take(one)

    def _take(self, one: Kept) -> None:
        if isinstance(one, OfficersWord):
            self._words[one.number] = one
            return
        if one.kiosk == self.kiosk:
            self._own.append(one)
        if isinstance(one, Decision):
            if one.kiosk == self.kiosk:
                self._decisions.append(one)
            else:
                self._elsewhere[one.kiosk, one.number] = one
            return
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
