"""By the flight's gallery: where the law demands one, a face alone goes through, and whoever wants to is struck out.

Invariants:

* It is a way of its own on the first page, below the other lane and the code; the law that demands it is named, and
  nobody is looked at before they agree.
* Striking out takes a boarding pass and no reason, and is done by the other lane without being asked.
* A gallery that cannot be asked, knows nobody, or knows two, calls an officer. Whether somebody was in it is said to
  nobody.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from countenance.errors import CountenanceError, Refused
from countenance.formats import boarding
from countenance.gates.deciding import Answered, Gate, Look
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Reason
from countenance.web.gate.crossing import Gone
from countenance.web.gate.kiosk import GateKiosk
from countenance.web.kit import kiosks
from countenance.web.kit.pages import Pages

MOST_LETTERS = 1024


class ByGallery:
    """The pages, and what they ask of the kiosk's gallery."""

    def __init__(self, pages: Pages, kiosk: GateKiosk) -> None:
        self._pages = pages
        self._kiosk = kiosk

    def routes(self, outcome: Callable[[Request, str], Awaitable[Response]]) -> list[Route]:
        """Of these pages. `outcome`: the page that says what was decided of a visit."""

        async def facing(request: Request) -> Response:
            """The camera, once there is consent; if nobody may be looked at, the outcome."""
            if (await request.form()).get("agreed") != "yes":
                return self._face(request, status=400, wrong={"agreed": "wrong_agree"})
            self._standing()
            visit = await run_in_threadpool(self._kiosk.cross, self.decided)
            if await run_in_threadpool(self._kiosk.crossing(visit).asked):
                return self._shown(request, "look", visit=visit, number=0, then="outcome")
            return await outcome(request, visit)

        return [
            Route("/{language}/face", self.face),
            Route("/{language}/facing", facing, methods=["POST"]),
            Route("/{language}/strike", self.strike),
            Route("/{language}/struck", self.struck, methods=["POST"]),
        ]

    def decided(self, gate: Gate, look: Look, gone: Gone) -> Answered:
        """What `gate` decides of whom `look` finds, by this flight's gallery.

        It may be asked for seconds: whoever goes away meanwhile is nobody, and has not gone through.
        """

        def asked(template: Template) -> str | Reason:
            found = self._asked(template)
            return Reason.NOBODY if gone() else found

        return gate.identify(look, asked)

    async def face(self, request: Request) -> Response:
        """What the gallery is, which law demands it, and whether they agree."""
        return self._face(request)

    async def strike(self, request: Request) -> Response:
        """The boarding pass of who wants to be struck out."""
        self._standing()
        return self._shown(request, "strike", wrong={}, ticket="")

    async def struck(self, request: Request) -> Response:
        """That nothing of theirs is in the gallery; whether anything was, nobody is told."""
        flight, given = self._standing(), (await request.form()).get("ticket")
        ticket = given.strip("\r\n")[:MOST_LETTERS] if isinstance(given, str) else ""
        try:
            sequence = boarding.on(ticket, self._kiosk.flight()).sequence
        except CountenanceError:
            return self._shown(request, "strike", status=400, wrong={"ticket": "wrong_ticket"}, ticket=ticket)
        await run_in_threadpool(self._kiosk.gallery.strike, flight, sequence)
        return self._shown(request, "struck")

    def _face(self, request: Request, *, status: int = 200, wrong: "dict[str, str] | None" = None) -> Response:
        flight = self._standing()
        return self._shown(request, "face", status=status, wrong=wrong or {}, basis=self._kiosk.gallery.basis(flight))

    def _standing(self) -> str:
        """The flight that boards, if it has a gallery. Raises Refused."""
        flight = str(self._kiosk.flight())
        if not self._kiosk.gallery.basis(flight):
            raise Refused("this flight has no list of faces: use your code, or take the other lane")
        return flight

    def _asked(self, template: Template) -> str | Reason:
        try:
            found = self._kiosk.gallery.identify(str(self._kiosk.flight()), template)
        except CountenanceError:
            return Reason.GALLERY
        return found or Reason.UNKNOWN

    def _shown(self, request: Request, name: str, *, status: int = 200, **facts: Any) -> Response:
        return self._pages.shown(kiosks.language(request), name, status=status, **{"wrong": {}, **facts})
