"""Joining: a kiosk takes a flight's key over from another of its gate, through the same relay as their letters.

How a key is handed over (the numbers are in the code):

1. An officer at the joining kiosk names the flight. It makes a key pair for this alone and asks, signed.
2. A kiosk of its gate that holds the flight's key, and knows the asker's signature from its own terminal, seals the key
   to that pair (`Flights.hand_over`), signed.
3. The joining kiosk opens it (`Flights.take_over`) and drops the pair. Nobody who kept what was carried, and takes a
   kiosk's host later, opens it again; and what is brought again is for a pair that is gone.

Unlike letters, which need the flight's key, this happens at addresses that are worked out of public keys: who knows
those can be in the way of a hand-over, and the carrier reads which flight is asked for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import opened
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.gates.flights import Clock, Flights
from countenance.gates.relaying import Relay
from countenance.vocabulary.requests import Signed

PATIENCE: Final = 30_000
"""Milliseconds after which a kiosk asks no more: nobody of its gate holds this flight, or none is reached."""


@dataclass(frozen=True, slots=True)
class Joining:
    """A kiosk asks for the key of `flight`, sealed to `key`, which it made for this alone."""

    flight: str
    kiosk: str
    key: bytes


@dataclass(slots=True, repr=False)
class _Asked:
    flight: str
    own: OwnKey
    letter: bytes
    until: int


class Handing:
    """One kiosk's part, asking and answering. `kiosks`: public keys of the others at its gate, by name."""

    def __init__(
        self, flights: Flights, name: str, signing: SigningKey, kiosks: Mapping[str, bytes], clock: Clock
    ) -> None:
        self._flights = flights
        self._name = name
        self._signing = signing
        self._kiosks = kiosks
        self._clock = clock
        self._asked: _Asked | None = None
        self._answered: dict[str, tuple[bytes, bytes]] = {}

    @property
    def others(self) -> tuple[str, ...]:
        """The gate's other kiosks, by name."""
        return tuple(sorted(self._kiosks))

    @property
    def asking(self) -> str:
        """The flight whose key is asked for now; empty if none is."""
        asked = self._asked
        return asked.flight if asked is not None and self._clock.passed() < asked.until else ""

    def join(self, flight: str) -> None:
        """Ask the others for the key of `flight` from now on (1). Raises Refused if there are none."""
        if not self._kiosks:
            raise Refused("this kiosk knows no other of its gate: name it with 'countenance gate neighbour' first")
        own = OwnKey.generate()
        asked = sign.signed(Joining(flight, self._name, own.public), self._name, self._signing)
        self._asked = _Asked(flight, own, records.write(asked), self._clock.passed() + PATIENCE)

    def drop(self) -> None:
        """Ask no more."""
        self._asked = None

    def step(self, relay: Relay) -> int:
        """Ask and answer once; how many letters were passed over. Raises Unavailable without a relay."""
        over = self._ask(relay) if self.asking else 0
        if self._flights.names():
            over += sum(self._answer(other, public, relay) for other, public in self._kiosks.items())
        return over

    def _ask(self, relay: Relay) -> int:
        asked = self._asked
        if asked is None:
            return 0
        over, place = 0, _address(self._signing.public)
        for _, sealed in relay(place, place, asked.letter):
            if not sealed or self._asked is not asked:
                continue
            try:
                self._flights.take_over(asked.flight, sealed, asked.own, self._kiosks)  # (3)
            except (Refused, Malformed, Tampered):
                over += 1
                continue
            self._asked = None
            break
        return over

    def _answer(self, other: str, public: bytes, relay: Relay) -> int:
        place = _address(public)
        letter, sealed = self._answered.get(other, (b"", b""))
        found: Sequence[bytes] = [
            one for at, one in relay(place, _address(public, self._signing.public), sealed) if at == place
        ]
        if not found or found[0] == letter:
            return 0
        try:
            asked = opened(Joining, records.read(Signed, found[0]), public)  # (2)
            if asked.kiosk != other:
                raise Refused("a kiosk asks for itself alone")
            if asked.flight not in self._flights.names():
                return 0
            sealed = self._flights.hand_over(asked.flight, asked.key, self._signing)
        except (Refused, Malformed, Tampered):
            return 1
        self._answered[other] = found[0], sealed
        return 0


def _address(*public: bytes) -> bytes:
    words: list[canonical.Json] = ["countenance", "joining", *(one.hex() for one in public)]
    return hashlib.sha256(canonical.write(words)).digest()[:16]
