"""The console's application: its rooms behind the guard, our errors as sentences.

Anybody may get the shell, files that are the same for everybody, and what the shell must know to let somebody sign in.
Everything else is answered to who shows a proof, see `web.kit.guard`.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from countenance.channel.relayed import Call, Passing
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Session, Signed
from countenance.web.console import rooms
from countenance.web.console.asking import GALLERY_VERBS, Asking, unhex
from countenance.web.console.house import Console, GalleryDesk, Hex, Said, Strict, seen
from countenance.web.kit import demo
from countenance.web.kit.assets import Assets
from countenance.web.kit.dpop import Asked, Proofs
from countenance.web.kit.guard import Guard, House, told
from countenance.web.kit.holding import Holding
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Sessions, SignedIn, token_of

PACKAGE: Final = "countenance.web.console"
ENTERING: Final = 8
"""People on their way in at once. Anybody may knock: what is behind stays free for those who are inside."""

LONGEST_UPLOAD: Final = 33 * 1024 * 1024
LONGEST_ENTERING: Final = 96 * 1024
"""Bytes that are read from who is nobody yet; real ones are a third of it."""

ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": Said, "description": text}
    for code, text in (
        (400, "it cannot be read as what it should be"),
        (401, "nobody is signed in, or no proof came with it"),
        (403, "the rules do not allow it"),
        (409, "something was altered on its way or where it lay"),
        (503, "a process is away, or locked"),
    )
}
Seen = Annotated[SignedIn, Depends(seen)]


class Entering(Strict):
    """ENTER: the written `Signed` Session, and the ask that its key signed."""

    session: str = Field(max_length=64 * 1024, pattern="^([0-9a-f]{2})+$")
    signed: str = Field(max_length=128 * 1024, pattern="^([0-9a-f]{2})+$")


class Acting(Hex):
    """An ask, and what the console needs besides to pass it on: names of things it keeps, never a picture."""

    besides: dict[str, str] = Field(default_factory=dict, max_length=8)


@dataclass(frozen=True, slots=True)
class Lines:
    """To whom the console speaks: the repository, the probe helper, the gallery custodian once there is one.

    `desk`: see `demo`; empty but in a demo that is being played.
    """

    repository: Call
    helper: Call
    gallery: Callable[[], tuple[Genesis, Call] | None]
    desk: Callable[[], str] = str


def application(
    genesis: Genesis, lines: Lines, *, clock: Callable[[], Moment], random: Callable[[int], bytes]
) -> ASGIApp:
    """What the console's process answers. Raises Refused where the deployment has no console."""
    if genesis.console is None:
        raise Refused("this deployment has no console: it was made without one")
    call, holding = lines.repository, Holding(clock)
    proofs, sessions = Proofs(clock, random), Sessions(clock, holding.end)
    always = {"genesis": genesis, "rooms": rooms.ROOMS}
    pages, asked = Pages(PACKAGE, always), rooms.asked(holding)
    asking = Asking(Passing(genesis, call), asked.beside, asked.told)
    gallery = GalleryDesks(lines.gallery)
    console = Console(
        genesis, genesis.console, call, lines.helper, asking, sessions, pages, holding, clock, gallery.now
    )
    app = FastAPI(title="Countenance console", docs_url=None, redoc_url=None, responses=ANSWERS)
    _errors(app, console)
    _way_in(app, console, proofs, lines.desk)
    for routes in (*(room.routes for room in rooms.ROOMS), *rooms.ALSO):
        app.include_router(routes(console))
    house = House(
        origin=console.origin.origin,
        open=("/kit/", "/static/", "/worker.js", "/configuration", *((demo.DOOR,) if genesis.demo else ())),
        way_in=("/enter",),
        large={"/photo": LONGEST_UPLOAD, "/enter": LONGEST_ENTERING},
        empty=lambda headers: pages.shown(headers, "shell", status=401),
    )
    return Guard(app, house=house, proofs=proofs, sessions=sessions)


