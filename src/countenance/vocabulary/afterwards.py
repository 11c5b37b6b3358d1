"""Afterwards: what somebody who was searched or watched for may be told once it is no secret any more.

They are known by the data of an identity document, which whoever asked for the warrant or gallery may have stated.
"""

from dataclasses import dataclass
from enum import StrEnum

from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

KEPT = 365 * 24 * MILLISECONDS_AN_HOUR
"""How long it can be told after the secrecy: twelve months."""


class DocumentKind(StrEnum):
    """Which document it is."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity-card"
    RESIDENCE_PERMIT = "residence-permit"


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """An identity document, as `formats.documents` spells it. It has no name and no birthday.

    `state`: who issued it, as in its machine-readable zone (ICAO 9303). `number`: letters and digits alone.
    """

    kind: DocumentKind
    state: str
    number: str

    def __repr__(self) -> str:
        return f"Document({self.kind.value})"


@dataclass(frozen=True, slots=True)
class Naming:
    """NAME by who asked for a warrant or gallery: whom it looks for, by their document.

    `reference`: of a gallery, else empty. `sealed`: the `Document`, to the custodian's key of `hour`, purpose
    `document` and the asker's name.
    """

    matter: str
    reference: str
    hour: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """AFTERWARDS by a clerk, before whom somebody put their document. `skip`: how many were told already."""

    hour: int
    sealed: bytes
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """One warrant or list that the person was looked for by. `ground`: of a warrant its purpose, of a list its law.

    `entries`: what the log says of its life, proved, in order: drafts, searches and what became of them, a list's
    begin and end. `whole`: these are all. `confirmed`: how many sightings two people said were of the photo.
    """

    matter: str
    listed: bool
    ground: str
    confirmed: int
    whole: bool
    entries: tuple[Logged, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What the custodian tells of a document, and signs. `matters`: those that are no secret, the oldest first.

    `left`: how many more there are, to be asked for. That there are none does not say that there was nothing.
    """

    deployment: str
    document: Document
    made: Moment
    matters: tuple[Matter, ...]
    left: int
