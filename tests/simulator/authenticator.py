"""An authenticator in software, with a maker whose certificate vouches for it; and every way it can be wrong."""

import datetime
import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from countenance.formats import records
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask, Assertion, Enrolment, Registration, Signed
from countenance.vocabulary.warrants import Credential

RP_ID = "approve.localhost"
ORIGIN = "https://approve.localhost:8443"
PRESENT, VERIFIED, MAY_BE_COPIED, ATTESTED = 0x01, 0x04, 0x08, 0x40
MODEL = hashlib.sha256(b"a model of authenticator").digest()[:16]
_MODEL_OID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Maker:
    """Who makes authenticators: a root certificate, and one for a model that the root signed."""

    def __init__(self, name: str = "maker", model: bytes = MODEL) -> None:
        self.root_key, self.key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(f"{name} root", self.root_key, f"{name} root", authority=True)
        model_extension = x509.UnrecognizedExtension(_MODEL_OID, b"\x04\x10" + model)
        self.certificate = self._certificate(f"{name} model", self.key, f"{name} root", extension=model_extension)

    def _certificate(
        self,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        *,
        authority: bool = False,
        extension: x509.ExtensionType | None = None,
    ) -> bytes:
        start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=36500))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if extension is not None:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.root_key, SHA256()).public_bytes(Encoding.DER)


MAKER = Maker()
APPROVAL = ApprovalOrigin(RP_ID, ORIGIN, (MAKER.root,))


@dataclass
class Authenticator:
    """One credential. `count`: of its assertions; `counts`: whether it shows that."""

    maker: Maker = field(default_factory=lambda: MAKER)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0
    counts: bool = True

    @property
    def cose(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    @property
    def credential(self) -> Credential:
        return Credential(self.id, self.cose, MODEL, RP_ID, ORIGIN)

    def register(
        self,
        enrolment: Enrolment,
        *,
        origin: str = ORIGIN,
        rp_id: str = RP_ID,
        flags: int = PRESENT | VERIFIED,
        chain: tuple[bytes, ...] | None = None,
        model: bytes = MODEL,
        **said: object,
    ) -> Registration:
        client = client_data("webauthn.create", records.digest(enrolment), origin, **said)
        told = len(self.id).to_bytes(2) + self.id + self.cose
        data = data_of(rp_id, flags | ATTESTED, 0) + model + told
        signature = self.maker.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        statement: dict = {"alg": -7, "sig": signature, "x5c": list(chain or (self.maker.certificate,))}
        if chain == ():
            own = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
            statement = {"alg": -7, "sig": own}
        attestation = cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data})
        return Registration(enrolment, client, attestation)

    def sign(
        self,
        body: bytes,
        *,
        origin: str = ORIGIN,
        rp_id: str = RP_ID,
        flags: int = PRESENT | VERIFIED,
        kind: str = "webauthn.get",
        challenge: bytes | None = None,
        **said: object,
    ) -> Assertion:
        self.count += 1
        client = client_data(kind, challenge or hashlib.sha256(body).digest(), origin, **said)
        data = data_of(rp_id, flags, self.count if self.counts else 0)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return Assertion(self.id, data, client, signature)

    def signed(self, ask: Ask, **changed: object) -> Signed:
        body = records.write(ask)
        return Signed(ask.person, body, records.write(self.sign(body, **changed)))


def client_data(kind: str, challenge: bytes, origin: str, **said: object) -> bytes:
    encoded = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    return json.dumps({"type": kind, "challenge": encoded, "origin": origin, "crossOrigin": False, **said}).encode()


def data_of(rp_id: str, flags: int, count: int) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4)


def enrolment(deployment: str, person: str, made: Moment = 0) -> Enrolment:
    return Enrolment(deployment, person, made, secrets.token_bytes(16))
