"""A browser that is signed in at the console, in software: a session's key, what signed it, its asks and its proofs."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countenance.formats import records
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask, Session, SessionWord, Signed
from countenance.vocabulary.warrants import Credential
from countenance.web.kit.dpop import digest
from countenance.web.kit.sessions import token_of
from simulator.authenticator import MAKER, MODEL, Authenticator

RP_ID = "console.localhost"
ORIGIN = "http://console.localhost:8440"
CONSOLE = ApprovalOrigin(RP_ID, ORIGIN, (MAKER.root,))


def passkey(own: Authenticator) -> Credential:
    """The credential of `own` as it is enrolled at the console."""
    return Credential(own.id, own.cose, MODEL, RP_ID, ORIGIN)


@dataclass
class Browser:
    """One session of `person`. `sign`: what signs it, a passkey at the console unless a test says otherwise."""

    deployment: str
    person: str
    made: Moment
    own: Authenticator = field(default_factory=Authenticator)
    hours: float = 10
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sign: Callable[[Session], Signed] | None = None

    def __post_init__(self) -> None:
        session = Session(
            self.deployment, self.person, self.point, self.made, self.made + round(self.hours * HOUR), bytes(16)
        )
        self.session = records.write((self.sign or self.by_passkey)(session))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def token(self) -> str:
        return token_of(self.session)

    def by_passkey(self, session: Session, **lies: object) -> Signed:
        body = records.write(session)
        told = {"origin": ORIGIN, "rp_id": RP_ID} | lies
        return Signed(self.person, body, records.write(self.own.sign(body, **told)))

    def raw(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def signed(self, ask: Ask) -> Signed:
        body = records.write(ask)
        return Signed(ask.person, body, records.write(SessionWord(self.session, self.raw(body))))

    def proof(self, method: str, address: str, nonce: str, seconds: int, **lies: object) -> str:
        """A proof (RFC 9449) for a request now; `lies`: claims, and header fields with `header_` before them."""
        x, y = self.point[1:33], self.point[33:]
        jwk = {"kty": "EC", "crv": "P-256", "x": _encoded(x), "y": _encoded(y)}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
        claims = {
            "jti": secrets.token_hex(8),
            "htm": method,
            "htu": address,
            "iat": seconds,
            "ath": digest(self.token),
            "nonce": nonce,
        }
        for name, value in lies.items():
            told = header if name.startswith("header_") else claims
            told[name.removeprefix("header_")] = value
        body = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        return f"{body}.{_encoded(self.raw(body.encode()))}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
