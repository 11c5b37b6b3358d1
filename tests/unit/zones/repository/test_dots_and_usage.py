"""What the console asks beside counts: where cameras are drawn, and how much they fill."""

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.zones.repository.usage import WINDOW
from simulator.repository import World


def declared(world: World, camera: str = "hall") -> None:
    record = Camera(camera, "edge-1", "hall", "safety", "art. 6", "D-1", "notice", 24, publicly_accessible=True)
    world.ask(Message("camera.declare", {"camera": records.plain(record)}, (b"sealed ask",)))


def places(world: World) -> object:
    return world.ask(Message("cameras.places")).body["places"]


def test_a_camera_is_drawn_where_somebody_put_it_last(world: World) -> None:
    declared(world)
    assert places(world) == []
    world.ask(Message("cameras.place", {"camera": "hall", "x": 10, "y": 1000}))
    world.ask(Message("cameras.place", {"camera": "hall", "x": 0, "y": 500}))
    assert places(world) == [{"camera": "hall", "x": 0, "y": 500}]


@pytest.mark.parametrize("x", [-1, 1001, 0.5, True, "1", None])
def test_nothing_is_drawn_outside_the_plan(world: World, x: object) -> None:
    declared(world)
    with pytest.raises(Malformed):
        world.ask(Message("cameras.place", {"camera": "hall", "x": x, "y": 0}))  # type: ignore[dict-item]
    assert places(world) == []


def test_what_is_not_declared_is_drawn_nowhere(world: World) -> None:
    with pytest.raises(Refused, match="declare it first"):
        world.ask(Message("cameras.place", {"camera": "yard", "x": 1, "y": 1}))
    assert places(world) == []


def test_a_camera_that_ended_is_drawn_no_more(world: World) -> None:
    declared(world)
    world.ask(Message("cameras.place", {"camera": "hall", "x": 1, "y": 1}))
    world.ask(Message("camera.withdraw", {}, (b"sealed ask", canonical.write("hall"))))
    assert places(world) == []
    declared(world)
    assert places(world) == []


def test_a_plan_has_the_measure_that_somebody_gave_it_last(world: World) -> None:
    assert world.ask(Message("cameras.places")).body["plan"] == {}
    world.ask(Message("cameras.measure", {"metres": 80, "north": 0}))
    world.ask(Message("cameras.measure", {"metres": 120, "north": 359}))
    assert world.ask(Message("cameras.places")).body["plan"] == {"metres": 120, "north": 359}


@pytest.mark.parametrize("body", [{"metres": 0, "north": 0}, {"metres": 9, "north": 360}, {"metres": 9}, {"north": 9}])
def test_a_plan_of_no_size_is_none(world: World, body: dict[str, Json]) -> None:
    with pytest.raises(Malformed):
        world.ask(Message("cameras.measure", body))
    assert world.ask(Message("cameras.places")).body["plan"] == {}


def test_usage_is_counted_by_camera_and_of_the_last_day(world: World) -> None:
    world.ask(world.edge.segment())
    world.ask(world.edge.segment(at=4000))
    world.ask(world.edge.sighting())
    told = world.ask(Message("usage")).body
    assert told["cameras"] == [
        {"camera": "hall", "recorded": 4000, "footage": 10_000, "sightings": 1, "stills": 12_000}
    ]
    disk = told["disk"]
    assert isinstance(disk, dict)
    assert 0 < int(str(disk["free"])) <= int(str(disk["total"]))
    world.clock.now += 2 * WINDOW
    assert world.ask(Message("usage")).body["cameras"] == []
