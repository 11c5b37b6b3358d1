import threading
from collections.abc import Iterator

import pytest

from countenance.channel.client import Connection
from countenance.errors import Unavailable
from countenance.formats import records
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.sightings import Counters, Manifest, SegmentRecord
from countenance.zones.edge.leases import Issuers, Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.uplink import Sender, Uplink
from simulator.camera_host import World, serving

HOUR = 480_000
START = HOUR * MILLISECONDS_AN_HOUR


class Desk:
    """An uplink with its parts; `now` is the clock."""

    def __init__(self, world: World) -> None:
        self.now = START
        self.said: list[str] = []
        self.spool = Spool(world.home / "spool", most=1 << 20)
        self.ledger = Ledger(
            world.home / "spool" / "ledger", self.spool, camera="entrance", identity=world.edge, extractor=b"e" * 32
        )
        self.leases = Leases(
            world.home / "leases",
            camera="entrance",
            identity=world.edge,
            issuers=Issuers(world.genesis.deployment),
            now=START,
        )
        self.connection = Connection(world.path / "sockets" / "repository", timeout=60.0)
        sender = Sender("entrance", world.edge, lambda: self.now)
        self.uplink = Uplink(self.connection, sender, self.spool, self.ledger, self.leases)

    def enter(self, name: str) -> None:
        record = SegmentRecord(name, "host-1", "entrance", HOUR, START, START + 9, 9, 0, b"d" * 32)
        self.ledger.enter(record, (b"cipher",), Counters())

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.uplink.step(self.said.append)


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    made = Desk(world)
    yield made
    made.connection.close()


def test_items_are_sent_in_order_and_removed_when_acknowledged(desk: Desk, served: World) -> None:
    for name in ("a", "b", "c"):
        desk.enter(name)
    desk.steps(3)
    assert [getattr(r, "segment", "") for r in served.repository.records("edge.segment")] == ["a", "b", "c"]
    assert (len(desk.spool), desk.uplink.acknowledged) == (0, 3)


def test_without_a_repository_nothing_is_removed(desk: Desk) -> None:
    desk.enter("a")
    with pytest.raises(Unavailable):
        desk.steps(1)
    assert len(desk.spool) == 1


def test_a_refused_item_is_set_aside_said_and_still_in_the_manifest(desk: Desk, served: World) -> None:
    desk.enter("a")
    served.repository.refuse = "edge.segment"
    desk.steps(1)
    served.repository.refuse = ""
    desk.ledger.manifest(HOUR, closed=True, made=START)
    desk.steps(1)
    assert desk.spool.aside()["refused"] == 1
    assert "not this one" in desk.said[0]
    [manifest] = served.repository.records("edge.manifest")
    assert isinstance(manifest, Manifest)
    assert len(manifest.segments) == 1


def test_leases_are_asked_for_kept_and_their_hours_remembered(desk: Desk, served: World) -> None:
    desk.steps(1)
    assert served.repository.asked == []
    desk.leases.want(HOUR, HOUR + 1)
    desk.steps(2)
    assert [(r.first, r.last) for r in served.repository.asked] == [(HOUR, HOUR + 1)]
    assert list(desk.leases.hours) == [HOUR, HOUR + 1]
    assert list(desk.ledger.hours) == [HOUR, HOUR + 1]


def test_a_locked_custodian_is_said_once_and_does_not_stop_uploads(desk: Desk, served: World) -> None:
    served.repository.locked = True
    desk.leases.want(HOUR)
    desk.enter("a")
    for _ in range(3):
        desk.steps(1)
        desk.now += 6_000
    assert len(desk.said) == 1
    assert "locked" in desk.said[0]
    assert len(desk.spool) == 0
    served.repository.locked = False
    desk.steps(1)
    assert list(desk.leases.hours) == [HOUR]


@pytest.mark.parametrize("recording", [True, False])
def test_a_wanted_manifest_is_signed_after_what_waits(desk: Desk, served: World, recording: bool) -> None:
    desk.leases.want(HOUR)
    desk.enter("a")
    if recording:
        desk.uplink.recording.set()
    served.repository.wanted = [HOUR, HOUR - 7]
    desk.steps(2)
    [manifest] = served.repository.records("edge.manifest")
    assert isinstance(manifest, Manifest)
    assert (manifest.hour, manifest.closed, len(manifest.segments)) == (HOUR, not recording, 1)
    assert manifest.segments == (records.digest(served.repository.records("edge.segment")[0]),)


def test_the_thread_waits_for_the_repository_and_goes_on(desk: Desk, world: World) -> None:
    stop = threading.Event()
    desk.enter("a")
    thread = threading.Thread(target=desk.uplink.run, args=(stop, desk.said.append))
    thread.start()
    while not desk.said:
        stop.wait(0.01)
    assert not desk.spool.wait_empty(0)
    with serving(world):
        assert desk.spool.wait_empty(120)
        stop.set()
        thread.join()
    assert len([line for line in desk.said if "waiting" in line]) == 1


def test_nothing_due_is_not_an_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, steps = threading.Event(), iter(range(7))

    def wait(_: float) -> None:
        # The clock stands for two steps of three, so that only some have anything to ask.
        number = next(steps, None)
        if number is None:
            stop.set()
        elif number % 3 == 2:
            desk.now += 2_000

    monkeypatch.setattr(desk.spool, "wait", wait)
    monkeypatch.setattr("countenance.zones.edge.uplink.FIRST_WAIT", 0.0)
    desk.uplink.run(stop, desk.said.append)
    assert [line.split(":")[0] for line in desk.said] == ["waiting for the repository"]
