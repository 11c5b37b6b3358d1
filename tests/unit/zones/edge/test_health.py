"""What a beat says of a camera is what is so."""

from dataclasses import dataclass
from pathlib import Path

from countenance.vocabulary.live import SourceState
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.sightings import Counters
from countenance.zones.edge.health import Health
from countenance.zones.edge.leases import Issuers, Leases
from countenance.zones.edge.spool import Item, Spool
from countenance.zones.edge.uplink import Sender
from simulator.camera_host import DEPLOYMENT, World

HOUR = 480_000
START = HOUR * MILLISECONDS_AN_HOUR
COUNTERS = Counters(decoded=90, dropped=4, sightings_without_template=1)


@dataclass
class Recorder:
    frames: int = 0
    people: int = 2
    sightings: int = 3
    counters: Counters = COUNTERS
    size: tuple[int, int] = (640, 360)


@dataclass
class Pipeline:
    recorder: Recorder | None
    source: SourceState = SourceState.PLAYING


class Room:
    """The parts of `entrance`'s process; `passed` is a clock in seconds."""

    def __init__(self, world: World, disk: Path | None = None) -> None:
        self.world, self.passed = world, 10.0
        self.spool = Spool(world.home / "spool", most=1 << 20)
        self.leases = Leases(
            world.home / "leases", camera="entrance", identity=world.edge, issuers=Issuers(DEPLOYMENT), now=START
        )
        self.health = Health(
            Sender("entrance", world.edge, lambda: START + 7),
            self.spool,
            self.leases,
            disk or world.home,
            ticks=lambda: self.passed,
        )

    def grant(self, *hours: int) -> None:
        self.leases.take(hours, [self.world.repository.lease(hour)[1] for hour in hours])


def test_a_camera_that_is_recorded(world: World) -> None:
    room, recorder = Room(world), Recorder()
    room.leases.want(HOUR, HOUR + 1)
    room.grant(HOUR, HOUR + 1)
    room.spool.put(Item("edge.segment", (b"waits",)), 1)
    room.spool.put(Item("edge.segment", (b"refused",)), 2)
    room.spool.set_aside(2, "refused")
    room.passed, recorder.frames = 12.0, 25
    beat = room.health.beat(Pipeline(recorder))  # type: ignore[arg-type]
    assert beat is not None
    assert (beat.edge, beat.camera, beat.made, beat.source) == ("host-1", "entrance", START + 7, SourceState.PLAYING)
    assert (beat.width, beat.height, beat.rate, beat.hour) == (640, 360, 12_500, HOUR)
    assert (beat.people, beat.sightings, beat.counters) == (2, 3, recorder.counters)
    assert (beat.waiting, beat.refused) == (1, 1)
    assert (beat.lease_until, beat.extracts) == (Hour(HOUR + 2).start, True)
    assert beat.free_mb > 0


def test_the_rate_is_of_the_time_since_the_last_beat(world: World) -> None:
    room, recorder = Room(world), Recorder()
    rates = []
    for frames in (30, 55, 55):
        room.passed, recorder.frames = room.passed + 1.0, frames
        beat = room.health.beat(Pipeline(recorder))  # type: ignore[arg-type]
        assert beat is not None
        rates.append(beat.rate)
    assert rates == [30_000, 25_000, 0]


def test_without_a_lease_there_is_none(world: World) -> None:
    room = Room(world)
    room.leases.want(HOUR, HOUR + 1)
    room.grant(HOUR + 1)
    beat = room.health.beat(Pipeline(Recorder()))  # type: ignore[arg-type]
    assert beat is not None
    assert (beat.hour, beat.lease_until, beat.extracts) == (HOUR, 0, False)


def test_a_camera_that_does_not_answer_has_no_people(world: World) -> None:
    beat = Room(world).health.beat(Pipeline(Recorder(), SourceState.WAITING))  # type: ignore[arg-type]
    assert beat is not None
    assert (beat.source, beat.people) == (SourceState.WAITING, 0)
    assert beat.hour == -1


def test_before_the_first_picture_everything_is_nothing(world: World) -> None:
    room = Room(world)
    beat = room.health.beat(Pipeline(None, SourceState.WAITING))  # type: ignore[arg-type]
    assert beat is not None
    assert (beat.width, beat.height, beat.rate, beat.counters) == (0, 0, 0, Counters())
    assert room.health.beat(None) is None


def test_a_disk_that_cannot_be_asked_has_no_room(world: World) -> None:
    beat = Room(world, world.home / "nowhere").health.beat(Pipeline(None))  # type: ignore[arg-type]
    assert beat is not None
    assert beat.free_mb == 0
