"""Ledger: which records exist for each hour of one camera, in order, and the manifests that say so.

One journal an hour, `ledger/HOUR`, beside the spool. A line is the canonical JSON of `Line`. The rules, for a kill or a
power cut at any moment:

1. A record *counts* from the moment its item is durably in the spool. What never got there never existed, and no
   manifest lists it.
2. Then its line goes into the journal of its hour, durably. An item without a line, left by a crash in between, gets
   its line at the next start, before anything else happens.
3. Only then may the item be sent. So the repository never holds a record that a later manifest does not list.
4. If the line cannot be written (disk full), the item is taken back and did not count. A disk that fails, rather than
   fills, may leave a line without its item: the manifest then lists more than there is, and a search says so.
5. A manifest is such a record too. Its number and the digest of the one before come from the lines, so numbering goes
   on across restarts. It lists what counts at that moment.
6. Each line carries the hour's counters; after a crash they go on from the last line, so they may be too low by what
   was counted since, never too high.

A manifest signed when the camera stops is *closed*. Started again within the hour, the camera goes on with higher
numbers, and the newest counts. Who writes the ledger can make this edge forget records that it has not yet listed.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from countenance.crypto.sign import signed
from countenance.durable import files
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Counters, Manifest, SegmentRecord, SightingRecord
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.spool import Item, Spool

SIGHTING, SEGMENT, MANIFEST, LEASED = "edge.sighting", "edge.segment", "edge.manifest", "leased"
_KINDS: dict[str, type] = {SIGHTING: SightingRecord, SEGMENT: SegmentRecord, MANIFEST: Manifest}
# How long the lines of an hour outlive it once everything was acknowledged.
KEPT_HOURS = 72


@dataclass(frozen=True, slots=True)
class Line:
    """One line: item `number` of the spool (0: none), what it is, the record's digest; `closed` of a manifest."""

    number: int
    kind: str
    digest: bytes
    closed: bool
    counters: Counters


@dataclass(slots=True)
class _Book:
    journal: Journal
    sightings: list[bytes] = field(default_factory=list)
    segments: list[bytes] = field(default_factory=list)
    manifests: int = 0
    previous: bytes = b""
    closed: bool = False
    counters: Counters = field(default_factory=Counters)
    last: int = 0


