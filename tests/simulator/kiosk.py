"""A kiosk at a desk: what it signs, what it seals, and how it files somebody's request about themselves."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from countenance.channel.message import Message
from countenance.crypto import segment, sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.rights import Enquiry, Statement, Wish
from countenance.vocabulary.warrants import Limits, Probe, ProbeBinding, Scope, Subject, Warrant, WarrantKind
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.custodian.rights import desk, questions
from simulator.people import EXTRACTOR, PHOTO, TEMPLATE

Call = Callable[[str, Mapping[str, object], tuple[bytes, ...]], Message]
CONSENT = hashlib.sha256(b"I agree that my face is looked for, once, and then forgotten.").digest()
IN_PROCESS = {
    "desk.key": desk.key,
    "desk.file": desk.file,
    "door.status": questions.status,
}


def of_custodian(opened: Callable[[], Opened]) -> Call:
    """A kiosk's way to a custodian in this process, as the repository passes things on, without keeping anything."""

    def call(verb: str, body: Mapping[str, object], blobs: tuple[bytes, ...]) -> Message:
        # The repository keeps the photo and passes the rest on; the warrant's id stays with it, too.
        said = {name: value for name, value in body.items() if name != "warrant"}
        return IN_PROCESS[verb](opened(), Message(verb, said, blobs[:4]))

    return call


@dataclass
class Capture:
    """What a kiosk has of who stands before it. `template`: coded, little-endian int16."""

    template: bytes = TEMPLATE
    photo: bytes = PHOTO
    extractor: bytes = EXTRACTOR

    @classmethod
    def of(cls, values: np.ndarray, photo: bytes = PHOTO, extractor: bytes = EXTRACTOR) -> "Capture":
        return cls(encode.to_bytes(encode.encode(values)), photo, extractor)


@dataclass
class Filing:
    """A request as it leaves the kiosk: `blobs` are word, text, template, photo key and photo."""

    text: Warrant
    hour: int
    blobs: tuple[bytes, ...]

    @property
    def body(self) -> dict[str, object]:
        return {"warrant": self.text.warrant, "hour": self.hour}

    @property
    def papers(self) -> tuple[bytes, bytes, bytes]:
        """What the repository keeps of it for the custodian."""
        return self.blobs[1], self.blobs[2], self.blobs[3]


@dataclass
class Kiosk:
    """An enrolled kiosk, or one that would be. `call`: the repository's socket, or `of_custodian`."""

    genesis: Genesis
    call: Call
    clock: Callable[[], Moment]
    name: str = "kiosk-1"
    signing: SigningKey = field(default_factory=SigningKey.generate)
    own: OwnKey = field(default_factory=OwnKey.generate)
    kind: str = "kiosk"

    @property
    def identity(self) -> EdgeIdentity:
        return EdgeIdentity(self.name, self.kind, self.signing.public, self.own.public)

    def probe(self, capture: Capture, **changed: object) -> Probe:
        """What the kiosk signs of a capture."""
        bound = ProbeBinding(
            image_digest=hashlib.sha256(capture.photo).digest(),
            template_digest=hashlib.sha256(capture.template).digest(),
            extractor=capture.extractor,
            helper=self.name,
        )
        bound = replace(bound, **changed)  # type: ignore[arg-type] - what a test makes different
        signature = self.signing.sign(records.write(bound))
        return Probe(bound.image_digest, bound.template_digest, bound.extractor, bound.helper, signature)

    def text(self, code: bytes, capture: Capture | None = None, wish: Wish = Wish.TELL, **changed: object) -> Warrant:
        """A request about the last three hours before both cameras of the hall, as far as `changed` says no other."""
        now = self.clock()
        made = Warrant(
            deployment=self.genesis.deployment,
            warrant=secrets.token_hex(8),
            number=1,
            case="asked at the desk",
            purpose="subject access",
            legal_basis="GDPR Art. 15, 17, 21",
            requester=self.name,
            made=now,
            probe=self.probe(capture or Capture()),
            scope=Scope(("hall-east", "hall-west"), now - 3 * HOUR, now),
            limits=Limits(10, 1, now + 8 * HOUR, now + 8 * HOUR, 440, 20),
            narrowed_from=b"",
            narrowed_by="",
            kind=WarrantKind.SUBJECT_ACCESS,
            subject=Subject(wish.value, hashlib.sha256(code).digest(), CONSENT, False),
        )
        return replace(made, **changed)  # type: ignore[arg-type] - what a test makes different

    def filing(self, text: Warrant, capture: Capture | None = None) -> Filing:
        """`text` signed and sealed, to the hour's epoch key as the custodian gives it now."""
        capture, answer = capture or Capture(), self.call("desk.key", {}, ())
        hour = answer.body["hour"]
        assert isinstance(hour, int)
        deployment, custodian, (epoch, _) = text.deployment, self.genesis.custodian_key, answer.blobs
        photo_key, written = secrets.token_bytes(32), records.write(text)
        signed = records.write(sign.signed(text, self.name, self.signing))
        blobs = (
            seal(custodian, binding("desk", deployment), signed),
            seal(custodian, binding("warrant", deployment, text.warrant, str(text.number)), written),
            seal(epoch, binding("probe", deployment, text.warrant), capture.template),
            seal(epoch, binding("photo", deployment, text.warrant), photo_key),
            segment.encrypt(photo_key, capture.photo),
        )
        return Filing(text, hour, blobs)

    def file(self, filing: Filing) -> str:
        """The request's id, as the custodian gives it."""
        return str(self.call("desk.file", filing.body, filing.blobs).body["request"])

    def look_up(self, code: bytes) -> Statement:
        """What the code's holder is told, at this kiosk or at the portal."""
        deployment, nonce = self.genesis.deployment, secrets.token_bytes(16)
        enquiry = Enquiry(deployment, code, self.clock(), nonce, self.own.public)
        sealed = seal(self.genesis.custodian_key, binding("enquiry", deployment), records.write(enquiry))
        (answer,) = self.call("door.status", {}, (sealed,)).blobs
        return records.read(Statement, self.own.open(binding("answer", deployment, nonce.hex()), answer))
