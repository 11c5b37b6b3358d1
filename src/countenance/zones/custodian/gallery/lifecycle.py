"""Lifecycle: the one gallery custodian of a process: locked or open, its galleries and sessions in memory while open.

Invariants:

* What the log says has ended has ended before anything is answered.
* When it locks, sessions end, pads are overwritten, and what waited is dropped.
* Once a minute galleries whose time is over end, and the log is told of probes that found no room.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from countenance.errors import CountenanceError, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Alert
from countenance.zones.custodian.gallery import approving, ending, identifying, referring
from countenance.zones.custodian.gallery.comparing import Comparer
from countenance.zones.custodian.gallery.identifying import Identifier
from countenance.zones.custodian.gallery.records import GalleryState
from countenance.zones.custodian.gallery.sessions import Sessions
from countenance.zones.custodian.gallery.standing import Galleries
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.opened import Clock, Opened
from countenance.zones.custodian.store import Random

# Seconds between two looks whether the thread should end.
PATIENCE = 0.5


class GalleryCustodian(Custodian):
    """Locked or open. `directory`: its own; `log` takes one line without personal data."""

    def __init__(self, directory: Path, *, clock: Clock, random: Random, log: Callable[[str], None]) -> None:
        super().__init__(directory, clock=clock, random=random, log=log)
        self.sessions = Sessions()
        self._comparer = Comparer(self.sessions, log)
        self.identifier = Identifier(self.sessions)
        self._standing: Galleries | None = None
        self._say = log

    def open(self, secret: Secret) -> int:
        """As a custodian opens; then what has ended ends, before anything else is answered."""
        super().open(secret)
        try:
            with super().acting() as opened:
                history = tuple(opened.sequencer.entries())
                approving.enforce(opened, history)
                ending.enforce(opened, history)
                identifying.enforce(opened, history)
                ending.end_due(opened, opened.clock())
                before, self._standing = self._standing, Galleries(opened)
                if before is not None:
                    # A store that closed itself left them behind.
                    before.close()
                return opened.sequencer.size
        except BaseException:
            self.close()
            raise

    def close(self, why: str = "") -> None:
        """Lock: end sessions, overwrite pads, and close as a custodian does."""
        self.sessions.close()
        standing, self._standing = self._standing, None
        if standing is not None:
            standing.close()
        super().close(why)

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        """The open gallery custodian, for one act. Raises Unavailable while it is locked."""
        if self._standing is None:
            raise Unavailable("the gallery custodian is locked: open it with 'countenance gallery open'")
        with super().acting() as opened:
            yield opened

    @property
    def galleries(self) -> Galleries:
        """What stands now. Raises Unavailable while it is locked."""
        standing = self._standing
        if standing is None:
            raise Unavailable("the gallery custodian is locked: open it with 'countenance gallery open'")
        return standing

    def compare_forever(self, stop: threading.Event) -> None:
        """Take probes from the queue until `stop` is set: the work of one thread."""
        while not stop.is_set():
            waiting = self.sessions.next(stop.is_set, PATIENCE)
            if waiting is None:
                continue
            try:
                with self.acting() as opened:
                    self._comparer.compare(opened, self.galleries, waiting)
            except Unavailable:
                self.sessions.counts.dropped += 1

    def tick(self, idle: int = 0) -> None:
        """What is due once a minute."""
        super().tick(idle)
        try:
            with self.acting() as opened:
                now = opened.clock()
                ending.end_due(opened, now)
                referring.forget(opened, now)
                self.galleries.look()
                self._note(opened)
        except Unavailable:
            return
        except (CountenanceError, OSError) as error:
            self._say(f"galleries wait for the next minute: {type(error).__name__}")

    def status(self) -> dict[str, Json]:
        """What the terminal shows: counts, never content."""
        known = super().status()
        for foreign in ("rows", "partitions", "erasures_waiting", "rotations_waiting", "pads_bytes", "oldest_epoch"):
            known.pop(foreign, None)
        if known["state"] == "locked":
            return known
        counts = self.sessions.counts
        with self.acting() as opened:
            states = [state for _, state in opened.store.all(GalleryState)]
            return {
                **known,
                "galleries": len(states),
                "standing": len(self.galleries.now()),
                "alerts_kept": opened.store.count(Alert),
                "sessions": self.sessions.open_now,
                "received": counts.received,
                "compared": counts.compared,
                "dropped": counts.dropped,
                "rejected": counts.rejected,
            }

    def _note(self, opened: Opened) -> None:
        counts = self.sessions.counts
        lost = counts.dropped - counts.noted
        if lost:
            opened.sequencer.append(Kind.OVERFLOWED, {"probes": str(lost)})
            counts.noted += lost
