"""The portal's application: its pages behind the front, our errors as sentences.

It reaches the repository's door, and the folders of surveys, and nothing else. Each page has an address in each
language, and works without scripts, which no page has but a survey's and a phone's.
"""

from collections.abc import Callable
from typing import Any, Final, get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from countenance.channel.relayed import Call
from countenance.crypto.lease import OwnKey
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.web.kit.assets import Assets
from countenance.web.kit.front import HEADERS, POLICY, Front, NotHere, Wrong
from countenance.web.kit.pages import Pages, spoken
from countenance.web.portal import answering, asking, boards, enrolled, phones, requests, surveys
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.house import Beside, Language, Portal

PACKAGE: Final = "countenance.web.portal"
ROOMS: Final = (
    *(surveys.routes, boards.routes, asking.routes, answering.routes, enrolled.routes, phones.routes),
    requests.routes,
)
"""What the portal is made of, besides its first page and those that only say something."""
SCRIPTLESS: Final = {
    POLICY: HEADERS[POLICY]
    .replace("script-src 'self'", "script-src 'none'")
    .replace("connect-src 'self'", "connect-src 'none'")
}

TOLD: Final = ("lists", "rights", "complain")
"""Pages that say the same to everybody."""


def application(
    genesis: Genesis,
    call: Call,
    settings: PortalSettings,
    *,
    clock: Callable[[], Moment],
    random: Callable[[int], bytes],
    beside: Beside,
) -> ASGIApp:
    """What the portal's process answers. Raises Refused where the deployment has none, Malformed for a setting."""
    if genesis.portal is None:
        raise Refused("this deployment has no portal: it was made without one")
    origin = genesis.portal.origin
    pages = Pages(
        PACKAGE, {"genesis": genesis, "settings": settings, "origin": origin, "surveys": beside.surveys.opened}
    )
    own, zone = OwnKey.generate(), settings.zone()
    portal = Portal(genesis, origin, call, own, pages, zone, clock, random, settings, beside)
    app = FastAPI(title="Countenance portal", docs_url=None, redoc_url=None)
    wrong = _errors(app, portal)
    for routes in ROOMS:
        app.include_router(routes(portal))
    _first(app, portal)
    return Front(app, origin=origin, signed=requests.BASE, also=SCRIPTLESS, wrong=wrong)


def _first(app: FastAPI, portal: Portal) -> None:
    assets = Assets(PACKAGE)

    @app.get("/kit/{path:path}", include_in_schema=False)
    @app.get("/static/{path:path}", include_in_schema=False)
    def asset(request: Request, path: str) -> Response:
        """A file that is the same for everybody."""
        del path
        return assets(request)

    @app.get("/", include_in_schema=False)
    def door(request: Request) -> Response:
        """The first page, in the language that the browser asks for."""
        return RedirectResponse(f"/{spoken(request.headers)}/", status_code=303)

    @app.get("/{language}/", response_class=HTMLResponse)
    def first(request: Request, language: Language) -> HTMLResponse:
        """What can be done here."""
        return portal.page(request, language, "first")

    for name in TOLD:
        app.add_api_route(f"/{{language}}/{name}", _telling(portal, name), response_class=HTMLResponse)


def _telling(portal: Portal, name: str) -> Callable[[Request, Language], HTMLResponse]:
    def tell(request: Request, language: Language) -> HTMLResponse:
        return portal.page(request, language, name)

    tell.__doc__ = f"The page `{name}`, the same for everybody."
    return tell


def _errors(app: FastAPI, portal: Portal) -> Wrong:
    """Errors as pages, in the language of the address."""

    async def ours(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, CountenanceError) else _explained(error)
        first = request.url.path.lstrip("/").partition("/")[0]
        language = first if first in get_args(Language) else spoken(request.headers)
        return portal.wrong(request, language, known)

    kinds: tuple[Any, ...] = (CountenanceError, RequestValidationError, HTTPException, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, ours)
    return ours


def _explained(error: Exception) -> CountenanceError:
    """Errors of others, without what they choked on."""
    if isinstance(error, RequestValidationError):
        if any(one.get("loc") == ("path", "language") for one in error.errors()):
            return NotHere("there is no such page in this language: choose English, 中文 or Русский above")
        return Malformed("this is not what is asked for here: load the page again")
    if isinstance(error, HTTPException):
        return NotHere("there is no such page here")
    return Unavailable(f"something went wrong in the portal's process ({type(error).__name__}); try again")
