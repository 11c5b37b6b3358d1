"""Roles with keys, a probe helper, and warrants that need nothing more than signatures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import (
    Approval,
    Limits,
    Person,
    Probe,
    ProbeBinding,
    Role,
    Scope,
    Warrant,
    WarrantKind,
)
from countenance.warrants import policy, ready
from countenance.warrants.authorise import Circumstances
from countenance.warrants.policy import Policy

NOW = 480_000 * HOUR + 25 * 60_000
DEPLOYMENT = "00112233aabbccdd"
WARRANT = "0123456789abcdef"
EXTRACTOR = hashlib.sha256(b"extractor").digest()
HELPER = SigningKey.from_bytes(hashlib.sha256(b"probe helper").digest())
POLICY = policy.read(ready.text("eu"))
CAST = (
    ("officer-1", "police", (Role.OFFICER,)),
    ("officer-2", "police", (Role.OFFICER, Role.APPROVER)),
    ("supervisor-1", "police", (Role.APPROVER,)),
    ("supervisor-2", "police", (Role.APPROVER,)),
    ("court-b/judge-1", "court-b", (Role.APPROVER,)),
    ("court-b/judge-2", "court-b", (Role.APPROVER,)),
    ("court-b/judge-3", "court-b", (Role.APPROVER, Role.JUDICIAL)),
    ("reviewer-1", "police", (Role.REVIEWER,)),
    ("reviewer-2", "court-b", (Role.REVIEWER,)),
    ("reviewer-3", "court-b", (Role.REVIEWER,)),
    ("reviewer-4", "police", (Role.REVIEWER,)),
    ("clerk-1", "station", (Role.CLERK,)),
    ("clerk-2", "station", (Role.CLERK,)),
    ("operator-1", "station", (Role.OPERATOR,)),
)


def key_of(name: str) -> SigningKey:
    return SigningKey.from_bytes(hashlib.sha256(f"key of {name}".encode()).digest())


def person(name: str) -> Person:
    return next(Person(name, where, roles, key_of(name).public) for known, where, roles in CAST if known == name)


def people() -> dict[str, Person]:
    return {name: person(name) for name, _, _ in CAST}


def unit(seed: int, dimension: int = 128) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal(dimension)
    return (values / np.linalg.norm(values)).astype(np.float32)


def near(template: np.ndarray, cosine: float, seed: int) -> np.ndarray:
    """A unit vector whose cosine with `template` is `cosine`."""
    other = unit(seed, len(template)).astype(np.float64)
    other -= np.dot(other, template) * template
    other /= np.linalg.norm(other)
    return (cosine * template + np.sqrt(1 - cosine**2) * other).astype(np.float32)


SUBJECT = unit(1)
TEMPLATE = encode.to_bytes(encode.encode(SUBJECT))
PHOTO = b"a photo"


def genesis(**changed: object) -> Genesis:
    made = Genesis(
        deployment=DEPLOYMENT,
        made=NOW - 1000 * HOUR,
        demo=True,
        assurance=Assurance.SINGLE_HOST,
        quorum=2,
        custodian_key=b"custodian",
        log_key=bytes(32),
        log_origin="countenance.example/log",
        auditors_key=b"auditors",
    )
    return replace(made, **changed)


def camera(name: str, **changed: object) -> Camera:
    made = Camera(name, "edge-1", "hall", "safety", "law 1", "dpia 1", "a notice", 72, False)
    return replace(made, **changed)


def probe(template: bytes = TEMPLATE, key: SigningKey = HELPER) -> Probe:
    binding = ProbeBinding(hashlib.sha256(PHOTO).digest(), hashlib.sha256(template).digest(), EXTRACTOR, "probe")
    signature = key.sign(records.write(binding))
    return Probe(binding.image_digest, binding.template_digest, EXTRACTOR, "probe", signature)


def limits(**changed: int) -> Limits:
    return replace(Limits(10, 3, NOW + 48 * HOUR, NOW + 90 * 24 * HOUR, 440, 10), **changed)


def warrant(**changed: object) -> Warrant:
    made = Warrant(
        deployment=DEPLOYMENT,
        warrant=WARRANT,
        number=1,
        kind=WarrantKind.ORDINARY,
        policy=POLICY.hash,
        case="case 7",
        purpose="missing person",
        legal_basis="law 2, section 3",
        requester="officer-1",
        made=NOW - 60_000,
        probe=probe(),
        scope=Scope(("hall-east", "hall-west"), NOW - 3 * HOUR, NOW),
        limits=limits(),
        real_time=None,
        narrowed_from=b"",
        narrowed_by="",
    )
    return replace(made, **changed)


def word(
    name: str, text: Warrant, *, approves: bool = True, key: SigningKey | None = None, **changed: object
) -> Signed:
    """What `name` signs to approve or decline `text`: an ask, as the custodian keeps it."""
    said = Approval(text.warrant, text.number, records.digest(text), name, approves, "" if approves else "no", NOW)
    said = replace(said, **changed)
    ask = Ask(text.deployment, name, Verb.APPROVE.value, records.write(said), NOW, bytes(16), b"reply")
    return sign.signed(ask, name, key or key_of(name))


def approvals(text: Warrant, names: Sequence[str] = ("supervisor-1", "court-b/judge-1")) -> list[Signed]:
    return [word(name, text) for name in names]


@dataclass
class World:
    """Circumstances that tests change one at a time."""

    genesis: Genesis = field(default_factory=genesis)
    now: int = NOW
    people: dict[str, Person] = field(default_factory=people)
    helpers: dict[str, bytes] = field(default_factory=lambda: {"probe": HELPER.public})
    cameras: dict[str, Camera] = field(default_factory=lambda: {n: camera(n) for n in ("hall-east", "hall-west")})
    uses_left: int = 3
    policy: Policy | None = POLICY

    def circumstances(self) -> Circumstances:
        return Circumstances(
            self.genesis, self.now, self.people, self.helpers, self.cameras, self.uses_left, self.policy
        )
