"""Uplink: one thread that brings a camera's spool to the repository, fetches leases and answers wishes for manifests.

Invariants:

* An item is removed only after the repository acknowledged it, which it does when everything is fsynced. An item that
  was sent and not acknowledged is sent again; the repository takes the same bytes twice.
* Items go in order. One that the repository refuses for good is set aside, and the manifest then shows it missing.
* When nobody answers, waits double from half a second to half a minute, and it is said once.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto.sign import signed
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import LeaseRequest
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.leases import Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.spool import Spool

Say = Callable[[str], None]
# Seconds between two looks for wanted manifests, and two requests for a lease that was not given.
POLL = 1.0
LEASE_AGAIN = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose spool is sent: the camera, its edge's keys, and the wall clock (UTC milliseconds)."""

    camera: str
    identity: Identity
    clock: Callable[[], Moment]


class Uplink:
    """The thread's work; `recording` says whether the camera still adds to the hour that `leases` has as current."""

    def __init__(self, connection: Connection, sender: Sender, spool: Spool, ledger: Ledger, leases: Leases) -> None:
        self._connection = connection
        self._sender = sender
        self._spool = spool
        self._ledger = ledger
        self._leases = leases
        self._asked_leases = 0
        self._polled = 0
        self._fault = ""
        self._answers = 0
        self.recording = threading.Event()
        self.acknowledged = 0

    def run(self, stop: threading.Event, say: Say) -> None:
        """Work until `stop` is set. Nothing but a bug ends it earlier."""
        wait, silent = FIRST_WAIT, False
        while not stop.is_set():
            before = self._answers
            try:
                self.step(say)
            except CountenanceError as error:
                if not silent:
                    say(f"waiting for the repository: {error}")
                silent = True
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)
                continue
            if self._answers > before:
                # A step in which nothing was due asked nobody, and is no news.
                if silent:
                    say("the repository answers again")
                wait, silent = FIRST_WAIT, False
            self._spool.wait(POLL / 4)

    def step(self, say: Say) -> None:
        """Do what is due once: leases, one item, wanted manifests. Raises Unavailable if nobody answers."""
        self._ask_leases(say)
        self._send(say)
        self._poll()

    def _call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        try:
            answer = self._connection.call(verb, body, blobs)
        except (Refused, Malformed, Tampered):
            self._answers += 1
            raise
        self._answers += 1
        return answer

    def _send(self, say: Say) -> None:
        found = self._spool.oldest()
        if found is None:
            return
        number, item = found
        try:
            self._call(item.verb, {}, item.blobs)
        except (Refused, Malformed, Tampered) as error:
            self._spool.set_aside(number, "refused")
            say(f"the repository refused item {number} ({item.verb}), which is set aside: {error}")
            return
        self._spool.done(number)
        self.acknowledged += 1

    def _ask_leases(self, say: Say) -> None:
        now = self._sender.clock()
        missing = self._leases.missing()
        if not missing or 0 <= now - self._asked_leases < LEASE_AGAIN * 1000:
            return
        self._asked_leases = now
        request = LeaseRequest(self._sender.identity.name, self._sender.camera, missing[0], missing[-1], now)
        letter = records.write(signed(request, self._sender.identity.name, self._sender.identity.signing))
        try:
            answer = self._call("edge.lease", {}, (letter,))
            hours = answer.body.get("hours")
            given = [hour for hour in hours if type(hour) is int] if isinstance(hours, list) else []
            # Remembered before it can be used: a recording that ends at once closes every hour it holds keys for.
            for hour in given:
                self._ledger.leased(hour)
            self._leases.take(given, answer.blobs)
        except CountenanceError as error:
            # Recording goes on: without template and footage, counted. The spool must drain all the same.
            if str(error) != self._fault:
                say(f"no lease for {Hour(missing[0])}: {error}")
            self._fault = str(error)
            return
        self._fault = ""

    def _poll(self) -> None:
        now = self._sender.clock()
        if 0 <= now - self._polled < POLL * 1000:
            return
        self._polled = now
        self._leases.sweep(now)
        self._ledger.prune(now)
        body: dict[str, Json] = {"edge": self._sender.identity.name, "camera": self._sender.camera}
        wanted = self._call("edge.poll", body).body.get("manifests_wanted")
        for hour in self._ledger.hours:
            if hour in (wanted if isinstance(wanted, list) else ()):
                over = not self.recording.is_set() or hour < self._leases.current
                self._ledger.manifest(hour, closed=over, made=now)
