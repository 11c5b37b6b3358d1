"""The live wall: covered pictures of now of every camera that a person may see, one of them large, and how each stands.

How cameras stand is shown to whoever may enter. A picture takes a look at its camera and hour, which the page asks for
in the person's name: an entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, StreamingResponse

from countenance.errors import Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Role
from countenance.web.console.feed import Feed
from countenance.web.console.house import Console, seen
from countenance.web.kit.mapped import mapped
from countenance.web.kit.sessions import SignedIn

WHO: Final = frozenset({Role.OFFICER, Role.OPERATOR, Role.AUDITOR})
"""Who may enter."""

LOOKS: Final = frozenset({Role.OFFICER, Role.OPERATOR})
"""Who may look at pictures."""

Seen = Annotated[SignedIn, Depends(seen)]


@dataclass(frozen=True, slots=True)
class Placed:
    """A camera, and where its declaration says that it hangs."""

    name: str
    place: str


def routes(console: Console) -> APIRouter:
    """`/wall` and its stream."""
    router, feed = APIRouter(), Feed(console.call, console.sessions.of, console.clock)

    @router.get("/wall", response_class=HTMLResponse)
    def wall(request: Request, who: Seen) -> HTMLResponse:
        """The page."""
        who.require(*WHO)
        found = _cameras(console, who)
        places = [(place, list(some)) for place, some in groupby(found, key=lambda one: one.place)]
        drawn = mapped(console.call, {one.name: one.place for one in found})
        looks = bool(who.roles & LOOKS)
        return console.pages.shown(request.headers, "wall", who=who, places=places, drawn=drawn, looks=looks)

    @router.get("/wall/stream", response_class=StreamingResponse)
    async def stream(who: Seen, camera: Annotated[str, Query(max_length=64)] = "") -> StreamingResponse:
        """Frames (`frames`): tiles and beats of every camera, or every picture of one."""
        who.require(*WHO)
        if camera:
            who.within(camera)
        found = await run_in_threadpool(_cameras, console, who)
        names = tuple(one.name for one in found)
        if camera and camera not in names:
            raise Refused("no camera of this name is declared: load the page again")
        frames = feed.view(who, camera) if camera else feed.tiles(who, names)
        return StreamingResponse(frames, media_type="application/octet-stream")

    return router


def _cameras(console: Console, who: SignedIn) -> list[Placed]:
    """The cameras that `who` may see, by place and name."""
    told = _listed(console.call("cameras", {}, ()).body.get("cameras"))
    found = [Placed(name, str(one.get("place"))) for one in told if who.sees(name := str(one["name"]))]
    return sorted(found, key=lambda one: (one.place, one.name))


def _listed(told: Json) -> Sequence[Mapping[str, Json]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
