"""A repository with an edge before it and a custodian behind it that keeps what it is told, all in one process."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from countenance.channel.message import Message
from countenance.crypto.sign import SigningKey, signed
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Counters, Manifest, SegmentRecord, SightingRecord
from countenance.zones.repository import service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.repository import Repository

HOUR = 480_000
NOW = Hour(HOUR).start + 60_000
DIMENSION = 128


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(position: int, row: bytes) -> bytes:
    return sha(position.to_bytes(4) + row)[:16]


@dataclass
class Clock:
    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Custodian:
    """Takes everything it is told, unless `answers` has something else for the verb."""

    edges: dict[str, bytes] = field(default_factory=dict)
    locked: bool = False
    calls: list[tuple[str, Mapping[str, Json], tuple[bytes, ...]]] = field(default_factory=list)
    answers: dict[str, Callable[[Mapping[str, Json], tuple[bytes, ...]], Message]] = field(default_factory=dict)
    taken: dict[str, SightingRecord] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    manifests: list[Manifest] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    void: list[Json] = field(default_factory=list)
    rewrite: list[Json] = field(default_factory=list)
    lost: list[Json] = field(default_factory=list)
    places: dict[str, tuple[str, int, int, int]] = field(default_factory=dict)
    room: int = 4096
    expired: list[tuple[str, int]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...] = ()) -> Message:
        self.calls.append((verb, body, blobs))
        if self.locked and verb != "status":
            raise Unavailable("the custodian is locked: open it")
        if verb in self.answers:
            return self.answers[verb](body, blobs)
        if verb == "intake.sightings":
            return self._take(blobs)
        if verb == "intake.manifest":
            self.manifests.append(records.read(Manifest, records.read(Signed, blobs[0]).body))
            return Message(verb)
        plain: dict[str, dict[str, Json]] = {
            "edges": {"edges": {name: key.hex() for name, key in self.edges.items()}},
            "gone": {
                "sightings": list(self.gone),
                "footage": [list(pair) for pair in self.expired],
                "kept": list(self.kept),
                "void": self.void,
                "rewrite": self.rewrite,
                "lost": self.lost,
            },
            "warrants.running": {"warrants": list(self.running)},
            "status": {"state": "locked" if self.locked else "open"},
        }
        return Message(verb, plain.get(verb, {}), (b"sealed answer",) if verb in ("ask", "search.finish") else ())

    def _take(self, blobs: tuple[bytes, ...]) -> Message:
        taken: list[Json] = []
        refused: list[Json] = []
        macs = b""
        for letter, sealed, row in zip(blobs[::3], blobs[1::3], blobs[2::3], strict=True):
            record = records.read(SightingRecord, records.read(Signed, letter).body)
            if record.sealed_nonce_digest != sha(sealed) or record.row_digest != sha(row):
                raise Malformed("a sealed nonce or a row is not its record's")
            if record.sighting in self.refuse:
                refused.append([record.sighting, self.refuse[record.sighting]])
            else:
                self.taken[record.sighting] = record
                _, _, number, position = self._placed(record)
                taken.append([record.sighting, number, position, 0])
                macs += mac(position, row)
        return Message("intake.sightings", {"taken": taken, "refused": refused}, (macs,))

    def _placed(self, record: SightingRecord) -> tuple[str, int, int, int]:
        """The next place in the partition's sheets of that dimension; a row that has one keeps it."""
        if record.sighting not in self.places:
            here = [(place, self.taken[one]) for one, place in self.places.items()]
            here = [(place, one) for place, one in here if (one.camera, one.hour) == (record.camera, record.hour)]
            alike = [place for place, one in here if one.dimension == record.dimension]
            number = max((place[2] for place, _ in here), default=-1) + 1
            if alike and len([place for place in alike if place[2] == alike[-1][2]]) < self.room:
                number = alike[-1][2]
            position = sum(1 for place in alike if place[2] == number)
            self.places[record.sighting] = (record.camera, record.hour, number, position)
        return self.places[record.sighting]

    def said(self, verb: str) -> int:
        return sum(1 for call in self.calls if call[0] == verb)


@dataclass
class Edge:
    """Signs what a camera's edge would send."""

    name: str = "edge-1"
    camera: str = "hall"
    key: SigningKey = field(default_factory=SigningKey.generate)

    def sighting(self, *, hour: int = HOUR, at: int = 1000, dimension: int = DIMENSION) -> Message:
        row, nonce, still, patches = (secrets.token_bytes(n) for n in (2 * dimension, 200, 3000, 9000))
        record = SightingRecord(
            sighting=secrets.token_hex(16),
            edge=self.name,
            camera=self.camera,
            hour=hour,
            start=Hour(hour).start + at,
            end=Hour(hour).start + at + 500,
            quality=800,
            shots=3,
            dimension=dimension,
            extractor=sha(b"extractor"),
            row_digest=sha(row),
            still_digest=sha(still),
            patches_digest=sha(patches),
            sealed_nonce_digest=sha(nonce),
        )
        return Message("edge.sighting", {}, (self.letter(record), row, nonce, still, patches))

    def segment(self, *, hour: int = HOUR, at: int = 0) -> Message:
        ciphertext = secrets.token_bytes(5000)
        start = Hour(hour).start + at
        record = SegmentRecord(
            secrets.token_hex(16), self.name, self.camera, hour, start, start + 2000, 50, 0, sha(ciphertext)
        )
        return Message("edge.segment", {}, (self.letter(record), ciphertext))

    def manifest(self, number: int = 1, *, hour: int = HOUR, made: int = NOW) -> Message:
        record = Manifest(
            self.name, self.camera, hour, number, b"", made, False, sha(b"extractor"), (), (), Counters(decoded=number)
        )
        return Message("edge.manifest", {}, (self.letter(record),))

    def letter(self, record: object) -> bytes:
        return records.write(signed(record, self.name, self.key))


def record_of(message: Message) -> SightingRecord:
    return records.read(SightingRecord, records.read(Signed, message.blobs[0]).body)


def altered(signer: Edge, message: Message, /, **changes: object) -> Message:
    """The same upload with another record, signed anew."""
    record = replace(record_of(message), **changes)
    return Message(message.verb, {}, (signer.letter(record), *message.blobs[1:]))


@dataclass
class World:
    repository: Repository
    custodian: Custodian
    edge: Edge
    clock: Clock
    logged: list[str]

    def ask(self, message: Message) -> Message:
        return service.handlers(self.repository)[message.verb](message)

    def refused(self, message: Message) -> CountenanceError:
        """The error that `message` gets; nothing in the repository has changed."""
        before = self.contents()
        try:
            self.ask(message)
        except CountenanceError as error:
            assert self.contents() == before
            return error
        raise AssertionError("this should have been refused")

    def contents(self) -> dict[str, Json]:
        status = self.ask(Message("status")).body
        kept = ("sightings", "segments", "manifests", "objects", "object_bytes", "warrants", "cameras", "refused")
        return {name: status[name] for name in kept}


def genesis() -> Genesis:
    return Genesis(
        deployment="0123456789abcdef",
        made=NOW,
        demo=True,
        assurance=Assurance.SINGLE_HOST,
        quorum=2,
        custodian_key=bytes(32),
        log_key=bytes(32),
        log_origin="example/log",
        auditors_key=bytes(32),
    )


def make_directory(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "genesis.json").write_bytes(records.write(genesis()))
    return directory


def settings(directory: Path, database: str) -> RepositorySettings:
    return RepositorySettings(database=database)
