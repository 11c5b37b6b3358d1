"""The officer page of a gate's kiosk: who is called for and why, both lanes beside each other, and the stop button.

Everything but its shell is answered to an officer who is signed in (`officers`, `web.kit.guard`). Invariants:

* What an officer says is kept under their name, once, with the flight's list, and dies with it.
* Nothing here shows a face, a name, a booking or a score: a ticket that is scanned here is read and dropped.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import boarding
from countenance.gates import enrolling, lanes
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.gates import OfficersWord, Outcome, Word
from countenance.web.gate.kiosk import Closed, GateKiosk
from countenance.web.gate.officers import Officers
from countenance.web.kit import demo
from countenance.web.kit.assets import Assets
from countenance.web.kit.dpop import Asked, Proofs
from countenance.web.kit.front import NotHere
from countenance.web.kit.guard import Guard, House, told
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Sessions, SignedIn, token_of

AT: Final = "/officer"
MOST_HOURS: Final = 36
SHOWN: Final = 50
"""Calls on the page at once, the latest first."""

LONGEST_LETTER: Final = 64 * 1024
_LONGEST_LANE: Final = 60 * 60_000
_DIGITS: Final = 6


class OfficerDesk:
    """What an officer sees and does. `allowed`: milliseconds that the lanes may differ by."""

    def __init__(self, kiosk: GateKiosk, pages: Pages, *, allowed: int) -> None:
        self._kiosk = kiosk
        self._pages = pages
        self._allowed = allowed
        self._acts: dict[str, Callable[[str, dict[str, Any]], None]] = {
            "begin": self._begin,
            "join": self._join,
            "departed": self._departed,
            "over": self._over,
            "stop": self._stop,
            "word": self._word,
            "vouch": self._vouch,
            "other": self._other,
            "revoke": self._revoke,
        }

    async def page(self, request: Request) -> Response:
        """The page, with the board in it."""
        facts = await run_in_threadpool(self._facts)
        who: SignedIn = request.state.seen
        return self._pages.shown(request.headers, "officer", who=who, **facts)

    async def board(self, request: Request) -> Response:
        """The board alone, as it is now."""
        facts = await run_in_threadpool(self._facts)
        return self._pages.shown(request.headers, "board", also="officer", **facts)

    async def act(self, request: Request) -> Response:
        """One act, as JSON: what it is lies in the path, what it is about in the body."""
        who: SignedIn = request.state.seen
        act = self._acts.get(request.path_params["act"])
        try:
            given = await request.json()
        except ValueError:
            given = None
        if act is None or not isinstance(given, dict):
            raise Malformed("there is no such act here: load the page again")
        await run_in_threadpool(act, who.person, given)
        return JSONResponse({"done": True})

    def _facts(self) -> dict[str, Any]:
        kiosk = self._kiosk
        try:
            name = str(kiosk.flight())
        except Closed:
            handing = kiosk.syncing.handing
            return {"flight": "", "kiosk": kiosk.name, "others": handing.others, "joining": handing.asking}
        passes, gate = kiosk.flights.passes(name), kiosk.gate()
        everywhere = passes.everywhere()
        decisions, said = passes.decisions(), {word.number: word for word in passes.words()}
        waiting = [one for one in decisions if one.outcome is Outcome.OFFICER and one.number not in said]
        return {
            "flight": name,
            "kiosk": kiosk.name,
            "ends": kiosk.flights.ends(name),
            "stopped": gate.stopped,
            "borders": kiosk.borders,
            "waiting": waiting[::-1][:SHOWN],
            "named": gate.named(),
            "left": max(0, len(waiting) - SHOWN),
            "said": [(one, said[one.number]) for one in decisions[::-1] if one.number in said][:SHOWN],
            "beside": lanes.beside(name, everywhere, self._allowed),
            "few": lanes.FEW,
            "twice": passes.twice,
            "alone": sum(one.alone for one in everywhere),
            "enrolling": kiosk.enrolling(),
        }

    def _begin(self, _officer: str, given: dict[str, Any]) -> None:
        self._kiosk.board(boarding.named(_text(given, "flight").upper()), _whole(given, "hours", MOST_HOURS))

    def _join(self, _officer: str, given: dict[str, Any]) -> None:
        self._kiosk.join(boarding.named(_text(given, "flight").upper()))

    def _departed(self, _officer: str, given: dict[str, Any]) -> None:
        state, document = (_text(given, name).strip().upper() for name in ("state", "document"))
        self._kiosk.departed(_whole(given, "number", 10**_DIGITS), state, document)

    def _over(self, _officer: str, given: dict[str, Any]) -> None:
        if _text(given, "flight") not in self._kiosk.flights.names():
            raise Malformed("another flight boards here: load the page again")
        self._kiosk.over()

    def _stop(self, _officer: str, given: dict[str, Any]) -> None:
        self._kiosk.gate().stop(stopped=_text(given, "stopped") == "yes")

    def _word(self, officer: str, given: dict[str, Any]) -> None:
        name, number = str(self._kiosk.flight()), _whole(given, "number", 10**_DIGITS)
        try:
            word = Word(_text(given, "word"))
        except ValueError as error:
            raise Malformed("an officer says through, or back: load the page again") from error
        now = self._kiosk.clock.now()
        code = given.get("ticket", "") and _text(given, "ticket")
        self._kiosk.gate().say(OfficersWord(name, self._kiosk.name, number, now, officer, word), code)

    def _vouch(self, officer: str, given: dict[str, Any]) -> None:
        self._kiosk.vouch(_whole(given, "number", 10**_DIGITS), officer)

    def _other(self, _officer: str, given: dict[str, Any]) -> None:
        through, spent = _text(given, "through") == "yes", _whole(given, "milliseconds", _LONGEST_LANE)
        answered = self._kiosk.gate().other_lane(_text(given, "ticket"), milliseconds=spent, through=through)
        self._struck(answered.boarded.sequence)

    def _struck(self, sequence: str) -> None:
        """Who goes by the other lane leaves no face in this flight's gallery, if there is one, either."""
        if not sequence:
            return
        with suppress(CountenanceError):
            # Where it cannot be asked now it is asked later, and it ends with the flight.
            self._kiosk.gallery.strike(str(self._kiosk.flight()), sequence)

    def _revoke(self, _officer: str, given: dict[str, Any]) -> None:
        flight = self._kiosk.flight()
        name = str(flight)
        key, passes = self._kiosk.flights.key(name), self._kiosk.flights.passes(name)
        enrolling.revoked(key, _text(given, "ticket"), flight, passes, self._kiosk.clock.now())


