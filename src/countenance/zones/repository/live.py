"""Live: what edges say of now, and who waits for it.

What an edge sends is checked in this order; the first fault ends it and nothing has changed:

1. the parts are there and none is too long;
2. the beat is signed by the enrolled edge that it names, and the camera was declared for that edge;
3. both pictures have the digest that the beat says;
4. the beat is later than the camera's last.

Who controls this sees when pictures flow and how long they are. They can withhold or delay them; they cannot open one,
nor pass off an old one or another camera's, which viewers refuse.
"""

from collections.abc import Mapping

from countenance.channel.message import Message
from countenance.crypto.live import LARGEST
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.live import Beat
from countenance.zones.repository import arguments, intake
from countenance.zones.repository.newest import CAMERAS, PATIENCE
from countenance.zones.repository.repository import Repository


def beat(repository: Repository, message: Message) -> Message:
    """`edge.live`: Signed Beat, tile, view, both encrypted and perhaps empty -> {opened}: whether views are wanted.

    Raises Malformed, Tampered (a digest or signature), Refused (not enrolled, not its camera, too old), Unavailable.
    """
    letter, tile, view = arguments.blobs(message.blobs, intake.MAXIMUM_RECORD, LARGEST, LARGEST)
    signed = arguments.signed(letter)
    record = repository.edges.opened(Beat, signed)
    intake.belongs(signed, record.edge, record.camera)
    if repository.newest.edge_of(record.camera) != record.edge:
        raise Refused("this camera is declared for another edge: its own edge speaks for it")
    for data, digest, what in ((tile, record.tile, "tile"), (view, record.view, "view")):
        if data or digest:
            intake.has_digest(data, digest, what)
    return Message(message.verb, {"opened": repository.newest.take(record, tile, view)})


def wait(repository: Repository, message: Message) -> Message:
    """`live.wait`: {cameras: {name: last number seen}, opened: [name], patience_ms} -> {tiles, views}, and a blob each.

    Each of both is a list of [camera, number], in order of number within a camera; tiles' blobs come first. Answers as
    soon as one is newer, or empty after `patience_ms` (at most 2000). Raises Malformed, Unavailable.
    """
    cameras, opened = message.body.get("cameras"), message.body.get("opened", [])
    if not isinstance(cameras, Mapping) or not isinstance(opened, list) or len(cameras) > CAMERAS:
        raise Malformed(f"'cameras' is an object of at most {CAMERAS} numbers by name, 'opened' an array of its names")
    last = {name: arguments.whole(cameras, name) for name in cameras}
    names = frozenset(name for name in opened if isinstance(name, str))
    if not names <= set(last) or len(names) != len(opened):
        raise Malformed("'opened' has names that are in 'cameras', each once")
    patience = arguments.whole(message.body, "patience_ms", default=PATIENCE, most=PATIENCE)
    tiles, views = repository.newest.wait(last, names, patience)
    body: dict[str, Json] = {
        "tiles": [[name, one.number] for name, one in tiles],
        "views": [[name, one.number] for name, one in views],
    }
    return Message(message.verb, body, tuple(one.data for _, one in tiles + views))


def beats(repository: Repository, message: Message) -> Message:
    """`live.beats` -> {now, beats: [{beat, arrived, opened}]}: the newest Beat of each camera, in order of name."""
    found: list[Json] = [
        {"beat": records.plain(one), "arrived": arrived, "opened": opened}
        for one, arrived, opened in repository.newest.beats()
    ]
    return Message(message.verb, {"now": repository.clock(), "beats": found})


def forget(repository: Repository) -> None:
    """A round of forgetting pictures that are over a minute old."""
    repository.newest.forget()
