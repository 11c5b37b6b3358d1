"""Presenting: bring what edges sent to the custodian, which decides what exists.

Invariants:

* What is acknowledged to an edge is presented until the custodian has taken or refused it; a restart goes on.
* What the custodian refused is marked and never presented again.
* `drained` is said only when nothing that arrived a minute before is left, so that the custodian may destroy the epoch
  keys of long-gone hours.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.repository import schema
from countenance.zones.repository.custodian import Custodian
from countenance.zones.repository.database import Database

BATCH = 256
# Milliseconds: longer than any transaction that could still bring an older arrival to light.
MARGIN = 60_000
LONGEST_BACKOFF = 30.0
DAMAGED = "its record was damaged in the repository's database"


@dataclass(frozen=True, slots=True)
class Presented:
    """What one `drain` did: sightings and manifests together."""

    taken: int
    refused: int


class Presenter:
    """One conversation at a time with `custodian` about what `database` holds."""

    def __init__(
        self, database: Database, custodian: Custodian, clock: Callable[[], Moment], log: Callable[[str], None]
    ) -> None:
        self._database = database
        self._custodian = custodian
        self._clock = clock
        self._log = log
        self._turn = threading.Lock()
        self._woken = threading.Event()

    def wake(self) -> None:
        """Something new is here."""
        self._woken.set()

    def drain(self) -> Presented:
        """Present everything that waits. Raises Unavailable while the custodian is locked or not running."""
        with self._turn:
            sightings = self._drain_sightings()
            manifests = self._drain_manifests()
        done = Presented(sightings.taken + manifests.taken, sightings.refused + manifests.refused)
        if done.taken or done.refused:
            self._log(f"presented to the custodian: taken={done.taken} refused={done.refused}")
        return done

    def settle(self) -> None:
        """Drain, and tell the custodian up to when it has everything. Raises as `drain` does."""
        before = max(0, self._clock() - MARGIN)
        self.drain()
        self._custodian.call("drained", {"before": before})

    def run(self, stop: threading.Event, *, pause: float) -> None:
        """Drain whenever something arrives, or every `pause` seconds; wait longer while the custodian is away."""
        wait, away = pause, False
        while not stop.is_set():
            try:
                self._woken.clear()
                self.drain()
                if away:
                    self._log("the custodian takes arrivals again")
                wait, away = pause, False
            except CountenanceError as error:
                if not away:
                    self._log(f"arrivals wait: {error}")
                wait, away = min(max(2 * wait, pause), LONGEST_BACKOFF) if away else pause, True
            if away:
                stop.wait(wait)
            else:
                self._woken.wait(wait)

    def _drain_sightings(self) -> Presented:
        table = schema.sightings
        taken = refused = 0
        question = (
            select(table.c.sighting, table.c.record, table.c.sealed_nonce)
            .where(table.c.state == schema.STORED)
            .order_by(table.c.arrived, table.c.sighting)
            .limit(BATCH)
        )
        while True:
            with self._database.reading() as connection:
                batch = [(sighting, bytes(one), bytes(nonce)) for sighting, one, nonce in connection.execute(question)]
            if not batch:
                return Presented(taken, refused)
            sound = [row for row in batch if _is_of(row[1], row[0])]
            done = {row[0]: DAMAGED for row in batch if row not in sound}
            if done:
                self._log(f"ALARM: damaged records in the database: sightings={len(done)}")
            if sound:
                done |= self._present(sound)
            if not done:
                raise Unavailable("the custodian answered for none of the sightings presented: see its log")
            with self._database.writing() as connection:
                for sighting, reason in done.items():
                    values = {"state": schema.REFUSED if reason else schema.TAKEN, "reason": reason[:200]}
                    connection.execute(update(table).where(table.c.sighting == sighting).values(**values))
            refused_now = sum(1 for reason in done.values() if reason)
            refused += refused_now
            taken += len(done) - refused_now

    def _present(self, batch: Sequence[tuple[str, bytes, bytes]]) -> dict[str, str]:
        """Sightings of `batch` that were decided, with the reason of refusal; empty where taken."""
        blobs = tuple(part for _, *parts in batch for part in parts)
        try:
            body = self._custodian.call("intake.sightings", {}, blobs).body
        except Unavailable:
            raise
        except CountenanceError as error:
            # One that cannot be read must not hold up the others.
            if len(batch) == 1:
                return {batch[0][0]: str(error)}
            half = len(batch) // 2
            return self._present(batch[:half]) | self._present(batch[half:])
        presented = {row[0] for row in batch}
        taken, refused = body.get("taken"), body.get("refused")
        if not isinstance(taken, list) or not isinstance(refused, list):
            raise Unavailable("the custodian's answer cannot be read: run the same version on both sides")
        decided = {str(sighting): "" for sighting in taken}
        decided |= {str(pair[0]): str(pair[1]) or "refused" for pair in refused}
        return {sighting: reason for sighting, reason in decided.items() if sighting in presented}

    def _drain_manifests(self) -> Presented:
        table = schema.manifests
        key = (table.c.edge, table.c.camera, table.c.hour, table.c.number)
        question = (
            select(*key, table.c.record)
            .where(table.c.state == schema.STORED)
            .order_by(table.c.camera, table.c.hour, table.c.number)
            .limit(BATCH)
        )
        taken = refused = 0
        while True:
            with self._database.reading() as connection:
                batch = connection.execute(question).all()
            if not batch:
                return Presented(taken, refused)
            for *names, record in batch:
                reason = self._present_manifest(bytes(record))
                values = {"state": schema.REFUSED if reason else schema.TAKEN, "reason": reason[:200]}
                here = [column == value for column, value in zip(key, names, strict=True)]
                with self._database.writing() as connection:
                    connection.execute(update(table).where(*here).values(**values))
                taken += not reason
                refused += bool(reason)

    def _present_manifest(self, record: bytes) -> str:
        try:
            self._custodian.call("intake.manifest", {}, (record,))
        except Unavailable:
            raise
        except CountenanceError as error:
            return str(error)
        return ""


def _is_of(letter: bytes, sighting: str) -> bool:
    """Whether a row's record can be read and is the record of that row's sighting."""
    try:
        return records.read(SightingRecord, records.read(Signed, letter).body).sighting == sighting
    except Malformed:
        return False


def waiting(database: Database) -> int:
    """Sightings and manifests that the custodian has not decided on yet."""
    with database.reading() as connection:
        return sum(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.state == schema.STORED)
            ).scalar_one()
            for table in (schema.sightings, schema.manifests)
        )
