"""Forty cameras before one repository, from the edge's own code to a viewer, over the real socket."""

import itertools
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.live import Viewer, hour
from countenance.formats import records
from countenance.formats.live import Picture
from countenance.vocabulary.cameras import Camera
from countenance.zones.edge import tiles
from countenance.zones.edge.identity import Identity
from countenance.zones.repository import service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.repository import Repository
from simulator.live_cameras import LiveCameras, now, painted, shown_moment, with_key
from simulator.repository import Custodian, Edge, make_directory

KEY = b"k" * 32
NAMES = [f"camera-{number:02}" for number in range(40)]
EDGE = Edge()


class Screen:
    """Opens what arrives, as a console does: a viewer a camera."""

    def __init__(self, socket: Path, names: list[str]) -> None:
        self.connection = Connection(socket, timeout=60)
        self.last = dict.fromkeys(names, 0)
        self.viewers = {name: Viewer() for name in names}
        self.shown: dict[str, list[Picture]] = {name: [] for name in names}

    def look(self, *opened: str) -> None:
        body = {"cameras": dict(self.last), "opened": list(opened), "patience_ms": 1000}
        answer = self.connection.call("live.wait", body)  # type: ignore[arg-type]
        listed = [*answer.body["tiles"], *answer.body["views"]]  # type: ignore[misc]
        for (name, number), blob in zip(listed, answer.blobs, strict=True):  # type: ignore[misc]
            assert isinstance(name, str)
            assert isinstance(number, int)
            self.last[name] = max(number, self.last[name])
            self.shown[name].append(self.viewers[name].open({hour(blob): KEY}, blob))


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """A repository that serves, with forty cameras declared for one edge."""
    stop, settings = threading.Event(), RepositorySettings(database=f"sqlite:///{tmp_path / 'rows.db'}")
    with service.opened(
        make_directory(tmp_path / "repository"),
        settings,
        Custodian(edges={EDGE.name: EDGE.key.public}),
        clock=now,
        random=secrets.token_bytes,
        log=lambda _: None,
    ) as repository:
        for name in NAMES:
            declare(repository, name)
        thread = threading.Thread(target=service.serve, args=(repository, settings, tmp_path / "s", stop))
        thread.start()
        while not (tmp_path / "s").exists():
            stop.wait(0.01)
        yield tmp_path / "s"
        stop.set()
        thread.join()


def declare(repository: Repository, name: str) -> None:
    record = Camera(name, EDGE.name, "hall", "safety", "art. 6", "D-1", "notice", 24, publicly_accessible=True)
    message = Message("camera.declare", {"camera": records.plain(record)}, (b"sealed ask",))
    service.handlers(repository)["camera.declare"](message)


def test_forty_cameras_reach_several_screens(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine an answer may come late, and it would be said.
    monkeypatch.setattr(tiles, "ANSWER", 60.0)
    edge = Identity(EDGE.name, EDGE.key, OwnKey.generate())
    cameras = LiveCameras(socket, dict.fromkeys(NAMES, edge), with_key(KEY, EDGE.name))
    with cameras.running():
        screens = [Screen(socket, NAMES) for _ in range(3)]
        opened = NAMES[7]
        for screen in screens:
            while not all(len(found) >= 3 for found in screen.shown.values()):
                screen.look()
            with screen.connection:
                while not any(picture.width > 320 for picture in screen.shown[opened]):
                    screen.look(opened)
        with Connection(socket, timeout=60) as connection:
            beats = connection.call("live.beats").body["beats"]
    assert isinstance(beats, list)
    assert len(beats) == len(NAMES)
    assert cameras.said == []
    for screen in screens:
        for name, found in screen.shown.items():
            assert all(first.moment < second.moment for first, second in itertools.pairwise(found))
            if name != opened:
                assert {(picture.width, picture.height) for picture in found} == {(320, 180)}
        newest = screen.shown[opened][-1]
        decoded = cv2.imdecode(np.frombuffer(newest.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        # What the pixels say is what is authenticated beside them.
        assert shown_moment(np.asarray(decoded, np.uint8)) == newest.moment


@pytest.mark.parametrize("size", [(640, 360), (320, 180), (960, 540)])
def test_the_clock_in_a_picture_can_be_read_back(size: tuple[int, int]) -> None:
    base = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    for moment in (0, 1, now(), 2**44):
        assert shown_moment(painted(base, moment).rgb()) == moment
