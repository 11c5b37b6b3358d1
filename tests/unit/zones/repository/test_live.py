"""Live pictures at the repository: who may send them, who gets them, and that nothing stays."""

import threading
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto import live
from countenance.crypto.live import Viewer
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.formats.live import Picture
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.live import SourceState
from countenance.zones.repository import newest
from simulator.live_cameras import beat
from simulator.repository import HOUR, NOW, Edge, World, sha

KEY = b"k" * 32
KEYS = {HOUR: KEY}


def declare(world: World, camera: str = "hall", edge: str = "edge-1") -> None:
    """As `camera.declare` leaves it."""
    record = Camera(camera, edge, "hall", "safety", "art. 6", "D-1", "notice", 24, publicly_accessible=True)
    world.ask(Message("camera.declare", {"camera": records.plain(record)}, (b"sealed ask",)))


def encrypted(number: int, key: bytes = KEY) -> bytes:
    return live.encrypt(key, Picture(NOW + number, 320, 180, b"picture %d" % number))


def sent(edge: Edge, number: int, /, *, tile: bytes = b"", view: bytes = b"", **other: object) -> Message:
    """What `edge` says of its camera, `number` milliseconds after the start."""
    digests = {"tile": sha(tile) if tile else b"", "view": sha(view) if view else b""}
    changed = beat(edge.name, edge.camera, NOW + number, **digests, **other)
    return Message("edge.live", {}, (edge.letter(changed), tile, view))


@dataclass
class Watcher:
    """Somebody who looks at cameras: keeps the last numbers."""

    world: World
    last: dict[str, int]

    def look(self, *opened: str, patience: int = 0) -> list[tuple[str, str, bytes]]:
        body: Mapping[str, Json] = {"cameras": dict(self.last), "opened": list(opened), "patience_ms": patience}
        answer = self.world.ask(Message("live.wait", body))
        found, named = [], typing.cast(dict[str, list[tuple[str, int]]], answer.body)
        listed = [(what, *one) for what in ("tiles", "views") for one in named[what]]
        for (what, name, number), blob in zip(listed, answer.blobs, strict=True):
            self.last[name] = max(self.last[name], number)
            found.append((what, name, blob))
        return found


@pytest.fixture
def hall(world: World) -> World:
    declare(world)
    return world


def test_the_newest_tile_reaches_who_waits_and_is_opened_with_the_key(hall: World) -> None:
    data = encrypted(1)
    assert hall.ask(sent(hall.edge, 1, tile=data)).body == {"opened": False}
    watcher = Watcher(hall, {"hall": 0, "yard": 0})
    [(what, name, blob)] = watcher.look()
    assert (what, name, blob) == ("tiles", "hall", data)
    assert Viewer().open(KEYS, blob).jpeg == b"picture 1"
    assert watcher.look() == []
    for number in (2, 3):
        hall.ask(sent(hall.edge, number, tile=encrypted(number)))
    [(_, _, blob)] = watcher.look()
    assert Viewer().open(KEYS, blob).jpeg == b"picture 3"


def test_without_the_key_the_repository_reads_nothing(hall: World, tmp_path: Path) -> None:
    hall.ask(sent(hall.edge, 1, tile=encrypted(1), view=encrypted(1)))
    hall.ask(sent(hall.edge, 2, tile=encrypted(2)))
    held = [seen.tile.data for seen in hall.repository.newest._cameras.values() if seen.tile]
    assert len(held) == 1
    assert b"picture" not in held[0]
    with pytest.raises(Tampered):
        Viewer().open({HOUR: b"w" * 32}, held[0])
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(held[0][20:60] in data for data in files)
    assert b"picture" not in repr(hall.repository.newest._cameras).encode()


def test_views_come_only_while_somebody_has_the_camera_open(hall: World) -> None:
    watcher = Watcher(hall, {"hall": 0})
    hall.ask(sent(hall.edge, 1, tile=encrypted(1), view=encrypted(1)))
    # Nobody had it open: the view was not kept, and the tile comes until there is one.
    assert [what for what, _, _ in watcher.look("hall")] == ["tiles"]
    assert hall.ask(sent(hall.edge, 2)).body == {"opened": True}
    for number in (3, 4, 5):
        hall.ask(sent(hall.edge, number, tile=encrypted(number), view=encrypted(number)))
    got = watcher.look("hall")
    assert [what for what, _, _ in got] == ["views"] * 3
    viewer = Viewer()
    assert [viewer.open(KEYS, blob).jpeg for _, _, blob in got] == [b"picture 3", b"picture 4", b"picture 5"]
    # What was seen large does not come again small.
    assert watcher.look() == []
    hall.clock.now += newest.LOOKING
    assert hall.ask(sent(hall.edge, 6, tile=encrypted(6), view=encrypted(6))).body == {"opened": False}
    assert [what for what, _, _ in watcher.look()] == ["tiles"]


