"""What the rooms of the console share: the deployment, the way to the custodian, who is signed in, the pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from countenance.channel.relayed import Call
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.moments import Moment
from countenance.web.console.asking import Asking
from countenance.web.kit.holding import Holding
from countenance.web.kit.pages import Pages
from countenance.web.kit.sessions import Sessions, SignedIn


@dataclass(frozen=True, slots=True)
class GalleryDesk:
    """The gallery custodian as the console knows it. `deployment`: its name; `call`: its socket."""

    deployment: str
    call: Call
    asking: Asking


@dataclass(frozen=True, slots=True)
class Console:
    """One console. `call`: the repository's socket; `helper`: the probe helper's; `origin`: the console's own.

    `holding`: what it keeps for people between requests; `gallery`: the gallery custodian if there is one now; `clock`:
    UTC milliseconds.
    """

    genesis: Genesis
    origin: ApprovalOrigin
    call: Call
    helper: Call
    asking: Asking
    sessions: Sessions
    pages: Pages
    holding: Holding
    clock: Callable[[], Moment]
    gallery: Callable[[], GalleryDesk | None]


class Said(BaseModel):
    """What is answered when something is not done: which kind of error, and one sentence that says what to do.

    `wanted`: what the roster does not give, if it is that: a `Wanted`, for the browser to ask the custodian for.
    """

    error: str
    message: str
    wanted: dict[str, Any] | None = None


class Strict(BaseModel):
    """A body that a page sends: these fields, of these kinds, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Hex(Strict):
    """A signed ask."""

    signed: str = Field(max_length=128 * 1024, pattern="^([0-9a-f]{2})+$")


def seen(request: Request) -> SignedIn:
    """Who asks: the guard let nobody else through."""
    known: SignedIn = request.state.seen
    return known
