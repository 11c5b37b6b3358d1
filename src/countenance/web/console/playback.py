"""Playback: covered footage as it was stored, once the custodian gave this person the key of its camera and hour.

When and how often somebody passed, and what footage there is, lies open in the repository: a page may show it of the
cameras that are its person's. Invariants:

* Footage leaves this process only to the session that a look of its person opened that camera and hour for; the look
  is an entry before. Neither a key nor ciphertext leaves it.
* What is asked for is bounded, and one segment is served at a time, by camera, start and id that belong together.
"""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from countenance.channel import footage
from countenance.channel.relayed import Call
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment
from countenance.vocabulary.sightings import SegmentRecord
from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn

LONGEST: Final = 6 * MILLISECONDS_AN_HOUR
"""Milliseconds that one timeline shows at most."""
LAST: Final = 2**53 - 1
MINUTE: Final = 60_000
MOST_SIGHTINGS: Final = 2000
"""Sightings of one hour that are counted; the repository lists no more at a time."""
WATCHERS: Final = (Role.OFFICER, Role.OPERATOR, Role.CLERK)
"""A clerk is given the keys of what a question that waits is about, and of nothing else: by the custodian."""

Seen = Annotated[SignedIn, Depends(seen)]
CameraName = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9.-]{0,63}$")]
SegmentId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
At = Annotated[int, Path(ge=0, le=LAST)]
From = Annotated[int, Query(ge=0, le=LAST)]
VIDEO: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"video/mp4": {}}, "description": "a fragmented MP4"}}


def routes(console: Console) -> APIRouter:
    """`/playback`, what its timelines show, and segments."""
    router = APIRouter()

    @router.get("/playback", response_class=HTMLResponse)
    def playback(request: Request, who: Seen) -> HTMLResponse:
        """The page."""
        who.require(*WATCHERS)
        declared = console.call("cameras", {}, ()).body.get("cameras")
        cameras = [one for one in _objects(declared) if who.sees(str(one.get("name")))]
        return console.pages.shown(request.headers, "playback", who=who, cameras=cameras)

    @router.get("/playback/{camera}/activity")
    def activity(who: Seen, camera: CameraName, start: From, end: From) -> dict[str, Any]:
        """What a timeline shows: [start, end, id] of each segment, [minute, sightings] of each minute that has any."""
        _mine(who, camera)
        if not 0 <= end - start <= LONGEST:
            raise Malformed("a timeline shows at most six hours: choose a shorter time")
        found = footage.listed(console.call, camera, start, end)
        return {
            "segments": [(one.start, one.end, one.segment) for one in found],
            "minutes": sorted(_minutes(console.call, camera, start, end).items()),
        }

    @router.get("/playback/{camera}/{start}/{segment}", response_class=Response, responses=VIDEO)
    def played(who: Seen, camera: CameraName, start: At, segment: SegmentId) -> Response:
        """The segment of this id that starts then, decrypted. `Server-Timing`: milliseconds of each part."""
        _mine(who, camera)
        key = who.key(camera, Hour.of(start).number)
        if key is None:
            raise Refused("this camera and hour are not open to you: say why you look at them, and look again")
        began = time.perf_counter()
        record = _recorded(console.call, camera, start, segment)
        data = footage.fetched(console.call, record)
        came = time.perf_counter()
        video = footage.opened(record, key, data)
        spent = {"fetch": came - began, "decrypt": time.perf_counter() - came}
        timing = ", ".join(f"{part};dur={seconds * 1000:.1f}" for part, seconds in spent.items())
        return Response(video, media_type="video/mp4", headers={"server-timing": timing})

    return router


def _mine(who: SignedIn, camera: str) -> None:
    who.require(*WATCHERS)
    who.within(camera)


def _recorded(call: Call, camera: str, start: Moment, segment: str) -> SegmentRecord:
    for one in footage.listed(call, camera, start, start):
        if (one.segment, one.start, one.hour) == (segment, start, Hour.of(start).number):
            return one
    raise Malformed("there is no such segment of this camera: its retention may be over")


def _minutes(call: Call, camera: str, start: Moment, end: Moment) -> dict[Moment, int]:
    """How many sightings began in each minute that has any."""
    began: dict[str, Moment] = {}
    for first, last in footage.by_the_hour(start, end):
        body: dict[str, Json] = {"camera": camera, "start": first, "end": last, "limit": MOST_SIGHTINGS}
        for one in _objects(call("sightings.list", body, ()).body.get("sightings")):
            moment = one.get("start")
            if type(moment) is int:
                began[str(one.get("sighting"))] = moment
    minutes: dict[Moment, int] = {}
    for moment in began.values():
        minute = moment // MINUTE * MINUTE
        minutes[minute] = minutes.get(minute, 0) + 1
    return minutes


def _objects(listed: Json) -> list[Mapping[str, Json]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
