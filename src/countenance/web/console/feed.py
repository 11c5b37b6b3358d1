"""Feed: covered pictures of now, asked of the repository once for all who watch, and handed to who may see them.

Invariants:

* A picture goes to sessions that stand, whose roster entry has its camera, and that hold its hour's footage key:
  the custodian gave it for a look, which is an entry. Nobody else's page is sent anything of it, not even encrypted.
* Each picture is opened once, by a key that one of its viewers holds. No picture is written anywhere, or kept: what a
  viewer was not quick enough to take is replaced by the newer one.
* Pictures of a camera go forward only, see `crypto.live`.

Runs on the event loop of the console; a thread for tiles, and one for what is opened, wait for the repository.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from countenance.channel.message import Message
from countenance.channel.relayed import Call
from countenance.crypto import live
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import Hour, Moment
from countenance.web.console.frames import BEATS, TILE, VIEW, framed, pictured
from countenance.web.kit.sessions import SignedIn

LONGEST_SECONDS: Final = 300.0
"""How long one stream lasts; the page then opens another, with another proof."""

STREAMS = 500
STREAMS_EACH = 12
"""Streams at once, in all and of one session."""

OPENED: Final = 64
"""Cameras that may be open at once, as the repository has it."""

PATIENCE_MS: Final = 2_000
# Seconds: between two looks at sessions and beats, at keys that may have come, at a repository that did not answer, and
# the least between two questions.
_LOOK, _IDLE, _AWAY, _LEAST = 1.0, 0.1, 1.0, 0.015

Keys = dict[str, dict[int, bytes]]
Of = Callable[[str], SignedIn | None]


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One picture, opened and framed for pages."""

    camera: str
    hour: int
    data: bytes


class Viewer:
    """One open page: what waits to be sent to it, the newest of each camera. `cameras`: what it asked for."""

    def __init__(self, token: str, cameras: tuple[str, ...]) -> None:
        self.token = token
        self.cameras = cameras
        self.wanted = frozenset(cameras)
        self.dropped = 0
        self._waiting: dict[str, bytes] = {}
        self._ready = asyncio.Event()

    def put(self, name: str, data: bytes) -> None:
        """Let `data` be sent next, instead of what waits under the same name."""
        self.dropped += name in self._waiting
        self._waiting[name] = data
        self._ready.set()

    async def taken(self, seconds: float) -> bytes:
        """All that waits, as soon as there is something; empty after `seconds`."""
        try:
            await asyncio.wait_for(self._ready.wait(), seconds)
        except TimeoutError:
            return b""
        data = b"".join(self._waiting.values())
        self._waiting.clear()
        self._ready.clear()
        return data


class Line:
    """Tiles of all cameras, or large pictures of those that somebody opened, for all viewers of that size."""

    def __init__(self, call: Call, of: Of, clock: Callable[[], Moment], *, large: bool) -> None:
        self._call = call
        self._of = of
        self._clock = clock
        self._large = large
        self.viewers: set[Viewer] = set()
        self.wrong: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._openers: dict[str, live.Viewer] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "views" if large else "tiles")

    def join(self, viewer: Viewer) -> None:
        """Begin to hand `viewer` what it may see."""
        self.viewers.add(viewer)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self.viewers:
            keys = self._keys()
            if not keys:
                await asyncio.sleep(_IDLE)
                continue
            try:
                shown = await loop.run_in_executor(self._thread, self._asked, keys)
            except CountenanceError:
                await asyncio.sleep(_AWAY)
                continue
            self._hand_out(shown)
            await asyncio.sleep(_LEAST)

    def _keys(self) -> Keys:
        """For each camera that somebody here may see now, the keys of about this hour."""
        now, found = Hour.of(self._clock()).number, Keys()
        for viewer in self.viewers:
            who = self._of(viewer.token)
            if who is None:
                continue
            for camera in viewer.cameras:
                for hour in (now - 1, now, now + 1):
                    if who.sees(camera) and (key := who.key(camera, hour)) is not None:
                        found.setdefault(camera, {})[hour] = key
        return found

    def _asked(self, keys: Keys) -> list[Shown]:
        """The next pictures. On the thread of this line; raises what the repository raised."""
        cameras: dict[str, Json] = {name: self._last.get(name, 0) for name in keys}
        opened: list[Json] = list(keys) if self._large else []
        answer = self._call("live.wait", {"cameras": cameras, "opened": opened, "patience_ms": PATIENCE_MS}, ())
        found = []
        for (name, number), data in zip(_named(answer, keys), answer.blobs, strict=True):
            self._last[name] = number
            try:
                hour = live.hour(data)
                picture = self._openers.setdefault(name, live.Viewer()).open(keys[name], data)
            except Refused:
                continue
            except CountenanceError as error:
                self.wrong[name] = str(error)
                continue
            self.wrong.pop(name, None)
            kind = VIEW if self._large else TILE
            found.append(Shown(name, hour, pictured(kind, name, picture, self._clock())))
        return found

    def _hand_out(self, shown: list[Shown]) -> None:
        for viewer in self.viewers:
            who = self._of(viewer.token)
            if who is None:
                continue
            for one in shown:
                if one.camera in viewer.wanted and who.sees(one.camera) and (one.camera, one.hour) in who.keys:
                    viewer.put(one.camera, one.data)


