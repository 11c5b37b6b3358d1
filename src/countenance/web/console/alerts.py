"""Alerts of standing galleries, as they come: for reviewers, who are told by the gallery custodian itself.

The console learns how many alerts are kept, no more; when there is another, a page that is open is told so, and its
reviewer's own ask fetches them: an entry. Passers-by who are on no gallery never appear anywhere.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from countenance.errors import CountenanceError, Refused
from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, GalleryDesk, Hex, seen
from countenance.web.kit.sessions import SignedIn

LOOK_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 300.0
"""How long one stream lasts; the page then opens another, with another proof."""

Seen = Annotated[SignedIn, Depends(seen)]


def routes(console: Console) -> APIRouter:
    """`/alerts`, its stream, and asks to the gallery custodian."""
    router, bell = APIRouter(), Bell(console)

    @router.get("/alerts", response_class=HTMLResponse)
    def alerts(request: Request, who: Seen) -> HTMLResponse:
        """The page."""
        who.require(Role.REVIEWER)
        desk = console.gallery()
        told = None if desk is None else {"deployment": desk.deployment, "reply_key": desk.asking.reply_key.hex()}
        return console.pages.shown(request.headers, "alerts", who=who, desk=told)

    @router.post("/gallery/ask")
    def ask(who: Seen, given: Hex) -> dict[str, Any]:
        """One act of the person at the gallery custodian, signed in their browser."""
        return dict(_desk(console).asking.ask(who, given.signed, {}))

    @router.get("/alerts/stream", response_class=EventSourceResponse)
    async def stream(who: Seen) -> EventSourceResponse:
        """Server-sent events: `count` whenever another alert is kept, `away` while nobody knows."""
        who.require(Role.REVIEWER)
        _desk(console)
        return EventSourceResponse(bell.heard(who), ping=15)

    return router


class Bell:
    """Tells open pages that there is another alert. One look at the gallery custodian serves all who listen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._count = -1
        self._looked = -LOOK_SECONDS
        self._looking = asyncio.Lock()

    async def heard(self, who: SignedIn) -> AsyncIterator[dict[str, str]]:
        """Events for one page, while its person is signed in."""
        loop, known = asyncio.get_running_loop(), -2
        end = loop.time() + LONGEST_SECONDS
        while loop.time() < end and self._console.sessions.of(who.token) is not None:
            count = await self._now()
            if count != known:
                known = count
                yield {"event": "count", "data": str(count)} if count >= 0 else {"event": "away", "data": ""}
            await asyncio.sleep(LOOK_SECONDS)

    async def _now(self) -> int:
        """How many alerts are kept, or -1 if the gallery custodian does not say."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() - self._looked >= LOOK_SECONDS:
                self._count = await run_in_threadpool(_count, self._console)
                self._looked = loop.time()
        return self._count


def _count(console: Console) -> int:
    try:
        told = _desk(console).call("alerts.count", {}, ()).body.get("alerts")
    except CountenanceError:
        return -1
    return told if type(told) is int else -1


def _desk(console: Console) -> GalleryDesk:
    desk = console.gallery()
    if desk is None:
        raise Refused("this deployment has no gallery custodian: 'countenance gallery init' makes one")
    return desk
