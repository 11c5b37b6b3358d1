"""A gate's kiosk: one flight, one traveller at a time, and what an officer does about both.

Invariants:

* One visit at a time; the next one's beginning, or two minutes in which nothing is done, ends it with all it holds.
* A code is made of a document's photo and of a face that answered a challenge, or of a reference from home. That an
  officer saw the document they say at their own page, and only of the first; else it is `unverified`: no kiosk vouches.
* A document's photo lives encrypted in memory, at most `DOCUMENT`, a phone's part for its visit, and frames are not
  kept; nothing of these is written.
* Without a flight that boards the kiosk is closed, and says so: nobody is looked at, and nothing is decided.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from countenance.errors import Refused, Unavailable
from countenance.faces import Engine, Template
from countenance.formats import boarding
from countenance.gates import at_home, looking, telling
from countenance.gates.deciding import Answered, Gate, House, Look
from countenance.gates.enrolling import Enrolment
from countenance.gates.filing import Filing
from countenance.gates.flights import Clock, Flights
from countenance.gates.outbox import Addressee
from countenance.gates.shortlived import Photos
from countenance.gates.syncing import Syncing
from countenance.gates.telling import Telling
from countenance.vocabulary.gates import Carried, Checked, Decision, Flight, HomeReference, KeyGone, Reason
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.web.gate.crossing import Crossing, Gone
from countenance.web.gate.galleries import NO_GALLERY, Gallery
from countenance.web.gate.watching import CROSSING, ENROLLING, Told, Watch
from countenance.zones.edge.identity import Identity

IDLE: Final = 2 * 60_000
"""Milliseconds without an act after which a visit is over."""

DOCUMENT: Final = 3 * 60_000
"""Milliseconds that a document's photo lives, encrypted: as long as three challenges and their words take."""

_TOKEN: Final = 16
_ADVICE: Final = {Reason.SEVERAL: "alone", Reason.NOBODY: "seen", Reason.POOR: "light", Reason.CHALLENGE: "turn"}


class Closed(Refused):
    """No flight boards at this kiosk: whoever stands before it takes the other lane."""


class Missed(Refused):
    """No code was made of who stood before the camera. `advice`: what they are told to do."""

    def __init__(self, advice: str) -> None:
        super().__init__("the camera did not see what was asked for: begin again, or take the other lane")
        self.advice = advice


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A code that was made, how it was made sure whose face it is, and whether it needs a phone's part."""

    token: bytes
    checked: Checked
    phone: bool


@dataclass(slots=True, repr=False)
class _Enrolling:
    ticket: str
    document: str
    chip: bool
    number: int
    watch: Watch
    phone: bytes | None
    seen_by: str = ""


@dataclass(slots=True, repr=False)
class _Visit:
    token: str
    acted: int
    what: "_Enrolling | Crossing"


