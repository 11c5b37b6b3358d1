"""Only what the custodian names goes; what goes, goes whole."""

from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.zones.repository import retention
from countenance.zones.repository.retention import REFUSED_FOR, Swept
from simulator.repository import HOUR, Edge, World, record_of


def files_of(world: World) -> list[Path]:
    return [path for path in (world.repository.directory / "objects").rglob("*") if path.is_file()]


def test_erased_sightings_lose_their_rows_and_objects(world: World) -> None:
    kept, gone = world.edge.sighting(at=1), world.edge.sighting(at=2)
    for upload in (kept, gone):
        world.ask(upload)
    world.custodian.gone = [record_of(gone).sighting, "f" * 32]
    assert retention.sweep(world.repository) == Swept(1, 0, 0, 2, zeroed=1)
    with pytest.raises(Malformed, match="no such sighting"):
        world.ask(Message("object", {"sighting": record_of(gone).sighting, "part": "still"}))
    assert world.ask(Message("object", {"sighting": record_of(kept).sighting, "part": "still"})).blobs[0]
    assert len(files_of(world)) == 2
    assert retention.sweep(world.repository) == Swept(0, 0, 0, 0)


def test_expired_partitions_go_whole_and_others_stay(world: World) -> None:
    other = Edge(camera="gate", key=world.edge.key)
    for upload in (
        world.edge.sighting(),
        world.edge.segment(),
        world.edge.manifest(),
        world.edge.segment(hour=HOUR + 1),
        other.segment(),
        other.sighting(),
    ):
        world.ask(upload)
    world.custodian.expired = [("hall", HOUR)]
    assert retention.sweep(world.repository) == Swept(1, 1, 1, 3)
    left = world.contents()
    assert (left["sightings"], left["segments"], left["manifests"], left["objects"]) == (1, 2, 0, 4)
    assert len(files_of(world)) == 4


def test_still_and_patches_of_what_is_held_stay_until_it_is_gone(world: World) -> None:
    held, other = world.edge.sighting(at=1), world.edge.sighting(at=2)
    for upload in (held, other, world.edge.segment()):
        world.ask(upload)
    name = record_of(held).sighting
    world.custodian.expired, world.custodian.kept = [("hall", HOUR)], [name]
    assert retention.sweep(world.repository) == Swept(1, 1, 0, 3)
    assert retention.sweep(world.repository) == Swept(0, 0, 0, 0)
    for part in ("still", "patches"):
        assert world.ask(Message("object", {"sighting": name, "part": part})).blobs[0]
    world.custodian.gone, world.custodian.kept = [name], []
    assert retention.sweep(world.repository) == Swept(1, 0, 0, 2)
    assert world.contents()["objects"] == 0


def test_nothing_goes_while_the_custodian_is_locked(world: World) -> None:
    world.ask(world.edge.sighting())
    world.custodian.gone = [record_of(world.edge.sighting()).sighting]
    world.custodian.locked = True
    before = world.contents()
    with pytest.raises(Unavailable):
        retention.sweep(world.repository)
    assert world.contents() == before


def test_what_the_custodian_refused_goes_after_three_days(world: World) -> None:
    upload = world.edge.sighting()
    world.custodian.refuse[record_of(upload).sighting] = "this sighting was erased"
    world.ask(upload)
    retention.sweep(world.repository)
    assert world.contents()["refused"] == 1
    world.clock.now += REFUSED_FOR + 1
    assert retention.sweep(world.repository).sightings == 1
    assert files_of(world) == []


def test_orphans_go_and_what_is_being_written_stays(world: World) -> None:
    world.ask(world.edge.sighting())
    with world.repository.objects.written(b"cut off") as (orphan,):
        assert retention.sweep_orphans(world.repository) == 0
        assert world.repository.objects.get(orphan, "it") == b"cut off"
    assert retention.sweep_orphans(world.repository) == 1
    assert len(files_of(world)) == 2


def test_a_revoked_edge_is_forgotten_with_the_next_round(world: World) -> None:
    world.ask(world.edge.sighting())
    world.custodian.edges.clear()
    retention.sweep(world.repository)
    with pytest.raises(Exception, match="not enrolled"):
        world.ask(world.edge.sighting())
