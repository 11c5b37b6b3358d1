"""What the pages of the portal share: the deployment, the door, the languages in which each page has an address."""

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from countenance.channel.relayed import Call
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import canonical, records
from countenance.survey.receiving import Receiver
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.consents import Held
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.notices import NoticesAsked
from countenance.vocabulary.rights import Enquiry, Question, Statement
from countenance.web.kit import moments
from countenance.web.kit.pages import Pages
from countenance.web.portal.configuration import PortalSettings

T = TypeVar("T")

Language = Literal["en", "zh", "ru"]
Asked = Question | Enquiry | NoticesAsked
NONCE: Final = 16
SEALED: Final[Mapping[type, tuple[str, str]]] = {
    Question: ("question", "door.ask"),
    Enquiry: ("enquiry", "door.status"),
    NoticesAsked: ("notices", "door.notices"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the portal. `surveys`: takes answers; `gallery`: the gallery custodian's record, once there is
    one."""

    surveys: Receiver
    gallery: Callable[[], Genesis | None] = lambda: None


@dataclass(frozen=True, slots=True, repr=False)
class Portal:
    """One portal. `call`: the repository's door; `own`: opens the custodian's answers; `clock`: UTC milliseconds.

    `zone`: in which people say and are told times.
    """

    genesis: Genesis
    origin: str
    call: Call
    own: OwnKey
    pages: Pages
    zone: zoneinfo.ZoneInfo
    clock: Callable[[], Moment]
    random: Callable[[int], bytes]
    settings: PortalSettings
    beside: Beside

    def __repr__(self) -> str:
        return f"Portal({self.origin})"

    def page(self, request: Request, language: str, name: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """Page `name` in the language of its address, with links to the same page in the others."""
        here = request.url.path.partition(f"/{language}")[2]
        spelled: dict[str, Any] = {
            "day": lambda moment: moments.day(moment, self.zone, language),
            "clock": lambda moment: moments.clock(moment, self.zone),
            "moment": lambda moment: moments.said(moment, self.zone, language),
        }
        return self.pages.shown(_spoken(language), name, status=status, here=here, **spelled, **facts)

    def wrong(self, request: Request, language: str, error: CountenanceError) -> HTMLResponse:
        """A page that says what was not done, and what to do."""
        return self.page(request, language, "wrong", status=error.status, error=error)

    def cameras(self) -> list[Camera]:
        """The cameras that are declared, by name."""
        listed = self.call("cameras", {}, ()).body.get("cameras")
        if not isinstance(listed, list):
            raise Malformed("the list of cameras cannot be read: run the same version on both sides")
        return sorted((records.read(Camera, canonical.write(one)) for one in listed), key=lambda camera: camera.name)

    def asked(self, asked: Question | Enquiry) -> Statement:
        """What the custodian says to what somebody asked here. Raises what it raises."""
        return self.told(asked, Statement)

    def told(self, asked: Asked, kind: type[T]) -> T:
        """What the custodian says, sealed to this process, as the type that it answers with. Raises what it raises."""
        return self._exchanged(self.genesis, *SEALED[type(asked)], asked, kind)

    def enrolled(self, purpose: Literal["held", "withdraw"], code: bytes) -> Held:
        """What the gallery custodian says to who has the code of a consent. Raises what it raises."""
        genesis = self.beside.gallery()
        if genesis is None:
            raise Refused("nobody is enrolled here: this deployment has no galleries")
        asked = Enquiry(genesis.deployment, code, self.clock(), self.random(NONCE), self.own.public)
        return self._exchanged(genesis, purpose, f"door.{purpose}", asked, Held)

    def _exchanged(self, to: Genesis, purpose: str, verb: str, asked: Asked, kind: type[T]) -> T:
        sealed = seal(to.custodian_key, binding(purpose, to.deployment), records.write(asked))
        answer = self.call(verb, {}, (sealed,))
        if len(answer.blobs) != 1:
            raise Malformed("the answer came without the custodian's part: ask again")
        return records.read(kind, self.own.open(binding("answer", to.deployment, asked.nonce.hex()), answer.blobs[0]))


def _spoken(language: str) -> Headers:
    return Headers({"accept-language": language})
