"""Cameras: the list and map of all, the notice of each, and the short address that a sign's code leads to."""

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from countenance.vocabulary.notices import ErrorRate
from countenance.web.kit.pages import spoken
from countenance.web.portal.house import Language, Portal
from countenance.web.portal.notices import Board, Notices

GONE: Final = 404
_BILLION: Final = 1_000_000_000


def routes(portal: Portal, notices: Notices) -> APIRouter:
    """`/c/NAME`, `/LANGUAGE/cameras` and `/LANGUAGE/cameras/NAME`."""
    router = APIRouter()

    @router.get("/c/{name}", include_in_schema=False)
    def sign(request: Request, name: str) -> Response:
        """Where the code on a sign leads: the notice, in the language that the browser asks for."""
        return RedirectResponse(f"/{spoken(request.headers)}/cameras/{quote(name, safe='')}", status_code=303)

    @router.get("/{language}/cameras", response_class=HTMLResponse)
    def every(request: Request, language: Language) -> HTMLResponse:
        """All cameras, in a list and on a map."""
        return portal.page(request, language, "cameras", board=notices.board())

    @router.get("/{language}/cameras/{name}", response_class=HTMLResponse)
    def one(request: Request, language: Language, name: str) -> HTMLResponse:
        """The notice of one camera."""
        board = notices.board()
        notice = board.notice(name)
        if notice is None:
            return absent(portal, request, language, board, name)
        return portal.page(request, language, "camera", notice=notice, wrongly=wrongly)

    return router


def absent(portal: Portal, request: Request, language: str, board: Board, name: str) -> HTMLResponse:
    """The page for a camera of which there is no notice: it was taken down, was never declared, or is kept back."""
    return portal.page(request, language, "absent", status=GONE, withheld=name in board.missing)


def wrongly(rate: ErrorRate) -> int:
    """At most one in how many searches shows somebody who is not the person, by this rate."""
    return int(_BILLION / (rate.rows * rate.false_most))
