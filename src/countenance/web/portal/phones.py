"""Phones: a page on which a traveller's phone keeps their code for a gate, under a part that its passkey gives.

All of it happens in the browser. Invariants:

* Nothing leaves the page once it is loaded: its policy lets it ask nobody for anything, and no form has an address.
* What the browser keeps is a token, and which passkey it needs. The part is in memory while it is shown, and no longer.
* While it keeps one, a worker keeps page and files, so that it opens without a network. It asks for nothing else.

Who serves this page could serve another that sends parts away; so could who writes this process's files. That opens
nothing without the flight's key, and no gate without the face.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from countenance.web.kit.assets import Assets
from countenance.web.kit.front import POLICY
from countenance.web.portal.house import Language, Portal

NOTHING_LEAVES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


def routes(portal: Portal) -> APIRouter:
    """`/LANGUAGE/phone`, and the worker that keeps it, beside it, so that it stands before this page alone."""
    router, assets = APIRouter(), Assets("countenance.web.portal")

    @router.get("/{language}/phone", response_class=HTMLResponse)
    def phone(request: Request, language: Language) -> HTMLResponse:
        """The page, the same for everybody."""
        shown = portal.page(request, language, "phone")
        shown.headers[POLICY] = NOTHING_LEAVES
        return shown

    @router.get("/{language}/phone-worker.js", include_in_schema=False)
    def worker(language: Language) -> Response:
        """The worker: its own policy lets it ask this origin, for the page's files."""
        del language
        script = assets.file("/static/phone-worker.js")
        script.headers[POLICY] = "default-src 'none'; connect-src 'self'"
        return script

    return router
