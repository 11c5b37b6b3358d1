"""Cases: one warrant from its draft to its evidence, for the officer who asked for it.

What a page of a case shows, the custodian said to this officer in this session: whose case it is, is decided there, and
a look at another's is an entry. What a search answered is said once; it is kept for the session, and for nobody else.
"""

import contextlib
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import HTMLResponse

from countenance.errors import Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Answer, Role
from countenance.web.console.asking import Told
from countenance.web.console.house import Console, seen
from countenance.web.kit.holding import Holding
from countenance.web.kit.sessions import SignedIn

LIFE: Final = 12 * 3_600_000
"""Milliseconds that the answer of a search is kept: no session is longer."""

Seen = Annotated[SignedIn, Depends(seen)]
Warrant = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Sighting = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@dataclass(frozen=True, slots=True)
class Searched:
    """What the newest search under a warrant answered."""

    answer: Answer


def routes(console: Console) -> APIRouter:
    """`/cases/ID`, `/sightings/ID`."""
    router = APIRouter()

    @router.get("/cases/{warrant}", response_class=HTMLResponse)
    def case(request: Request, who: Seen, warrant: Warrant) -> HTMLResponse:
        """The page: what is on it, its script asks the custodian for."""
        who.require(Role.OFFICER)
        found = console.holding.find(who.token, _name(warrant), Searched)
        answer = records.plain(found.answer) if found else None
        approvals = console.genesis.approval.origin if console.genesis.approval else ""
        facts: dict[str, Any] = {"warrant": warrant, "answer": answer, "approvals": approvals}
        return console.pages.shown(request.headers, "case", also="filing", who=who, **facts)

    @router.get("/sightings/{sighting}")
    def when(who: Seen, sighting: Sighting) -> dict[str, Any]:
        """Where and when a candidate passed: what the repository tells of any sighting, never whom it shows."""
        found = console.call("sightings.show", {"sighting": sighting}, ()).body
        who.within(str(found.get("camera")))
        return {name: found.get(name) for name in ("sighting", "camera", "start", "end")}

    return router


def read(who: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
    """READ: text, who has said what, alarms. The photo's key stays here."""
    del who, ask, blobs
    return {name: value for name, value in answer.items() if name != "photo_key"}


def searched(holding: Holding) -> Told:
    """SEARCH: the answer as it is, and kept for the page of the case."""

    def told(who: SignedIn, ask: Ask, answer: dict[str, Json], blobs: tuple[bytes, ...]) -> dict[str, Json]:
        del ask, blobs
        spelled = canonical.write(answer)
        found = records.read(Answer, spelled)
        # A use is spent: whether there is room to keep the answer or not, it is told.
        with contextlib.suppress(Unavailable):
            holding.keep(who.token, _name(found.warrant), Searched(found), size=len(spelled), life=LIFE)
        return answer

    return told


def _name(warrant: str) -> str:
    return f"answer/{warrant}"