class WayIn:
    """The shell, what it must know, and signing in."""

    def __init__(self, kiosk: GateKiosk, genesis: Genesis, address: str, officers: Officers) -> None:
        self._officers = officers
        self._clock = kiosk.clock.now
        self.address = address
        self.demo = genesis.demo
        self._told = {
            "deployment": genesis.deployment,
            "demo": genesis.demo,
            "rp_id": address.partition("://")[2].partition(":")[0],
            "origin": address,
            "reply_key": "",
        }
        self.sessions = Sessions(self._clock)

    async def configuration(self, request: Request) -> Response:
        """What the shell must know before anybody is signed in."""
        del request
        return JSONResponse({**self._told, "desk": await run_in_threadpool(self._officers.desk)})

    def enter(self, proofs: Proofs) -> Callable[[Request], Awaitable[Response]]:
        """Sign in, or again after some minutes."""

        async def entered(request: Request) -> Response:
            """Let in whom `officers` says this is."""
            try:
                letter = bytes.fromhex(_text(await request.json(), "session", LONGEST_LETTER))
            except (ValueError, TypeError) as error:
                raise Malformed("this is no session: sign in again") from error
            session, token = self._officers.read(letter), token_of(letter)
            inside = self.sessions.of(token) is not None
            asked = Asked("POST", f"{self.address}{AT}/enter", token, inside=inside)
            proofs.check(request.headers.get("dpop", ""), asked, session.key)
            known = self.sessions.entered(*await run_in_threadpool(self._officers.entered, letter, self._clock))
            return JSONResponse({"person": known.person, "until": known.until, "roles": ["officer"]})

        return entered

    async def leave(self, request: Request) -> Response:
        """End the session."""
        self.sessions.left(request.state.seen.token)
        return JSONResponse({"left": True})


def guarded(desk: OfficerDesk, way_in: WayIn, pages: Pages, assets: Assets, proofs: Proofs) -> ASGIApp:
    """The officer page behind its guard. `pages`: with the shell."""

    async def worker(request: Request) -> Response:
        """The worker, which stands before this path alone."""
        del request
        return assets.file("/kit/worker.js")

    async def wrong(request: Request, error: Exception) -> Response:
        """What was not done, and what to do."""
        del request
        if isinstance(error, CountenanceError):
            return told(error)
        if isinstance(error, HTTPException):
            return told(NotHere("there is no such page here: load the officer page again"))
        return told(Unavailable(f"something went wrong in the kiosk ({type(error).__name__}): try again"))

    async def door(request: Request) -> Response:
        """The shell, for whoever comes from the demo's desk, also if somebody is signed in."""
        return pages.shown(request.headers, "shell")

    doors = [f"{AT}{demo.DOOR}"] if way_in.demo else []
    app = Starlette(
        routes=[
            *(Route(path, door) for path in doors),
            Route(f"{AT}/", desk.page),
            Route(f"{AT}/board", desk.board),
            Route(f"{AT}/act/{{act}}", desk.act, methods=["POST"]),
            Route(f"{AT}/worker.js", worker),
            Route(f"{AT}/configuration", way_in.configuration),
            Route(f"{AT}/enter", way_in.enter(proofs), methods=["POST"]),
            Route(f"{AT}/leave", way_in.leave, methods=["POST"]),
        ],
        exception_handlers=dict.fromkeys((CountenanceError, HTTPException, Exception), wrong),
    )
    app.router.redirect_slashes = False
    house = House(
        origin=way_in.address,
        open=(f"{AT}/worker.js", f"{AT}/configuration", *doors),
        way_in=(f"{AT}/enter",),
        large={},
        empty=lambda headers: pages.shown(headers, "shell", status=401),
    )
    return Guard(app, house=house, proofs=proofs, sessions=way_in.sessions)


def _text(given: object, name: str, most: int = 512) -> str:
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, str) or len(value) > 2 * most:
        raise Malformed(f"{name} is missing here: fill it in")
    return value


def _whole(given: dict[str, Any], name: str, most: int) -> int:
    value = _text(given, name)
    if not value.isascii() or not value.isdecimal() or len(value) > len(str(most)) or int(value) > most:
        raise Malformed(f"{name} is a whole number of at most {most}: fill it in")
    return int(value)
