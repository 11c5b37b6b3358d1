"""The log's words (RFC 6962, RFC 9162, C2SP tlog): entries, checkpoints, proofs."""

from dataclasses import dataclass
from enum import StrEnum

from countenance.vocabulary.moments import Moment


class Kind(StrEnum):
    """What an entry records."""

    GENESIS = "genesis"
    OPENED = "opened"
    CLOSED = "closed"
    ROSTER = "roster"
    EDGE = "edge"
    CAMERA = "camera"
    LEASED = "leased"
    EPOCH_DESTROYED = "epoch-destroyed"
    DRAFTED = "drafted"
    PRESENTED = "presented"
    NARROWED = "narrowed"
    APPROVED = "approved"
    DECLINED = "declined"
    ALARMED = "alarmed"
    REFUSED = "refused"
    MALFORMED = "malformed"
    READ = "read"
    AUTHORISED = "authorised"
    DELIVERED = "delivered"
    OUTCOME_UNKNOWN = "outcome-unknown"
    REVIEWED = "reviewed"
    ENTERED = "entered"
    LOOKED = "looked"
    ASKED = "asked"
    REPLIED = "replied"
    NAMED = "named"
    RESTRICTED = "restricted"
    LIFTED = "lifted"
    ERASURE_ORDERED = "erasure-ordered"
    ERASED = "erased"
    EXPIRED = "expired"
    ROTATION_ORDERED = "rotation-ordered"
    ROTATED = "rotated"
    MIGRATION_DRAFTED = "migration-drafted"
    MIGRATING = "migrating"
    MIGRATED = "migrated"
    HOLD_DRAFTED = "hold-drafted"
    HELD = "held"
    HOLD_RELEASED = "hold-released"
    HOLD_ENDED = "hold-ended"
    ALERTED = "alerted"
    IDENTIFIED = "identified"
    STRUCK = "struck"
    OVERFLOWED = "overflowed"
    GALLERY_ENDED = "gallery-ended"
    WITNESS = "witness"
    WITNESSES_REQUIRED = "witnesses-required"
    LOG_ALARMED = "log-alarmed"
    PADDING = "padding"
    POLICY = "policy"
    URGENT = "urgent"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    FROZEN = "frozen"
    CLEARING = "clearing"
    CLEARED = "cleared"
    STOPPED = "stopped"
    CANARY = "canary"
    BACKED_UP = "backed-up"
    BACKUP_ENDED = "backup-ended"
    RESTORED = "restored"
    HSM = "hsm"
    CALIBRATION = "calibration"
    MEASURING = "measuring"
    MEASURED = "measured"
    SURVEYED = "surveyed"
    BOARDED = "boarded"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record. `facts`: no personal data; `of`: index of the entry it follows from, or -1."""

    kind: Kind
    made: Moment
    of: int
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Preimage:
    """What a leaf hides: leaf data = SHA-256(nonce || canonical JSON of the entry). `nonce`: 32 random bytes."""

    nonce: bytes
    entry: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head. `note` is the signed note (C2SP) that says so."""

    origin: str
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's line under a checkpoint. `made`: when, by the witness's clock; `line`: as it stands in the note."""

    witness: str
    made: Moment
    line: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody of another organisation who cosigns this log's checkpoints. `key`: Ed25519, 32 bytes, theirs alone.

    `url`: where it is asked (the submission prefix of C2SP tlog-witness).
    """

    name: str
    organisation: str
    url: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """That the leaf at `index` is in the tree of `checkpoint` (RFC 9162 section 2.1.3)."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
