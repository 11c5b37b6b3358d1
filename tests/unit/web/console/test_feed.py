"""The feed: who sees a picture, who does not, and what becomes of it when somebody is slow, leaves, or lapses."""

import asyncio
import json
import struct
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto import live
from countenance.errors import Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.formats.live import Picture
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Session
from countenance.vocabulary.warrants import Role
from countenance.web.console import feed
from countenance.web.console.feed import Feed, Viewer
from countenance.web.console.frames import BEATS, TILE, VIEW
from countenance.web.kit.sessions import FRESH, Sessions, SignedIn
from simulator.zone import Clock

NOW = 1_800_000_900_000
HOUR = Hour.of(NOW).number
KEYS = {"hall": bytes([1]) * 32, "yard": bytes([2]) * 32}
ENOUGH = 60.0


@dataclass
class Repository:
    """Gives what `add` put, each once a question, as `live.wait` does; then empty answers."""

    asked: list[dict[str, Json]] = field(default_factory=list)
    pictures: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    down: bool = False
    lies: list[dict[str, Json]] = field(default_factory=list)
    moment: int = NOW
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, camera: str, jpeg: bytes, *, key: bytes = b"", moment: int = 0) -> None:
        with self.lock:
            self.moment += 1
            data = live.encrypt(key or KEYS[camera], Picture(moment or self.moment, 320, 180, jpeg))
            kept = self.pictures.setdefault(camera, [])
            kept.append((len(kept) + 1, data))

    def __call__(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        if self.down:
            raise Unavailable("the repository is away")
        if verb == "live.beats":
            beat: Json = {"camera": "hall", "made": NOW - 40, "rate": 15_000, "counters": {"dropped": 3}}
            other: Json = {"camera": "yard", "made": NOW, "rate": 1, "counters": {}}
            beats: list[Json] = [{"beat": one, "arrived": NOW, "opened": False} for one in (beat, other)]
            return Message(verb, {"now": NOW + 5, "beats": beats})
        assert verb == "live.wait"
        if self.lies:
            return Message(verb, self.lies.pop(), (b"x",))
        last = body["cameras"]
        assert isinstance(last, dict)
        with self.lock:
            self.asked.append(dict(body))
            newer = [
                (name, number, data)
                for name in last
                for number, data in self.pictures.get(name, [])
                if number > int(str(last[name]))
            ]
        named: list[Json] = [[name, number] for name, number, _ in newer]
        return Message(verb, {"tiles": named, "views": []}, tuple(data for _, _, data in newer))


@dataclass
class House:
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    repository: Repository = field(default_factory=Repository)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.clock)
        self.feed = Feed(self.repository, self.sessions.of, self.clock)

    def enters(self, name: str, *keys: str, cameras: tuple[str, ...] = ()) -> SignedIn:
        told = SignedIn(name, name, "police", frozenset({Role.OFFICER}), frozenset(cameras), bytes(65), 0)
        session = Session("00" * 8, name, bytes(65), NOW, NOW + 10 * FRESH, bytes(16))
        known = self.sessions.entered(session, told)
        known.keys.update({(camera, HOUR): KEYS[camera] for camera in keys})
        return known


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    for name in ("_LOOK", "_IDLE", "_AWAY", "_LEAST"):
        monkeypatch.setattr(feed, name, 0.01)
    return House()


def frames(data: bytes) -> list[tuple[int, str, bytes]]:
    """Kind, camera, and JPEG or JSON of each frame."""
    found = []
    while data:
        length, kind = struct.unpack_from(">IB", data)
        body, data = data[5 : 4 + length], data[4 + length :]
        name, rest = (body[1 : 1 + body[0]].decode(), body[21 + body[0] :]) if kind != BEATS else ("", body)
        found.append((kind, name, rest))
    return found


async def until(stream: AsyncIterator[bytes], wanted: Callable[[list[tuple[int, str, bytes]]], bool]) -> None:
    """Read until what was read is as `wanted`."""
    seen: list[tuple[int, str, bytes]] = []
    async with asyncio.timeout(ENOUGH):
        async for data in stream:
            seen += frames(data)
            if wanted(seen):
                return
    raise AssertionError("the stream ended")


