"""What an edge sends is durable or was never there."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, select

from countenance.channel.message import Message
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SegmentRecord
from countenance.zones.repository import retention, schema
from simulator.repository import HOUR, NOW, Edge, World, altered, record_of


def files_of(world: World) -> list[Path]:
    return [path for path in (world.repository.directory / "objects").rglob("*") if path.is_file()]


def test_an_upload_is_acknowledged_and_can_be_read_back(world: World) -> None:
    upload = world.edge.sighting()
    assert world.ask(upload).body == {}
    sighting = record_of(upload).sighting
    for part, blob in (("still", upload.blobs[3]), ("patches", upload.blobs[4])):
        assert world.ask(Message("object", {"sighting": sighting, "part": part})).blobs == (blob,)
    shown = world.ask(Message("sightings.show", {"sighting": sighting}))
    assert shown.blobs == (upload.blobs[0],)
    assert shown.body["camera"] == "hall"
    footage = world.edge.segment()
    world.ask(footage)
    listed = world.ask(Message("segments", {"camera": "hall"}))
    assert listed.blobs == (footage.blobs[0],)
    segment = records.read(SegmentRecord, records.read(Signed, listed.blobs[0]).body).segment
    assert world.ask(Message("segment", {"segment": segment})).blobs == (footage.blobs[1],)


def test_the_same_upload_again_is_acknowledged_and_changes_nothing(world: World) -> None:
    for upload in (world.edge.sighting(), world.edge.segment(), world.edge.manifest()):
        world.ask(upload)
        before = world.contents()
        assert world.ask(upload).body == {}
        assert world.contents() == before


def test_the_same_id_with_other_content_is_refused(world: World) -> None:
    upload = world.edge.sighting()
    world.ask(upload)
    assert isinstance(world.refused(altered(world.edge, upload, quality=1)), Refused)
    first = world.edge.manifest(1)
    world.ask(first)
    assert isinstance(world.refused(world.edge.manifest(1, made=NOW + 1)), Refused)


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_a_part_that_was_altered_is_refused(world: World, part: int) -> None:
    upload = world.edge.sighting()
    blobs = list(upload.blobs)
    blobs[part] = bytes([blobs[part][0] ^ 1]) + blobs[part][1:]
    assert isinstance(world.refused(Message(upload.verb, {}, tuple(blobs))), Tampered)


def test_strangers_and_forgers_are_refused(world: World) -> None:
    stranger = Edge(name="edge-9")
    assert isinstance(world.refused(stranger.sighting()), Refused)
    forger = Edge(key=SigningKey.generate())
    assert isinstance(world.refused(forger.sighting()), Tampered)
    world.custodian.edges[stranger.name] = stranger.key.public
    borrowed = altered(stranger, world.edge.sighting(), edge="edge-1")
    assert isinstance(world.refused(borrowed), Tampered)


def test_unreadable_uploads_are_malformed(world: World) -> None:
    good = world.edge.sighting()
    bad = [
        Message(good.verb, {}, good.blobs[:4]),
        Message(good.verb, {}, (b"{}", *good.blobs[1:])),
        Message(good.verb, {}, (*good.blobs[:3], bytes(300_000), good.blobs[4])),
        altered(world.edge, good, dimension=64),
        altered(world.edge, good, sighting="../../../../etc"),
        altered(world.edge, good, camera="Hall Of Names"),
        altered(world.edge, good, hour=HOUR + 1),
        altered(world.edge, good, end=0),
        Message("edge.segment", {}, good.blobs[:2]),
        Message("edge.poll", {"edge": "edge-1", "camera": 7}),
    ]
    for message in bad:
        assert isinstance(world.refused(message), Malformed)


def test_known_edges_are_served_while_the_custodian_is_locked(world: World) -> None:
    world.ask(world.edge.sighting())
    world.custodian.locked = True
    assert world.ask(world.edge.sighting()).body == {}
    assert isinstance(world.refused(Edge(name="edge-9").sighting()), Unavailable)


def test_an_edge_enrolled_anew_is_asked_for_again(world: World) -> None:
    world.ask(world.edge.sighting())
    renewed = Edge(key=SigningKey.generate())
    world.custodian.edges[renewed.name] = renewed.key.public
    assert world.ask(renewed.sighting()).body == {}


def test_what_comes_a_day_late_is_refused_but_known_ones_are_not(world: World) -> None:
    on_time, late = world.edge.sighting(), world.edge.sighting()
    world.ask(on_time)
    world.clock.now = NOW + 25 * MILLISECONDS_AN_HOUR
    assert isinstance(world.refused(late), Refused)
    assert world.ask(on_time).body == {}


def test_a_full_disk_under_the_objects_stores_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("countenance.zones.repository.objects._synchronise", full)
    assert isinstance(world.refused(world.edge.sighting()), Unavailable)
    assert files_of(world) == []
    monkeypatch.undo()
    assert world.ask(world.edge.sighting()).body == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_under_the_database_stores_nothing(world: World) -> None:
    world.ask(world.edge.sighting())

    def cap(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    engine = world.repository.database._engine
    event.listen(engine, "begin", cap)
    fat = [world.edge.sighting(at=n, dimension=4096) for n in range(10)]
    errors = [error for upload in fat if (error := _error(world, upload)) is not None]
    assert errors
    assert all(isinstance(error, Unavailable) and "full" in str(error) for error in errors)
    event.remove(engine, "begin", cap)
    retention.sweep_doubtful(world.repository)
    kept = world.contents()
    assert len(files_of(world)) == kept["objects"] == 2 * int(str(kept["sightings"]))


def _error(world: World, upload: Message) -> Exception | None:
    try:
        world.ask(upload)
    except Unavailable as error:
        return error
    return None


def test_twenty_uploads_at_once_are_all_kept(world: World) -> None:
    uploads = [world.edge.sighting(at=n) for n in range(20)]
    threads = [threading.Thread(target=_error, args=(world, upload)) for upload in uploads * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.repository.database.reading() as connection:
        kept = set(connection.execute(select(schema.sightings.c.sighting)).scalars())
    assert kept == {record_of(upload).sighting for upload in uploads}
    retention.sweep_orphans(world.repository)
    assert len(files_of(world)) == 40


def test_a_spoiled_object_is_named_and_not_passed_on(world: World) -> None:
    upload = world.edge.sighting()
    world.ask(upload)
    sighting = record_of(upload).sighting
    for path in files_of(world):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    for part in ("still", "patches"):
        with pytest.raises(Tampered, match=sighting):
            world.ask(Message("object", {"sighting": sighting, "part": part}))
    for path in files_of(world):
        path.unlink()
    with pytest.raises(Tampered, match=sighting):
        world.ask(Message("object", {"sighting": sighting, "part": "still"}))


def test_object_names_tell_nothing(world: World) -> None:
    world.ask(replace(world.edge.sighting()))
    world.ask(world.edge.segment())
    for path in files_of(world):
        assert len(path.name) == 32
        assert not set(path.name) - set("0123456789abcdef")
        assert path.parent.name == path.name[:2]
