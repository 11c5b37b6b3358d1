"""Health: how processes and cameras stand, how full the disk is, and when it will be; for operators and auditors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.channel.relayed import Call
from countenance.errors import CountenanceError
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.warrants import Role
from countenance.web.console.cameras import seen_by
from countenance.web.console.forecast import Filled, forecast
from countenance.web.console.house import Console, seen
from countenance.web.console.standing import standings
from countenance.web.kit.sessions import SignedIn


def routes(console: Console) -> APIRouter:
    """`/health`."""
    router = APIRouter()

    @router.get("/health", response_class=HTMLResponse)
    def health(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
        """The page."""
        who.require(Role.OPERATOR, Role.AUDITOR)
        state, usage = console.call("status", {}, ()).body, console.call("usage", {}, ()).body
        shown, disk = seen_by(console, who), usage.get("disk")
        filled = _filled(usage.get("cameras"), shown)
        free = disk["free"] if isinstance(disk, dict) else None
        return console.pages.shown(
            request.headers,
            "health",
            who=who,
            state=state,
            others=_others(console),
            cameras=shown,
            standings=standings(console),
            filled={one.camera: one for one in filled},
            disk=disk,
            forecast=forecast(filled, _whole(state.get("object_bytes")), None if free is None else _whole(free)),
            whole=not who.cameras,
            size=size,
        )

    return router


def size(count: int) -> str:
    """Bytes in words: three digits at most and a unit of a thousand times the one before (ISO/IEC 80000-13)."""
    amount, units = float(count), ("B", "kB", "MB", "GB", "TB", "PB")
    at = 0
    while amount >= 999.5 and at < len(units) - 1:
        amount, at = amount / 1000, at + 1
    return f"{amount:.3g} {units[at]}"


def _filled(listed: Json, shown: list[Camera]) -> list[Filled]:
    kept = {one.name: one.retention_hours for one in shown}
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [
        Filled(
            camera=str(one["camera"]),
            recorded=_whole(one["recorded"]),
            size=_whole(one["footage"]) + _whole(one["stills"]),
            retention_hours=kept[str(one["camera"])],
        )
        for one in found
        if one["camera"] in kept
    ]


def _others(console: Console) -> dict[str, str]:
    """How the processes beside the repository and its custodian are, by name."""
    desk = console.gallery()
    return {"probe": _answers(console.helper)} | ({"gallery": _state(desk.call)} if desk is not None else {})


def _answers(call: Call) -> str:
    try:
        call("status", {}, ())
    except CountenanceError as error:
        # It has no such verb: whoever says so is there.
        return "away" if error.status == 503 else "running"
    return "running"


def _state(call: Call) -> str:
    try:
        return str(call("status", {}, ()).body.get("state"))
    except CountenanceError:
        return "away"


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 0
