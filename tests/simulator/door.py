"""A portal before a real custodian, with a repository's door between them that tests may tamper with."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from countenance.channel.message import Message
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.survey import waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.web.portal.application import application
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.house import Beside
from countenance.zones.custodian.rights import notices, questions
from simulator.asgi import Answer, Client
from simulator.zone import Zone

ORIGIN = "http://portal.localhost:8450"
SETTINGS = PortalSettings(
    controller="City of Example",
    contact="privacy@transport.example",
    authority="Authority of Example",
    timezone="Europe/Berlin",
)


@dataclass
class Door:
    """`cameras`: what the repository lists; `dots`: by camera, where it is drawn; `locked`: the custodian is.

    `heard`: verbs that were called.
    """

    zone: Zone
    settings: PortalSettings = SETTINGS
    cameras: dict[str, Camera] = field(default_factory=dict)
    dots: dict[str, tuple[int, int]] = field(default_factory=dict)
    plan: dict[str, Json] = field(default_factory=dict)
    locked: bool = False
    heard: list[str] = field(default_factory=list)
    surveys: Receiver = field(default_factory=lambda: Receiver(Path("nowhere"), waves.today))

    def __post_init__(self) -> None:
        genesis = replace(self.zone.genesis, portal=ApprovalOrigin("portal.localhost", ORIGIN, ()))
        app = application(
            genesis,
            self.call,
            self.settings,
            clock=self.zone.clock,
            random=secrets.token_bytes,
            beside=Beside(self.surveys),
        )
        self.client = Client(app, ORIGIN)

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        self.heard.append(verb)
        message = Message(verb, dict(body), blobs)
        of_custodian = {"door.notices": notices.confirm, "door.ask": questions.ask, "door.status": questions.status}
        if verb in of_custodian:
            if self.locked:
                raise Unavailable("the custodian is locked: open it")
            return of_custodian[verb](self.zone.opened, message)
        if verb == "cameras":
            return Message(verb, {"cameras": [records.plain(one) for one in self.cameras.values()]})
        if verb == "cameras.places":
            listed: list[Json] = [{"camera": name, "x": x, "y": y} for name, (x, y) in self.dots.items()]
            return Message(verb, {"places": listed, "plan": self.plan})
        raise Malformed("there is no such verb")

    def get(self, path: str, **headers: str) -> Answer:
        return self.client.get(path, {name.replace("_", "-"): value for name, value in headers.items()})
