"""Warrants, the people who act on them, and what a search may hand out.

A warrant's text is the canonical JSON of `Warrant`; its hash is SHA-256 of that text. Only approvals over the same
hash count, so narrowing makes a new version and voids what was signed before.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment


class Role(StrEnum):
    """What a person on the roster may do."""

    OFFICER = "officer"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    CLERK = "clerk"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    JUDICIAL = "judicial"


class WarrantKind(StrEnum):
    """How a warrant comes to be used: after a quorum, at once by one approver, on a scope that is real-time, or because
    somebody at a desk asks about themselves.
    """

    ORDINARY = "ordinary"
    URGENT = "urgent"
    REAL_TIME = "real-time"
    SUBJECT_ACCESS = "subject-access"


class Ground(StrEnum):
    """The closed list of AI Act Art. 5(1)(h), points (i) to (iii): there is no other ground for real time."""

    VICTIMS = "5(1)(h)(i)"
    THREAT = "5(1)(h)(ii)"
    OFFENCE = "5(1)(h)(iii)"


class Verdict(StrEnum):
    """What one reviewer says of one candidate, blind to the other's verdict."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key pair in one authenticator, which never leaves it. `public_key`: COSE; `aaguid`: its model, 16 bytes."""

    id: bytes
    public_key: bytes
    aaguid: bytes
    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person on the roster. Quorums count persons, never keys.

    `key`: Ed25519 public key of their key file (32 bytes), or empty; `credentials`: those that count now, each where it
    was enrolled. `cameras`: those whose footage the person may look at and search; empty for every camera.
    """

    name: str
    organisation: str
    roles: tuple[Role, ...]
    key: bytes
    credentials: tuple[Credential, ...] = field(default=(), metadata=LATER)
    cameras: tuple[str, ...] = field(default=(), metadata=LATER)

    @property
    def held(self) -> frozenset[bytes]:
        """Every key that is this person's: what two persons must not have in common."""
        ids = (one.id for one in self.credentials)
        keys = (one.public_key for one in self.credentials)
        return frozenset((*ids, *keys, *((self.key,) if self.key else ())))


@dataclass(frozen=True, slots=True)
class Probe:
    """What a warrant looks for, bound by an enrolled probe helper that extracted the one from the other.

    `image_digest`: of the photo's bytes. `template_digest`: of the coded template (int16 little-endian).
    `signature`: by probe helper `helper` over the canonical JSON of `ProbeBinding`.
    """

    image_digest: bytes
    template_digest: bytes
    extractor: bytes
    helper: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class ProbeBinding:
    """What a probe helper signs: this template was extracted from this photo by this extractor."""

    image_digest: bytes
    template_digest: bytes
    extractor: bytes
    helper: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cameras, from when, until when (end not included)."""

    cameras: tuple[str, ...]
    start: Moment
    end: Moment


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a warrant goes: at most one false candidate in `one_in` searches, or 0 for a bare threshold.

    `threshold`: comparison score (cosine) in thousandths, at or above the calibration's floor; a search uses it, or a
    higher one where its rows demand that.
    """

    candidates: int
    uses: int
    expires: Moment
    secrecy_end: Moment
    threshold: int
    one_in: int = field(default=0, metadata=LATER)


@dataclass(frozen=True, slots=True)
class RealTime:
    """What a warrant of kind `real-time` says besides (AI Act Art. 5(1)(h), 5(2) to 5(5), 27, 49).

    `person`: the specifically targeted individual; `place`: where, in words. `start` to `end`: the period that was
    authorised. `law`: the national law that allows it. `fria`, `registration`: ids of the fundamental rights impact
    assessment and of the entry in the EU database.
    """

    ground: Ground
    person: str
    place: str
    start: Moment
    end: Moment
    law: str
    fria: str
    registration: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a warrant of kind `subject-access` says besides: who stands at a desk asks about themselves.

    `wish`: a `rights.Wish`. `code_hash`: SHA-256 of the code that they keep. `consent`: SHA-256 of the words they
    agreed to. `assisted`: under 18, or somebody acts for them. `copy`: they want a copy of the pictures of them as well
    (GDPR Art. 15(3)). For either two clerks approve.
    """

    wish: str
    code_hash: bytes
    consent: bytes
    assisted: bool
    copy: bool = field(default=False, metadata=LATER)

    @property
    def clerks(self) -> int:
        """How many clerks must approve."""
        return 2 if self.assisted or self.copy else 1


@dataclass(frozen=True, slots=True)
class Warrant:
    """Who may look for whom, where, when, why and how far. `number` counts versions from 1; `made` by `requester`.

    `narrowed_from`: hash of the version before, empty for number 1; `narrowed_by`: who wrote this version if not the
    requester, else empty. `purpose`: one of the policy's. `policy`: SHA-256 of the policy that stood at its draft;
    a text of before there were any has none, and opens nothing. `real_time`, `subject`: of a warrant of that kind
    and no other.
    """

    deployment: str
    warrant: str
    number: int
    case: str
    purpose: str
    legal_basis: str
    requester: str
    made: Moment
    probe: Probe
    scope: Scope
    limits: Limits
    narrowed_from: bytes
    narrowed_by: str
    kind: WarrantKind = field(default=WarrantKind.ORDINARY, metadata=LATER)
    policy: bytes = field(default=b"", metadata=LATER)
    real_time: RealTime | None = field(default=None, metadata=LATER)
    subject: Subject | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's signed yes (or reasoned no) to the warrant text with this hash."""

    warrant: str
    number: int
    hash: bytes
    person: str
    approves: bool
    reason: str
    made: Moment


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves the custodian after a search: ids in random order, never a score.

    To the clerk who has a subject's own request searched each id is empty: reviewers alone are told them.
    `incomplete`: what could not be searched, one sentence each; empty means the whole scope was.
    `not_recorded`: hours of the scope in which the camera held no lease. `not_searched`: what of the scope was cut
    because too many strangers would be expected. `not_compared`: sightings without a template of the probe's extractor,
    at most 1,000 of them. `expected_false`: strangers expected at most among candidates of such a search, and `missed`:
    how often a person who is there is not found at this threshold (FNIR), or -1 where nobody counted; both in
    thousandths. `calibrations`: SHA-256 of those that say so.
    """

    warrant: str
    number: int
    candidates: tuple[str, ...]
    more_than_limit: bool
    rows: int
    partitions: int
    threshold: int
    incomplete: tuple[str, ...]
    not_recorded: tuple[str, ...]
    not_searched: tuple[str, ...]
    not_compared: tuple[str, ...]
    expected_false: int
    missed: int
    entry: int
    calibrations: tuple[bytes, ...] = field(default=(), metadata=LATER)
