"""A camera as it comes over the network: an RTSP server on this machine, read through decode."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aio_rtsp_toolkit import server as rtsp

from countenance.errors import Unavailable
from countenance.video.decode import Reader, Source
from countenance.video.frame import Frame
from simulator.ports import free
from video.clips import picture, square_left, write


class Camera:
    """Serves a folder's videos on loopback until stopped."""

    def __init__(self, directory: Path) -> None:
        self.port = free()
        self._directory = directory
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def address(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Vanish: every connection is cut."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(60)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        served = rtsp.RtspServer(str(self._directory), host="127.0.0.1", port=self.port)
        self._loop.run_until_complete(served.start())
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(served.close())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


def read_into(read: list[Frame], reader: Reader) -> None:
    for frame in reader:
        read.append(frame)


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    write(tmp_path / "hall.mp4", [picture(i) for i in range(40)])
    serving = Camera(tmp_path)
    yield serving
    serving.stop()


def test_a_cameras_frames_arrive_in_order_and_its_end_is_said(camera: Camera) -> None:
    with Reader(Source(camera.address("hall.mp4"), opening=5, silence=3)) as reader:
        assert reader.source.live
        read: list[Frame] = []
        with pytest.raises(Unavailable, match="camera"):
            read_into(read, reader)
    lefts = [square_left(frame) for frame in read]
    assert len(read) > 25
    assert lefts == sorted(lefts)
    assert all(later.moment_ms > earlier.moment_ms for earlier, later in itertools.pairwise(read))


def test_a_camera_that_vanishes_is_unavailable_and_can_be_asked_again(camera: Camera, tmp_path: Path) -> None:
    source = Source(camera.address("hall.mp4"), opening=5, silence=2)
    with Reader(source) as reader:
        frames = iter(reader)
        next(frames)
        camera.stop()
        with pytest.raises(Unavailable):
            for _ in frames:
                pass
    with pytest.raises(Unavailable, match="does not answer"):
        Reader(source)
    back = Camera(tmp_path)
    with Reader(Source(back.address("hall.mp4"), opening=5, silence=3)) as reader:
        assert next(iter(reader)).index == 0
    back.stop()
