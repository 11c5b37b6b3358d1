"""Newest: the last beat and pictures of every camera, in memory, for who waits for them.

Invariants:

* Nothing of it is ever on a disk.
* Bounded: at most `CAMERAS` cameras with a beat and a tile each, and of at most `OPENED` of them the last `VIEWS` large
  pictures; who opens more is refused. Pictures are forgotten after a minute.
* A camera is its edge's alone: where it is declared anew or withdrawn, what was said of it is dropped.
* Beats of a camera grow in time. Only after a minute of silence is an earlier one taken: a clock was set back.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.live import Beat
from countenance.vocabulary.moments import Moment
from countenance.zones.repository import schema
from countenance.zones.repository.database import Database

CAMERAS, OPENED, VIEWS = 512, 64, 16
Pictures = list[tuple[str, "Kept"]]
# Milliseconds: after which pictures are forgotten, for which somebody who waited counts as looking, for which an answer
# may wait, and for which tiles are gathered once there is one.
FORGOTTEN, LOOKING, PATIENCE, GATHER = 60_000, 5_000, 2_000, 40


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """An encrypted picture. `number` grows with every frame of its camera; `arrived`: UTC milliseconds."""

    number: int
    arrived: Moment
    data: bytes

    def __repr__(self) -> str:
        return f"Kept({self.number}, {len(self.data)} bytes)"


@dataclass(slots=True)
class _Seen:
    """One camera, of the edge it was declared for. `looked`: when somebody last had it open."""

    edge: str
    beat: Beat | None = None
    arrived: Moment = 0
    number: int = 0
    looked: Moment = -LOOKING
    tile: Kept | None = None
    views: deque[Kept] = field(default_factory=lambda: deque(maxlen=VIEWS))


class Newest:
    """What is seen now. Threads share it. `clock`: UTC milliseconds."""

    def __init__(self, database: Database, clock: Callable[[], Moment]) -> None:
        self._database = database
        self._clock = clock
        self._changed = threading.Condition()
        self._cameras: dict[str, _Seen] = {}

    def edge_of(self, camera: str) -> str:
        """The edge that `camera` was declared for. Raises Refused if there is none, Unavailable if there is no room."""
        with self._changed:
            seen = self._cameras.get(camera)
            if seen is not None:
                return seen.edge
            # Read under the lock, so that a declaration that changes meanwhile is dropped after it, not before.
            with self._database.reading() as connection:
                table = schema.cameras
                found = connection.execute(select(table.c.record).where(table.c.camera == camera)).scalar()
            if found is None:
                raise Refused("no camera of this name is declared here: 'countenance camera add' declares one")
            if len(self._cameras) >= CAMERAS:
                raise Unavailable(f"{CAMERAS} cameras are seen live at most; let another repository have the rest")
            seen = self._cameras[camera] = _Seen(records.read(Camera, bytes(found)).edge)
            return seen.edge

    def drop(self, camera: str) -> None:
        """Forget all of `camera`, whose declaration has changed: another edge may speak for it now, or none."""
        with self._changed:
            self._cameras.pop(camera, None)

    def take(self, beat: Beat, tile: bytes, view: bytes) -> bool:
        """Keep what is newest of a camera that `edge_of` knows; whether somebody has it open. Raises Refused."""
        now = self._clock()
        with self._changed:
            seen = self._cameras.get(beat.camera)
            if seen is None or seen.edge != beat.edge:
                raise Refused("this camera was declared for another edge, or withdrawn, a moment ago")
            if seen.beat is not None and beat.made <= seen.beat.made and 0 <= now - seen.arrived < FORGOTTEN:
                raise Refused("a beat is not later than the last one: check the edge's clock")
            looking = 0 <= now - seen.looked < LOOKING
            seen.beat, seen.arrived = beat, now
            if not looking:
                seen.views.clear()
            if tile or view:
                # One number for both, which are of one frame: nobody is given it a second time in the other size.
                seen.number += 1
                if tile:
                    seen.tile = Kept(seen.number, now, tile)
                if view and looking:
                    seen.views.append(Kept(seen.number, now, view))
                self._changed.notify_all()
            return looking

    def wait(self, last: Mapping[str, int], opened: frozenset[str], patience: int) -> tuple[Pictures, Pictures]:
        """Tiles and views, each with its camera, newer than the number in `last`; both empty after `patience`.

        Of a camera in `opened` views, as soon as there are any. Raises Unavailable if too many are open.
        """
        self._look(opened)
        with self._changed:
            found = self._changed.wait_for(lambda: self._newer(last, opened), patience / 1000)
        if found and patience and not opened:
            # One answer for what comes within a few milliseconds, instead of one a picture.
            time.sleep(GATHER / 1000)
            with self._changed:
                found = self._newer(last, opened)
        return found or ([], [])

    def beats(self) -> list[tuple[Beat, Moment, bool]]:
        """The newest of each camera, when it arrived, and whether somebody has the camera open."""
        now = self._clock()
        with self._changed:
            return [
                (seen.beat, seen.arrived, 0 <= now - seen.looked < LOOKING)
                for _, seen in sorted(self._cameras.items())
                if seen.beat is not None
            ]

    def forget(self) -> None:
        """Drop pictures that are over a minute old."""
        now = self._clock()
        with self._changed:
            for seen in self._cameras.values():
                if seen.tile is not None and not _fresh(seen.tile, now):
                    seen.tile = None
                while seen.views and not _fresh(seen.views[0], now):
                    seen.views.popleft()

    def _look(self, opened: frozenset[str]) -> None:
        now = self._clock()
        with self._changed:
            already = {name for name, seen in self._cameras.items() if 0 <= now - seen.looked < LOOKING}
            if len(already | (opened & set(self._cameras))) > OPENED:
                raise Unavailable(f"{OPENED} cameras are open already; close one, or try again in a moment")
            for name in opened & set(self._cameras):
                self._cameras[name].looked = now

    def _newer(self, last: Mapping[str, int], opened: frozenset[str]) -> tuple[Pictures, Pictures] | None:
        tiles, views, now = Pictures(), Pictures(), self._clock()
        for name, number in last.items():
            seen = self._cameras.get(name)
            if seen is None:
                continue
            # A number that is not reached yet is of a life before this one.
            after = number if number <= seen.number else 0
            if name in opened and seen.views:
                newer = [one for one in seen.views if one.number > after and _fresh(one, now)]
                # Who sees the camera for the first time begins with now.
                views += [(name, one) for one in (newer if after else newer[-1:])]
            elif seen.tile is not None and seen.tile.number > after and _fresh(seen.tile, now):
                tiles.append((name, seen.tile))
        return (tiles, views) if tiles or views else None


def _fresh(picture: Kept, now: Moment) -> bool:
    return 0 <= now - picture.arrived < FORGOTTEN
