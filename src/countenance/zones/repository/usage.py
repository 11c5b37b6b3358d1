"""Usage: how much each camera has filled lately, and how full the disk is. Sizes, nothing of what was seen."""

import shutil

from sqlalchemy import Connection, func, select

from countenance.channel.message import Message
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.repository import schema
from countenance.zones.repository.repository import Repository

WINDOW = 24 * MILLISECONDS_AN_HOUR
"""How far back is counted."""


def usage(repository: Repository, message: Message) -> Message:
    """`usage` -> {since, now, cameras: [{camera, recorded, footage, sightings, stills}], disk: {total, free}}.

    Of the last 24 hours: `recorded` milliseconds of footage, `footage` bytes of it; `sightings`, and `stills` bytes of
    their stills and patches. `disk`: bytes where the repository's directory lies, null if it cannot be asked.
    """
    now = repository.clock()
    since = now - WINDOW
    with repository.database.reading() as connection:
        footage, stills = _footage(connection, since), _stills(connection, since)
    cameras: list[Json] = [
        {
            "camera": camera,
            "recorded": footage.get(camera, (0, 0))[0],
            "footage": footage.get(camera, (0, 0))[1],
            "sightings": stills.get(camera, (0, 0))[0],
            "stills": stills.get(camera, (0, 0))[1],
        }
        for camera in sorted({*footage, *stills})
    ]
    return Message(message.verb, {"since": since, "now": now, "cameras": cameras, "disk": _disk(repository)})


def _footage(connection: Connection, since: int) -> dict[str, tuple[int, int]]:
    segments, objects = schema.segments, schema.objects
    recorded = func.sum(segments.c.ended - segments.c.started)
    question = (
        select(segments.c.camera, recorded, func.sum(objects.c.size))
        .join(objects, objects.c.name == segments.c.ciphertext)
        .where(segments.c.started >= since)
        .group_by(segments.c.camera)
    )
    return {camera: (int(length), int(size)) for camera, length, size in connection.execute(question)}


def _stills(connection: Connection, since: int) -> dict[str, tuple[int, int]]:
    sightings = schema.sightings
    still, patches = schema.objects.alias(), schema.objects.alias()
    question = (
        select(sightings.c.camera, func.count(), func.sum(still.c.size + patches.c.size))
        .join(still, still.c.name == sightings.c.still)
        .join(patches, patches.c.name == sightings.c.patches)
        .where(sightings.c.started >= since)
        .group_by(sightings.c.camera)
    )
    return {camera: (int(count), int(size)) for camera, count, size in connection.execute(question)}


def _disk(repository: Repository) -> Json:
    try:
        found = shutil.disk_usage(repository.directory)
    except OSError:
        return None
    return {"total": found.total, "free": found.free}
