"""Oversight: pages on which an operator or auditor asks the custodian: the roster, the policy, the error bounds.

The pages hold words only. What is shown on them is the answer to an ask that the person's own browser signs, and the
custodian decides who is answered.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from countenance.vocabulary.warrants import Role
from countenance.web.console.house import Console, seen
from countenance.web.kit.sessions import SignedIn


def page(name: str) -> Callable[[Console], APIRouter]:
    """The routes of the page `name`, at `/name`."""

    def routes(console: Console) -> APIRouter:
        router = APIRouter()

        def shown(request: Request, who: Annotated[SignedIn, Depends(seen)]) -> HTMLResponse:
            """The page."""
            who.require(Role.OPERATOR, Role.AUDITOR)
            return console.pages.shown(request.headers, name, who=who, audits=Role.AUDITOR in who.roles)

        router.add_api_route(f"/{name}", shown, response_class=HTMLResponse, operation_id=name)
        return router

    return routes
