"""A gate's kiosk behind its pages: clocks that are set, frames of portraits (SYNTHETIC), an officer."""

import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.faces import Template
from countenance.formats import records
from countenance.gates.enrolling import Enrolment
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.gates import Checked, Flight
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Session, Signed
from countenance.web.gate.application import application
from countenance.web.gate.kiosk import GateKiosk
from countenance.web.gate.officers import Officers
from countenance.web.portal.configuration import PortalSettings
from countenance.zones.edge.gate_place import GatePlace
from countenance.zones.edge.identity import Identity
from simulator import desk
from simulator.asgi import Answer, Client
from simulator.authenticator import Authenticator, enrolment
from simulator.browser import CONSOLE, Browser
from simulator.gate import FLIGHT, PASS, Time
from simulator.people import genesis

PLACE = GatePlace(9470, 5000)
RP_ID, ORIGIN = "gate.localhost", PLACE.origin
OFFICER = "officer-1"
PORTAL = ApprovalOrigin("portal.localhost", "https://portal.localhost", ())


@dataclass
class GatePage:
    """One kiosk and its two pages. `boards`: whether a flight boards there; `portal`: where its deployment has one."""

    folder: Path
    boards: bool = True
    time: Time = field(default_factory=Time)
    signing: SigningKey = field(default_factory=SigningKey.generate)
    said: list[str] = field(default_factory=list)
    name: str = "gate-a"
    portal: ApprovalOrigin | None = PORTAL
    demo: bool = False

    def __post_init__(self) -> None:
        self.genesis = genesis(console=CONSOLE, portal=self.portal, demo=self.demo)
        self.kiosk = GateKiosk(
            Identity(self.name, self.signing, OwnKey.generate()),
            desk.engine(),
            self.folder / "flights",
            self.time.clock,
            random=secrets.token_bytes,
            say=self.said.append,
        )
        self.officers = Officers(self.folder / "officers", self.genesis, ORIGIN)
        settings = PortalSettings(timezone="UTC")
        shown = application(self.genesis, PLACE, self.kiosk, settings, self.officers, random=secrets.token_bytes)
        self.page = Client(shown, ORIGIN)
        if self.boards:
            self.kiosk.board(FLIGHT, 4)

    def sent(self, path: str, fields: "dict[str, str] | bytes" = b"", **headers: str) -> Answer:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        kind = "image/jpeg" if isinstance(fields, bytes) else "application/x-www-form-urlencoded"
        return self.page("POST", path, body, {"origin": ORIGIN, "content-type": kind, **headers})

    def token(self, code: str, who: Template, *, flight: Flight = FLIGHT, phone: bytes | None = None) -> bytes:
        making = Enrolment(flight, self.signing, same=-1.0, ends=self.time.now + HOUR)
        key = self.kiosk.flights.key(str(flight), phone=phone)
        return making.token(key, code, Checked.CHIP, who, [who], self.time.now)

    def enrolled(self, photo: bytes, code: str = PASS, agreed: str = "yes", phone: str = "") -> Answer:
        """The form by which a code is begun."""
        parts = {"ticket": code, "agreed": agreed, "phone": phone}
        body = "".join(
            f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
        ).encode()
        body += (
            b'--x\r\ncontent-disposition: form-data; name="document"; filename="p"\r\n\r\n' + photo + b"\r\n--x--\r\n"
        )
        return self.sent("/en/camera", body, **{"content-type": "multipart/form-data; boundary=x"})

    def frame(self, visit: str, data: bytes) -> Answer:
        return self.sent("/visit/frame", data, **{"x-visit": visit})

    def officer(self, person: str = OFFICER) -> "AtDesk":
        """Somebody whose passkey was taken on, signed in."""
        own = Authenticator()
        brought = own.register(enrolment(self.genesis.deployment, person), origin=ORIGIN, rp_id=RP_ID)
        self.officers.add(person, records.write(brought))
        made = AtDesk(self, person, own)
        assert made.enter().status == 200
        return made


@dataclass
class AtDesk:
    """Somebody with a passkey before the officer page."""

    at: GatePage
    person: str
    own: Authenticator = field(default_factory=Authenticator)
    hours: float = 10

    def __post_init__(self) -> None:
        self.browser = Browser(
            self.at.genesis.deployment, self.person, self.at.time.now, own=self.own, hours=self.hours
        )
        self.letter()

    def letter(self, **lies: object) -> bytes:
        """The session, signed at this origin; `lies`: about that."""
        session = records.read(Session, records.read(Signed, self.browser.session).body)
        self.browser.session = records.write(
            self.browser.by_passkey(session, **({"origin": ORIGIN, "rp_id": RP_ID} | lies))
        )
        return self.browser.session

    def enter(self) -> Answer:
        body = json.dumps({"session": self.browser.session.hex(), "signed": ""}).encode()
        return self.sent("POST", "/officer/enter", body)

    def act(self, act: str, **given: str) -> Answer:
        return self.sent("POST", f"/officer/act/{act}", json.dumps(given).encode())

    def board(self) -> str:
        answer = self.sent("GET", "/officer/board")
        assert answer.status == 200
        return answer.text

    def sent(self, method: str, path: str, body: bytes = b"") -> Answer:
        nonce = self.at.page.get("/officer/configuration").headers["dpop-nonce"]
        proof = self.browser.proof(method, f"{ORIGIN}{path}", nonce, self.at.time.now // 1000)
        headers = {"authorization": f"DPoP {self.browser.token}", "dpop": proof, "content-type": "application/json"}
        return self.at.page(method, path, body, headers | ({"origin": ORIGIN} if method == "POST" else {}))


def visit_of(answer: Answer) -> str:
    found = re.search(r'data-visit="([0-9a-f]{32})"', answer.text)
    assert found, answer.text
    return found[1]
