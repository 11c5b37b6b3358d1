"""What playback serves: one segment of an opened hour, to whom it was opened, and what a timeline shows. No more."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI

from countenance.channel.message import Message
from countenance.crypto import derive, segment
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import SegmentRecord
from countenance.vocabulary.warrants import Role
from countenance.web.console import application, playback
from countenance.web.console.house import Console, seen
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import SignedIn
from simulator.asgi import Answer, Client
from simulator.browser import CONSOLE, ORIGIN
from simulator.people import NOW, genesis

KEY, VIDEO = secrets.token_bytes(32), b"ftyp" * 5000
START = NOW // HOUR * HOUR + 5_000


@dataclass
class Kept:
    """A repository with segments and sightings of cameras; `asked`: which verbs it was asked."""

    segments: dict[str, tuple[SegmentRecord, bytes]] = field(default_factory=dict)
    sightings: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def add(self, camera: str, start: int, *, key: bytes = KEY, hour: int | None = None, name: str = "") -> str:
        name = name or secrets.token_hex(16)
        data = segment.encrypt(derive.subkey(key, name), VIDEO)
        at = start // HOUR if hour is None else hour
        digest = hashlib.sha256(data).digest()
        self.segments[name] = (SegmentRecord(name, "host-1", camera, at, start, start + 9_000, 90, 0, digest), data)
        return name

    def __call__(self, verb: str, body: Mapping[str, Any], blobs: tuple[bytes, ...]) -> Message:
        self.asked.append(verb)
        if verb == "segments":
            found = [one for one, _ in self.segments.values() if one.end >= body["start"] and one.start <= body["end"]]
            mine = [one for one in found if one.camera == body["camera"]]
            return Message(verb, {}, tuple(records.write(Signed("host-1", records.write(one), b"")) for one in mine))
        if verb == "segment":
            return Message(verb, {}, (self.segments[body["segment"]][1],))
        if verb == "sightings.list":
            listed: Any = [one for one in self.sightings if body["start"] <= one["start"] <= body["end"]]
            return Message(verb, {"sightings": listed})
        assert verb == "cameras"
        return Message(verb, {"cameras": [{"name": name, "place": "hall <b>"} for name in ("hall", "yard")]})


@pytest.fixture
def kept() -> Kept:
    return Kept()


def officer(*cameras: str, role: Role = Role.OFFICER, opened: tuple[str, ...] = ("hall",)) -> SignedIn:
    who = SignedIn("token", "officer-1", "police", frozenset({role}), frozenset(cameras), b"", NOW + HOUR)
    who.keys.update({(camera, START // HOUR): KEY for camera in opened})
    return who


def at(kept: Kept, who: SignedIn) -> Client:
    pages = Pages(application.PACKAGE, {"genesis": genesis(demo=False, console=CONSOLE), "rooms": ()})
    nothing: Any = None
    console = Console(
        *(genesis(demo=False, console=CONSOLE), CONSOLE, kept, nothing, nothing, nothing, pages, nothing),
        *(lambda: NOW, lambda: None),
    )
    app = FastAPI()
    application._errors(app, console)
    app.include_router(playback.routes(console))
    app.dependency_overrides[seen] = lambda: who
    return Client(app, ORIGIN)


def said(answer: Answer, error: type[CountenanceError]) -> str:
    assert (answer.status, answer.json()["error"]) == (error.status, error.name)
    return str(answer.json()["message"])


def test_an_opened_hour_is_served_decrypted(kept: Kept) -> None:
    name = kept.add("hall", START)
    answer = at(kept, officer()).get(f"/playback/hall/{START}/{name}")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, VIDEO, "video/mp4")
    assert "decrypt;dur=" in answer.headers["server-timing"]


def test_an_hour_that_was_not_opened_is_not_even_fetched(kept: Kept) -> None:
    name = kept.add("hall", START)
    who = officer(opened=())
    assert "look again" in said(at(kept, who).get(f"/playback/hall/{START}/{name}"), Refused)
    # Nor is one of another hour of the same camera, or of the same hour of another.
    who = officer(opened=("yard",))
    who.keys["hall", START // HOUR + 1] = KEY
    assert "look again" in said(at(kept, who).get(f"/playback/hall/{START}/{name}"), Refused)
    assert kept.asked == []


def test_keys_end_with_the_session(kept: Kept) -> None:
    name, who = kept.add("hall", START), officer()
    here = at(kept, who)
    assert here.get(f"/playback/hall/{START}/{name}").status == 200
    who.keys.clear()
    said(here.get(f"/playback/hall/{START}/{name}"), Refused)


def test_a_camera_that_is_not_theirs(kept: Kept) -> None:
    # The key is there, as it would be if the roster was changed a moment ago.
    name = kept.add("hall", START)
    here = at(kept, officer("yard"))
    for path in (f"/playback/hall/{START}/{name}", f"/playback/hall/activity?start={START}&end={START}"):
        assert "not among those" in said(here.get(path), Refused)
    assert kept.asked == []
    page = here.get("/playback").text
    assert ('value="yard"' in page, 'value="hall"' in page, "<b>" in page) == (True, False, False)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.REVIEWER])
def test_who_is_neither_officer_nor_operator(kept: Kept, role: Role) -> None:
    name = kept.add("hall", START)
    here = at(kept, officer(role=role))
    for path in ("/playback", f"/playback/hall/{START}/{name}", f"/playback/hall/activity?start={START}&end={START}"):
        assert "officer or clerk or operator" in said(here.get(path), Refused)


def test_a_segment_of_another_camera_moment_or_hour_is_none(kept: Kept) -> None:
    other, mine = kept.add("yard", START), kept.add("hall", START)
    moved = kept.add("hall", START, hour=START // HOUR + 1)
    here = at(kept, officer())
    for path in (f"{START}/{other}", f"{START + 1}/{mine}", f"{START}/{moved}", f"{START}/{'0' * 32}"):
        assert "no such segment" in said(here.get(f"/playback/hall/{path}"), Malformed)
    assert "segment" not in kept.asked


def test_a_segment_that_the_repository_passes_off_as_this_cameras(kept: Kept) -> None:
    # The record says hall, the edge encrypted it under the yard's key.
    name = kept.add("hall", START, key=bytes(32))
    said(at(kept, officer()).get(f"/playback/hall/{START}/{name}"), Tampered)


def test_altered_or_exchanged_footage_is_told_and_not_served(kept: Kept) -> None:
    one, other = kept.add("hall", START), kept.add("hall", START + 10_000)
    record, data = kept.segments[one]
    here = at(kept, officer())
    for wrong in (data[:-1] + bytes([data[-1] ^ 1]), kept.segments[other][1], b""):
        kept.segments[one] = (record, wrong)
        assert "altered" in said(here.get(f"/playback/hall/{START}/{one}"), Tampered)


@pytest.mark.parametrize(
    "path",
    [
        "/playback/../hall/1/" + "0" * 32,
        "/playback/%2e%2e/1/" + "0" * 32,
        "/playback/..%2fhall/1/" + "0" * 32,
        "/playback/hall/1/..%2f..%2fgenesis.json",
        "/playback/hall/1/" + "0" * 31,
        "/playback/hall/1/" + "0" * 33,
        "/playback/hall/1/" + "G" * 32,
        "/playback/hall/-1/" + "0" * 32,
        "/playback/hall/1e3/" + "0" * 32,
        "/playback/hall/99999999999999999999/" + "0" * 32,
        "/playback/HALL/activity?start=1&end=2",
        "/playback/hall%00/activity?start=1&end=2",
        "/playback/" + "a" * 65 + "/activity?start=1&end=2",
        "/playback/hall/activity",
        "/playback/hall/activity?start=2&end=1",
        "/playback/hall/activity?start=-5&end=1",
        f"/playback/hall/activity?start=0&end={6 * HOUR + 1}",
        "/playback/hall/activity?start=0&end=9007199254740991",
        "/playback/hall/activity?start=0&end=1e9",
    ],
)
def test_what_cannot_be_meant_is_not_asked(kept: Kept, path: str) -> None:
    said(at(kept, officer()).get(path), Malformed)
    assert kept.asked == []


def test_a_timeline_has_segments_and_sightings_by_the_minute(kept: Kept) -> None:
    first, last = kept.add("hall", START), kept.add("hall", START + HOUR)
    kept.add("yard", START)
    minute = START // 60_000 * 60_000
    # On the boundary of two hours, one is listed twice.
    moments = [minute, minute + 59_999, minute + 60_000, (START // HOUR + 1) * HOUR]
    kept.sightings = [{"sighting": f"{number:032x}", "start": moment} for number, moment in enumerate(moments)]
    told = at(kept, officer()).get(f"/playback/hall/activity?start={minute}&end={START + HOUR}").json()
    assert told["segments"] == [[START, START + 9_000, first], [START + HOUR, START + HOUR + 9_000, last]]
    assert told["minutes"] == [[minute, 2], [minute + 60_000, 1], [(START // HOUR + 1) * HOUR, 1]]
    # No key was needed, and what it says is of no person.
    assert set(told) == {"segments", "minutes"}
