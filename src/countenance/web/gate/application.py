"""A gate kiosk's application: without a face, make a code, go through; and, at its own path, the officer page.

Invariants:

* The way without a face is on the first page, as large as the other, asks nothing and sends nothing.
* What is shown of a frame is what `gates.zone` left of it: this process made it, the browser's own picture is hidden.
* Tickets, codes and visits are in bodies and one header, never in an address; no cookie is set, and nothing is logged.
* The first page ends whatever visit there was. There are two outcomes, *go through* and *an officer comes*; where
  neither can be had, the kiosk is closed and the other lane is named.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.gates.enrolling import Unlike
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.gates import MOST_ALLOWED, Outcome
from countenance.web.gate import desk, scanning
from countenance.web.gate.by_gallery import ByGallery
from countenance.web.gate.crossing import Brought
from countenance.web.gate.desk import OfficerDesk, WayIn
from countenance.web.gate.kiosk import Closed, GateKiosk, Made, Missed
from countenance.web.gate.officers import Officers
from countenance.web.kit import guard, kiosks, moments
from countenance.web.kit.assets import Assets
from countenance.web.kit.dpop import Proofs
from countenance.web.kit.front import Front, NotHere
from countenance.web.kit.pages import Pages
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.edge.gate_place import GatePlace

PACKAGE: Final = "countenance.web.gate"
LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a body: a phone's photo of a code or of a printed document."""

CAMERA: Final = {"permissions-policy": "camera=(self), microphone=(), geolocation=()"}
VISIT: Final = "x-visit"
TOLD: Final = "x-told"
_MOST_LETTERS: Final = 1024
_LONGEST_SINCE: Final = 10 * 60_000


def application(
    genesis: Genesis,
    place: GatePlace,
    kiosk: GateKiosk,
    settings: PortalSettings,
    officers: Officers,
    *,
    random: Callable[[int], bytes],
) -> ASGIApp:
    """What a gate kiosk's process answers at `place`. `settings`: who answers for it, and the zone of its times."""
    origin, allowed = place.origin, min(place.allowed, MOST_ALLOWED)
    always = {"genesis": genesis, "settings": settings}
    pages, assets = Pages(PACKAGE, always), Assets(PACKAGE)
    at_desk = Pages(PACKAGE, {**always, "at": desk.AT, "when": partial(moments.clock, zone=settings.zone())})
    lane = Lane(pages, kiosk)
    travellers = Front(
        _travellers(lane, ByGallery(pages, kiosk), assets),
        origin=origin,
        longest=LONGEST,
        also=CAMERA,
        wrong=lane.wrong,
    )
    proofs, way_in = Proofs(kiosk.clock.now, random), WayIn(kiosk, genesis, origin, officers)
    behind = desk.guarded(OfficerDesk(kiosk, at_desk, allowed=allowed), way_in, at_desk, assets, proofs)

    async def parted(scope: Scope, receive: Receive, send: Send) -> None:
        """To the officer page, behind its guard, or to the travellers'."""
        inside = scope["type"] == "http" and str(scope["path"]).startswith(f"{desk.AT}/")
        await (behind if inside else travellers)(scope, receive, send)

    return parted


def _travellers(lane: "Lane", by_gallery: ByGallery, assets: Assets) -> ASGIApp:
    app = Starlette(
        routes=[
            *kiosks.routes(assets),
            Route("/{language}/", lane.first),
            Route("/{language}/other", lane.other),
            Route("/{language}/enrol", lane.enrol),
            Route("/{language}/camera", lane.camera, methods=["POST"]),
            Route("/{language}/code", lane.code, methods=["POST"]),
            Route("/{language}/renew", lane.renew),
            Route("/{language}/renewed", lane.renewed, methods=["POST"]),
            Route("/{language}/through", lane.through),
            Route("/{language}/look", lane.look, methods=["POST"]),
            Route("/{language}/outcome", lane.outcome, methods=["POST"]),
            Route("/visit/frame", lane.frame, methods=["POST"]),
            Route("/visit/scan", lane.scan, methods=["POST"]),
            *by_gallery.routes(lane.decided),
        ],
        exception_handlers=dict.fromkeys((CountenanceError, HTTPException, Exception), lane.wrong),
    )
    app.router.redirect_slashes = False
    return app