class GateKiosk:
    """One kiosk. Threads may share it. `folder`: of its flights; `random`: so many bytes; `say`: one line, of keys."""

    def __init__(
        self,
        identity: Identity,
        engine: Engine,
        folder: Path,
        clock: Clock,
        *,
        random: Callable[[int], bytes],
        say: Callable[[str], None],
    ) -> None:
        self.name = identity.name
        self.flights = Flights(folder, identity.name, clock, last=self._over)
        self._filing: Filing | None = None
        self.gallery: Gallery = NO_GALLERY
        self.clock = clock
        self._identity = identity
        self._engine = engine
        self._random = random
        self._say = say
        self._photos = Photos(clock, life=DOCUMENT)
        self._lock = threading.RLock()
        self._kiosks: Mapping[str, bytes] = {}
        self._telling = Telling(self.flights, identity.name, identity.signing, ())
        self.syncing = Syncing(self.flights, identity.name, identity.signing, {}, clock)
        self._gate: tuple[Flight, Gate] | None = None
        self._visit: _Visit | None = None
        self._number = 0

    def beside(self, kiosks: Mapping[str, bytes], to: Collection[Addressee], filing: Filing | None = None) -> None:
        """Before anybody comes: the gate's other `kiosks`, keys by name, who is told, and what lanes are said with."""
        self._filing = filing
        identity = self._identity
        self._kiosks = dict(kiosks)
        self._telling = Telling(self.flights, identity.name, identity.signing, to)
        self.syncing = Syncing(self.flights, identity.name, identity.signing, kiosks, self.clock)

    def join(self, flight: Flight) -> None:
        """Ask the gate's other kiosks for the key of `flight`. Raises Refused if another boards, or there are none."""
        with self._lock:
            self._free()
            self.syncing.handing.join(str(flight))

    def board(self, flight: Flight, hours: int) -> None:
        """Make the key of `flight`, held for so many hours. Raises Refused if another boards here."""
        with self._lock:
            self._free()
            self.syncing.handing.drop()
            self.flights.begin(flight, self.clock.now() + hours * MILLISECONDS_AN_HOUR)

    def over(self) -> KeyGone:
        """The flight is over: its key and all else of it are destroyed."""
        with self._lock:
            self.end()
            gone = [self.flights.end(name) for name in self.flights.names()]
            for one in gone:
                self._told(one)
            if not gone:
                raise Closed("no flight boards at this kiosk now: there is nothing to end")
            return gone[-1]

    def flight(self) -> Flight:
        """The flight that boards here. Raises Closed if none does."""
        names = self.flights.names()
        if len(names) != 1:
            raise Closed("no flight boards at this kiosk now: take the other lane")
        try:
            self.flights.passes(names[0])
        except Refused as error:
            raise Closed(str(error)) from error
        return boarding.named(names[0])

    def gate(self) -> Gate:
        """The gate of that flight. Raises Closed."""
        with self._lock:
            flight = self.flight()
            if self._gate is None or self._gate[0] != flight:
                extractor = self._engine.extractor
                others, same = frozenset(self._kiosks), extractor.card.verification
                house = House(self.name, flight, self._issuers, others, extractor.digest, same)
                self._gate = flight, Gate(house, self.flights, self.clock, tell=self._telling.tell)
            return self._gate[1]

    def enrol(self, ticket: str, document: bytes, phone: bytes | None = None) -> str:
        """Begin to make a code; the visit's token. `document`: a chip's data group 2, or a picture of a printed photo.

        `phone`: its part. Raises Malformed for another flight's ticket, or a photo that shows nobody or several.
        """
        with self._lock:
            boarding.on(ticket, self.flight())
            chip = looking.is_chip(document)
            looking.of_document(self._engine, document, chip=chip)
            self.end()
            self._number = self._number % 99 + 1
            watch = Watch(self._engine, self._below, self.clock.passed(), steps=ENROLLING)
            return self._begun(_Enrolling(ticket, self._photos.keep(document), chip, self._number, watch, phone))

    def cross(self, decide: Callable[[Gate, Look, Gone], Answered]) -> str:
        """Begin at the gate, which decides as `decide` says; the visit's token."""
        with self._lock:
            gate = self.gate()
            self.end()
            return self._begun(Crossing(partial(decide, gate), self._watch, passed=self.clock.passed))

    def crossing(self, token: str) -> Crossing:
        """The visit at the gate with this token. Raises Refused if it is over."""
        what = self._of(token)
        if not isinstance(what, Crossing):
            raise Refused("this visit makes a code: finish that first")
        return what

    def frame(self, token: str, data: bytes) -> tuple[bytes, Told]:
        """Look at one frame: what may be shown of it, and what is asked."""
        what = self._of(token)
        with self._lock:
            if isinstance(what, Crossing):
                return what.frame(data)
            return what.watch.frame(data, self.clock.passed()), what.watch.told

    def made(self, token: str) -> Made:
        """The code of a visit whose challenge was answered; the visit is over then. Raises Missed, Unlike, Refused."""
        with self._lock:
            what = self._enrolling(token)
            found = what.watch.found()
            if not isinstance(found, Template):
                self.end()
                raise Missed(_ADVICE.get(found, "again"))
            flight = self.flight()
            checked = Checked.UNVERIFIED if not what.seen_by else Checked.CHIP if what.chip else Checked.PRINTED
            photo = looking.of_document(self._engine, self._photos.read(what.document), chip=what.chip)
            making, key = self._making(flight), self.flights.key(str(flight), phone=what.phone)
            self.end()
            sealed = making.token(key, what.ticket, checked, photo, [found], self.clock.now())
            return Made(sealed, checked, what.phone is not None)

    def brought(self, ticket: str, reference: HomeReference, phone: bytes | None = None) -> Made:
        """A code of a reference that was made at home, `unverified`, without a face. Raises Malformed, Tampered."""
        with self._lock:
            flight, own, now = self.flight(), self._engine.extractor.digest, self.clock.now()
            self.end()
            making, key = self._making(flight), self.flights.key(str(flight), phone=phone)
            return Made(at_home.token(making, key, ticket, reference, own, now), Checked.UNVERIFIED, phone is not None)

    def renewed(self, ticket: str, carried: Carried) -> Made:
        """Another code in place of the one that is brought, without a face; that one is void then.

        Raises Malformed for another flight's ticket, Tampered for no code, Refused for one over or of another booking.
        """
        with self._lock:
            flight, name = self.flight(), str(self.flight())
            self.end()
            key, passes = self.flights.key(name, phone=carried.part), self.flights.passes(name)
            sealed = self._making(flight).renewed(key, ticket, carried.token, self._issuers, passes, self.clock.now())
            return Made(sealed, key.open(sealed, self._issuers).checked, carried.part is not None)

    @property
    def borders(self) -> bool:
        """Whether the border is told who left."""
        return self._telling.tells(Addressee.BORDER)

    def departed(self, number: int, state: str, document: str) -> None:
        """Have the border told that who went through by this decision left, by their document. Raises Refused."""
        with self._lock:
            passes = self.flights.passes(str(self.flight()))
            decision = next((one for one in passes.decisions() if one.number == number), None)
            if decision is None:
                raise Refused("there is no such decision at this kiosk: look at its queue")
            word = next((one for one in passes.words() if one.number == number), None)
            self._telling.tell(telling.departed(decision, word, state, document, self.clock.now()))

    def enrolling(self) -> tuple[int, str] | None:
        """The number of who makes a code now, as their page shows it, and the officer who saw their document."""
        with self._lock:
            what = self._visit.what if self._visit else None
            return (what.number, what.seen_by) if isinstance(what, _Enrolling) else None

    def number(self, token: str) -> int:
        """The number that an officer is told."""
        return self._enrolling(token).number

    def vouch(self, number: int, officer: str) -> None:
        """An officer saw the document of who makes a code with this number. Raises Refused if nobody does."""
        with self._lock:
            what = self._visit.what if self._visit else None
            if not isinstance(what, _Enrolling) or what.number != number:
                raise Refused("nobody with this number makes a code now: look at the kiosk")
            what.seen_by = officer

    def end(self) -> None:
        """Nobody is here any more: what there was of a visit goes."""
        with self._lock:
            if self._visit is None:
                return
            what, self._visit = self._visit.what, None
            if isinstance(what, Crossing):
                what.leave()
            else:
                self._photos.forget(what.document)

    def tidy(self) -> None:
        """End what is over: photos, a visit in which nothing is done, a flight's key. Called every second."""
        self._photos.tidy()
        with self._lock:
            if self._visit is not None and self.clock.passed() - self._visit.acted >= IDLE:
                self.end()
            for gone in self.flights.tidy():
                # Whoever stands there is looked at no more.
                self.end()
                self._told(gone)

    def _over(self, flight: str, decisions: Sequence[Decision]) -> None:
        if self._filing is None:
            return
        try:
            self._filing.keep(flight, decisions)
        except Unavailable as error:
            self._say(f"figures of lanes are lost: {error}")

    def _free(self) -> None:
        self.tidy()
        if self.flights.names():
            raise Refused("another flight boards here: end it first")

    def _begun(self, what: "_Enrolling | Crossing") -> str:
        self._visit = _Visit(self._random(_TOKEN).hex(), self.clock.passed(), what)
        return self._visit.token

    def _of(self, token: str) -> "_Enrolling | Crossing":
        with self._lock:
            self.tidy()
            if self._visit is None or self._visit.token != token:
                raise Refused("this visit is over, and nothing of it was kept: begin again")
            self._visit.acted = self.clock.passed()
            return self._visit.what

    def _enrolling(self, token: str) -> _Enrolling:
        what = self._of(token)
        if isinstance(what, Crossing):
            raise Refused("this visit is one at the gate: finish that first")
        return what

    @property
    def _issuers(self) -> tuple[bytes, ...]:
        """Public keys of the kiosks whose codes are good here."""
        return (self._identity.signing.public, *self._kiosks.values())

    def _making(self, flight: Flight) -> Enrolment:
        ends, same = self.flights.ends(str(flight)), self._engine.extractor.card.verification
        return Enrolment(flight, self._identity.signing, same=same, ends=ends, random=self._random)

    def _watch(self) -> Watch:
        return Watch(self._engine, self._below, self.clock.passed(), steps=CROSSING)

    def _told(self, gone: KeyGone) -> None:
        self._gate = None  # Whom an officer was called for is nobody of the next boarding.
        unsent = f", {gone.unsent} told nobody" if gone.unsent else ""
        self._say(f"{gone.flight}: key {gone.key.hex()} destroyed after {gone.decisions} decisions{unsent}")

    def _below(self, limit: int) -> int:
        """A whole number from 0 up to `limit`, not included; 128 random bits leave no bias that matters."""
        return int.from_bytes(self._random(_TOKEN)) % limit
