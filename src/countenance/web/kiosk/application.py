"""The kiosk's application: consent, choice, camera, code, one after the other, and then the next person.

Invariants:

* What was agreed to is in the request: SHA-256 of the sentence beside the button, in the language it was read in.
* A visit's token is in bodies and one header, never in an address; no cookie is set, and nothing is logged.
* The first page ends whatever visit there was. The code is on one page, once.
* Scripts are for the camera, and for going back to the first page when nobody is there any more.
"""

import datetime
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.rights import Wish
from countenance.warrants.subjects import MOST_CAMERAS
from countenance.web.kiosk.choosing import HOURS, SPANS, Filled
from countenance.web.kit import codes, guard, kiosks
from countenance.web.kit.assets import Assets
from countenance.web.kit.front import Front, NotHere
from countenance.web.kit.pages import Pages
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.edge.capture import LARGEST, Unfit
from countenance.zones.edge.kiosk import Chosen, Kiosk

PACKAGE: Final = "countenance.web.kiosk"
CAMERA: Final = {"permissions-policy": "camera=(self), microphone=(), geolocation=()"}
"""This app alone may ask for the camera."""

VISIT: Final = "x-visit"

Answer = Callable[[Request], Awaitable[Response]]


def application(
    genesis: Genesis, origin: str, kiosk: Kiosk, settings: PortalSettings, *, clock: Callable[[], Moment]
) -> ASGIApp:
    """What a kiosk's process answers at `origin`. Raises Malformed for a setting."""
    pages = Pages(PACKAGE, {"genesis": genesis, "settings": settings, "idle": True})
    desk = Desk(pages, kiosk, settings, clock)
    assets = Assets(PACKAGE)

    app = Starlette(
        routes=[
            *kiosks.routes(assets),
            Route("/{language}/", desk.first),
            Route("/{language}/choose", desk.choose, methods=["POST"]),
            Route("/{language}/camera", desk.camera, methods=["POST"]),
            Route("/{language}/code", desk.code, methods=["POST"]),
            Route("/visit/begin", desk.begin, methods=["POST"]),
            Route("/visit/frame", desk.frame, methods=["POST"]),
        ],
        exception_handlers=dict.fromkeys((CountenanceError, HTTPException, Exception), desk.wrong),
    )
    app.router.redirect_slashes = False
    return Front(app, origin=origin, longest=LARGEST, also=CAMERA, wrong=desk.wrong)


class Desk:
    """What the pages do, one method a page."""

    def __init__(self, pages: Pages, kiosk: Kiosk, settings: PortalSettings, clock: Callable[[], Moment]) -> None:
        self._pages = pages
        self._kiosk = kiosk
        self._zone = settings.zone()
        self._clock = clock

    async def first(self, request: Request) -> Response:
        """What this is, and the words to agree to. Whoever was here before has gone."""
        await run_in_threadpool(self._kiosk.end)
        return self._page(request, "first", agree=self._words(request))

    async def choose(self, request: Request) -> Response:
        """What is wanted, after they agreed."""
        form = await request.form()
        if form.get("agreed") != "yes":
            return self._page(request, "first", status=400, agree=self._words(request), wrong={"agreed": "wrong_agree"})
        today = datetime.datetime.fromtimestamp(self._clock() / 1000, self._zone)
        filled = Filled(date=str(today.date()), time="00:00", hours=str(SPANS[-1]))
        return await self._form(request, filled, {})

    async def camera(self, request: Request) -> Response:
        """The camera, once what was chosen can be asked for; else the form again, with nothing lost."""
        form = await request.form()
        if form.get("agreed") != "yes":
            raise Malformed("nothing is taken before you agree: begin again")
        filled, now = Filled.of(form), self._clock()
        known = {camera.name for camera in await run_in_threadpool(self._kiosk.cameras)}
        wrong = filled.wrong(known, self._zone, now)
        if wrong:
            return await self._form(request, filled, wrong)
        consent = hashlib.sha256(self._words(request).encode()).digest()
        chosen = Chosen(Wish(filled.wish), filled.scope(self._zone, now), filled.assisted, consent, filled.copy)
        visit = await run_in_threadpool(self._kiosk.visit, chosen)
        return self._page(request, "camera", visit=visit)

    async def begin(self, request: Request) -> Response:
        """A challenge, as JSON."""
        prompt, left = await run_in_threadpool(self._kiosk.begin, _token(request))
        return JSONResponse({**kiosks.shown(prompt, ""), "left": left})

    async def frame(self, request: Request) -> Response:
        """One frame, a JPEG: what to show next, as JSON."""
        prompt, advice = await run_in_threadpool(self._kiosk.frame, _token(request), await request.body())
        return JSONResponse(kiosks.shown(prompt, advice))

    async def code(self, request: Request) -> Response:
        """File the request, and show its code, once."""
        visit = str((await request.form()).get("visit", ""))
        try:
            filed = await run_in_threadpool(self._kiosk.file, visit)
        except Unfit as error:
            return self._page(request, "camera", status=error.status, visit=visit, advice=error.advice)
        return self._page(request, "code", code=codes.spelled(filed.code), request_id=filed.request)

    async def wrong(self, request: Request, error: Exception) -> Response:
        """What was not done, and what to do; to a script as JSON."""
        known = error if isinstance(error, CountenanceError) else _explained(error)
        if request.url.path.startswith("/visit/"):
            return guard.told(known)
        return self._page(request, "wrong", status=known.status, error=known)

    async def _form(self, request: Request, filled: Filled, wrong: dict[str, str]) -> Response:
        return self._page(
            request,
            "choose",
            status=400 if wrong else 200,
            cameras=await run_in_threadpool(self._kiosk.cameras),
            wishes=tuple(Wish),
            spans=SPANS,
            hours=HOURS,
            most=MOST_CAMERAS,
            filled=filled,
            wrong=wrong,
        )

    def _words(self, request: Request) -> str:
        """What is agreed to, in the language of the page."""
        return self._pages.words(kiosks.language(request), "first").agree

    def _page(self, request: Request, name: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        shown = {"wrong": {}, "advice": "", **facts}
        return self._pages.shown(kiosks.language(request), name, status=status, **shown)


def _token(request: Request) -> str:
    return request.headers.get(VISIT, "")


def _explained(error: Exception) -> CountenanceError:
    """Errors of others, without what they choked on."""
    if isinstance(error, HTTPException):
        return NotHere("there is no such page here: begin again")
    return Unavailable(f"something went wrong in the kiosk ({type(error).__name__}): begin again, or ask the clerk")