def test_who_comes_late_to_an_open_camera_begins_with_now(hall: World) -> None:
    Watcher(hall, {"hall": 0}).look("hall")
    hall.ask(sent(hall.edge, 1))
    Watcher(hall, {"hall": 0}).look("hall")
    for number in range(2, 100):
        hall.ask(sent(hall.edge, number, view=encrypted(number)))
    [(_, _, blob)] = Watcher(hall, {"hall": 0}).look("hall")
    assert Viewer().open(KEYS, blob).jpeg == b"picture 99"
    got = Watcher(hall, {"hall": 1}).look("hall")
    assert len(got) == newest.VIEWS


def test_nobody_is_given_one_frame_in_both_sizes(hall: World) -> None:
    first, second = Watcher(hall, {"hall": 0}), Watcher(hall, {"hall": 0})
    hall.ask(sent(hall.edge, 1))
    first.look("hall")
    hall.ask(sent(hall.edge, 2, tile=encrypted(2), view=encrypted(2)))
    assert [what for what, _, _ in second.look()] == ["tiles"]
    assert second.look("hall") == []
    hall.ask(sent(hall.edge, 3, tile=encrypted(3), view=encrypted(3)))
    assert [what for what, _, _ in second.look("hall")] == ["views"]
    assert second.look() == []


def test_a_picture_wakes_who_waits(hall: World) -> None:
    hall.ask(sent(hall.edge, 1))
    watcher, found = Watcher(hall, {"hall": 0}), list[tuple[str, str, bytes]]()

    def wait() -> None:
        while not found:
            found.extend(watcher.look(patience=2000))

    thread = threading.Thread(target=wait)
    thread.start()
    hall.ask(sent(hall.edge, 2, tile=encrypted(2)))
    thread.join(30)
    assert [what for what, _, _ in found] == ["tiles"]


def test_a_number_of_a_life_before_this_one_is_no_obstacle(hall: World) -> None:
    hall.ask(sent(hall.edge, 1, tile=encrypted(1)))
    assert len(Watcher(hall, {"hall": 70_000}).look()) == 1


def test_pictures_are_forgotten_after_a_minute_and_the_beat_is_not(hall: World) -> None:
    Watcher(hall, {"hall": 0}).look("hall")
    hall.ask(sent(hall.edge, 1, tile=encrypted(1)))
    Watcher(hall, {"hall": 0}).look("hall")
    hall.ask(sent(hall.edge, 2, tile=encrypted(2), view=encrypted(2)))
    hall.clock.now += newest.FORGOTTEN
    assert Watcher(hall, {"hall": 0}).look() == []
    hall.repository.newest.forget()
    seen = hall.repository.newest._cameras["hall"]
    assert (seen.tile, len(seen.views)) == (None, 0)
    [told] = beats(hall)
    assert (told["arrived"], told["opened"]) == (NOW, False)


def test_the_newest_beats_are_told_with_the_time_they_arrived(hall: World) -> None:
    yard = Edge(name="edge-2", camera="yard")
    hall.custodian.edges[yard.name] = yard.key.public
    declare(hall, "yard", "edge-2")
    hall.ask(sent(hall.edge, 1))
    hall.clock.now += 500
    hall.ask(sent(yard, 2, source=SourceState.WAITING))
    first, second = beats(hall)
    assert (first["beat"]["camera"], first["beat"]["made"], first["arrived"]) == ("hall", NOW + 1, NOW)
    assert (second["beat"]["source"], second["arrived"]) == ("waiting", NOW + 500)
    assert hall.ask(Message("live.beats")).body["now"] == NOW + 500


def beats(world: World) -> list[dict[str, typing.Any]]:
    return typing.cast(list[dict[str, typing.Any]], world.ask(Message("live.beats")).body["beats"])


