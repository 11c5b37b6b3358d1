"""Cameras: an operator declares and withdraws them, sees whether they record, and draws them on a plan.

Declaring and withdrawing are asks that the operator's own session signs. Where a camera's pictures come from is never
said here: it may hold a password, and stays on the edge's host. A dot on the plan is signed by nobody.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import HTMLResponse

from countenance.errors import Refused
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, Strict, seen
from countenance.web.console.standing import Stands, standings
from countenance.web.kit.mapped import mapped
from countenance.web.kit.sessions import SignedIn

Seen = Annotated[SignedIn, Depends(seen)]
Name = Annotated[str, Query(max_length=64, pattern="^[a-z0-9][a-z0-9.-]*$")]


class Size(Strict):
    """What the map's sides stand for, in metres, and degrees from its top to north, clockwise."""

    metres: int = Field(ge=1, le=100_000)
    north: int = Field(ge=0, le=359)


class Dot(Strict):
    """Where on the plan a camera is drawn, in thousandths of its sides."""

    camera: str = Field(max_length=64, pattern="^[a-z0-9][a-z0-9.-]*$")
    x: int = Field(ge=0, le=1000)
    y: int = Field(ge=0, le=1000)


def routes(console: Console) -> APIRouter:
    """`/cameras`, what its buttons ask, and where cameras are drawn."""
    router = APIRouter()

    @router.get("/cameras", response_class=HTMLResponse)
    def cameras(request: Request, who: Seen, declared: Name = "") -> HTMLResponse:
        """The page. `declared`: a camera whose next step is shown."""
        who.require(Role.OPERATOR)
        shown = seen_by(console, who)
        return console.pages.shown(
            request.headers,
            "cameras",
            who=who,
            cameras=shown,
            declared=declared,
            edges=sorted({one.edge for one in shown}),
            stand=_stand(console, shown),
            drawn=mapped(console.call, {one.name: one.place for one in shown}),
        )

    @router.get("/cameras/state")
    def state(who: Seen, camera: Name) -> dict[str, Any]:
        """Whether the edge's process records a camera now."""
        who.require(Role.OPERATOR)
        who.within(camera)
        known = standings(console).get(camera)
        if known is None:
            return {"stands": Stands.SILENT.value, "rate": 0, "ago": None}
        return {"stands": known.stands.value, "rate": known.beat.rate, "ago": known.ago}

    @router.post("/cameras/place")
    def place(who: Seen, given: Dot) -> dict[str, Any]:
        """Draw a camera somewhere else."""
        who.require(Role.OPERATOR)
        who.within(given.camera)
        return dict(console.call("cameras.place", given.model_dump(), ()).body)

    @router.post("/cameras/measure")
    def measure(who: Seen, given: Size) -> dict[str, Any]:
        """Say how large the map is, and where its north is: it is everybody's."""
        who.require(Role.OPERATOR)
        if who.cameras:
            raise Refused("the map is of all cameras, and the roster gives you some: ask an operator of all")
        return dict(console.call("cameras.measure", given.model_dump(), ()).body)

    return router


def seen_by(console: Console, who: SignedIn) -> list[Camera]:
    """The cameras declared now that the roster lets this person act on, in order of name."""
    listed = console.call("cameras", {}, ()).body.get("cameras")
    found = (records.read(Camera, canonical.write(one)) for one in _objects(listed))
    return [one for one in found if who.sees(one.name)]


def _stand(console: Console, shown: list[Camera]) -> dict[str, str]:
    known = standings(console)
    return {one.name: (known[one.name].stands if one.name in known else Stands.SILENT).value for one in shown}


def _objects(listed: Json) -> list[Mapping[str, Json]]:
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
