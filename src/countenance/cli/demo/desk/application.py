"""The desk's application: one page on this machine's loopback, for whoever sits at it.

Behind the guard of the web apps: the same checks of host, origin and size, the same headers. Nobody signs in here, so
every address is open; a page of another origin can send nothing and read nothing.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from countenance.cli.ask import now
from countenance.cli.demo.desk.playing import Playing
from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.vocabulary.rights import Reply
from countenance.vocabulary.warrants import Role, Verdict
from countenance.web.console.house import Strict
from countenance.web.kit.assets import Assets
from countenance.web.kit.dpop import Proofs
from countenance.web.kit.guard import Guard, House, told
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Sessions
from countenance.zones.custodian.approval_page import serving

PACKAGE: Final = "countenance.cli.demo.desk"
NOTE: Final = "desk.json"
"""Where the console of the same deployment finds the desk's origin, while there is one."""

ENROLLED: Final = (Role.OFFICER, Role.OPERATOR, Role.AUDITOR, Role.APPROVER, Role.REVIEWER)


class Session(Strict):
    """A session that a browser at the console began."""

    session: str = Field(max_length=8192, pattern="^([0-9a-f]{2})+$")


class Named(Strict):
    """A warrant, and who looks at it."""

    person: str = Field(max_length=64)
    warrant: str = Field(pattern="^[0-9a-f]{16}$")


class Decision(Named):
    """An approval, or a refusal with its reason, of the text that has this hash."""

    hash: str = Field(pattern="^[0-9a-f]{64}$")
    approves: bool
    reason: str = Field(max_length=500)


class Candidate(Named):
    """A candidate of a warrant's search."""

    candidate: str = Field(pattern="^[0-9a-f]{16,64}$")


class Judged(Candidate):
    """What a reviewer says of a candidate."""

    verdict: str = Field(pattern=f"^({'|'.join(Verdict)})$")


class Replied(Strict):
    """A clerk's answer to a question from the door."""

    person: str = Field(max_length=64)
    request: str = Field(pattern="^[0-9a-f]{16}$")
    sightings: list[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]] = Field(max_length=20)
    met: bool


class Brought(Strict):
    """A registration that somebody made at the console, and the role that they choose."""

    registration: str = Field(max_length=64 * 1024)
    role: str = Field(pattern=f"^({'|'.join(ENROLLED)})$")


def application(playing: Playing, origin: str) -> ASGIApp:
    """What the desk answers at `origin`."""
    app = FastAPI(title="Countenance demo desk", docs_url=None, redoc_url=None, openapi_url=None)
    for kind in (CountenanceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _told)
    pages = Pages(PACKAGE, {"playing": playing, "genesis": playing.genesis, "enrolled": ENROLLED})
    _shown(app, playing, pages)
    _done(app, playing)
    house = House(
        origin=origin, open=("/",), way_in=(), large={}, empty=lambda headers: pages.shown(headers, "desk", status=401)
    )
    return Guard(app, house=house, proofs=Proofs(now, secrets.token_bytes), sessions=Sessions(now))


@contextmanager
def noted(deployment: Path, origin: str) -> Iterator[None]:
    """Tell the deployment's console where the desk is, until the end of the context. The note holds no secret."""
    note = deployment / NOTE
    files.write(note, json.dumps({"origin": origin}).encode(), mode=0o644)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def serve(playing: Playing, deployment: Path, origin: str, stop: threading.Event) -> None:
    """Serve the desk on loopback until `stop` is set. Raises Unavailable if the port cannot be had."""
    with noted(deployment, origin):
        serving.serve(application(playing, origin), None, serving.port_of(origin), stop)


def _shown(app: FastAPI, playing: Playing, pages: Pages) -> None:
    assets = Assets(PACKAGE)

    @app.get("/")
    def desk(request: Request) -> Response:
        """The desk, with what waits for everybody."""
        deciding = [
            (waiting, [line for line in waiting.warrants if line["state"] in ("waiting", "approved")])
            for waiting in (*playing.waiting(Role.APPROVER), *playing.waiting(Role.CLERK))
        ]
        shown: dict[str, Any] = {
            "deciding": deciding,
            "reviewing": playing.waiting(Role.REVIEWER),
            "asked": playing.asked(),
        }
        return pages.shown(request.headers, "desk", **shown)

    @app.get("/kit/{path:path}")
    @app.get("/static/{path:path}")
    def asset(request: Request, path: str) -> Response:
        """A script or a style."""
        del path
        return assets(request)


def _done(app: FastAPI, playing: Playing) -> None:
    @app.post("/session")
    def session(given: Session) -> dict[str, Any]:
        """Sign a session with the key file of the person it names."""
        return {"signature": playing.signed(bytes.fromhex(given.session)).hex()}

    @app.post("/read")
    def read(given: Named) -> dict[str, Any]:
        """A warrant in words."""
        return playing.read(given.person, given.warrant)

    @app.post("/decide")
    def decide(given: Decision) -> dict[str, Any]:
        """Approve it, or decline."""
        named = (given.person, given.warrant, given.hash)
        return playing.decide(*named, approves=given.approves, reason=given.reason)

    @app.post("/look")
    def look(given: Candidate) -> Response:
        """A candidate beside the probe."""
        return Response(playing.look(given.person, given.warrant, given.candidate), media_type="image/png")

    @app.post("/judge")
    def judge(given: Judged) -> dict[str, Any]:
        """A verdict."""
        return playing.judge(given.person, given.warrant, given.candidate, Verdict(given.verdict))

    @app.post("/reply")
    def reply(given: Replied) -> dict[str, Any]:
        """Answer a question from the door."""
        return playing.reply(given.person, Reply(given.request, tuple(given.sightings), given.met, "", ""))

    @app.post("/enrol")
    def enrol(given: Brought) -> dict[str, Any]:
        """Carry a registration to the terminal."""
        return playing.enrol(given.registration, Role(given.role))


async def _told(request: Request, error: Exception) -> Response:
    """Every error as its sentence; those of others without what they choked on."""
    del request
    if isinstance(error, RequestValidationError | HTTPException):
        return told(Malformed("this is not what is asked for here: load the page again"))
    if isinstance(error, CountenanceError):
        return told(error)
    return told(Unavailable(f"something went wrong at the desk ({type(error).__name__}); try again"))