def shows(camera: str, jpeg: bytes, kind: int = TILE) -> Callable[[list[tuple[int, str, bytes]]], bool]:
    return lambda seen: (kind, camera, jpeg) in seen


def test_who_holds_the_key_sees_the_picture_and_nobody_else_anything_of_it(house: House) -> None:
    watching, idle = house.enters("officer-1", "hall"), house.enters("officer-2")
    bound = house.enters("officer-3", "hall", cameras=("yard",))
    house.repository.add("hall", b"a covered picture")

    async def scene() -> None:
        both = ("hall", "yard")
        mine, others = house.feed.tiles(watching, both), house.feed.tiles(idle, both)
        third = house.feed.tiles(bound, ("yard",))
        theirs: list[bytes] = []

        async def listen(stream: AsyncIterator[bytes]) -> None:
            async for data in stream:
                theirs.append(data)

        listening = [asyncio.create_task(listen(one)) for one in (others, third)]
        await until(mine, shows("hall", b"a covered picture"))
        # A picture later, to be sure that nothing was under way.
        house.repository.add("hall", b"another")
        await until(mine, shows("hall", b"another"))
        for one in listening:
            one.cancel()
        assert theirs
        assert {kind for data in theirs for kind, _, _ in frames(data)} == {BEATS}

    asyncio.run(scene())
    # For whom nobody has a key, the repository is not even asked.
    assert {name for asked in house.repository.asked for name in dict(asked["cameras"])} == {"hall"}  # type: ignore[arg-type]


def test_a_key_that_comes_later_opens_what_comes_later(house: House) -> None:
    who = house.enters("officer-1")
    house.repository.add("hall", b"one")

    async def scene() -> None:
        stream = house.feed.tiles(who, ("hall",))
        await until(stream, lambda seen: len(seen) > 1)
        who.keys["hall", HOUR] = KEYS["hall"]
        await until(stream, shows("hall", b"one"))

    asyncio.run(scene())


def test_one_question_and_one_opening_serve_everybody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    decrypt = live.segment.decrypt
    monkeypatch.setattr(live.segment, "decrypt", lambda key, data: opened.append(data) or decrypt(key, data))
    people = [house.enters(f"officer-{number}", "hall") for number in range(20)]
    house.repository.add("hall", b"one")

    async def scene() -> None:
        streams = [house.feed.tiles(who, ("hall",)) for who in people]
        await asyncio.gather(*(until(stream, shows("hall", b"one")) for stream in streams))

    asyncio.run(scene())
    assert len(opened) == 1


def test_a_stream_ends_with_the_session(house: House) -> None:
    who, stays = house.enters("officer-1", "hall"), house.enters("officer-2", "hall")
    house.repository.add("hall", b"one")

    async def scene() -> None:
        stream, other = house.feed.tiles(who, ("hall",)), house.feed.tiles(stays, ("hall",))
        await until(stream, shows("hall", b"one"))
        house.sessions.left(who.token)
        house.repository.add("hall", b"two")
        await until(other, shows("hall", b"two"))
        rest = b"".join([data async for data in stream])
        assert b"two" not in rest

    asyncio.run(scene())


def test_a_stream_ends_after_some_minutes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "LONGEST_SECONDS", 0.05)
    who = house.enters("officer-1", "hall")

    async def scene() -> None:
        async with asyncio.timeout(ENOUGH):
            assert [data async for data in house.feed.view(who, "hall")] == []

    asyncio.run(scene())


def test_a_slow_viewer_gets_the_newest_of_each_camera_and_nothing_piles_up() -> None:
    async def scene() -> None:
        viewer = Viewer("t", ("hall", "yard"))
        for number in range(1000):
            viewer.put("hall", b"%d " % number)
        viewer.put("yard", b"y")
        assert await viewer.taken(ENOUGH) == b"999 y"
        assert viewer.dropped == 999
        assert await viewer.taken(0.001) == b""

    asyncio.run(scene())


