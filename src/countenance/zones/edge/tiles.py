"""Tiles: covered frames of now, scaled down, encrypted, handed to the repository with a beat; a thread of its own.

Invariants:

* A picture is made of a frame that the recorder has covered, under the lease it was covered with, and of nothing else.
* Recording never waits for it: the recorder leaves a frame, the newest replaces the one before, and nothing comes back.
  Where the repository is slow or away, pictures are dropped and counted, and nothing is kept for later.
* At most `EVERY` apart a tile; pictures at full rate only while the repository says that somebody has the camera open.
* A beat goes at least once a second, with a picture or without.

Who controls the repository learns when there are pictures and how long they are; it cannot open one.
"""

import contextlib
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from countenance.channel.client import Connection
from countenance.crypto import live as sealed
from countenance.crypto.sign import signed
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import live, records
from countenance.formats.live import Picture
from countenance.video.frame import SMALLEST_SIDE, Frame
from countenance.vocabulary.live import TILE, VIEW, Beat
from countenance.vocabulary.moments import Moment
from countenance.zones.edge.leases import Held
from countenance.zones.edge.uplink import Sender

Say = Callable[[str], None]
Covered = Callable[[Frame, Held], None]

# Seconds: between two tiles, between two beats, of patience with an answer, of rest after none came, and between two
# looks whether the process ends.
EVERY, BEAT, ANSWER, REST, TICK = 0.2, 1.0, 5.0, 1.0, 0.25
# JPEG and not WebP, which is a third shorter and takes forty times as long (docs/benchmarks.md). The best that fits.
_QUALITIES = (70, 50, 30, 10)


def unseen(frame: Frame, lease: Held) -> None:
    """Nobody looks."""
    del frame, lease


class Tiles:
    """One camera's pictures of now. `offer` is called by the recorder, `run` is the thread.

    `beat`: how the camera stands, or None while nothing is recorded; asked once a second. `ticks`: seconds that never
    go back. `lost`: pictures that the repository did not take. `skipped`: frames that a newer one replaced while
    somebody had the camera open.
    """

    def __init__(
        self,
        connection: Connection,
        sender: Sender,
        beat: Callable[[], Beat | None],
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._measure = beat
        self._ticks = ticks
        self._changed = threading.Condition()
        self._offered: tuple[Frame, Held] | None = None
        self._beat: Beat | None = None
        self._measured = self._tiled = self._sent = -BEAT
        self._made: Moment = 0
        self._newest: Moment = 0
        self._fault = ""
        self.opened = False
        self.lost = 0
        self.skipped = 0

    def offer(self, frame: Frame, lease: Held) -> None:
        """Leave a covered frame, which nobody changes any more; never waits for anything."""
        with self._changed:
            self.skipped += self.opened and self._offered is not None
            self._offered = frame, lease
            self._changed.notify()

    def run(self, stop: threading.Event, say: Say) -> None:
        """Work until `stop` is set, then say how the camera ended. Nothing but a bug ends it earlier."""
        with self._connection:
            while not stop.is_set():
                try:
                    self.step()
                except CountenanceError as error:
                    # The uplink says that nobody answers.
                    if not isinstance(error, Unavailable) and self._fault != str(error):
                        say(f"this camera is not seen live, recording goes on: {error}")
                    self._fault = str(error)
                    stop.wait(REST)
            beat = self._measure()
            if beat is not None:
                with contextlib.suppress(CountenanceError):
                    self._send(beat, b"", b"")

    def step(self) -> None:
        """Wait for what is due, and send it: a picture, or a beat. Raises what the repository answered, Unavailable."""
        offered = self._next()
        now = self._ticks()
        tile = view = b""
        if offered is not None:
            frame, lease = offered
            self._newest = frame.moment_ms
            if now - self._tiled >= EVERY:
                self._tiled = now
                tile = sealed.encrypt(lease.footage_key, scaled(frame, TILE))
            if self.opened:
                view = sealed.encrypt(lease.footage_key, scaled(frame, VIEW))
        if not (tile or view) and now - self._sent < BEAT:
            return
        self._sent = now
        beat = self._beaten(now)
        if beat is not None:
            self._send(beat, tile, view)

    def _next(self) -> tuple[Frame, Held] | None:
        """The newest frame, if one comes that is due; None when a beat is, or nothing for a while."""
        with self._changed:
            until = min(self._ticks() + TICK, self._sent + BEAT)
            while True:
                now, due = self._ticks(), self._tiled + EVERY
                if self._offered is not None and (self.opened or now >= due):
                    offered, self._offered = self._offered, None
                    return offered
                left = (until if self._offered is None else min(until, due)) - now
                if left <= 0:
                    return None
                self._changed.wait(left)

    def _beaten(self, now: float) -> Beat | None:
        if now - self._measured >= BEAT:
            self._beat, self._measured = self._measure(), now
        return self._beat

    def _send(self, beat: Beat, tile: bytes, view: bytes) -> None:
        self._made = max(self._sender.clock(), self._made + 1)
        record = dataclasses.replace(
            beat, made=self._made, newest=self._newest, lost=self.lost, tile=_digest(tile), view=_digest(view)
        )
        letter = records.write(signed(record, self._sender.identity.name, self._sender.identity.signing))
        try:
            answer = self._connection.call("edge.live", {}, (letter, tile, view))
        except CountenanceError:
            self.lost += bool(tile) + bool(view)
            self.opened = False
            raise
        self._fault = ""
        self.opened = answer.body.get("opened") is True


def scaled(frame: Frame, most: tuple[int, int]) -> Picture:
    """`frame` within `most` (width, height in pixels), its aspect kept, as a JPEG; never larger than it is."""
    part = min(1.0, most[0] / frame.width, most[1] / frame.height)
    width, height = (max(SMALLEST_SIDE, round(side * part / 2) * 2) for side in (frame.width, frame.height))
    small = Frame(frame.index, frame.moment_ms, np.empty((height * 3 // 2, width), np.uint8), frame.matrix)
    for target, plane in zip(small.planes, frame.planes, strict=True):
        target[...] = cv2.resize(plane, target.shape[::-1], interpolation=cv2.INTER_AREA)
    image = np.ascontiguousarray(small.rgb()[:, :, ::-1])
    for quality in _QUALITIES:
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and data.size <= live.LARGEST - live.HEADER:
            return Picture(frame.moment_ms, width, height, data.tobytes())
    raise Malformed("a covered frame could not be written as JPEG")


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() if data else b""
