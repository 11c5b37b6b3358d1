"""Deciding: a ticket, a token and a face become *pass*, or *an officer is called* with the reason. Nobody is refused.

How a gate decides (the numbers are in the code):

1. The ticket is for this flight.
2. The token opens under the flight's key, a kiosk signed it, and it is this booking's, not over, not revoked, not used,
   and of this extractor. Only then is anybody looked at.
3. One face in the marked zone, good enough, that did what was asked; whoever looks says so, or why not.
4. Its comparison score with the token's reference reaches the 1:1 threshold; or, where the law demands a gallery of the
   flight and there is neither ticket nor token, that gallery says whose it is (`identify`).
5. A reference that was enrolled at home calls an officer all the same.
6. The mark of who was checked in and the decision are durable. Then the gate opens.

Whichever way somebody goes through, by face, by the other lane, or because an officer says so, their mark is set: so
nobody goes through twice. Of whom an officer lets through without scanning the boarding pass that nobody read, there is
no mark. Everything of the traveller lives in one call of `decide` or `identify`, but for the check-in number of who
waits for an officer, until the officer's word (`gates.calls`). Whatever goes wrong calls an officer.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from countenance.crypto.token import FlightKey
from countenance.errors import Malformed, Refused, Tampered
from countenance.faces.comparison import compare
from countenance.formats import boarding
from countenance.gates import coding
from countenance.gates.calls import Calls
from countenance.gates.enrolling import booking_of, mark_of
from countenance.gates.flights import Clock, Flights
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import (
    Boarded,
    Checked,
    Decision,
    Flight,
    Lane,
    OfficersWord,
    Outcome,
    Reason,
    Sealed,
    Ticket,
    Word,
)
from countenance.vocabulary.moments import Moment

Look = Callable[[], Template | Reason]
"""Looks at who stands in the zone: their template, or why there is none. Called once at most."""

Gallery = Callable[[Template], str | Reason]
"""Asks the flight's gallery whose a template is: a check-in number, or why there is none."""


