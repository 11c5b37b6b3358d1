"""Questions from the door: a clerk sees what waits, looks at its camera and time, and points at sightings.

What is asked, and its words, the custodian tells the clerk's own ask. What is answered is signed on the approval page,
to which this page hands what was pointed at. Sightings have no picture here: times, which the clerk holds against the
covered footage.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from countenance.errors import Malformed
from countenance.formats.canonical import Json
from countenance.vocabulary.rights import LONGEST_SPAN
from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, seen
from countenance.web.console.playback import LAST
from countenance.web.kit.sessions import SignedIn

Seen = Annotated[SignedIn, Depends(seen)]
Camera = Annotated[str, Query(pattern="^[a-z0-9][a-z0-9.-]{0,63}$")]
At = Annotated[int, Query(ge=0, le=LAST)]
BEFORE = 60 * 60_000
"""Milliseconds before the question's time in which a sighting may have begun that reaches into it."""


def routes(console: Console) -> APIRouter:
    """`/questions`, and the sightings of a camera and time."""
    router = APIRouter()

    @router.get("/questions", response_class=HTMLResponse)
    def page(request: Request, who: Seen) -> HTMLResponse:
        """The page."""
        who.require(Role.CLERK)
        approvals = console.genesis.approval.origin if console.genesis.approval else ""
        return console.pages.shown(request.headers, "questions", also="filing", who=who, approvals=approvals)

    @router.get("/questions/sightings")
    def sightings(who: Seen, camera: Camera, start: At, end: At) -> dict[str, Any]:
        """[id, start, end] of each sighting before a camera that overlaps at most half an hour."""
        who.require(Role.CLERK)
        if not 0 < end - start <= LONGEST_SPAN:
            raise Malformed("a question is about at most half an hour")
        body: dict[str, Json] = {"camera": camera, "start": max(0, start - BEFORE), "end": end, "limit": 2000}
        listed = console.call("sightings.list", body, ()).body.get("sightings")
        found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        times = [(str(one.get("sighting")), one.get("start"), one.get("end")) for one in found]
        return {"sightings": [one for one in times if type(one[1]) is int and type(one[2]) is int and one[2] >= start]}

    return router
