"""Standing galleries: whom to watch for, before which cameras, how long; what an edge offers; what an alert says.

A gallery's text is the canonical JSON of `StandingGallery`; its hash is SHA-256 of that text, and only approvals over
the same hash count. It is a kind of warrant: acts and entries name its id where they name a warrant's.

A *flight's gallery* is drafted, approved, masked and ended as one, and is none: it stands before that flight's kiosks,
to whom it says who stands there, and alerts nobody. Its references are named by check-in numbers.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Probe

MOST_SHOTS: Final = 4
"""Photos of one traveller in a flight's gallery."""

_SEQUENCE: Final = re.compile(r"[0-9]{1,4}[A-Z0-9]?")
_LETTERS: Final = 5


def reference_of(sequence: str, shot: int) -> str:
    """The reference of photo `shot` (from 0) of who has this check-in number: its letters and the shot, 16 hex digits.

    Raises ValueError for what is no check-in number (IATA Resolution 792), or a photo too many.
    """
    if not _SEQUENCE.fullmatch(sequence) or not 0 <= shot < MOST_SHOTS:
        raise ValueError("no check-in number, or a photo too many")
    return sequence.ljust(_LETTERS).encode().hex() + f"{shot:06x}"


def sequence_of(reference: str) -> str:
    """The check-in number of a reference of a flight's gallery. Raises ValueError for any other."""
    sequence = bytes.fromhex(reference[: 2 * _LETTERS]).decode("ascii").rstrip(" ")
    if reference != reference_of(sequence, int(reference[2 * _LETTERS :], 16)):
        raise ValueError("no reference of a flight's gallery")
    return sequence


def bare(sequence: str) -> str:
    """A check-in number as it is compared: written with leading zeros in one place and without in another."""
    return sequence.lstrip("0") or "0"


@dataclass(frozen=True, slots=True)
class Reference:
    """One person who is watched for. `reference`: 16 hex digits, drawn at random; it names nobody."""

    reference: str
    probe: Probe


@dataclass(frozen=True, slots=True)
class GalleryLimits:
    """How far a gallery goes. `candidates`: references that one probe may alert to; `alerts`: in 24 hours.

    `secrecy_end`: when the people in it may know. `one_in`: at most one false alert in so many passers-by, or 0 for a
    bare threshold.
    """

    candidates: int
    alerts: int
    secrecy_end: Moment
    one_in: int = field(default=0, metadata=LATER)


@dataclass(frozen=True, slots=True)
class StandingGallery:
    """Who may be watched for, where, from when until when (`end` not included), why and how far.

    `cameras`: as they were declared when the text was written, so that approvers sign what the places are. `threshold`:
    comparison score (cosine) in thousandths. `number` is 1: a gallery is not narrowed but withdrawn and drafted anew.
    `consent`: where it stands by the consent of the one person in it, that consent's number (`consents.number_of`).
    `flight`: where it is a flight's, that flight's name; `cameras` are then its kiosks, which may ask it as often as
    `limits.alerts` says.
    """

    deployment: str
    gallery: str
    number: int
    case: str
    purpose: str
    legal_basis: str
    requester: str
    made: Moment
    references: tuple[Reference, ...]
    cameras: tuple[Camera, ...]
    start: Moment
    end: Moment
    threshold: int
    limits: GalleryLimits
    consent: bytes = field(default=b"", metadata=LATER)
    flight: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class Referral:
    """REFER: references of a gallery to be drafted; beside the request lie template, photo key and photo of each."""

    gallery: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Pictured:
    """PICTURE: the photo of one reference."""

    gallery: str
    reference: str


@dataclass(frozen=True, slots=True)
class Ending:
    """END: a gallery is withdrawn. `reason`: read by whoever lists it."""

    gallery: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionOffer:
    """What an edge signs to begin a session for one camera. `sealed_digest`: SHA-256 of the sealed session secret."""

    deployment: str
    edge: str
    camera: str
    made: Moment
    sealed_digest: bytes


@dataclass(frozen=True, slots=True)
class MaskedGallery:
    """A gallery as an edge holds it. `digest`: SHA-256 of its masked rows, written one after the other.

    `flight`: whose gallery it is, where it is a flight's; `basis`: the law that demands it, as travellers are told.
    """

    gallery: str
    number: int
    rows: int
    dimension: int
    extractor: bytes
    digest: bytes
    flight: str = field(default="", metadata=LATER)
    basis: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class Alert:
    """A probe's comparison score with a reference was above the threshold. Nothing more until two people say so.

    `moment`: when the track ended; `sighting`: what a warrant for that camera and hour will find.
    """

    alert: str
    gallery: str
    number: int
    reference: str
    camera: str
    moment: Moment
    sighting: str
    made: Moment
    entry: int