class GalleryDesks:
    """The gallery custodian's desk, made once there is one; it has a reply key of its own."""

    def __init__(self, line: Callable[[], tuple[Genesis, Call] | None]) -> None:
        self._line = line
        self._desk: GalleryDesk | None = None

    def now(self) -> GalleryDesk | None:
        """The desk, or None while the deployment has no gallery custodian."""
        if self._desk is None and (found := self._line()) is not None:
            genesis, call = found
            asking = Asking(Passing(genesis, call), {}, {}, GALLERY_VERBS)
            self._desk = GalleryDesk(genesis.deployment, call, asking)
        return self._desk


def _errors(app: FastAPI, console: Console) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, CountenanceError) else _explained(error)
        if "text/html" in request.headers.get("accept", ""):
            return console.pages.told(request.headers, known)
        return told(known)

    for kind in (CountenanceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, ours)


def _explained(error: Exception) -> CountenanceError:
    """Errors of others, without what they choked on."""
    if isinstance(error, RequestValidationError):
        return Malformed("this is not what is asked for here: load the page again")
    if isinstance(error, HTTPException):
        return Malformed("there is no such page here, or it is asked for in another way")
    return Unavailable(f"something went wrong in the console's process ({type(error).__name__}); try again")


def _knocking(console: Console, letter: bytes) -> Asked:
    """What who enters must prove; who is inside already is counted with those."""
    token = token_of(letter)
    return Asked("POST", f"{console.origin.origin}/enter", token, inside=console.sessions.of(token) is not None)


def _way_in(app: FastAPI, console: Console, proofs: Proofs, desk: Callable[[], str]) -> None:
    assets, entering = Assets(PACKAGE), threading.BoundedSemaphore(ENTERING)

    @app.get("/kit/{path:path}", include_in_schema=False)
    @app.get("/static/{path:path}", include_in_schema=False)
    def asset(request: Request, path: str) -> Response:
        """A file that is the same for everybody."""
        del path
        return assets(request)

    @app.get("/worker.js", include_in_schema=False)
    def worker() -> Response:
        """The worker, at the root: so it stands before every address here."""
        return assets.file("/kit/worker.js")

    @app.get("/configuration")
    def configuration() -> dict[str, Any]:
        """What the shell must know before anybody is signed in."""
        return {
            "deployment": console.genesis.deployment,
            "demo": console.genesis.demo,
            "desk": desk(),
            "assurance": console.genesis.assurance.value,
            "rp_id": console.origin.rp_id,
            "origin": console.origin.origin,
            "approvals": console.genesis.approval.origin if console.genesis.approval else "",
            "reply_key": console.asking.reply_key.hex(),
        }

    if console.genesis.demo:

        @app.get(demo.DOOR, include_in_schema=False)
        def door(request: Request) -> Response:
            """The shell, for whoever comes from the demo's desk, also if somebody is signed in."""
            return console.pages.shown(request.headers, "shell")

    @app.post("/enter")
    def enter(request: Request, given: Entering) -> dict[str, Any]:
        """Sign in, or again after some minutes: the custodian says who this is."""
        letter = unhex(given.session)
        session = records.read(Session, records.read(Signed, letter).body)
        proofs.check(request.headers.get("dpop", ""), _knocking(console, letter), session.key)
        if not entering.acquire(blocking=False):
            raise Unavailable("many people sign in at this moment: try again in some seconds")
        try:
            known = console.sessions.entered(session, console.asking.enter(letter, session, given.signed))
        finally:
            entering.release()
        return {"person": known.person, "until": known.until, "roles": sorted(known.roles)}

    @app.post("/leave")
    def leave(who: Seen) -> dict[str, Any]:
        """End the session: its keys are gone from this process."""
        console.sessions.left(who.token)
        return {"left": True}

    @app.post("/ask")
    def ask(who: Seen, given: Acting) -> dict[str, Any]:
        """One act of the person, signed in their browser, for the custodian."""
        besides: Mapping[str, Json] = dict(given.besides)
        return console.asking.ask(who, given.signed, besides)
