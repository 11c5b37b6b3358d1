"""Warrants: an officer's list, and the form that a warrant begins with."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.vocabulary.warrants import Role
from countenance.warrants.built_in import BUILT_IN
from countenance.web.console import cases, disclosing, drafting
from countenance.web.console.house import Console, seen
from countenance.web.kit.mapped import mapped
from countenance.web.kit.sessions import SignedIn

Seen = Annotated[SignedIn, Depends(seen)]


def routes(console: Console) -> APIRouter:
    """`/warrants`, `/warrants/new`, and what belongs to them: photos, cases, evidence."""
    router = APIRouter()
    for part in (drafting, cases, disclosing):
        router.include_router(part.routes(console))

    @router.get("/warrants", response_class=HTMLResponse)
    def mine(request: Request, who: Seen) -> HTMLResponse:
        """The list: its script asks the custodian for it."""
        who.require(Role.OFFICER)
        return console.pages.shown(request.headers, "warrants", also="filing", who=who)

    @router.get("/warrants/new", response_class=HTMLResponse)
    def new(request: Request, who: Seen) -> HTMLResponse:
        """The form, with the cameras that this officer may search."""
        who.require(Role.OFFICER)
        cameras = _cameras(console, who)
        facts: dict[str, Any] = {
            "cameras": cameras,
            "drawn": mapped(console.call, {str(one.get("name")): str(one.get("place")) for one in cameras}),
            "one_in": drafting.ONE_IN,
            "extractor": _extractor(console),
        }
        return console.pages.shown(request.headers, "draft", also="filing", who=who, **facts)

    return router


def _cameras(console: Console, who: SignedIn) -> list[dict[str, Any]]:
    listed = console.call("cameras", {}, ()).body.get("cameras")
    every = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [one for one in every if who.sees(str(one.get("name")))]


def _extractor(console: Console) -> str:
    """The digest, in hex, by which rows are counted before there is a probe: of the newest sighting."""
    listed = console.call("sightings.list", {"limit": 1}, ()).body.get("sightings")
    newest = listed[0] if isinstance(listed, list) and listed else {}
    told = newest.get("extractor") if isinstance(newest, dict) else None
    return told if isinstance(told, str) else BUILT_IN.extractor.hex()