def test_an_old_picture_and_another_cameras_are_not_shown_and_it_is_said(house: House) -> None:
    who = house.enters("officer-1", "hall")
    house.repository.add("hall", b"now")

    async def scene() -> None:
        stream = house.feed.tiles(who, ("hall",))
        await until(stream, shows("hall", b"now"))
        house.repository.add("hall", b"old", moment=NOW - 5)
        await until(stream, lambda seen: "older live picture" in str(seen))
        house.repository.add("hall", b"of the yard", key=KEYS["yard"])
        house.repository.add("hall", b"now again")
        await until(stream, shows("hall", b"now again"))

    asyncio.run(scene())


def test_what_is_opened_comes_large_and_is_asked_for_as_opened(house: House) -> None:
    who = house.enters("officer-1", "hall", "yard")
    house.repository.add("hall", b"one")
    asyncio.run(until(house.feed.view(who, "hall"), shows("hall", b"one", VIEW)))
    assert {str(asked["opened"]) for asked in house.repository.asked} == {"['hall']"}


def test_beats_go_to_who_may_not_look_but_of_their_cameras_alone(house: House) -> None:
    who = house.enters("auditor-1", cameras=("hall",))

    async def scene() -> None:
        stream = house.feed.tiles(who, ("hall",))
        async with asyncio.timeout(ENOUGH):
            [(kind, _, said)] = frames(await anext(stream))
        told = json.loads(said)
        assert (kind, told["now"], told["held"], set(told["beats"])) == (BEATS, NOW, [], {"hall"})
        hall = told["beats"]["hall"]
        assert (hall["rate"], hall["dropped"], hall["offset"], hall["silent"]) == (15_000, 3, 40, 5)

    asyncio.run(scene())


def test_a_repository_that_is_away_is_said_and_asked_again(house: House) -> None:
    who = house.enters("officer-1", "hall")
    house.repository.down = True

    async def scene() -> None:
        stream = house.feed.tiles(who, ("hall",))
        await until(stream, lambda seen: "the repository is away" in str(seen))
        house.repository.down = False
        house.repository.add("hall", b"one")
        await until(stream, shows("hall", b"one"))

    asyncio.run(scene())


def test_other_cameras_and_too_many_streams_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    who = house.enters("officer-1", cameras=("yard",))
    with pytest.raises(Refused, match="not among those"):
        house.feed.view(who, "hall")
    with pytest.raises(Refused, match="not among those"):
        house.feed.tiles(who, ("yard", "hall"))
    monkeypatch.setattr(feed, "STREAMS_EACH", 1)
    monkeypatch.setattr(feed, "OPENED", 0)
    with pytest.raises(Unavailable, match="0 cameras are open"):
        house.feed.view(who, "yard")

    async def scene() -> None:
        stream = house.feed.tiles(who, ("yard",))
        await anext(stream)
        with pytest.raises(Unavailable, match="too many walls"):
            house.feed.tiles(who, ("yard",))

    asyncio.run(scene())


def test_nothing_is_written(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    who = house.enters("officer-1", "hall")
    house.repository.add("hall", b"one")
    asyncio.run(until(house.feed.tiles(who, ("hall",)), shows("hall", b"one")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "lie",
    [
        {},
        {"tiles": 7, "views": []},
        {"tiles": [["yard", 1]], "views": []},
        {"tiles": [["hall", "1"]], "views": []},
        {"tiles": [], "views": []},
        {"tiles": [[["hall"], 1]], "views": []},
        {"tiles": [7], "views": []},
    ],
    ids=str,
)
def test_what_the_repository_says_wrongly_does_not_end_the_feed(house: House, lie: dict[str, Json]) -> None:
    who = house.enters("officer-1", "hall")
    house.repository.lies.append(lie)

    async def scene() -> None:
        stream = house.feed.tiles(who, ("hall",))
        house.repository.add("hall", b"one")
        await until(stream, shows("hall", b"one"))

    asyncio.run(scene())
    assert house.repository.lies == []
