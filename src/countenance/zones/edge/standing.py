"""Standing galleries at the edge: every finished track's probe goes to the gallery custodian, with masked products.

Invariants:

* Recording never waits for it: a probe is left in a bounded queue and a thread of its own does the rest. A gallery
  custodian that is locked or gone costs alerts, never footage or sightings; what was not compared is counted, and that
  it answers no more is said once.
* The edge holds masked rows, which say nothing without the gallery custodian's keys, and drops them when they stand no
  more. It learns that a probe was received, and nothing of what came of it.
* A probe waits in memory at most a minute, and is overwritten when it was sent or given up.

Who takes this host learns that a gallery of so many references stands before the camera, not who is in it.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.channel import session as sessions
from countenance.channel.client import Connection
from countenance.channel.session import Caller, Session
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.faces.extractor import values
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.faces import Template
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.edge import masked
from countenance.zones.edge.masked import Buffers, Held

Say = Callable[[str], None]
Probes = Callable[[SightingRecord, Template], None]

MOST_WAITING = 64
LONGEST_WAITING = 60_000
"""Milliseconds after which a probe that could not be sent is given up."""

# Seconds: between two looks which galleries stand, of patience with an answer, and between two tries.
POLL, ANSWER = 5.0, 60.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0


def nobody(record: SightingRecord, template: Template) -> None:
    """No gallery is asked."""
    del record, template


def genesis(deployment: Path) -> Genesis | None:
    """The gallery custodian's genesis record, or None where there is none. Raises Malformed, Unavailable."""
    path = deployment / "edge" / "gallery.json"
    try:
        return records.read(Genesis, path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"edge/gallery.json cannot be read ({error.strerror}); check its owner") from error
    except Malformed as error:
        raise Malformed("edge/gallery.json is not a genesis record; restore it from gallery/genesis.json") from error


@dataclass(frozen=True, slots=True, repr=False)
class _Probe:
    sighting: str
    moment: Moment
    extractor: bytes
    q: NDArray[np.int16]
    since: Moment

    def __repr__(self) -> str:
        return f"_Probe({self.sighting})"


class Standing:
    """One camera's probes. `offer` is called by the recorder, `run` is the thread.

    `compared`: probes sent, once a gallery; `missed`: given up because the gallery custodian did not answer, or not
    comparable with a gallery of another extractor, once a gallery.
    """

    def __init__(self, deployment: Path, caller: Caller, *, clock: Callable[[], Moment]) -> None:
        self._deployment = deployment
        self._caller = caller
        self._clock = clock
        self._connection = Connection(deployment / "sockets" / "gallery", timeout=ANSWER)
        self._queue: deque[_Probe] = deque()
        self._changed = threading.Condition()
        self._session: Session | None = None
        self._held: dict[bytes, Held] = {}
        self._unlike: set[str] = set()
        self._told: set[str] = set()
        self._polled: Moment | None = None
        self._buffers = Buffers()
        self.compared = 0
        self.missed = 0

    def offer(self, record: SightingRecord, template: Template) -> None:
        """Leave the probe of a finished track; never waits."""
        try:
            q = encode.encode(values(template))
        except Malformed:
            return
        with self._changed:
            if len(self._queue) >= MOST_WAITING:
                self._give_up(self._queue.popleft())
            self._queue.append(_Probe(record.sighting, record.end, template.extractor, q, self._clock()))
            self._changed.notify()

    def run(self, stop: threading.Event, say: Say) -> None:
        """Work until `stop` is set, then send what waits if there is a session. Nothing but a bug ends it earlier."""
        wait, silent = FIRST_WAIT, False
        with self._connection:
            while True:
                ending = stop.is_set()
                try:
                    answered = self.step()
                except CountenanceError as error:
                    self._session = None
                    self._sweep()
                    if not silent:
                        say(f"standing galleries are not compared with, recording goes on: {error}")
                    silent = True
                    pause, wait = wait, min(2 * wait, LONGEST_WAIT)
                else:
                    if silent and answered:
                        say("the gallery custodian answers again")
                        silent = False
                    pause, wait = POLL, FIRST_WAIT
                self._tell(say)
                if ending:
                    return
                self._pause(stop, pause)

    def step(self) -> bool:
        """Do what is due: a session, the galleries, the probes. Whether the gallery custodian answered."""
        known = genesis(self._deployment)
        if known is None:
            self._nothing_stands()
            return False
        if self._session is None:
            self._session = sessions.begin(self._connection, known, self._caller, self._clock())
            self._polled = None
        if self._session is None:
            # Nothing stands before this camera, so nothing is missed.
            self._nothing_stands()
            return True
        now = self._clock()
        if self._polled is None or not 0 <= now - self._polled < POLL * 1000:
            self._held = masked.look(self._session, self._held)
            self._polled = now
        while (probe := self._next()) is not None:
            try:
                self._send(self._session, probe)
            except CountenanceError:
                self._put_back(probe)
                raise
            probe.q.fill(0)
        return True

    def _send(self, session: Session, probe: _Probe) -> None:
        for held in self._held.values():
            listed = held.listed
            if (listed.extractor, listed.dimension) != (probe.extractor, len(probe.q)):
                self.missed += 1
                self._unlike.add(listed.gallery)
                continue
            try:
                with self._buffers.write(held, probe.q, probe.sighting, probe.moment) as view:
                    session.probe(view)
            finally:
                self._buffers.wipe()
            self.compared += 1

    def _tell(self, say: Say) -> None:
        """Say once of each gallery of another extractor that nobody is compared with it."""
        for gallery in sorted(self._unlike - self._told):
            say(f"nobody is compared with gallery {gallery}: it is of another extractor; draft it again")
        self._told |= self._unlike

    def _next(self) -> _Probe | None:
        with self._changed:
            return self._queue.popleft() if self._queue else None

    def _put_back(self, probe: _Probe) -> None:
        with self._changed:
            self._queue.appendleft(probe)

    def _pause(self, stop: threading.Event, seconds: float) -> None:
        """Until there is something to do: after a failure that is later."""
        until = seconds
        with self._changed:
            while until > 0 and not stop.is_set() and not (self._queue and self._session is not None):
                self._changed.wait(min(until, FIRST_WAIT))
                until -= FIRST_WAIT

    def _nothing_stands(self) -> None:
        self._held = {}
        with self._changed:
            for probe in self._queue:
                probe.q.fill(0)
            self._queue.clear()

    def _sweep(self) -> None:
        """Give up what has waited too long."""
        now = self._clock()
        with self._changed:
            while self._queue and not 0 <= now - self._queue[0].since < LONGEST_WAITING:
                self._give_up(self._queue.popleft())

    def _give_up(self, probe: _Probe) -> None:
        probe.q.fill(0)
        self.missed += 1
