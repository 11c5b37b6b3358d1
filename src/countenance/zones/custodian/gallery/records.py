"""What the gallery custodian keeps, each record under a key of its own.

Keys of records: a gallery's state, text and masking keys by its id; templates and photo keys by `gallery/reference`;
alerts by `gallery/sighting/reference`. Ciphertext of photos lies in `photos/GALLERY/REFERENCE`, masked rows in
`masked/GALLERY`: the one is nothing without its photo key, the other nothing without the masking keys.
"""

from dataclasses import dataclass
from pathlib import Path

from countenance.errors import Refused
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Probe
from countenance.warrants.galleries import Standing
from countenance.zones.custodian.opened import Opened


@dataclass(frozen=True, slots=True)
class GalleryState:
    """A gallery that was drafted. `approvals`: signed asks of the verb `approve`, yes and no, in order of arrival.

    `entry`: of its draft. `ended`: when, 0 while it may stand; `why`: in one word, and `reason` as it was given.
    `destroyed`: its key is gone from the store's file, too.
    """

    standing: Standing
    approvals: tuple[Signed, ...]
    entry: int
    ended: Moment = 0
    why: str = ""
    reason: str = ""
    destroyed: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class GalleryText:
    """The text as it was filed: approvers, who have no repository to fetch it from, read it here until it ends."""

    text: bytes

    def __repr__(self) -> str:
        return f"GalleryText({len(self.text)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class SealedTemplate:
    """A reference's coded template, still sealed to the gallery custodian; dropped once the gallery is masked."""

    probe: Probe
    sealed: bytes
    received: Moment

    def __repr__(self) -> str:
        return f"SealedTemplate({len(self.sealed)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class PhotoKey:
    """The key of a reference's photo, still sealed to the gallery custodian."""

    sealed: bytes

    def __repr__(self) -> str:
        return f"PhotoKey({len(self.sealed)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class MaskingKeys:
    """What unmasks a gallery: a salt (32 bytes) and 16 bytes a row, one after the other. It dies with the gallery.

    `references`: whose the rows are, in order; empty for one that was struck out. `digest`: SHA-256 of the masked rows.
    `entry`: of *authorised*.
    """

    salt: bytes
    nonces: bytes
    references: tuple[str, ...]
    dimension: int
    digest: bytes
    entry: int

    def __repr__(self) -> str:
        return f"MaskingKeys({len(self.nonces) // 16} rows)"


@dataclass(frozen=True, slots=True)
class Identifications:
    """How often a flight's gallery was asked who stands at the gate."""

    times: int


def state(opened: Opened, gallery: str) -> GalleryState:
    """The state of a gallery. Raises Refused if none of this id was drafted here."""
    found = opened.store.get(GalleryState, gallery)
    if found is None:
        raise Refused("no gallery of this id was drafted here: 'countenance gallery list' shows those that were")
    return found


def photos(directory: Path, gallery: str) -> Path:
    """Where the photos of a gallery lie, encrypted. `gallery`: 16 hex digits, checked."""
    return directory / "photos" / gallery


def masked(directory: Path, gallery: str) -> Path:
    """Where the masked rows of a gallery lie."""
    return directory / "masked" / gallery