def test_another_edge_does_not_speak_for_a_camera(hall: World) -> None:
    hall.ask(sent(hall.edge, 1, tile=encrypted(1)))
    other = Edge(name="edge-2")
    hall.custodian.edges[other.name] = other.key.public
    stranger = Edge(name="edge-9")
    forger = Edge(key=SigningKey.generate())
    for message, kind in (
        (sent(other, 2, tile=encrypted(2)), Refused),
        (sent(other, 2, edge="edge-1", tile=encrypted(2)), Tampered),
        (sent(stranger, 2), Refused),
        (sent(forger, 2), Tampered),
    ):
        assert isinstance(hall.refused(message), kind)
    [told] = beats(hall)
    assert (told["beat"]["edge"], told["beat"]["made"]) == ("edge-1", NOW + 1)
    [(_, _, blob)] = Watcher(hall, {"hall": 0}).look()
    assert Viewer().open(KEYS, blob).jpeg == b"picture 1"


def test_a_camera_that_moved_leaves_nothing_of_its_old_edge(hall: World) -> None:
    hall.ask(sent(hall.edge, 1, tile=encrypted(1)))
    other = Edge(name="edge-2")
    hall.custodian.edges[other.name] = other.key.public
    declare(hall, "hall", "edge-2")
    hall.ask(sent(other, 0))
    assert [told["beat"]["edge"] for told in beats(hall)] == ["edge-2"]
    assert Watcher(hall, {"hall": 0}).look() == []
    assert isinstance(hall.refused(sent(hall.edge, 2)), Refused)


def test_a_withdrawn_or_unknown_camera_is_not_seen(world: World) -> None:
    assert isinstance(world.refused(sent(world.edge, 1)), Refused)
    declare(world)
    world.ask(sent(world.edge, 1))
    world.ask(Message("camera.withdraw", {"camera": "hall"}, (b"sealed ask",)))
    assert isinstance(world.refused(sent(world.edge, 2)), Refused)
    assert beats(world) == []


def test_a_recorded_beat_is_refused_until_a_minute_of_silence(hall: World) -> None:
    first = sent(hall.edge, 1, tile=encrypted(1))
    hall.ask(first)
    hall.ask(sent(hall.edge, 2, tile=encrypted(2)))
    assert isinstance(hall.refused(first), Refused)
    assert isinstance(hall.refused(sent(hall.edge, 2)), Refused)
    hall.clock.now += newest.FORGOTTEN
    # Its clock was set back; and what is older than what a viewer saw, the viewer refuses.
    hall.ask(first)
    viewer = Viewer()
    viewer.open(KEYS, encrypted(2))
    with pytest.raises(Tampered, match="older"):
        viewer.open(KEYS, first.blobs[1])


def test_pictures_that_are_not_signed_for_are_refused(hall: World) -> None:
    good = sent(hall.edge, 1, tile=encrypted(1), view=encrypted(1))
    letter, tile, view = good.blobs
    for blobs, kind in (
        ((letter, view, view), Tampered),
        ((letter, tile, tile), Tampered),
        ((letter, tile, b""), Tampered),
        ((sent(hall.edge, 1).blobs[0], tile, b""), Tampered),
        ((letter, tile), Malformed),
        ((b"{}", tile, view), Malformed),
        ((letter, bytes(live.LARGEST + 1), view), Malformed),
    ):
        assert isinstance(hall.refused(Message("edge.live", {}, blobs)), kind)
    assert beats(hall) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cameras": ["hall"]},
        {"cameras": {"hall": -1}},
        {"cameras": {"hall": "1"}},
        {"cameras": {"hall": 0}, "opened": ["yard"]},
        {"cameras": {"hall": 0}, "opened": ["hall", "hall"]},
        {"cameras": {"hall": 0}, "opened": "hall"},
        {"cameras": {"hall": 0}, "opened": [1]},
        {"cameras": {"hall": 0}, "patience_ms": 2001},
        {"cameras": {str(number): 0 for number in range(newest.CAMERAS + 1)}},
    ],
)
def test_unreadable_wishes_are_malformed(hall: World, body: dict[str, Json]) -> None:
    assert isinstance(hall.refused(Message("live.wait", body)), Malformed)


def test_it_holds_so_many_cameras_and_no_more(hall: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "CAMERAS", 2)
    monkeypatch.setattr(newest, "OPENED", 1)
    for camera in ("hall", "yard", "gate"):
        declare(hall, camera)
    for camera in ("hall", "yard"):
        hall.ask(sent(replace(hall.edge, camera=camera), 1))
    assert isinstance(hall.refused(sent(replace(hall.edge, camera="gate"), 1)), Unavailable)
    watcher = Watcher(hall, {"hall": 0, "yard": 0})
    watcher.look("hall")
    with pytest.raises(Unavailable, match="open already"):
        watcher.look("hall", "yard")
    hall.clock.now += newest.LOOKING
    watcher.look("yard")
