"""Migrating sightings to another extractor: what is ordered, and what one batch of it is.

The text of an order is the canonical JSON of `MigrationOrder`; its hash is SHA-256 of that text. Approvers sign that
hash in an `Approval` whose `warrant` is the order's id and whose `number` is 1.
"""

from dataclasses import dataclass

from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class MigrationOrder:
    """Make new templates, by another extractor, of the stills of some cameras' sightings.

    `first` and `last`: hour numbers, both included. `old` and `new`: digests of the extractors' cards; `dimension`: of
    the new one's templates. Nothing is begun after `expires`.
    """

    deployment: str
    migration: str
    cameras: tuple[str, ...]
    first: int
    last: int
    old: bytes
    new: bytes
    dimension: int
    requester: str
    made: Moment
    expires: Moment
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Sightings whose stills the evidence process makes templates of: ids, and SHA-256 of each still's ciphertext.

    Beside it travel, as blobs, the block key of the new rows (32 bytes), the stills' keys (32 bytes each) and the
    nonces of the new rows (16 bytes each), one after the other; and where there are two custodians the second's pads
    for them (2 * dimension bytes each).
    """

    extractor: bytes
    dimension: int
    sightings: tuple[str, ...]
    stills: tuple[bytes, ...]
