"""Presenting: bring what edges sent to the custodian, which decides what exists.

Invariants:

* What is acknowledged to an edge is presented until the custodian has taken or refused it; a restart goes on.
* A row leaves the database when it lies in its sheet, durably, and not before.
* What the custodian refused is marked and never presented again.
* `drained` is said only when nothing that arrived a minute before is left, so that the custodian may destroy the epoch
  keys of long-gone hours.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, update

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.repository import placing, schema
from countenance.zones.repository.custodian import Custodian
from countenance.zones.repository.database import Database
from countenance.zones.repository.placing import Decided, Waiting
from countenance.zones.repository.sheets import Sheets

BATCH = 256
# Milliseconds: longer than any transaction that could still bring an older arrival to light.
MARGIN = 60_000
LONGEST_BACKOFF = 30.0
DAMAGED = "its record or its row was damaged in the repository's database"


@dataclass(frozen=True, slots=True)
class Presented:
    """What one `drain` did: sightings and manifests together."""

    taken: int
    refused: int


class Presenter:
    """One conversation at a time with `custodian` about what `database` holds; rows it takes go into `sheets`."""

    def __init__(
        self,
        database: Database,
        sheets: Sheets,
        custodian: Custodian,
        *,
        clock: Callable[[], Moment],
        log: Callable[[str], None],
    ) -> None:
        self._database = database
        self._sheets = sheets
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

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While the block lasts nothing is presented, and no row that was taken is still on its way to its place."""
        with self._turn:
            yield

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
            select(table.c.sighting, table.c.record, table.c.sealed_nonce, table.c.masked_row)
            .where(table.c.state == schema.STORED)
            .order_by(table.c.arrived, table.c.sighting)
            .limit(BATCH)
        )
        while True:
            with self._database.reading() as connection:
                batch = [(row[0], _waiting(*row)) for row in connection.execute(question)]
            if not batch:
                return Presented(taken, refused)
            sound = [one for _, one in batch if one is not None]
            outcomes = [Decided(sighting, reason=DAMAGED) for sighting, one in batch if one is None]
            if outcomes:
                self._log(f"ALARM: damaged records in the database: sightings={len(outcomes)}")
            if sound:
                outcomes += self._present(sound)
            if not outcomes:
                raise Unavailable("the custodian answered for none of the sightings presented: see its log")
            placing.place(self._sheets, sound, outcomes)
            with self._database.writing() as connection:
                for one in outcomes:
                    placing.settle(connection, one)
            refused_now = sum(1 for one in outcomes if one.sheet is None)
            refused += refused_now
            taken += len(outcomes) - refused_now

    def _present(self, batch: Sequence[Waiting]) -> list[Decided]:
        """What the custodian decided, on as many of `batch` as it answered for."""
        blobs = tuple(part for one in batch for part in (one.letter, one.sealed_nonce, one.row))
        try:
            answer = self._custodian.call("intake.sightings", {}, blobs)
        except Unavailable:
            raise
        except CountenanceError as error:
            # One that cannot be read must not hold up the others.
            if len(batch) == 1:
                return [Decided(batch[0].record.sighting, reason=str(error))]
            half = len(batch) // 2
            return self._present(batch[:half]) + self._present(batch[half:])
        return placing.decided(answer, batch)

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


def _waiting(sighting: str, letter: bytes, sealed_nonce: bytes, row: bytes) -> Waiting | None:
    """A line of the table, if its record can be read, is of that line's sighting and signs that row."""
    try:
        record = records.read(SightingRecord, records.read(Signed, bytes(letter)).body)
    except Malformed:
        return None
    if record.sighting != sighting or hashlib.sha256(row).digest() != record.row_digest:
        return None
    return Waiting(record, bytes(letter), bytes(sealed_nonce), bytes(row))


def waiting(database: Database) -> int:
    """Sightings and manifests that the custodian has not decided on yet."""
    with database.reading() as connection:
        return sum(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.state == schema.STORED)
            ).scalar_one()
            for table in (schema.sightings, schema.manifests)
        )
