"""One room of the console by itself: somebody signed in, a repository and a probe helper that answer as a test says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from countenance.channel.message import Message
from countenance.errors import Malformed
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.warrants import Role
from countenance.web.console.application import _errors
from countenance.web.console.house import Console
from countenance.web.kit.holding import Holding
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import SignedIn
from simulator.asgi import Client
from simulator.browser import ORIGIN

TOKEN = "t"


def somebody(
    *, roles: tuple[Role, ...] = (Role.OFFICER,), cameras: tuple[str, ...] = (), token: str = TOKEN
) -> SignedIn:
    """An officer, or whoever a test needs."""
    return SignedIn(token, "officer-1", "police", frozenset(roles), frozenset(cameras), bytes(65), 0)


@dataclass
class Room:
    """`answers`: of the repository, by verb; `helper`: of the probe helper. `asked`: what both were sent."""

    who: SignedIn = field(default_factory=somebody)
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    helper: Callable[[tuple[bytes, ...]], Message] | None = None
    now: int = 1_000_000
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holding = Holding(lambda: self.now)
        self.genesis: Any = _Genesis()
        pages = Pages("countenance.web.console", {"genesis": self.genesis, "rooms": ()})
        console: Any = {
            "genesis": self.genesis,
            "origin": None,
            "call": self._call,
            "helper": self._help,
            "asking": None,
            "sessions": None,
            "pages": pages,
            "holding": self.holding,
            "clock": lambda: self.now,
            "gallery": lambda: None,
        }
        self.console = Console(**console)

    def client(self, routes: Callable[[Console], Any]) -> Client:
        """What answers for the room's routes."""
        app = FastAPI()
        _errors(app, self.console)
        app.include_router(routes(self.console))

        async def signed_in(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("state", {})["seen"] = self.who
            await app(scope, receive, send)

        return Client(signed_in, ORIGIN)

    def _call(self, verb: str, body: Mapping[str, Any], blobs: tuple[bytes, ...]) -> Message:
        del blobs
        self.asked.append((verb, body))
        if verb not in self.answers:
            raise Malformed("there is nothing of this name here")
        return Message(verb, self.answers[verb])

    def _help(self, verb: str, body: Mapping[str, Any], blobs: tuple[bytes, ...]) -> Message:
        self.asked.append((verb, body))
        assert self.helper is not None
        return self.helper(blobs)


class _Genesis:
    deployment, demo, approval, assurance = "00" * 8, False, None, Assurance.SINGLE_HOST
