"""Intake: take what an edge sends, make it durable, and only then say so.

An upload is checked in this order; the first fault ends it and nothing has changed:

1. the parts are there and none is too long;
2. the record is signed by the enrolled edge that it names;
3. every part has the digest that the record says, and the row the length that its dimension says;
4. the same id was not taken before with other content; with the same content it is acknowledged again.

Then objects are written and fsynced, then one transaction holds the rest, then the answer leaves. A process killed in
between leaves objects without a row, which the sweep removes; the edge, without an answer, sends again.

Who controls this can lose or invent arrivals: the edge's manifest, which the custodian keeps, shows both.
"""

import hashlib
import hmac
from collections.abc import Mapping

from sqlalchemy import Connection, Table, insert, select

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Manifest, SegmentRecord, SightingRecord
from countenance.zones.repository import arguments, schema
from countenance.zones.repository.database import insert_new
from countenance.zones.repository.repository import Repository

# Bytes. Largest parts that are taken: a still is padded to 64 KiB, patches to a power of two of 16 KiB slots.
MAXIMUM_RECORD = 64 * 1024
MAXIMUM_MANIFEST = 16 * 1024 * 1024
MAXIMUM_SEALED_NONCE = 8 * 1024
MAXIMUM_STILL = 256 * 1024
MAXIMUM_PATCHES = 64 * 1024 * 1024
MAXIMUM_SEGMENT = 256 * 1024 * 1024
MAXIMUM_DIMENSION = 4096
# An hour's epoch key takes no arrivals later than this after the hour's end; what comes later could never be opened.
LATEST_ARRIVAL = 24 * MILLISECONDS_AN_HOUR


def sighting(repository: Repository, message: Message) -> Message:
    """`edge.sighting`: Signed SightingRecord, row, sealed nonce, still, patches -> {} once all of it is durable.

    Raises Malformed, Tampered (a digest or signature), Refused (not enrolled, too late, id taken), Unavailable.
    """
    letter, row, sealed_nonce, still, patches = arguments.blobs(
        message.blobs, MAXIMUM_RECORD, 2 * MAXIMUM_DIMENSION, MAXIMUM_SEALED_NONCE, MAXIMUM_STILL, MAXIMUM_PATCHES
    )
    signed = arguments.signed(letter)
    record = repository.edges.opened(SightingRecord, signed)
    arguments.long_id(record.sighting, "a sighting's id")
    belongs(signed, record.edge, record.camera)
    _in_its_hour(record.hour, record.start, record.end)
    if not 1 <= record.dimension <= MAXIMUM_DIMENSION or len(row) != 2 * record.dimension:
        raise Malformed("a masked row has two bytes for each of its 'dimension' components")
    has_digest(row, record.row_digest, "row")
    has_digest(sealed_nonce, record.sealed_nonce_digest, "sealed nonce")
    has_digest(still, record.still_digest, "still")
    has_digest(patches, record.patches_digest, "patches")
    if not _known(repository, schema.sightings, {"sighting": record.sighting}, signed):
        _in_time(record.hour, repository.clock())
        with repository.objects.written(still, patches) as names, repository.database.writing() as connection:
            values = {
                "sighting": record.sighting,
                "camera": record.camera,
                "hour": record.hour,
                "started": record.start,
                "dimension": record.dimension,
                "record": letter,
                "masked_row": row,
                "sealed_nonce": sealed_nonce,
                "still": names[0],
                "patches": names[1],
                "state": schema.STORED,
                "arrived": repository.clock(),
            }
            _name_objects(connection, (names[0], len(still)), (names[1], len(patches)))
            if not insert_new(connection, schema.sightings, values):
                raise Unavailable("the same sighting is arriving twice at once: send it again")
    repository.presenter.wake()
    return Message(message.verb)


