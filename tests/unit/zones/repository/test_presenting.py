"""Everything acknowledged reaches the custodian, once; what it refuses is not brought again."""

import threading

import pytest
from sqlalchemy import update

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Tampered, Unavailable
from countenance.zones.repository import presenting, schema
from countenance.zones.repository.presenting import MARGIN, Presented
from simulator.repository import NOW, World, record_of


def test_sightings_go_before_manifests_and_each_once(world: World) -> None:
    uploads = [world.edge.sighting(at=n) for n in range(3)]
    for upload in (*uploads, world.edge.manifest(1), world.edge.manifest(2)):
        world.ask(upload)
    assert presenting.waiting(world.repository.database) == 5
    assert world.repository.presenter.drain() == Presented(5, 0)
    assert set(world.custodian.taken) == {record_of(upload).sighting for upload in uploads}
    assert [manifest.number for manifest in world.custodian.manifests] == [1, 2]
    calls = len(world.custodian.calls)
    assert world.repository.presenter.drain() == Presented(0, 0)
    assert len(world.custodian.calls) == calls


def test_drained_is_said_with_a_margin_and_only_when_nothing_is_left(world: World) -> None:
    world.ask(world.edge.sighting())
    world.repository.presenter.settle()
    assert world.custodian.calls[-1] == ("drained", {"before": NOW - MARGIN}, ())
    world.ask(world.edge.sighting())
    world.custodian.locked = True
    with pytest.raises(Unavailable):
        world.repository.presenter.settle()
    assert world.custodian.said("drained") == 1


def test_refused_ones_are_marked_with_the_reason_and_not_presented_again(world: World) -> None:
    good, bad = world.edge.sighting(at=1), world.edge.sighting(at=2)
    world.custodian.refuse[record_of(bad).sighting] = "this nonce was used before"
    for upload in (good, bad):
        world.ask(upload)
    assert world.repository.presenter.drain() == Presented(1, 1)
    assert world.repository.presenter.drain() == Presented(0, 0)
    shown = world.ask(Message("sightings.show", {"sighting": record_of(bad).sighting})).body
    assert (shown["state"], shown["reason"]) == ("refused", "this nonce was used before")
    assert world.contents()["refused"] == 1


def test_one_unreadable_sighting_does_not_hold_up_the_others(world: World) -> None:
    uploads = [world.edge.sighting(at=n) for n in range(7)]
    spoiled = record_of(uploads[3]).sighting
    real = world.custodian._take

    def picky(_body: object, blobs: tuple[bytes, ...]) -> Message:
        if uploads[3].blobs[0] in blobs:
            raise Malformed("this cannot be read")
        return real(blobs)

    world.custodian.answers["intake.sightings"] = picky
    for upload in uploads:
        world.ask(upload)
    assert world.repository.presenter.drain() == Presented(6, 1)
    assert spoiled not in world.custodian.taken


@pytest.mark.parametrize("damage", [b"", b"spoiled", None])
def test_a_damaged_record_is_said_and_does_not_hold_up_the_others(world: World, damage: bytes | None) -> None:
    good, bad = world.edge.sighting(at=1), world.edge.sighting(at=2)
    for upload in (good, bad):
        world.ask(upload)
    sighting = record_of(bad).sighting
    with world.repository.database.writing() as connection:
        table = schema.sightings
        record = good.blobs[0] if damage is None else damage
        connection.execute(update(table).where(table.c.sighting == sighting).values(record=record))
    assert world.repository.presenter.drain() == Presented(1, 1)
    assert set(world.custodian.taken) == {record_of(good).sighting}
    assert [line for line in world.logged if "ALARM" in line]
    if damage is not None:
        listed = world.ask(Message("sightings.list")).body["sightings"]
        assert {"sighting": sighting, "state": "damaged"} in listed
        for verb, body in (("sightings.show", {}), ("object", {"part": "still"})):
            with pytest.raises(Tampered, match=sighting):
                world.ask(Message(verb, {"sighting": sighting, **body}))


def test_a_manifest_that_is_refused_is_marked(world: World) -> None:
    def refuse(*_: object) -> Message:
        raise Malformed("a manifest lists each record once")

    world.custodian.answers["intake.manifest"] = refuse
    world.ask(world.edge.manifest())
    assert world.repository.presenter.drain() == Presented(0, 1)
    assert presenting.waiting(world.repository.database) == 0


def test_a_custodian_that_decides_nothing_is_no_endless_loop(world: World) -> None:
    world.custodian.answers["intake.sightings"] = lambda *_: Message("x", {"taken": [], "refused": []}, (b"",))
    world.ask(world.edge.sighting())
    with pytest.raises(Unavailable):
        world.repository.presenter.drain()


def test_arrivals_wait_for_a_locked_custodian_and_go_on_by_themselves(world: World) -> None:
    world.ask(world.edge.sighting())
    world.custodian.locked = True
    stop, tried, taken = threading.Event(), threading.Event(), threading.Event()

    def answer(_body: object, blobs: tuple[bytes, ...]) -> Message:
        taken.set()
        return world.custodian._take(blobs)

    def call(verb: str, body: dict[str, int], blobs: tuple[bytes, ...] = ()) -> Message:
        try:
            return real(verb, body, blobs)
        finally:
            tried.set()

    real, world.custodian.call = world.custodian.call, call
    world.custodian.answers["intake.sightings"] = answer
    thread = threading.Thread(target=world.repository.presenter.run, args=(stop,), kwargs={"pause": 0.01})
    thread.start()
    assert tried.wait(60)
    world.custodian.locked = False
    assert taken.wait(60)
    stop.set()
    world.repository.presenter.wake()
    thread.join(60)
    assert presenting.waiting(world.repository.database) == 0
    assert [line for line in world.logged if "locked" in line]


def test_logs_hold_counts_only(world: World) -> None:
    upload = world.edge.sighting()
    world.ask(upload)
    try:
        world.ask(Message("edge.sighting", {}, (upload.blobs[0], *upload.blobs[2:], b"")))
    except CountenanceError as error:
        world.logged.append(str(error))
    world.repository.presenter.settle()
    text = "".join(world.logged)
    for blob in upload.blobs:
        assert blob.hex() not in text
