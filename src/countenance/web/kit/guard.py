"""The guard: before every answer of a web app, host, size, and a proof of who asks; on every answer, the same headers.

Invariants:

* Nothing but the shell, what is the same for everybody, and the way in is answered without a proof by the key of a
  session that stands. A request without one gets the empty shell, or 401 where no page is asked for.
* What changes something comes from this origin, as the browser says.
* Bodies are bounded before they are read. No cookie is ever set or read.
* While anybody is signed in, what is over or lies unused leaves memory, whether or not somebody asks for something.
* One session has at most AT_ONCE requests under way, streams included: nobody takes up what serves everybody.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.web.kit.dpop import Asked, Proofs, StaleNonce
from countenance.web.kit.sessions import Forbidden, Sessions, SignedIn

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; "
    "connect-src 'self'; worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_LOG = logging.getLogger("countenance.web")
LONGEST_BODY: Final = 256 * 1024
TIDY_SECONDS: Final = 15.0
_LONGEST_LENGTH: Final = 12

AT_ONCE: Final = 12
"""Requests of one session under way at once; a browser has six for all its tabs, and waits with the others."""


@dataclass(frozen=True, slots=True)
class House:
    """What a guard stands before. `origin`: the only one; `open`: paths, or with `/` at the end what begins so, that
    anybody may get; `way_in`: paths that check their own proof; `large`: most bytes of a body by path.

    `empty`: the shell, a page with nothing of the deployment in it.
    """

    origin: str
    open: tuple[str, ...]
    way_in: tuple[str, ...]
    large: Mapping[str, int]
    empty: Callable[[Headers], Response]

    def is_open(self, path: str) -> bool:
        """Whether anybody may get this."""
        return any(path.startswith(one) if one.endswith("/") else path == one for one in self.open)


class NotSignedIn(Refused):
    """No proof by the key of a session that stands came with a request."""

    status = 401


class Guard:
    """ASGI middleware. What it lets through finds the `SignedIn` in `request.state.seen`."""

    def __init__(self, app: ASGIApp, *, house: House, proofs: Proofs, sessions: Sessions) -> None:
        self._app = app
        self._house = house
        self._proofs = proofs
        self._sessions = sessions
        self._under_way: Counter[str] = Counter()
        self._tidying: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                headers["dpop-nonce"] = self._proofs.nonce()
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
        except CountenanceError as error:
            if isinstance(error, NotSignedIn) and scope["method"] == "GET" and wants_page(headers):
                await self._house.empty(headers)(scope, receive, sent)
            else:
                await told(error)(scope, receive, sent)
            return
        most = self._house.large.get(scope["path"], LONGEST_BODY)
        seen: SignedIn | None = scope.get("state", {}).get("seen")
        under_way = [seen.token] if seen else []
        self._under_way.update(under_way)
        try:
            await self._app(scope, bounded(receive, most), sent)
        except Exception as error:  # noqa: BLE001 - it was answered; its text may quote what it choked on
            _LOG.error("a page failed: %s", type(error).__name__)
        finally:
            self._under_way -= Counter(under_way)
            if len(self._sessions) and (self._tidying is None or self._tidying.done()):
                self._tidying = asyncio.create_task(self._tidy())

    async def _tidy(self) -> None:
        while len(self._sessions):
            await asyncio.sleep(TIDY_SECONDS)
            self._sessions.tidy()

    def _check(self, scope: Scope, headers: Headers) -> None:
        house, path, method = self._house, scope["path"], scope["method"]
        if headers.getlist("host") != [house.origin.partition("://")[2]]:
            raise Malformed("this is another host than the deployment names")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > _LONGEST_LENGTH or int(length) > house.large.get(path, LONGEST_BODY):
            raise Malformed("this is larger than anything that is asked for here")
        if method not in ("GET", "HEAD") and (
            headers.getlist("origin") != [house.origin] or headers.get("sec-fetch-site", "same-origin") != "same-origin"
        ):
            raise Malformed("this was sent by another page: open the console by itself")
        if house.is_open(path) or path in house.way_in:
            return
        # As it was sent: a browser proves the address as it spells it.
        address = f"{house.origin}{scope['raw_path'].decode('ascii', 'replace')}"
        scope.setdefault("state", {})["seen"] = self._seen(address, method, headers)

    def _seen(self, address: str, method: str, headers: Headers) -> SignedIn:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        seen = self._sessions.of(token) if scheme == "DPoP" else None
        if seen is None:
            raise NotSignedIn("nobody is signed in here: sign in first")
        try:
            self._proofs.check(headers.get("dpop", ""), Asked(method, address, token), seen.point)
        except StaleNonce:
            raise
        except Refused as error:
            raise NotSignedIn(str(error)) from error
        if self._under_way[token] >= AT_ONCE:
            raise Unavailable("this session asks for too much at once: wait for what it asked for before")
        return seen


def wants_page(headers: Headers) -> bool:
    """Whether it is a browser that asks, for somebody to read."""
    return "text/html" in headers.get("accept", "")


def told(error: CountenanceError) -> Response:
    """An error as JSON: its name and sentence, and what the roster does not give; with 401, what it takes.

    RFC 9449 sections 7.1 and 8.
    """
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        needed = "use_dpop_nonce" if isinstance(error, StaleNonce) else "invalid_token"
        headers["www-authenticate"] = f'DPoP error="{needed}"'
    said: dict[str, Json] = {"error": error.name, "message": str(error)}
    if isinstance(error, Forbidden):
        said["wanted"] = records.plain(error.wanted)
    return JSONResponse(said, status_code=error.status, headers=headers)


def bounded(receive: Receive, most: int) -> Callable[[], Awaitable[Any]]:
    """`receive`, which gives up on a body of more than `most` bytes, whatever its length was said to be."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise Malformed("this is larger than anything that is asked for here")
        return message

    return receive_some
