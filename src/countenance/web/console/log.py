"""The log explorer: the published log's files, passed on as they are; the browser itself checks every one of them.

This process vouches for nothing here. Who takes it can show an old copy or another page; what a browser saw before, it
holds against what it sees now, see `static/log.js`.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.responses import HTMLResponse

from countenance.formats import records
from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn

LONGEST_PATH: Final = 64


def routes(console: Console) -> APIRouter:
    """`/log`, `/log/checkpoint`, `/log/tile/…`."""
    router = APIRouter()
    digest = records.digest(console.genesis).hex()

    @router.get("/log", response_class=HTMLResponse)
    def log(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
        """The page."""
        return console.pages.shown(request.headers, "log", who=who, digest=digest)

    @router.get("/log/checkpoint", response_class=Response)
    def checkpoint() -> Response:
        """The newest published checkpoint, a signed note."""
        return _file(console, "checkpoint")

    @router.get("/log/tile/{path:path}", response_class=Response)
    def tile(path: Annotated[str, Path(max_length=LONGEST_PATH)]) -> Response:
        """A tile, by its C2SP name."""
        return _file(console, f"tile/{path}")

    return router


def _file(console: Console, path: str) -> Response:
    answer = console.call("log.file", {"path": path}, ())
    return Response(b"".join(answer.blobs), media_type="application/octet-stream")
