"""The first page: who is signed in, what this deployment is worth, and how its processes are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn


def routes(console: Console) -> APIRouter:
    """`/`."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    def overview(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
        """The page."""
        status = console.call("status", {}, ()).body
        return console.pages.shown(request.headers, "overview", who=who, state=status)

    return router
