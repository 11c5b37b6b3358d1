"""A client that speaks to an application as an ASGI server would, in this process."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """`origin`: whose host is sent unless headers say another. A body may come in parts, which
    are taken as they are read."""

    app: ASGIApp
    origin: str

    def __call__(
        self, method: str, address: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return asyncio.run(self.sent(method, address, body, headers))

    async def sent(
        self, method: str, address: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        parts = iter([body] if isinstance(body, bytes) else body)
        given = {"host": urlsplit(self.origin).netloc} | dict(headers or {})
        if isinstance(body, bytes) and body:
            given.setdefault("content-length", str(len(body)))
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
            "scheme": urlsplit(self.origin).scheme,
            "server": ("127.0.0.1", urlsplit(self.origin).port or 443),
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
        }
        sent: list[dict[str, Any]] = []
        last = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            for part in parts:
                return {"type": "http.request", "body": part, "more_body": True}
            return next(last, {"type": "http.disconnect"})

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], told, b"".join(one.get("body", b"") for one in sent[1:]))

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self("GET", address, headers=headers)

    def post(
        self, address: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self("POST", address, body, headers)
