"""Sending: what waits in a flight's outbox goes to carrier and border by HTTPS, until they have it.

One POST each, JSON, the signed record of `gates.telling` and nothing else; a redirect is followed nowhere. A status of
200 to 299 takes it; 400 to 499 refuses it for good, but for those that speak of the address, of who may post there or
of the time; these, anything else, and no answer are tried again after a second, then two, up to a minute.
Nothing that is said here has an address, a body or an answer in it.
"""

import http.client
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Final

from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.formats import address
from countenance.gates.configuration import GateSettings
from countenance.gates.flights import Clock, Flights
from countenance.gates.outbox import Addressee

FIRST_WAIT, LONGEST_WAIT = 1_000, 60_000
"""Milliseconds between two tries: doubled from the first to the longest."""

TIMEOUT_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.5
_TRY_AGAIN: Final = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 426, 429})

Post = Callable[[Addressee, bytes], int]
"""Posts a body to an addressee; the answer's status. Raises Unavailable without one."""


def post(chosen: GateSettings) -> Post:
    """What posts to the addresses of `chosen`. Raises Malformed for one that is none."""
    chosen.check()
    trust = chosen.trust()
    urls: Mapping[Addressee, str] = {Addressee.CARRIER: chosen.carrier, Addressee.BORDER: chosen.border}

    def posted(to: Addressee, body: bytes) -> int:
        _, host, path = address.place(urls[to], to.value)
        return _posted(host, path or "/", body, trust, to)

    return posted


def addressees(chosen: GateSettings) -> tuple[Addressee, ...]:
    """Those who are told anything."""
    return tuple(to for to, url in ((Addressee.CARRIER, chosen.carrier), (Addressee.BORDER, chosen.border)) if url)


class Sending:
    """The work of one thread. `to`: who is told."""

    def __init__(self, flights: Flights, to: tuple[Addressee, ...], posting: Post, clock: Clock) -> None:
        self._flights = flights
        self._to = to
        self._post = posting
        self._clock = clock
        self._wait = dict.fromkeys(to, 0)
        self._again = dict.fromkeys(to, 0)

    def step(self) -> None:
        """Send what is due, of every flight. Raises Unavailable if somebody did not take it: it is tried again."""
        faults = [fault for to in self._to if self._clock.passed() >= self._again[to] for fault in self._sent(to)]
        if faults:
            raise Unavailable("; ".join(faults))

    def run(self, stop: threading.Event, say: Callable[[str], None]) -> None:
        """Go on until `stop` is set. A fault is said once, and again when it is another."""
        said = ""
        while not stop.is_set():
            try:
                self.step()
                if not any(self._wait.values()):
                    said = self._told("", said, say)
            except CountenanceError as error:
                said = self._told(str(error), said, say)
            stop.wait(PAUSE_SECONDS)

    def _told(self, fault: str, said: str, say: Callable[[str], None]) -> str:
        if fault != said:
            say(f"telling others: {fault or 'all is well again'}")
        return fault

    def _sent(self, to: Addressee) -> list[str]:
        for flight in self._flights.names():
            try:
                key, outbox = self._flights.key(flight), self._flights.outbox(flight)
            except Refused:
                # Its time is over, as of now, and so is what waited.
                continue
            while (found := outbox.next(key, to)) is not None:
                number, body = found
                try:
                    status = self._post(to, body)
                except Unavailable as error:
                    return self._later(to, str(error))
                refused = 400 <= status < 500 and status not in _TRY_AGAIN
                if not refused and not 200 <= status < 300:
                    return self._later(to, f"the {to.value}'s address answers {status}: ask whoever runs it")
                outbox.settle(number, taken=not refused)
                self._wait[to] = self._again[to] = 0
        return []

    def _later(self, to: Addressee, fault: str) -> list[str]:
        self._wait[to] = min(2 * self._wait[to] or FIRST_WAIT, LONGEST_WAIT)
        self._again[to] = self._clock.passed() + self._wait[to]
        return [fault]


def _posted(host: str, path: str, body: bytes, trust: ssl.SSLContext, to: Addressee) -> int:
    connection = http.client.HTTPSConnection(host, timeout=TIMEOUT_SECONDS, context=trust)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        with connection.getresponse() as answer:
            return answer.status
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unavailable(f"the {to.value}'s address does not answer ({type(error).__name__})") from error
    finally:
        connection.close()