def segment(repository: Repository, message: Message) -> Message:
    """`edge.segment`: Signed SegmentRecord, ciphertext -> {} once both are durable. Raises as `sighting` does."""
    letter, ciphertext = arguments.blobs(message.blobs, MAXIMUM_RECORD, MAXIMUM_SEGMENT)
    signed = arguments.signed(letter)
    record = repository.edges.opened(SegmentRecord, signed)
    arguments.long_id(record.segment, "a segment's id")
    belongs(signed, record.edge, record.camera)
    _in_its_hour(record.hour, record.start, record.end)
    has_digest(ciphertext, record.digest, "footage")
    if not _known(repository, schema.segments, {"segment": record.segment}, signed):
        with repository.objects.written(ciphertext) as (name,), repository.database.writing() as connection:
            values = {
                "segment": record.segment,
                "camera": record.camera,
                "hour": record.hour,
                "started": record.start,
                "ended": record.end,
                "record": letter,
                "ciphertext": name,
                "arrived": repository.clock(),
            }
            _name_objects(connection, (name, len(ciphertext)))
            if not insert_new(connection, schema.segments, values):
                raise Unavailable("the same segment is arriving twice at once: send it again")
    return Message(message.verb)


def manifest(repository: Repository, message: Message) -> Message:
    """`edge.manifest`: Signed Manifest -> {} once it is durable. Raises as `sighting` does."""
    (letter,) = arguments.blobs(message.blobs, MAXIMUM_MANIFEST)
    signed = arguments.signed(letter)
    record = repository.edges.opened(Manifest, signed)
    belongs(signed, record.edge, record.camera)
    if record.hour < 0 or not 1 <= record.number < 2**31:
        raise Malformed("a manifest has an hour, and a number from 1 upwards")
    key = {"edge": record.edge, "camera": record.camera, "hour": record.hour, "number": record.number}
    if not _known(repository, schema.manifests, key, signed):
        with repository.database.writing() as connection:
            values = {**key, "record": letter, "state": schema.STORED, "arrived": repository.clock()}
            if not insert_new(connection, schema.manifests, values):
                raise Unavailable("the same manifest is arriving twice at once: send it again")
    repository.wanted.arrived(record)
    repository.presenter.wake()
    return Message(message.verb)


def poll(repository: Repository, message: Message) -> Message:
    """`edge.poll`: {edge, camera} -> {manifests_wanted}: hours for which a running search wants a manifest now."""
    arguments.name(message.body.get("edge"), "an edge's name")
    camera = arguments.name(message.body.get("camera"), "a camera's name")
    return Message(message.verb, {"manifests_wanted": list(repository.wanted.poll(camera))})


def belongs(signed: Signed, edge: str, camera: str) -> None:
    """Return if the record of `camera` was signed by the `edge` it names. Raises Tampered, Malformed."""
    arguments.name(camera, "a camera's name")
    if signed.signer != edge:
        raise Tampered("this record names another edge than the one that signed it")


def has_digest(data: bytes, digest: bytes, what: str) -> None:
    """Return if `data` has the SHA-256 `digest`. Raises Tampered."""
    if not hmac.compare_digest(hashlib.sha256(data).digest(), digest):
        raise Tampered(f"the {what} is not the one that was signed for: send it again from the edge's spool")


def _in_its_hour(hour: int, start: int, end: int) -> None:
    if not 0 <= start <= end <= arguments.MAXIMUM_MOMENT or hour != Hour.of(start).number:
        raise Malformed("a record belongs to the hour it starts in, and does not end before it starts")


def _in_time(hour: int, now: int) -> None:
    if now >= Hour(hour).end + LATEST_ARRIVAL:
        raise Refused(f"the hour {Hour(hour)} takes no arrivals any more: its epoch key ends 24 hours after it")


def _known(repository: Repository, table: Table, key: Mapping[str, object], signed: Signed) -> bool:
    """Whether the record is here already, byte for byte. Raises Refused if another is, under the same id."""
    question = select(table.c.record).where(*(table.c[column] == value for column, value in key.items()))
    with repository.database.reading() as connection:
        found = connection.execute(question).scalar_one_or_none()
    if found is None:
        return False
    if records.read(Signed, bytes(found)).body != signed.body:
        raise Refused("this id was taken before with other content: nothing was replaced")
    return True


def _name_objects(connection: Connection, *named: tuple[str, int]) -> None:
    for name, size in named:
        connection.execute(insert(schema.objects).values(name=name, size=size))
