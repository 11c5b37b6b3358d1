"""The front of an app that anybody may use: its host, sizes and headers. Nobody signs in here, and no cookie is set.

Invariants: what changes something comes from this origin, as the browser says; bodies are bounded before they are read;
nothing that a page says is kept by anybody on the way; scripts, styles and pictures are this origin's, and an app or a
page may say a narrower policy.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from countenance.errors import CountenanceError, Malformed
from countenance.web.kit import guard

LONGEST_BODY: Final = 16 * 1024
POLICY: Final = "content-security-policy"
HEADERS: Final = {
    **guard.HEADERS,
    POLICY: guard.POLICY.replace("form-action 'none'", "form-action 'self'"),
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # With no-referrer a browser would say of its own forms that they come from nowhere.
    "referrer-policy": "same-origin",
}
_LOG = logging.getLogger("countenance.web")

Wrong = Callable[[Request, Exception], Awaitable[Response]]
"""How an app says in a page of its own what was not done."""


class NotHere(Malformed):
    """No page of the app has this address, or none is asked for in this way."""

    status = 404


class Front:
    """ASGI middleware before `app`, which is reached as `origin` and under no other name.

    `longest`: bytes of a body; `also`: headers of this app's own; `signed`: how addresses begin to which programs send
    what they signed, from no page: no browser holds anything that would be taken there. `wrong`: what a browser gets
    in place of what is refused here; everybody else gets JSON.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        origin: str,
        longest: int = LONGEST_BODY,
        also: Mapping[str, str] | None = None,
        signed: str = "",
        wrong: Wrong | None = None,
    ) -> None:
        self._app = app
        self._origin = origin
        self._longest = longest
        self._signed = signed
        self._wrong = wrong
        self._headers = {**HEADERS, **(also or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A page may say a policy of its own, and no other of these.
                policy = headers.get(POLICY, self._headers[POLICY])
                for name, value in (self._headers | {POLICY: policy}).items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
        except CountenanceError as error:
            wrong = self._wrong if guard.wants_page(headers) else None
            answer = await wrong(Request(scope), error) if wrong else guard.told(error)
            await answer(scope, receive, sent)
            return
        try:
            await self._app(scope, guard.bounded(receive, self._longest), sent)
        except Exception as error:  # noqa: BLE001 - it was answered; its text may quote what it choked on
            _LOG.error("a page failed: %s", type(error).__name__)

    def _check(self, scope: Scope, headers: Headers) -> None:
        if headers.getlist("host") != [self._origin.partition("://")[2]]:
            raise Malformed("this is another host than the deployment names")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > len(str(self._longest)) or int(length) > self._longest:
            raise Malformed("this is larger than anything that is asked for here")
        by_program = self._signed and str(scope["path"]).startswith(self._signed)
        if (
            scope["method"] not in ("GET", "HEAD")
            and not by_program
            and (
                headers.getlist("origin") != [self._origin]
                or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
            )
        ):
            raise Malformed("this was sent by another page: fill in the form on this one")