class Ledger:
    """The ledger in `directory` and the spool that it feeds. Threads may share it."""

    def __init__(self, directory: Path, spool: Spool, *, camera: str, identity: Identity, extractor: bytes) -> None:
        files.make_directory(directory)
        self._directory = directory
        self._spool = spool
        self._camera = camera
        self._identity = identity
        self._extractor = extractor
        self._lock = threading.RLock()
        self._books = {int(path.name): _opened(path) for path in directory.iterdir() if path.name.isdigit()}
        self._next = 1 + max([book.last for book in self._books.values()] + list(spool.numbers), default=0)
        self._catch_up()

    @property
    def hours(self) -> tuple[int, ...]:
        """Hours with a lease or a record, in order."""
        with self._lock:
            return tuple(sorted(self._books))

    def counters(self, hour: int) -> Counters:
        """What was counted in `hour` so far, as of its last line."""
        with self._lock:
            book = self._books.get(hour)
            return book.counters if book else Counters()

    def leased(self, hour: int) -> None:
        """Remember durably that keys for `hour` were handed out: it needs a manifest, even if nothing happens in it."""
        with self._lock:
            if hour not in self._books:
                self._append(hour, Line(0, LEASED, b"", False, Counters()))

    def enter(self, record: SightingRecord | SegmentRecord, blobs: tuple[bytes, ...], counters: Counters) -> None:
        """Sign `record`, keep it with its `blobs`, make it count. Raises Unavailable (full): nothing changed."""
        kind = SIGHTING if isinstance(record, SightingRecord) else SEGMENT
        with self._lock:
            self._enter(kind, record, blobs, counters, record.hour)

    def manifest(self, hour: int, *, closed: bool, made: Moment, counters: Counters | None = None) -> Manifest:
        """Sign what counts for `hour` now. Raises Unavailable if the disk is full."""
        with self._lock:
            book = self._books.get(hour) or self._book(hour)
            manifest = Manifest(
                edge=self._identity.name,
                camera=self._camera,
                hour=hour,
                number=book.manifests + 1,
                previous=book.previous,
                made=made,
                closed=closed,
                extractor=self._extractor,
                sightings=tuple(book.sightings),
                segments=tuple(book.segments),
                counters=counters or book.counters,
            )
            self._enter(MANIFEST, manifest, (), manifest.counters, hour)
            return manifest

    def close(self, *, before: int | None, made: Moment) -> int:
        """Sign a closed manifest for every hour that lacks one (only hours before `before`, if given); how many."""
        with self._lock:
            due = [hour for hour in self.hours if not self._books[hour].closed and (before is None or hour < before)]
            for hour in due:
                self.manifest(hour, closed=True, made=made)
            return len(due)

    def prune(self, now: Moment) -> None:
        """Drop the lines of hours long over, closed, and acknowledged whole."""
        with self._lock:
            waiting = set(self._spool.numbers)
            for hour, book in list(self._books.items()):
                if (
                    hour + KEPT_HOURS < Hour.of(now).number
                    and book.closed
                    and not (waiting and book.last >= min(waiting))
                ):
                    book.journal.close()
                    del self._books[hour]
                    (self._directory / str(hour)).unlink(missing_ok=True)

    def _enter(self, kind: str, record: object, blobs: tuple[bytes, ...], counters: Counters, hour: int) -> None:
        letter = records.write(signed(record, self._identity.name, self._identity.signing))
        number = self._next
        self._spool.put(Item(kind, (letter, *blobs)), number, even_if_full=kind == MANIFEST)
        self._next += 1
        closed = isinstance(record, Manifest) and record.closed
        try:
            self._append(hour, Line(number, kind, records.digest(record), closed, counters))
        except Unavailable:
            self._spool.done(number)
            raise
        self._spool.release(number)

    def _append(self, hour: int, line: Line) -> None:
        book = self._books.get(hour) or self._book(hour)
        book.journal.append(records.write(line))
        _apply(book, line)

    def _book(self, hour: int) -> _Book:
        self._books[hour] = book = _opened(self._directory / str(hour))
        return book

    def _catch_up(self) -> None:
        """Rule 2: give items that a crash left without a line theirs."""
        known = max((book.last for book in self._books.values()), default=0)
        for number in self._spool.numbers:
            if number <= known:
                continue
            try:
                item = self._spool.read(number)
                record = _record(item)
            except (Malformed, Tampered):
                self._spool.set_aside(number, "damaged")
                continue
            counters = record.counters if isinstance(record, Manifest) else self.counters(record.hour)
            closed = isinstance(record, Manifest) and record.closed
            self._append(record.hour, Line(number, item.verb, records.digest(record), closed, counters))


def _record(item: Item) -> SightingRecord | SegmentRecord | Manifest:
    kind = _KINDS.get(item.verb)
    if kind is None or not item.blobs:
        raise Malformed("the spool holds an item of an unknown kind; it was written by another version")
    body = records.read(Signed, item.blobs[0]).body
    record: SightingRecord | SegmentRecord | Manifest = records.read(kind, body)
    return record


def _opened(path: Path) -> _Book:
    book = _Book(Journal(path))
    for data in book.journal:
        _apply(book, records.read(Line, data))
    return book


def _apply(book: _Book, line: Line) -> None:
    book.last = max(book.last, line.number)
    book.counters = line.counters
    if line.kind == SIGHTING:
        book.sightings.append(line.digest)
    elif line.kind == SEGMENT:
        book.segments.append(line.digest)
    elif line.kind == MANIFEST:
        book.manifests += 1
        book.previous = line.digest
    book.closed = line.kind == MANIFEST and line.closed
