"""The issuer's application: for a code, one blind signature, to pages of one portal.

It is another process than the collector's, on another machine if it is to mean something, under somebody else. It sees
codes, never answers; what it signs says nothing of the token that answers come with. Invariants:

* Pages of the portal alone get an answer from a browser (CORS); nothing is kept but that a code was used.
* A code is written down as used before its signature leaves.
"""

import threading
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from countenance.errors import CountenanceError, Malformed
from countenance.formats import canonical
from countenance.survey.inviting import Issuer
from countenance.web.kit import guard
from countenance.web.kit.front import POLICY, Front

SIGN: Final = "/sign"
LONGEST: Final = 4096
_LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser sends: the code of a card, and its token, blinded."""

    code: str
    blinded: bytes


def application(issuer: Issuer, *, origin: str, portal: str) -> ASGIApp:
    """What the issuer answers at `origin`, to pages of `portal` (both origins)."""
    one_at_a_time = threading.Lock()

    def signed(data: bytes) -> bytes:
        asked = _asked(data)
        with one_at_a_time:
            return issuer.sign(asked.code, asked.blinded)

    async def sign(request: Request) -> Response:
        """One blind signature, or an error's name and sentence."""
        if request.headers.getlist("origin") != [portal]:
            return guard.told(Malformed("invitations are signed for pages of the portal alone"))
        try:
            return JSONResponse({"signature": signed(await request.body()).hex()})
        except CountenanceError as error:
            return guard.told(error)

    app = Starlette(routes=[Route(SIGN, sign, methods=["POST"])])
    headers = {
        "access-control-allow-origin": portal,
        "cross-origin-resource-policy": "cross-origin",
        POLICY: "default-src 'none'; frame-ancestors 'none'",
    }
    # Origins are checked above: the portal's, which is another than this one.
    return Front(app, origin=origin, longest=LONGEST, also=headers, signed=SIGN)


def _asked(data: bytes) -> Asked:
    value = canonical.read(data)
    if not isinstance(value, dict) or sorted(value) != ["blinded", "code"]:
        raise Malformed("this is no invitation: open the page of your card again")
    code, blinded = value["code"], value["blinded"]
    if not isinstance(code, str) or not isinstance(blinded, str) or len(code) > _LONGEST_CODE:
        raise Malformed("this is no invitation: open the page of your card again")
    try:
        return Asked(code, bytes.fromhex(blinded))
    except ValueError as error:
        raise Malformed("this is no invitation: open the page of your card again") from error
