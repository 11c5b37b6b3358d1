"""Enrolling: from a document's photo and a live face to a token that the traveller takes along.

How a token is made (the numbers are in the code):

1. The ticket is for this flight.
2. Both templates are of the gate's extractor, and their comparison score reaches its 1:1 threshold. If not, somebody of
   the staff looks: that is all a score can say.
3. The live template is coded and sealed under the flight's key, bound to the booking, until the flight's key ends.

Templates are the caller's to drop; nothing is kept. Renewing takes a token and its ticket and no face: what it holds is
sealed anew with another id, and the old one revoked.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence

from countenance.crypto.sign import SigningKey
from countenance.crypto.token import SINGLE, FlightKey
from countenance.errors import Malformed, Refused
from countenance.faces.comparison import compare
from countenance.faces.extractor import combine
from countenance.formats import boarding
from countenance.gates import coding
from countenance.gates.passes import Passes
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Checked, Flight, Sealed, Ticket
from countenance.vocabulary.moments import Moment

Random = Callable[[int], bytes]


class Unlike(Refused):
    """Photo and face are not alike enough to say that they are one person's: somebody of the staff looks."""


class Enrolment:
    """One kiosk's enrolment for one flight. `same`: the score from which two templates are taken to be of one person.

    `ends`: when the flight's key ends. `random` gives ids and nonces.
    """

    def __init__(
        self, flight: Flight, signing: SigningKey, *, same: float, ends: Moment, random: Random = secrets.token_bytes
    ) -> None:
        self.flight = flight
        self._signing = signing
        self._same = same
        self._ends = ends
        self._random = random

    def token(
        self, key: FlightKey, code: str, checked: Checked, photo: Template, live: Sequence[Template], now: Moment
    ) -> bytes:
        """A token for who stands here. `code`: of the boarding pass; `photo`: the document's; `live`: of the camera.

        Raises Refused if they are not alike enough, Malformed for another flight's pass.
        """
        ticket = boarding.on(code, self.flight)  # (1)
        if not live:
            raise Malformed("there is no live face to compare: look into the camera")
        seen = combine(live, [1.0] * len(live))
        # Written so that a score that is no number is none that is reached.
        if not compare(photo, seen) >= self._same:  # (2)
            raise Unlike("the photo and the face before the camera are not alike enough: somebody of the staff looks")
        return self._sealed(key, ticket, checked, seen.extractor[:8], coding.encode(seen), now)  # (3)

    def renewed(
        self, key: FlightKey, code: str, token: bytes, issuers: Iterable[bytes], passes: Passes, now: Moment
    ) -> bytes:
        """Another token for the same reference, without a face; the one that is brought is revoked.

        Raises Tampered for a token that is none, Refused for one that is over, or another booking's.
        """
        ticket = boarding.on(code, self.flight)
        held = key.open(token, issuers)
        if held.booking != booking_of(key, ticket):
            raise Refused("this token belongs to another booking: bring the ticket it was made with")
        mark, gone_through = key.mark(held.single), passes.used(mark_of(key, ticket.sequence))
        if gone_through or passes.revoked(mark, held.booking, held.issued) or now >= held.expires:
            raise Refused("this token is used, revoked or over: enrol again, or go by the other lane")
        # As old as the one it is in place of, so that what revokes that one's booking, anywhere, revokes this one.
        new = self._sealed(key, ticket, held.checked, held.extractor, held.code, held.issued)
        passes.revoke(mark, now)
        return new

    def _sealed(
        self, key: FlightKey, ticket: Ticket, checked: Checked, extractor: bytes, code: bytes, now: Moment
    ) -> bytes:
        single = self._random(SINGLE)
        held = Sealed(single, booking_of(key, ticket), checked, _second(now), _second(self._ends), extractor, code)
        return key.seal(held, self._signing, random=self._random)


def revoked(key: FlightKey, code: str, flight: Flight, passes: Passes, now: Moment) -> None:
    """Revoke every token of a booking that was issued until now, by its boarding pass alone."""
    # A token of this very second may be one too.
    passes.revoke_booking(booking_of(key, boarding.on(code, flight)), _second(now) + 1000)


def booking_of(key: FlightKey, ticket: Ticket) -> bytes:
    """The keyed hash (16 bytes) that binds a token to `ticket`."""
    return key.booking(ticket.booking, ticket.sequence)


def mark_of(key: FlightKey, sequence: str) -> bytes:
    """What a kiosk's list has (16 bytes) of who went through, whichever way, by their check-in number."""
    # Written with leading zeros in one place and without in another.
    return key.mark(key.booking("went through", sequence.lstrip("0")))


def _second(moment: Moment) -> Moment:
    return moment // 1000 * 1000
