"""Syncing: the kiosks of a flight hear from each other through a relay that reads nothing and is trusted with nothing.

Twice a second each kiosk leaves its newest letter (`Passes.news`) at an address that only the flight's key tells, and
takes those of the others. Invariants:

* A letter is signed by its kiosk, encrypted under the flight's key for its address, and of a few sizes only: who
  carries it learns that so many kiosks speak, and in the rush how much, and not of which flight.
* What is forged, altered, another's or another flight's is passed over. What is brought again, late or in another order
  changes nothing, and makes nobody less alone: `gates.rounds`. What is held back leaves a kiosk alone, as it says.
* Without a relay a kiosk goes on. Whatever was decided meanwhile is in its list, and is told once somebody hears it.

Who passes at two kiosks within the second that news takes passes twice; it is found and counted (`Passes.twice`).
"""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from countenance.crypto.sign import SigningKey
from countenance.crypto.token import FlightKey
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.gates.flights import Clock, Flights
from countenance.gates.joining import Handing
from countenance.gates.relaying import Relay

EVERY: Final = 0.5
"""Seconds between two letters."""

STEP: Final = 4096
_LENGTH: Final = 4


class Syncing:
    """One kiosk's part. `kiosks`: public keys of the others at its gate, by name, as told at its own terminal."""

    def __init__(
        self, flights: Flights, name: str, signing: SigningKey, kiosks: Mapping[str, bytes], clock: Clock
    ) -> None:
        self._flights = flights
        self._name = name
        self._signing = signing
        self._kiosks = dict(kiosks)
        self._clock = clock
        self.handing = Handing(flights, name, signing, self._kiosks, clock)

    def step(self, relay: Relay) -> int:
        """Tell and hear once, of every flight; how many letters were passed over. Raises Unavailable."""
        over = self.handing.step(relay)
        return over + sum(self._spoken(flight, relay) for flight in self._flights.names())

    def run(self, relay: Relay, stop: threading.Event, say: Callable[[str], None]) -> None:
        """Go on until `stop` is set. A fault is said once, and again when it is another."""
        said = ""
        while not stop.is_set():
            try:
                over = self.step(relay)
                fault = "letters that no kiosk of this gate wrote are passed over" if over else ""
            except CountenanceError as error:
                fault = str(error)
            if fault != said:
                say(f"news of other kiosks: {fault or 'all is well again'}")
            said = fault
            stop.wait(EVERY)

    def _spoken(self, flight: str, relay: Relay) -> int:
        try:
            key, passes = self._flights.key(flight), self._flights.passes(flight)
        except Refused:
            # Its time is over, as of now.
            return 0
        letter = passes.news(self._kiosks, self._signing, self._clock.now())
        places = {key.address(other): other for other in self._kiosks}
        found = relay(key.address(), key.address(self._name), key.wrap(_padded(letter), self._name))
        return sum(not self._heard(key, places.get(place, ""), one) for place, one in found)

    def _heard(self, key: FlightKey, other: str, wrapped: bytes) -> bool:
        try:
            passes = self._flights.passes(key.flight)
            passes.hear(_unpadded(key.unwrap(wrapped, other)), self._kiosks)
        except (Tampered, Malformed, Refused):
            return False
        return True


def _padded(letter: bytes) -> bytes:
    body = len(letter).to_bytes(_LENGTH) + letter
    return body + bytes(-len(body) % STEP)


def _unpadded(body: bytes) -> bytes:
    length = int.from_bytes(body[:_LENGTH])
    return body[_LENGTH : _LENGTH + length]
