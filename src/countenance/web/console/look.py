"""The look: every state of what pages are made of, on one page, to be looked at; the rules are in `docs/look.md`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn


def routes(console: Console) -> APIRouter:
    """`/look`."""
    router = APIRouter()

    @router.get("/look", response_class=HTMLResponse)
    def look(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
        """The page."""
        return console.pages.shown(request.headers, "look", who=who)

    return router
