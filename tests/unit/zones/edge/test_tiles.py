"""Tiles: small pictures of covered frames, at a bounded rate, that never hold up recording."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto.live import Viewer
from countenance.errors import Refused, Unavailable
from countenance.formats.live import LARGEST, Picture
from countenance.video.frame import Frame
from countenance.vocabulary.live import TILE, VIEW, Beat
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.edge import tiles
from countenance.zones.edge.leases import Held
from countenance.zones.edge.tiles import BEAT, EVERY, Tiles, scaled
from countenance.zones.edge.uplink import Sender
from simulator.camera_host import KEYS, World, frame, held, serving
from simulator.live_cameras import beat

HOUR = 480_000
START = HOUR * MILLISECONDS_AN_HOUR


@dataclass
class Desk:
    """Tiles of the camera `entrance`. `passed`: seconds on a clock that goes on when somebody waits or asks."""

    world: World
    measured: int = 0
    passed: float = 100.0
    said: list[str] = field(default_factory=list)
    recording: bool = True

    def __post_init__(self) -> None:
        self.connection = Connection(self.world.path / "sockets" / "repository", timeout=60.0)
        sender = Sender("entrance", self.world.edge, lambda: START)
        self.tiles = Tiles(self.connection, sender, self.beat, ticks=self.ticks)
        self.tiles._changed.wait = self.pass_by  # type: ignore[method-assign]
        self.lease: Held = held(self.world.repository.lease(HOUR)[0])

    def ticks(self) -> float:
        self.passed += 0.001
        return self.passed

    def pass_by(self, timeout: float | None = None) -> bool:
        self.passed += timeout or 0.0
        return False

    def beat(self) -> Beat | None:
        self.measured += 1
        return beat("host-1", "entrance", 0) if self.recording else None

    def offer(self, moment: int, *, after: float = 0.0) -> None:
        self.passed += after
        self.tiles.offer(picture(moment), self.lease)

    def taken(self) -> list[tuple[Beat, Picture | None, Picture | None]]:
        tiles, views, keys = Viewer(), Viewer(), {HOUR: KEYS["footage"]}
        return [
            (sent, tiles.open(keys, tile) if tile else None, views.open(keys, view) if view else None)
            for sent, tile, view in self.world.repository.live
        ]


def picture(moment: int, size: tuple[int, int] = (640, 360)) -> Frame:
    return frame(START + moment, np.full((size[1], size[0], 3), 90, np.uint8))


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    made = Desk(world)
    yield made
    made.connection.close()


def test_a_covered_frame_becomes_a_small_encrypted_picture(desk: Desk, served: World) -> None:
    desk.offer(40)
    desk.tiles.step()
    [(sent, tile, view)] = desk.taken()
    assert tile is not None
    assert view is None
    assert (tile.moment, tile.width, tile.height, sent.newest) == (START + 40, 320, 180, START + 40)
    decoded = cv2.imdecode(np.frombuffer(tile.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (180, 320, 3)
    assert tile.jpeg not in b"".join(served.repository.live[0][1:])


def test_at_most_five_a_second_and_the_newest_wins(desk: Desk, served: World) -> None:
    begun = desk.passed
    for number in range(50):
        desk.offer(40 * number, after=0.01)
        if number % 2:
            desk.tiles.step()
    shown = [tile.moment - START for _, tile, _ in desk.taken() if tile]
    assert 10 <= len(shown) <= (desk.passed - begun) / EVERY + 1
    # Of the two frames between two steps the second was newer.
    assert all((moment // 40) % 2 for moment in shown)


def test_large_pictures_flow_only_while_somebody_has_it_open(desk: Desk, served: World) -> None:
    served.repository.opened = True
    desk.offer(0)
    desk.tiles.step()
    for number in range(1, 6):
        desk.offer(40 * number)
        desk.tiles.step()
    served.repository.opened = False
    desk.offer(400)
    desk.tiles.step()
    desk.offer(440, after=EVERY)
    desk.tiles.step()
    views = [view.moment - START for _, _, view in desk.taken() if view]
    assert views == [40, 80, 120, 160, 200, 400]
    assert not desk.tiles.opened


def test_beats_go_without_pictures_and_their_times_grow(desk: Desk, served: World) -> None:
    for _ in range(3):
        desk.passed += BEAT
        desk.tiles.step()
    beats = [sent for sent, tile, view in desk.taken() if not tile and not view]
    assert [sent.made for sent in beats] == [START, START + 1, START + 2]
    assert desk.measured == 3


def test_nothing_is_said_of_a_camera_that_is_not_recorded(desk: Desk, served: World) -> None:
    desk.recording = False
    desk.offer(0, after=BEAT)
    desk.tiles.step()
    assert served.repository.live == []


def test_without_a_repository_pictures_are_dropped_and_counted(desk: Desk, world: World) -> None:
    for number in range(3):
        desk.offer(number, after=EVERY)
        with pytest.raises(Unavailable):
            desk.tiles.step()
    assert desk.tiles.lost == 3
    with serving(world):
        desk.offer(9, after=EVERY)
        desk.tiles.step()
    [(sent, tile, _)] = desk.taken()
    assert sent.lost == 3
    assert tile is not None
    # What was dropped is not sent later.
    assert tile.moment == START + 9


def test_offering_never_waits_while_the_repository_hangs(desk: Desk, world: World) -> None:
    reached, release = threading.Event(), threading.Event()
    answers = world.repository.handlers()

    def hang(message: Message) -> Message:
        reached.set()
        release.wait(60)
        return answers["edge.live"](message)

    world.repository.handlers = lambda: {"edge.live": hang}  # type: ignore[method-assign]
    with serving(world):
        desk.offer(0)
        thread = threading.Thread(target=desk.tiles.step)
        thread.start()
        assert reached.wait(60)
        for number in range(1, 100):
            desk.offer(number)
        assert thread.is_alive()
        release.set()
        thread.join()
        desk.offer(100, after=EVERY)
        desk.tiles.step()
    assert [tile.moment - START for _, tile, _ in desk.taken() if tile] == [0, 100]


def test_what_it_is_refused_for_is_said_once(desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, asked = threading.Event(), itertools.count(1)

    def refuse(message: Message) -> Message:
        if next(asked) == 3:
            stop.set()
        raise Refused("this camera is declared for another edge")

    monkeypatch.setattr(tiles, "REST", 0.0)
    world.repository.handlers = lambda: {"edge.live": refuse}  # type: ignore[method-assign]
    with serving(world):
        desk.tiles.run(stop, desk.said.append)
    assert desk.said == ["this camera is not seen live, recording goes on: this camera is declared for another edge"]


def test_its_last_word_is_a_beat(desk: Desk, served: World) -> None:
    stop = threading.Event()
    stop.set()
    desk.offer(0)
    desk.tiles.run(stop, desk.said.append)
    assert [(bool(tile), bool(view)) for _, tile, view in desk.taken()] == [(False, False)]


def test_nobody_there_to_hear_it_ends_all_the_same(desk: Desk, world: World) -> None:
    stop = threading.Event()
    stop.set()
    desk.tiles.run(stop, desk.said.append)
    assert desk.said == []


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((1920, 1080), (320, 180), (960, 540)),
        ((640, 480), (240, 180), (640, 480)),
        ((1080, 1920), (102, 180), (540, 960)),
        ((160, 90), (160, 90), (160, 90)),
        ((2000, 16), (320, 16), (960, 16)),
    ],
)
def test_pictures_keep_their_aspect_and_are_never_enlarged(
    size: tuple[int, int], small: tuple[int, int], large: tuple[int, int]
) -> None:
    for most, expected in ((TILE, small), (VIEW, large)):
        made = scaled(picture(0, size), most)
        assert (made.width, made.height) == expected


def test_a_frame_of_noise_still_fits() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (960, 960, 3), dtype=np.uint8)
    assert len(scaled(frame(START, noise), VIEW).jpeg) < LARGEST


def test_colours_are_the_frames_own() -> None:
    colour = np.zeros((360, 640, 3), np.uint8)
    colour[:, :, 0] = 200
    decoded = cv2.imdecode(np.frombuffer(scaled(frame(START, colour), TILE).jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    blue, green, red = (int(value) for value in decoded[90, 160])
    assert red > 180
    assert max(blue, green) < 30


def test_frames_are_shown_in_order(desk: Desk, served: World) -> None:
    served.repository.opened = True
    for number in range(8):
        desk.offer(number, after=EVERY)
        desk.tiles.step()
    moments = [tile.moment for _, tile, _ in desk.taken() if tile]
    assert all(first < second for first, second in itertools.pairwise(moments))