def _named(answer: Message, keys: Keys) -> list[tuple[str, int]]:
    """Camera and number of each picture in an answer. Raises Unavailable for what was not asked for, or is unreadable.

    The repository's word: what it says wrongly must not end the thread that everybody's pictures come from.
    """
    tiles, views = answer.body.get("tiles"), answer.body.get("views")
    listed = [*tiles, *views] if isinstance(tiles, list) and isinstance(views, list) else [None]
    named: list[tuple[str, int]] = []
    for one in listed:
        name, number = one if isinstance(one, list) and len(one) == 2 else (None, None)
        if isinstance(name, str) and name in keys and isinstance(number, int):
            named.append((name, number))
    if not len(named) == len(listed) == len(answer.blobs):
        raise Unavailable("the repository's pictures cannot be read: run the same version on both sides")
    return named


class Feed:
    """Everybody who watches. `of`: who is signed in with a token now; `clock`: UTC milliseconds."""

    def __init__(self, call: Call, of: Of, clock: Callable[[], Moment]) -> None:
        self._call = call
        self._of = of
        self._clock = clock
        self._tiles = Line(call, of, clock, large=False)
        self._views = Line(call, of, clock, large=True)
        self._beats: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "beats")

    def tiles(self, who: SignedIn, cameras: tuple[str, ...]) -> AsyncIterator[bytes]:
        """A stream of tiles of `cameras`, and of their beats. Raises Refused, Unavailable."""
        viewer = self._admitted(who, cameras)
        return self._streamed(self._tiles, viewer)

    def view(self, who: SignedIn, camera: str) -> AsyncIterator[bytes]:
        """A stream of every picture of one camera. Raises Refused, Unavailable."""
        viewer = self._admitted(who, (camera,))
        if len({name for one in self._views.viewers for name in one.cameras} | {camera}) > OPENED:
            raise Unavailable(f"{OPENED} cameras are open already: close one, or try again in a moment")
        return self._streamed(self._views, viewer)

    def _admitted(self, who: SignedIn, cameras: tuple[str, ...]) -> Viewer:
        for camera in cameras:
            who.within(camera)
        watching = [*self._tiles.viewers, *self._views.viewers]
        if len(watching) >= STREAMS or sum(one.token == who.token for one in watching) >= STREAMS_EACH:
            raise Unavailable("too many walls are open: close one, or try again in a moment")
        return Viewer(who.token, cameras)

    async def _streamed(self, line: Line, viewer: Viewer) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_SECONDS
        line.join(viewer)
        if line is self._tiles and (self._beats is None or self._beats.done()):
            self._beats = asyncio.create_task(self._tell())
        try:
            while loop.time() < end:
                data = await viewer.taken(_LOOK)
                if self._of(viewer.token) is None:
                    return
                if data:
                    yield data
        finally:
            line.viewers.discard(viewer)

    async def _tell(self) -> None:
        """Once a second: how each camera stands, to everybody who has the wall open, with a look or without."""
        loop = asyncio.get_running_loop()
        while self._tiles.viewers:
            try:
                told = await loop.run_in_executor(self._thread, self._told)
            except CountenanceError as error:
                told = {"": json.dumps(str(error))}
            now = self._clock()
            for viewer in self._tiles.viewers:
                if (who := self._of(viewer.token)) is not None:
                    viewer.put("", framed(BEATS, self._said(viewer, who, told, now).encode()))
            await asyncio.sleep(_LOOK)

    def _told(self) -> dict[str, str]:
        """By camera, what its edge last said of it, spelled as JSON."""
        answer = self._call("live.beats", {}, ()).body
        told = {}
        now, beats = answer.get("now"), answer.get("beats")
        if type(now) is not int or not isinstance(beats, list):
            raise Unavailable("the repository's answer lacks a part: run the same version on both sides")
        for one in beats:
            if isinstance(one, dict) and isinstance(beat := one.get("beat"), dict):
                told[str(beat.get("camera"))] = json.dumps(_health(now, one.get("arrived"), beat))
        return told

    def _said(self, viewer: Viewer, who: SignedIn, told: Mapping[str, str], now: Moment) -> str:
        hour = Hour.of(now).number
        held = [camera for camera in viewer.cameras if (camera, hour) in who.keys and who.sees(camera)]
        wrong = {camera: self._tiles.wrong[camera] for camera in held if camera in self._tiles.wrong}
        beats = ",".join(f"{json.dumps(name)}:{told[name]}" for name in viewer.cameras if name in told)
        return (
            f'{{"now":{now},"dropped":{viewer.dropped},"away":{told.get("", json.dumps(""))},'
            f'"held":{json.dumps(held)},"wrong":{json.dumps(wrong)},"beats":{{{beats}}}}}'
        )


_OF_BEATS = (
    *("source", "newest", "width", "height", "rate", "hour", "people", "sightings", "waiting", "refused"),
    *("free_mb", "lease_until", "extracts", "lost"),
)


def _health(now: Moment, arrived: Json, beat: Mapping[str, Json]) -> dict[str, Json]:
    """What pages are told of a beat. `silent`: milliseconds since it came; `offset`: the edge's clock is behind by."""
    counters, made = beat.get("counters"), beat.get("made")
    told = {name: beat.get(name) for name in _OF_BEATS}
    if type(arrived) is int and type(made) is int:
        told |= {"silent": now - arrived, "offset": arrived - made}
    if isinstance(counters, dict):
        for name in ("dropped", "without_lease", "covered_whole", "sightings_without_template"):
            told[name] = counters.get(name)
    return told
