"""Fetch one disclosure's ciphertexts from the repository, and open them. The repository is not trusted.

Invariants:

* Nothing is decrypted before its digest was held against a record that carries the edge's signature (still, patches,
  footage), or decrypted and not used before it was held against the warrant (photo).
* Footage that is gone is counted, not guessed; footage that was altered ends the disclosure.
"""

import hashlib
from dataclasses import dataclass

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import derive, segment
from countenance.crypto.verify import opened
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.evidence.instructions import Task
from countenance.formats import patches, records
from countenance.formats.patches import Piece
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SegmentRecord

# Footage before and after the sighting that the clip shows, milliseconds.
MARGIN = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment that the edge's signed record says exists."""

    record: SegmentRecord
    signed: Signed


def span(task: Task) -> tuple[Moment, Moment]:
    """First and last moment that the clip shows."""
    return max(0, task.sighting.start - MARGIN), task.sighting.end + MARGIN


def photo(task: Task, repository: Connection) -> bytes:
    """The probe photo, exactly as it was filed. Raises Tampered if it is not the one the warrant names."""
    answer = repository.call("warrant.photo", {"warrant": task.instructions.warrant})
    data = segment.decrypt(task.keys.photo, _only(answer))
    if hashlib.sha256(data).digest() != task.warrant.probe.image_digest:
        raise Tampered("the repository's photo is not the one the warrant names; audit the deployment")
    return data


def still(task: Task, repository: Connection) -> Piece:
    """The confirmed sighting's best shot."""
    data = _object(task, repository, "still", task.sighting.still_digest)
    return patches.read_still(segment.decrypt(task.keys.still, data))


def pieces(task: Task, repository: Connection) -> tuple[Piece, ...]:
    """The confirmed sighting's patches, in order of time."""
    data = _object(task, repository, "patches", task.sighting.patches_digest)
    return patches.read_patches(segment.decrypt(task.keys.patches, data))


def segments(task: Task, repository: Connection) -> tuple[Listed, ...]:
    """What footage of the camera there is around the sighting, in order of time. Raises Tampered."""
    start, end = span(task)
    camera = task.sighting.camera
    answer = repository.call("segments", {"camera": camera, "start": start, "end": end})
    found = []
    for blob in answer.blobs:
        signed = records.read(Signed, blob)
        record = opened(SegmentRecord, signed, task.instructions.edge_key)
        if record.camera != camera or record.edge != task.sighting.edge:
            raise Tampered("the repository passed footage of another camera off as this one's; audit the deployment")
        if record.start <= end and record.end >= start:
            found.append(Listed(record, signed))
    return tuple(sorted({item.record.segment: item for item in found}.values(), key=lambda item: item.record.start))


def footage(task: Task, repository: Connection, listed: Listed) -> bytes | None:
    """The segment's fragmented MP4, or None if it, or the key of its hour, is gone. Raises Tampered."""
    key = task.keys.footage.get(listed.record.hour)
    if key is None:
        return None
    try:
        data = _only(repository.call("segment", {"segment": listed.record.segment}))
    except (Malformed, Refused, Unavailable):
        return None
    _check(data, listed.record.digest)
    return segment.decrypt(derive.subkey(key, listed.record.segment), data)


def _object(task: Task, repository: Connection, part: str, digest: bytes) -> bytes:
    data = _only(repository.call("object", {"sighting": task.sighting.sighting, "part": part}))
    _check(data, digest)
    return data


def _check(data: bytes, digest: bytes) -> None:
    if hashlib.sha256(data).digest() != digest:
        raise Tampered("the repository's copy was altered: its digest is not the one the edge signed; restore it")


def _only(answer: Message) -> bytes:
    if len(answer.blobs) != 1:
        raise Malformed("the repository's answer does not hold what was asked for; check the versions of both sides")
    return answer.blobs[0]
