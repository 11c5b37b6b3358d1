"""The application: four answers over HTTPS, to one origin, for anybody, since everything that matters is signed.

Invariants:

* A request counts only if it names this host, and, where it carries something, comes from this very origin.
* Bodies are bounded before they are read, pictures before they are passed on; errors are one sentence of `errors`.
* No cookies, no sessions, no logs of who asked for what.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from countenance.errors import CountenanceError, Malformed, Refused
from countenance.zones.custodian.approval_page.page import Page
from countenance.zones.custodian.approval_page.passing import Passing

LONGEST_BODY = 256 * 1024
LONGEST_NAME = 64

_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def application(passing: Passing, page: Page) -> Starlette:
    """What the approval process answers. `page`: of `page.assembled`."""

    async def show(request: Request) -> Response:
        """The page."""
        del request
        return Response(page.document, media_type="text/html", headers={"content-security-policy": page.policy})

    async def configuration(request: Request) -> Response:
        """What the page must know of the deployment."""
        del request
        return JSONResponse(passing.configuration())

    async def ask(request: Request) -> Response:
        """An ask that somebody's authenticator signed."""
        _check_posted(request, passing.origin.origin)
        given = _object(await _body(request))
        return JSONResponse(await run_in_threadpool(passing.ask, given))

    async def picture(request: Request, fetch: Callable[[str], bytes]) -> Response:
        """Ciphertext of a picture."""
        name = request.path_params["name"]
        if not 0 < len(name) <= LONGEST_NAME or not name.isalnum():
            raise Malformed("a picture is named by hex digits")
        return Response(await run_in_threadpool(fetch, name), media_type="application/octet-stream")

    host = passing.origin.origin.removeprefix("https://")
    answers: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("/", "GET", show),
        ("/configuration", "GET", configuration),
        ("/ask", "POST", ask),
        ("/photo/{name}", "GET", partial(picture, fetch=passing.photo)),
        ("/still/{name}", "GET", partial(picture, fetch=passing.still)),
    ]
    routes = [Route(path, _told(host, act), methods=[method]) for path, method, act in answers]
    return Starlette(routes=routes)


def _told(host: str, act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """`act` behind the check of the host, with our headers and our errors."""

    async def answer(request: Request) -> Response:
        """What `act` answers, or its error."""
        try:
            if request.headers.getlist("host") != [host]:
                raise Malformed("this is another host than the deployment's approval origin")
            response = await act(request)
        except CountenanceError as error:
            response = JSONResponse({"error": error.name, "message": str(error)}, status_code=error.status)
        except Exception as error:  # noqa: BLE001 - texts of foreign errors may quote what they choked on
            said = f"something went wrong in the approval process ({type(error).__name__}); try again"
            response = JSONResponse(
                {"error": "unavailable", "message": said}, status_code=HTTPStatus.SERVICE_UNAVAILABLE
            )
        response.headers.update(_HEADERS)
        return response

    return answer


def _check_posted(request: Request, origin: str) -> None:
    if (
        request.headers.getlist("origin") != [origin]
        or request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    ):
        raise Refused("this was sent by another page than the approval page")
    if request.headers.get("content-type") != "application/json":
        raise Malformed("an ask is JSON: use the page")


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LONGEST_BODY:
            raise Malformed(f"an ask has at most {LONGEST_BODY} bytes")
    return bytes(data)


def _object(data: bytes) -> object:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("an ask is JSON: use the page") from error
    return value
