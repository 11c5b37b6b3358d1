"""Telling: what leaves a gate about one traveller: to the carrier a decision, to the border a departure; no face.

Both are signed by the kiosk (`formats.records`, Ed25519) and wait in the outbox (`gates.outbox`) until they are taken,
or the flight is over.
"""

from collections.abc import Collection

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.gates.flights import Flights
from countenance.gates.outbox import Addressee
from countenance.vocabulary.gates import Boarded, Decision, Departed, OfficersWord, Outcome, Word
from countenance.vocabulary.moments import Moment

MOST_LETTERS = 20
"""Of a document's number; ICAO 9303 has 9, states have more."""


def sent(record: Boarded | Departed, kiosk: str, signing: SigningKey) -> bytes:
    """The body of a webhook: `record`, signed by this kiosk."""
    return records.write(sign.signed(record, kiosk, signing))


class Telling:
    """What one kiosk has to tell. `to`: who is told anything."""

    def __init__(self, flights: Flights, kiosk: str, signing: SigningKey, to: Collection[Addressee]) -> None:
        self._flights = flights
        self._kiosk = kiosk
        self._signing = signing
        self._to = to

    def tells(self, to: Addressee) -> bool:
        """Whether `to` is told anything."""
        return to in self._to

    def tell(self, record: Boarded | Departed) -> None:
        """Put a record by for whom it is for, if they are told anything.

        Where the disk will not take it, it is counted with what nobody was told: a decision that stands is not undone.
        """
        to = Addressee.CARRIER if isinstance(record, Boarded) else Addressee.BORDER
        if not self.tells(to):
            return
        key, outbox = self._flights.key(record.flight), self._flights.outbox(record.flight)
        try:
            outbox.put(key, to, sent(record, self._kiosk, self._signing))
        except Unavailable:
            outbox.refused += 1


def departed(decision: Decision, word: OfficersWord | None, state: str, document: str, now: Moment) -> Departed:
    """The border's exit record of who went through: by the gate, or as an officer's `word` says.

    Raises Refused if they did not go through, Malformed for a document that is none.
    """
    said = word is not None and (word.flight, word.kiosk, word.number) == (
        decision.flight,
        decision.kiosk,
        decision.number,
    )
    through = decision.outcome is Outcome.PASS or (said and word is not None and word.word is Word.THROUGH)
    if not through:
        raise Refused("nobody went through by this decision: an officer has to say so first")
    if not (len(state) in (1, 3) and state.isascii() and state.isalpha() and state.isupper()):
        raise Malformed("an issuing state is one or three letters, as in the document's machine-readable zone")
    if not (0 < len(document) <= MOST_LETTERS and document.isascii() and document.isalnum()):
        raise Malformed(f"a document's number is 1 to {MOST_LETTERS} letters and digits")
    return Departed(decision.flight, state, document, now)
