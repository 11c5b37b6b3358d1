"""Catalogue: what may be asked of the repository without a warrant. When and where, how much; never whom.

Every object is checked against the digest in its signed record before it leaves: a disk that flipped a bit, or a
person who did, is named and not passed on.
"""

import hashlib
from typing import TypeVar

from sqlalchemy import func, select

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import tiles
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.sightings import SegmentRecord, SightingRecord
from countenance.zones.repository import arguments, presenting, schema
from countenance.zones.repository.repository import Repository

T = TypeVar("T")

# What fits into one answer's header.
MOST_SIGHTINGS, MOST_SEGMENTS = 2000, 4000


def sightings(repository: Repository, message: Message) -> Message:
    """`sightings.list`: {camera, start, end, limit}, all optional -> {sightings}: in order of time, the newest last."""
    table, body = schema.sightings, message.body
    question = (
        select(table.c.sighting, table.c.record, table.c.state, table.c.reason)
        .where(table.c.started >= arguments.whole(body, "start", default=0))
        .where(table.c.started <= arguments.whole(body, "end", default=arguments.MAXIMUM_MOMENT))
        .order_by(table.c.started.desc(), table.c.sighting)
        .limit(min(MOST_SIGHTINGS, arguments.whole(body, "limit", default=100)))
    )
    if body.get("camera"):
        question = question.where(table.c.camera == arguments.name(body["camera"], "a camera's name"))
    with repository.database.reading() as connection:
        found: list[Json] = [_public(*row) for row in connection.execute(question)]
    return Message(message.verb, {"sightings": found[::-1]})


def sighting(repository: Repository, message: Message) -> Message:
    """`sightings.show`: {sighting} -> what is public of it, and its Signed record. Raises Malformed if unknown."""
    table = schema.sightings
    wanted = arguments.long_id(message.body.get("sighting"), "a sighting's id")
    with repository.database.reading() as connection:
        row = connection.execute(
            select(table.c.sighting, table.c.record, table.c.state, table.c.reason).where(table.c.sighting == wanted)
        ).first()
    if row is None:
        raise Malformed("there is no such sighting here: 'countenance sightings list' shows those there are")
    _record(SightingRecord, row.record, f"sighting {wanted}")
    return Message(message.verb, _public(*row), (bytes(row.record),))


def piece(repository: Repository, message: Message) -> Message:
    """`object`: {sighting, part: still|patches} -> its ciphertext. Raises Tampered if it is not what was signed for."""
    table = schema.sightings
    wanted = arguments.long_id(message.body.get("sighting"), "a sighting's id")
    part = message.body.get("part")
    if part not in ("still", "patches"):
        raise Malformed("'part' is still or patches")
    with repository.database.reading() as connection:
        row = connection.execute(select(table.c.record, table.c[str(part)]).where(table.c.sighting == wanted)).first()
    if row is None:
        raise Malformed("there is no such sighting here: 'countenance sightings list' shows those there are")
    record = _record(SightingRecord, row[0], f"sighting {wanted}")
    digest = record.still_digest if part == "still" else record.patches_digest
    return Message(message.verb, {}, (_checked(repository, row[1], digest, f"{part} of sighting {wanted}"),))


def segments(repository: Repository, message: Message) -> Message:
    """`segments`: {camera, start, end} -> {segments} that overlap the time, and the Signed record of each."""
    table, body = schema.segments, message.body
    question = (
        select(table.c.record)
        .where(table.c.camera == arguments.name(body.get("camera"), "a camera's name"))
        .where(table.c.ended >= arguments.whole(body, "start", default=0))
        .where(table.c.started <= arguments.whole(body, "end", default=arguments.MAXIMUM_MOMENT))
        .order_by(table.c.started, table.c.segment)
        .limit(MOST_SEGMENTS)
    )
    with repository.database.reading() as connection:
        letters = tuple(bytes(record) for record in connection.execute(question).scalars())
    found = [_record(SegmentRecord, letter, f"a segment of {body['camera']}") for letter in letters]
    listed: list[Json] = [
        {"segment": one.segment, "start": one.start, "end": one.end, "hour": one.hour, "frames": one.frames}
        for one in found
    ]
    return Message(message.verb, {"segments": listed}, letters)


def segment(repository: Repository, message: Message) -> Message:
    """`segment`: {segment} -> its ciphertext. Raises Tampered if it is not what was signed for."""
    table = schema.segments
    wanted = arguments.long_id(message.body.get("segment"), "a segment's id")
    with repository.database.reading() as connection:
        row = connection.execute(select(table.c.record, table.c.ciphertext).where(table.c.segment == wanted)).first()
    if row is None:
        raise Malformed("there is no such segment here: its retention may be over")
    record = _record(SegmentRecord, row.record, f"segment {wanted}")
    return Message(message.verb, {}, (_checked(repository, row.ciphertext, record.digest, f"segment {wanted}"),))


def cameras(repository: Repository, message: Message) -> Message:
    """`cameras` -> {cameras}: the Camera records that were declared through this repository."""
    with repository.database.reading() as connection:
        found = connection.execute(select(schema.cameras.c.record).order_by(schema.cameras.c.camera)).scalars().all()
    return Message(message.verb, {"cameras": [records.plain(records.read(Camera, bytes(one))) for one in found]})


def status(repository: Repository, message: Message) -> Message:
    """`status` -> counts and sizes, and what the custodian says of itself. Nothing personal."""
    body: dict[str, Json] = {"process": "repository", "deployment": repository.genesis.deployment}
    with repository.database.reading() as connection:
        for table in (schema.sightings, schema.segments, schema.manifests, schema.cameras, schema.objects):
            body[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
        refused = select(func.count()).select_from(schema.sightings).where(schema.sightings.c.state == schema.REFUSED)
        body["refused"] = connection.execute(refused).scalar_one()
        body["warrants"] = connection.execute(select(func.count(schema.filings.c.warrant.distinct()))).scalar_one()
        body["object_bytes"] = int(connection.execute(select(func.sum(schema.objects.c.size))).scalar_one() or 0)
    body["sheets"], body["row_bytes"] = repository.sheets.usage()
    body["waiting"] = presenting.waiting(repository.database)
    body["database_bytes"] = repository.database.size()
    body["log_published"] = tiles.published_size(repository.directory / "log")
    try:
        body["custodian"] = dict(repository.custodian.call("status", {}).body)
    except CountenanceError as error:
        body["custodian"] = {"state": error.name, "message": str(error)}
    return Message(message.verb, body)


def _public(sighting: str, letter: bytes, state: str, reason: str) -> dict[str, Json]:
    try:
        record = _record(SightingRecord, letter, sighting)
    except Tampered:
        return {"sighting": sighting, "state": "damaged"}
    return {
        "sighting": record.sighting,
        "camera": record.camera,
        "edge": record.edge,
        "hour": record.hour,
        "start": record.start,
        "end": record.end,
        "quality": record.quality,
        "shots": record.shots,
        "dimension": record.dimension,
        "extractor": record.extractor.hex(),
        "state": state,
        "reason": reason,
    }


def _record(kind: type[T], letter: bytes, what: str) -> T:
    try:
        return records.read(kind, arguments.signed(bytes(letter)).body)
    except Malformed as error:
        raise Tampered(f"the record of {what} is damaged: restore the repository's database from a backup") from error


def _checked(repository: Repository, name: str, digest: bytes, what: str) -> bytes:
    data = repository.objects.get(name, f"the {what}")
    if hashlib.sha256(data).digest() != digest:
        raise Tampered(f"the {what} is not what its edge signed: restore the object from a backup")
    return data
