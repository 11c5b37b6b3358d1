"""Assurance: how much the split of this deployment is worth now, and what is missing for the next level."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.formats.canonical import Json
from countenance.vocabulary.assurance import LEAST_ORGANISATIONS, Assurance
from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn


def routes(console: Console) -> APIRouter:
    """`/assurance`."""
    router = APIRouter()

    @router.get("/assurance", response_class=HTMLResponse)
    def assurance(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
        """The page."""
        who.require(Role.OPERATOR, Role.AUDITOR)
        told = console.call("status", {}, ()).body.get("custodian")
        level, witnesses, known = stands(told, console.genesis.assurance)
        return console.pages.shown(
            request.headers,
            "assurance",
            who=who,
            level=level,
            witnesses=witnesses,
            known=known,
            least=LEAST_ORGANISATIONS,
            levels=list(Assurance),
        )

    return router


def stands(told: Json, founded: Assurance) -> tuple[Assurance, list[str], bool]:
    """The level now, who witnesses all that is published, and whether the custodian said so: locked, it does not."""
    if not isinstance(told, dict) or not isinstance(told.get("witnessed_by"), list):
        return founded, [], False
    listed = told["witnessed_by"]
    witnesses = [str(name) for name in listed] if isinstance(listed, list) else []
    return Assurance(str(told["assurance"])), witnesses, True
