"""Lifecycle: the one custodian of a process, locked or open.

Invariants:

* While locked there are no keys here, and every act answers Unavailable. It starts locked.
* Acts hold the opening they began under until they end; closing waits for them.
* Wrong secrets are counted and slow the next attempt down: 1, 2, 4 … seconds, at most a minute.
* Where it is told to, it locks once no person has used it for a while. Edges, the repository's upkeep and the clock are
  no persons: they go on until then, and edges record with the leases they hold.
* A store that closed itself (its key could not be replaced whole) locks the custodian.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Moment
from countenance.zones.custodian import (
    epochs,
    hsm,
    keys,
    opening,
    retention,
    retrieval,
    rewriting,
    ticks,
    urgency,
    warming,
    witnesses,
)
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.opened import WITHDRAWAL, Clock, Opened
from countenance.zones.custodian.opening import Tools
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.records import PartitionKeys, Restricted, Row, Stage
from countenance.zones.custodian.store import Random

LONGEST_WAIT_SECONDS = 60
# Seconds that closing waits for acts under way.
PATIENCE = 30.0


class Custodian:
    """Locked or open. `directory`: the zone's own; `log` takes one line without personal data.

    `tools`: pads that an open custodian holds, and its line to a second custodian. `withdrawal`: as in `Opened`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Clock,
        random: Random,
        log: Callable[[str], None],
        tools: Callable[[], Tools] = lambda: Tools(Pads()),
        withdrawal: int = WITHDRAWAL,
    ) -> None:
        self._tools = tools
        self._withdrawal = withdrawal
        self.genesis = opening.genesis_of(directory)
        self.directory = directory
        self._clock = clock
        self._random = random
        self._log = log
        self._turn = threading.Lock()
        self._warming = threading.Lock()
        self._changed = threading.Condition()
        self._opened: Opened | None = None
        self._acting = 0
        self._failed = 0
        self._not_before: Moment = 0
        self._used: Moment = 0

    def open(self, secret: Secret) -> int:
        """Open with `secret`; returns the number of entries. Raises Refused: wrong, too soon, or open already."""
        with self._turn:
            if self._current() is not None:
                raise Refused("the custodian is open already")
            now = self._clock()
            if now < self._not_before:
                left = min(LONGEST_WAIT_SECONDS, (self._not_before - now + 999) // 1000)
                raise Refused(f"wait {left} seconds after a wrong passphrase, shares or token, then try again")
            try:
                opened = opening.open_custodian(
                    self.directory,
                    secret,
                    clock=self._clock,
                    random=self._random,
                    failed=self._failed,
                    tools=self._tools(),
                )
            except Refused:
                self._failed += 1
                wait = min(LONGEST_WAIT_SECONDS, 2 ** min(self._failed - 1, 16))
                self._not_before = now + wait * 1000
                raise
            self._failed, self._not_before = 0, 0
            with self._changed:
                self._opened = replace(opened, withdrawal=self._withdrawal)
        self.used()
        self._ticked()
        return opened.sequencer.size

    def used(self) -> None:
        """A person has just asked for something."""
        self._used = self._clock()

    def close(self, why: str = "") -> None:
        """Lock: wait for acts under way, make the entry, forget the keys. Raises Unavailable if acts go on too long.

        `why`: for the entry, where nobody asked for it.

        Python cannot promise that memory is wiped; what this can do is to let go of every reference and to collect.
        Ending the process does more.
        """
        with self._turn:
            if self._current() is None:
                return
            with self._changed:
                if not self._changed.wait_for(lambda: self._acting == 0, PATIENCE):
                    raise Unavailable("an act is still under way; try again in a moment")
                opened, self._opened = self._opened, None
            if opened is not None:
                _overwrite(opened)
                try:
                    told = {"why": why} if why else {}
                    opened.sequencer.append(Kind.CLOSED, {**told, **opened.store.stand})
                finally:
                    opened.store.close()
                    opened.sequencer.close()
            del opened
            gc.collect()

    @contextmanager
    def acting(self) -> Iterator[Opened]:
        """The open custodian, for one act. Raises Unavailable while it is locked."""
        with self._changed:
            opened = self._current()
            if opened is None:
                raise Unavailable("the custodian is locked: open it with 'countenance custodian open'")
            self._acting += 1
        try:
            yield opened
        finally:
            with self._changed:
                self._acting -= 1
                self._changed.notify_all()

    def tick(self, idle: int = 0) -> None:
        """What is due by the clock; while locked, only the destruction of epoch keys, which needs none.

        `idle`: milliseconds without a person after which it locks; 0 for never.
        """
        try:
            with self._changed:
                locked = self._current() is None
            if locked:
                epochs.destroy_due(self.directory, self._clock())
                return
            with self.acting() as opened:
                retention.tick(opened)
                urgency.settle(opened)
                retrieval.abandon_old(opened)
            self.warm()
            self._ticked()
            if idle and self._clock() - self._used >= idle:
                self.close("idle")
                self._log("locked: nobody has used it for as long as [custodian] lock_after_minutes says")
        except (CountenanceError, OSError) as error:
            said = error if isinstance(error, CountenanceError) else type(error).__name__
            self._log(f"retention waits for the next minute: {said}")

    def warm(self) -> None:
        """Bring the pads in memory up to what warrants stand now, in a thread; one at a time."""
        if self._warming.acquire(blocking=False):
            threading.Thread(target=self._warmed, name="warming", daemon=True).start()

    def summary(self) -> dict[str, Json]:
        """What anybody on this host may know: whether it is open, and what the genesis says."""
        with self._changed:
            opened = self._current()
        return {
            "state": "locked" if opened is None else "open",
            "deployment": self.genesis.deployment,
            "demo": self.genesis.demo,
            "assurance": self.genesis.assurance.value,
        }

    def shown(self) -> dict[str, Json]:
        """As `summary`; while it is open with the level that its log shows now, and who witnesses all of it."""
        known = self.summary()
        if known["state"] == "locked":
            return known
        with self.acting() as opened:
            level, witnessed = ticks.assurance(opened)
        return {**known, "assurance": level.value, "witnessed_by": list(witnessed)}

    def status(self) -> dict[str, Json]:
        """What the terminal shows. Counts are absent while locked."""
        sharing = keys.sharing_of(self.directory)
        known: dict[str, Json] = {
            **self.shown(),
            "quorum": self.genesis.quorum,
            "opens_with": "passphrase" if sharing is None else "shares",
            "shares_needed": 0 if sharing is None else sharing.threshold,
            "hsm": hsm.shown(self.directory),
            "failed_attempts": self._failed,
            "oldest_epoch": epochs.oldest(self.directory),
            "withdrawal_minutes": 0 if self.genesis.demo else self._withdrawal // 60_000,
        }
        if known["state"] == "locked":
            return known
        with self.acting() as opened:
            waiting = (state.stage is not Stage.ERASED for _, state in opened.store.all(Restricted))
            return {
                **known,
                "since": opened.since,
                "entries": opened.sequencer.size,
                "rows": opened.store.count(Row),
                "partitions": opened.store.count(PartitionKeys),
                "erasures_waiting": sum(waiting),
                "rotations_waiting": rewriting.waiting(opened),
                "pads_bytes": opened.pads.bytes,
                "store_generation": opened.store.generation,
            }

    def _warmed(self) -> None:
        try:
            with self.acting() as opened:
                warming.refresh(opened)
        except CountenanceError as error:
            self._log(f"pads are made when they are needed: {error}")
        finally:
            self._warming.release()

    def _ticked(self) -> None:
        try:
            with self.acting() as opened:
                if not ticks.tick(opened):
                    witnesses.show(opened)
        except CountenanceError as error:
            self._log(f"the public log waits: {error}")

    def _current(self) -> Opened | None:
        if self._opened is not None and not self._opened.store.is_open:
            _overwrite(self._opened)
            self._opened.sequencer.close()
            self._opened = None
            self._log("the store closed itself: the custodian is locked")
        return self._opened


def _overwrite(opened: Opened) -> None:
    """Overwrite pads and probes that are in memory."""
    opened.pads.wipe()
    while opened.desk.running:
        opened.desk.running.popitem()[1].wipe()
