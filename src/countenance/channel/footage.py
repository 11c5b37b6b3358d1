"""Covered footage out of the repository, opened with leased keys. The repository is not trusted.

Invariant: nothing is decrypted before its digest was held against the record that came with it, and nothing leaves
that was not encrypted under the camera's and hour's own key, for this very segment.
"""

import hashlib

from countenance.channel.relayed import Call
from countenance.crypto import derive, segment
from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SegmentRecord


def listed(call: Call, camera: str, start: Moment, end: Moment) -> list[SegmentRecord]:
    """The segments of the camera that overlap the time, in its order; asked for by the hour: an answer has a limit."""
    found: dict[str, SegmentRecord] = {}
    for first, last in by_the_hour(start, end):
        body: dict[str, Json] = {"camera": camera, "start": first, "end": last}
        for blob in call("segments", body, ()).blobs:
            record = records.read(SegmentRecord, records.read(Signed, blob).body)
            if record.camera == camera:
                found[record.segment] = record
    return sorted(found.values(), key=lambda record: record.start)


def by_the_hour(start: Moment, end: Moment) -> list[tuple[Moment, Moment]]:
    """First and last moment of each part that one hour has of this time."""
    hours = range(Hour.of(start).number, Hour.of(end).number + 1)
    return [(max(start, Hour(number).start), min(end, Hour(number).end)) for number in hours]


def fetched(call: Call, record: SegmentRecord) -> bytes:
    """The segment's ciphertext. Raises what the repository raises, Tampered if it is another than the record says."""
    blobs = call("segment", {"segment": record.segment}, ()).blobs
    if len(blobs) != 1:
        raise Malformed("the repository's answer lacks the segment: run the same version on both sides")
    if hashlib.sha256(blobs[0]).digest() != record.digest:
        raise Tampered("a segment of footage was altered in the repository; restore its objects")
    return blobs[0]


def opened(record: SegmentRecord, key: bytes, data: bytes) -> bytes:
    """The segment's video (fragmented MP4) of its ciphertext. `key`: of its camera and hour. Raises Tampered."""
    return segment.decrypt(derive.subkey(key, record.segment), data)
