"""A flight's gallery at one of its kiosks: whether it stands, whose face this is, and striking somebody out.

Invariants:

* The kiosk holds masked rows and a probe for as long as it asks. It is told one check-in number or none: no score, and
  nothing of anybody else in the gallery.
* Only the gallery of the very flight that boards here is asked. Without the gallery custodian there is none, and who
  answers slowly, or with what is no check-in number, is given up.
* Who was to be struck out, and could not be, is struck out as soon as the gallery can be asked again, after a new start
  of the kiosk, too.

Who takes this host while a flight boards can ask whose a face is, as often as the gallery's text allows, find out who
is in it by striking them out, and leave nobody in it; each time is an entry of the gallery custodian's log.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from countenance.channel import session as sessions
from countenance.channel.client import Connection
from countenance.channel.session import Caller, Session
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.faces.extractor import values
from countenance.matching import encode
from countenance.vocabulary.faces import Template
from countenance.vocabulary.galleries import reference_of
from countenance.vocabulary.moments import Moment
from countenance.zones.edge import masked, standing
from countenance.zones.edge.masked import Buffers, Held

POLL: Final = 2.0
ANSWER: Final = 5.0
"""Seconds between two looks whether it stands, and of patience with an answer: somebody stands and waits."""

_NO_SIGHTING: Final = "0" * 32
_NONE: Final = "no gallery of this flight stands before this kiosk now: take the other lane"


class _NoneStands(Refused):
    """It was looked, and none stands. It leaves this module as what it is, Refused."""


class Owing(Protocol):
    """Who is still to be struck out, as the kiosk keeps it (`gates.calls`)."""

    def every(self) -> frozenset[tuple[str, str]]:
        """Flights, and check-in numbers."""

    def owe(self, flight: str, sequence: str) -> None:
        """They are to be struck out."""

    def paid(self, flight: str, sequence: str) -> None:
        """They were."""


class FlightGallery:
    """The kiosk of `caller` and the gallery of the flight that boards there. Threads may share it."""

    def __init__(self, deployment: Path, caller: Caller, owed: Owing, *, clock: Callable[[], Moment]) -> None:
        self._deployment = deployment
        self._caller = caller
        self._clock = clock
        self._connection = Connection(deployment / "sockets" / "gallery", timeout=ANSWER, whole=ANSWER)
        self._session: Session | None = None
        self._held: dict[bytes, Held] = {}
        self._owed = owed
        self._buffers = Buffers()
        self._turn = threading.RLock()

    def basis(self, flight: str) -> str:
        """The law that demands a gallery of `flight`, if one stood before this kiosk when it was looked last."""
        held = self._of(flight)
        return "" if held is None else held.listed.basis

    def look(self) -> None:
        """Look whether one stands. Raises what kept it from looking; then none stands."""
        with self._turn:
            try:
                self._held = self._looked()
            except CountenanceError:
                self._lost()
                raise

    def identify(self, flight: str, template: Template) -> str | None:
        """The check-in number of whose face this is, or None for nobody's, or two travellers'.

        Raises Refused where no gallery of `flight` of this extractor stands here, Unavailable if it cannot be asked.
        """
        with self._turn:
            session, held = self._attending(flight)
            q = encode.encode(values(template))
            if (held.listed.extractor, held.listed.dimension) != (template.extractor, len(q)):
                raise Refused("this flight's gallery is of another extractor: take the other lane")
            try:
                with self._buffers.write(held, q, _NO_SIGHTING, self._clock()) as view:
                    return _number(session.identify(view))
            except CountenanceError:
                self._lost()
                raise
            finally:
                self._buffers.wipe()
                q.fill(0)

    def strike(self, flight: str, sequence: str) -> bool:
        """Have who has this check-in number struck out; whether they were in it. Raises as `identify`; then it is done
        later, unless it is sure that none stands.
        """
        with self._turn:
            try:
                session, held = self._attending(flight)
                struck = session.strike(held.listed.gallery, sequence)
            except _NoneStands:
                raise
            except CountenanceError:
                self._owed.owe(flight, sequence)
                self._lost()
                raise
            self._owed.paid(flight, sequence)
            return struck

    def repay(self) -> None:
        """Strike out who is still to be, where their gallery still stands. Raises as `strike`."""
        with self._turn:
            owed = sorted(self._owed.every())
            if owed and self._session is None:
                # Once, however many are owed.
                self.look()
            for flight, sequence in owed:
                # One that does not stand now may again, as where its custodian's clock was wrong.
                if self._of(flight) is not None:
                    self.strike(flight, sequence)

    def run(self, stop: threading.Event, say: Callable[[str], None]) -> None:
        """Look again and again until `stop` is set; that it cannot be asked is said once."""
        silent = False
        while not stop.wait(POLL):
            try:
                self.look()
                self.repay()
            except CountenanceError as error:
                if not silent:
                    say(f"no flight's gallery is asked: {error}")
                silent = True
            else:
                silent = False

    def _looked(self) -> dict[bytes, Held]:
        known = standing.genesis(self._deployment)
        if known is None:
            return {}
        if self._session is None:
            self._session = sessions.begin(self._connection, known, self._caller, self._clock())
        return {} if self._session is None else masked.look(self._session, self._held)

    def _of(self, flight: str) -> Held | None:
        return next((one for one in self._held.values() if one.listed.flight == flight), None)

    def _attending(self, flight: str) -> tuple[Session, Held]:
        if self._session is None:
            self.look()
        held = self._of(flight)
        if self._session is None or held is None:
            raise _NoneStands(_NONE)
        return self._session, held

    def _lost(self) -> None:
        """What was said between both ends is not known any more: begin anew, and hold nothing until then."""
        self._session, self._held = None, {}


def _number(found: str | None) -> str | None:
    try:
        if found is not None:
            reference_of(found, 0)
    except ValueError as error:
        raise Malformed("the gallery custodian's answer is no check-in number: run the same version there") from error
    return found
