"""Breach: what it means that a part was lost or taken, by when whom to tell, and what to do now (GDPR Art. 33, 34).

What a thief would have is what THREAT-MODEL says and its attacks show; how much of it there is, the repository counts.
Whether a risk is likely is for people to judge: the page says what speaks for it.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn


class Lost(StrEnum):
    """What can be lost, or be taken while it runs."""

    REPOSITORY = "repository"
    REPOSITORY_LIVE = "repository-live"
    EDGE = "edge"
    CUSTODIAN_LOCKED = "custodian-locked"
    CUSTODIAN_OPEN = "custodian-open"
    KEY = "key"
    PAGES = "pages"


TOLD = frozenset({Lost.EDGE, Lost.CUSTODIAN_OPEN})
"""What lets somebody see faces, so that people are told (Art. 34)."""

REPORTED = TOLD | {Lost.REPOSITORY_LIVE, Lost.KEY, Lost.PAGES}
"""What is reported to the authority; the rest is recorded (Art. 33(5)), unless something else speaks against it."""


def routes(console: Console) -> APIRouter:
    """`/breach`."""
    router = APIRouter()

    @router.get("/breach", response_class=HTMLResponse)
    def breach(
        request: Request,
        who: Annotated[SignedIn, Depends(seen)],
        lost: Annotated[Lost | None, Query()] = None,
    ) -> HTMLResponse:
        """The page. `lost`: what it is about."""
        who.require(Role.OPERATOR, Role.CLERK, Role.AUDITOR)
        status = console.call("status", {}, ()).body if lost else {}
        return console.pages.shown(
            request.headers,
            "breach",
            who=who,
            every=list(Lost),
            lost=lost,
            state=status,
            reported=lost in REPORTED,
            told=lost in TOLD,
        )

    return router