class Lane:
    """What the travellers' pages do, one method a page."""

    def __init__(self, pages: Pages, kiosk: GateKiosk) -> None:
        self._pages = pages
        self._kiosk = kiosk

    async def first(self, request: Request) -> Response:
        """Three ways, and one more where the law demands it. Whoever was here before has gone."""
        await run_in_threadpool(self._kiosk.end)
        flight = await run_in_threadpool(self._kiosk.flight)
        return self._page(request, "first", flight=flight, basis=self._kiosk.gallery.basis(str(flight)))

    async def other(self, request: Request) -> Response:
        """The other lane: no reason, no face, nothing sent."""
        await run_in_threadpool(self._kiosk.end)
        return self._page(request, "other")

    async def enrol(self, request: Request) -> Response:
        """What is needed for a code."""
        await run_in_threadpool(self._kiosk.flight)
        return self._page(request, "enrol", ticket="")

    async def camera(self, request: Request) -> Response:
        """The camera, once there is consent, a ticket of this flight and a photo; else the form again."""
        form = await _in_memory(request)
        photo = form.get("document")
        given = await photo.read() if isinstance(photo, UploadFile) else b""
        wrong = {} if form.get("agreed") == "yes" else {"agreed": "wrong_agree"}
        wrong |= {} if given else {"document": "wrong_document"}
        ticket = _letters(form.get("ticket"))
        if wrong:
            return self._page(request, "enrol", status=400, wrong=wrong, ticket=ticket)
        try:
            visit = await run_in_threadpool(self._kiosk.enrol, ticket, given)
        except Malformed as error:
            field = "ticket" if "boarding pass" in str(error) else "document"
            return self._page(request, "enrol", status=400, wrong={field: f"wrong_{field}"}, ticket=ticket)
        number = await run_in_threadpool(self._kiosk.number, visit)
        return self._page(request, "look", visit=visit, number=number, then="code")

    async def code(self, request: Request) -> Response:
        """The code that was made, on this page, once."""
        visit = str((await request.form()).get("visit", ""))
        try:
            made = await run_in_threadpool(self._kiosk.made, visit)
        except Missed as error:
            return self._page(request, "missed", status=error.status, advice=error.advice)
        except Unlike as error:
            return self._page(request, "missed", status=error.status, advice="unlike")
        return self._made(request, made)

    async def renew(self, request: Request) -> Response:
        """Ticket and the code that is to be void."""
        await run_in_threadpool(self._kiosk.flight)
        return self._page(request, "renew", also="through")

    async def renewed(self, request: Request) -> Response:
        """Another code, on this page, once."""
        form = await request.form()
        token = scanning.token(_letters(form.get("code")))
        return self._made(request, await run_in_threadpool(self._kiosk.renewed, _letters(form.get("ticket")), token))

    async def through(self, request: Request) -> Response:
        """Ticket and code."""
        await run_in_threadpool(self._kiosk.gate)
        return self._page(request, "through")

    async def look(self, request: Request) -> Response:
        """The camera, if ticket and code hold; else the outcome."""
        form = await request.form()
        brought = Brought(
            _letters(form.get("ticket")), scanning.token(_letters(form.get("code"))), _since(form.get("since"))
        )
        visit = await run_in_threadpool(self._kiosk.cross, brought.decided)
        crossing = self._kiosk.crossing(visit)
        if await run_in_threadpool(crossing.asked):
            return self._page(request, "look", visit=visit, number=0, then="outcome")
        return await self.decided(request, visit)

    async def outcome(self, request: Request) -> Response:
        """Go through, or an officer comes, and why."""
        return await self.decided(request, str((await request.form()).get("visit", "")))

    async def frame(self, request: Request) -> Response:
        """One frame, a JPEG: what may be shown of it, and what to show beside it as JSON in a header."""
        visit = request.headers.get(VISIT, "")
        shown, told = await run_in_threadpool(self._kiosk.frame, visit, await request.body())
        return Response(
            shown,
            media_type="image/jpeg",
            headers={TOLD: json.dumps({**kiosks.shown(told.prompt, told.advice), "over": told.over})},
        )

    async def scan(self, request: Request) -> Response:
        """What the code in a picture says."""
        data = await request.body()
        return JSONResponse({"text": await run_in_threadpool(scanning.read, data)})

    async def wrong(self, request: Request, error: Exception) -> Response:
        """What was not done, and what to do; where nothing is decided here, that the kiosk is closed."""
        known = error if isinstance(error, CountenanceError) else _explained(error)
        if request.url.path.startswith("/visit/"):
            return guard.told(known)
        name = "closed" if isinstance(known, Closed | Unavailable) else "wrong"
        return self._page(request, name, status=known.status, error=known)

    def _made(self, request: Request, made: Made) -> Response:
        return self._page(request, "code", drawn=scanning.drawn(made.token), checked=made.checked.value)

    async def decided(self, request: Request, visit: str) -> Response:
        """What was decided of a visit, which is over then."""
        crossing = self._kiosk.crossing(visit)
        try:
            answered = await run_in_threadpool(crossing.outcome)
        except CountenanceError as error:
            # The gate could not decide: whatever kept it, the traveller is told the same.
            return self._page(request, "closed", status=error.status, error=error)
        finally:
            await run_in_threadpool(self._kiosk.end)
        decision = answered.decision
        through = decision.outcome is Outcome.PASS
        reasons = [reason.value for reason in decision.reasons]
        return self._page(
            request, "outcome", through=through, reasons=reasons, number=decision.number, alone=decision.alone
        )

    def _page(self, request: Request, name: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        shown = {"wrong": {}, **facts}
        return self._pages.shown(kiosks.language(request), name, status=status, **shown)


class _InMemory(MultiPartParser):
    """Reads a form's files without a temporary file of the system's: the front bounds the whole body."""

    spool_max_size = 2 * LONGEST


async def _in_memory(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return FormData()
    try:
        return await _InMemory(request.headers, request.stream(), max_files=1, max_fields=8).parse()
    except (MultiPartException, KeyError) as error:
        raise Malformed("this form cannot be read: begin again") from error


def _letters(value: object) -> str:
    """What was scanned, without the line's end that scanners add; spaces belong to both codes."""
    return value.strip("\r\n")[:_MOST_LETTERS] if isinstance(value, str) else ""


def _since(value: object) -> int:
    text = value if isinstance(value, str) and value.isascii() and value.isdecimal() else "0"
    return min(int(text[:9]), _LONGEST_SINCE)


def _explained(error: Exception) -> CountenanceError:
    """Errors of others, without what they choked on."""
    if isinstance(error, HTTPException):
        return NotHere("there is no such page here: begin again")
    return Unavailable(f"something went wrong in the kiosk ({type(error).__name__}): take the other lane")