@dataclass(frozen=True, slots=True)
class House:
    """Which kiosk this is, for what flight. `issuers`: public keys of enrolled kiosks; `others`: names of the flight's.

    `extractor`: its digest; `same`: its 1:1 threshold.
    """

    kiosk: str
    flight: Flight
    issuers: Collection[bytes]
    others: frozenset[str]
    extractor: bytes
    same: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision, and what the carrier is told of it."""

    decision: Decision
    boarded: Boarded


class _Called(Exception):
    """Why an officer is called; it never leaves this module."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Gate:
    """One kiosk at the gate of one flight. Threads may share it; it looks at one traveller at a time.

    `tell`: puts by what the carrier is told of each decision.
    """

    def __init__(
        self, house: House, flights: Flights, clock: Clock, *, tell: Callable[[Boarded], None] = lambda _: None
    ) -> None:
        self._house = house
        self._tell = tell
        self._flights = flights
        self._clock = clock
        self._looking = threading.Lock()
        # Of the list alone, so that the other lane waits for nobody's face.
        self._writing = threading.Lock()
        self._calls: Calls | None = None

    @property
    def stopped(self) -> bool:
        """Whether the face lane is stopped."""
        return self._flights.stopped(str(self._house.flight))

    def stop(self, *, stopped: bool) -> None:
        """Stop the face lane, or let it go on: while it is stopped, everybody who comes to it goes to the officer."""
        self._flights.stop(str(self._house.flight), stopped=stopped)

    def decide(self, code: str, token: bytes, look: Look, *, phone: bytes | None = None, before: int = 0) -> Answered:
        """Decide about who brings this boarding pass and token. `phone`: what their passkey's PRF gave.

        `before`: milliseconds since the ticket was read, which count as the lane's.

        Raises Refused if the flight does not board here, or the kiosk's clock went back: then the kiosk is closed.
        """
        with self._looking:
            begun, sequence = self._clock.passed() - max(0, before), ""
            reasons: tuple[Reason, ...] = ()
            self._flights.passes(str(self._house.flight))
            try:
                ticket = self._ticket(code)
                sequence = ticket.sequence
                self._compared(self._opened(ticket, token, phone), look)
            except _Called as called:
                reasons = (called.reason,)
            return self._answered(sequence, Lane.FACE, reasons, begun)

    def identify(self, look: Look, gallery: Gallery) -> Answered:
        """Decide about who brings their face alone, where this flight has a gallery.

        Raises Refused as `decide` does.
        """
        with self._looking:
            begun, sequence = self._clock.passed(), ""
            reasons: tuple[Reason, ...] = ()
            self._flights.passes(str(self._house.flight))
            try:
                sequence = self._identified(look, gallery)
                self._unused(sequence)
            except _Called as called:
                reasons = (called.reason,)
            return self._answered(sequence, Lane.FACE, reasons, begun)

    def other_lane(self, code: str, *, milliseconds: int, through: bool) -> Answered:
        """Count who went by the other lane, which took `milliseconds`, as an officer says; no face, no reason why.

        Who went through already, by whichever lane, calls an officer here too.
        """
        sequence = ""
        reasons: tuple[Reason, ...] = () if through else (Reason.TICKET,)
        try:
            sequence = self._ticket(code).sequence
        except _Called as called:
            reasons = (called.reason,)
        begun = self._clock.passed() - max(0, milliseconds)
        return self._answered(sequence, Lane.OTHER, reasons, begun)

    def say(self, word: OfficersWord, code: str = "") -> None:
        """Keep an officer's word about one of this kiosk's calls; who goes through by it has gone through everywhere.

        The carrier is told so. `code`: the boarding pass that the officer scanned, where the kiosk had read none.

        Raises Refused where a word was said before, or by that pass somebody went through; Malformed for no pass of it.
        """
        flight = str(self._house.flight)
        passes = self._flights.passes(flight)
        with self._writing:
            calls = self._called()
            if code and word.word is Word.THROUGH and not calls.of(word.number):
                self._scanned(calls, word.number, code)
            sequence = calls.of(word.number)
            marked = word.word is Word.THROUGH and sequence
            passes.say(word, mark_of(self._flights.key(flight), sequence) if marked else None)
            self._done(calls, word)

    def named(self) -> frozenset[int]:
        """Calls that wait for an officer's word and whose check-in number is known."""
        with self._writing:
            return frozenset(self._called().numbers())

    def _scanned(self, calls: Calls, number: int, code: str) -> None:
        passes, sequence = self._flights.passes(str(self._house.flight)), boarding.on(code, self._house.flight).sequence
        if passes.used(mark_of(self._flights.key(passes.flight), sequence)):
            raise Refused("somebody went through with this boarding pass already: ask who, or decide without it")
        if passes.waits(number):
            calls.put(number, sequence)

    def _done(self, calls: Calls, word: OfficersWord) -> None:
        """What follows from a word that stands in the list."""
        sequence = calls.of(word.number)
        if sequence and word.word is Word.THROUGH:
            said = self._flights.passes(word.flight).decisions()[word.number]
            self._tell(Boarded(said.flight, sequence, word.moment, said.lane, Outcome.PASS, said.reasons))
        calls.done(word.number)

    def _called(self) -> Calls:
        """Whom officers were called for. At the first time after a start, what a kill cut off is done first."""
        if self._calls is None:
            calls = Calls(self._flights, str(self._house.flight))
            words = {word.number: word for word in self._flights.passes(str(self._house.flight)).words()}
            for number in calls.numbers():
                if number in words:
                    self._done(calls, words[number])
            self._calls = calls
        return self._calls

    def _ticket(self, code: str) -> Ticket:
        try:
            return boarding.on(code, self._house.flight)  # (1)
        except Malformed as error:
            raise _Called(Reason.TICKET) from error

    def _opened(self, ticket: Ticket, token: bytes, phone: bytes | None) -> Sealed:
        if self.stopped:
            raise _Called(Reason.STOPPED)
        try:
            key = self._flights.key(str(self._house.flight), phone=phone)
            held = key.open(token, self._house.issuers)  # (2)
        except (Tampered, Malformed) as error:
            raise _Called(Reason.ALTERED) from error
        self._valid(key, held, ticket)
        return held

    def _valid(self, key: FlightKey, held: Sealed, ticket: Ticket) -> None:
        passes, now = self._flights.passes(key.flight), self._clock.now()
        for wrong, reason in (
            (held.booking != booking_of(key, ticket), Reason.BOOKING),
            # A token of the future: this clock went back, or the one that it was made by is wrong.
            (now + 60_000 < held.issued, Reason.CLOCK),
            (now >= held.expires, Reason.EXPIRED),
            (passes.revoked(key.mark(held.single), held.booking, held.issued), Reason.REVOKED),
            # Who was checked in goes through once, however many tokens they have.
            (passes.used(mark_of(key, ticket.sequence)), Reason.USED),
            (held.extractor != self._house.extractor[:8], Reason.EXTRACTOR),
        ):
            if wrong:
                raise _Called(reason)

    def _compared(self, held: Sealed, look: Look) -> None:
        try:
            reference = coding.decode(held.code, self._house.extractor)
            seen = look()  # (3)
            if self.stopped:
                raise _Called(Reason.STOPPED)
            if isinstance(seen, Reason):
                raise _Called(seen)
            # Written so that a score that is no number is none that is reached.
            if not compare(reference, seen) >= self._house.same:  # (4)
                raise _Called(Reason.DIFFERENT)
        except _Called:
            raise
        except Exception as error:
            # Whatever fails here, a network or a file of a kind nobody thought of: a person looks, nothing opens.
            raise _Called(Reason.POOR) from error
        if held.checked is Checked.UNVERIFIED:  # (5)
            raise _Called(Reason.UNVERIFIED)

    def _identified(self, look: Look, gallery: Gallery) -> str:
        if self.stopped:
            raise _Called(Reason.STOPPED)
        try:
            seen = look()  # (3)
            found = seen if isinstance(seen, Reason) else gallery(seen)  # (4)
        except Exception as error:
            raise _Called(Reason.POOR) from error
        if self.stopped:
            raise _Called(Reason.STOPPED)
        if isinstance(found, Reason):
            raise _Called(found)
        return found

    def _unused(self, sequence: str) -> None:
        flight = str(self._house.flight)
        if self._flights.passes(flight).used(mark_of(self._flights.key(flight), sequence)):
            raise _Called(Reason.USED)

    def _answered(self, sequence: str, lane: Lane, reasons: tuple[Reason, ...], begun: int) -> Answered:
        flight, now = str(self._house.flight), self._clock.now()
        passes = self._flights.passes(flight)
        with self._writing:
            calls = self._called()
            decision = self._decision(passes.next(), now, lane, reasons, begun)
            mark = None if reasons else mark_of(self._flights.key(flight), sequence)
            try:
                passes.decide(decision, mark)  # (6)
            except Refused:
                decision = self._decision(passes.next(), now, lane, (Reason.USED,), begun)
                passes.decide(decision)
            if decision.reasons and sequence:
                calls.put(decision.number, sequence)
        told = Boarded(decision.flight, sequence, now, lane, decision.outcome, decision.reasons)
        self._tell(told)
        return Answered(decision, told)

    def _decision(self, number: int, now: Moment, lane: Lane, reasons: tuple[Reason, ...], begun: int) -> Decision:
        house, flight = self._house, str(self._house.flight)
        return Decision(
            flight,
            house.kiosk,
            number,
            now,
            lane,
            Outcome.OFFICER if reasons else Outcome.PASS,
            reasons,
            max(0, self._clock.passed() - begun),
            self._flights.passes(flight).alone(house.others, now),
        )
