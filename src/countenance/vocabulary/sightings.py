"""What an edge sends and a repository keeps: sighting records, footage segments, manifests, leases.

Every record here is written as canonical JSON and signed by the edge that made it; what is secret in it is already
masked, encrypted or sealed. `bytes` fields that end in `_digest` are SHA-256.
"""

from dataclasses import dataclass

from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class SightingRecord:
    """One person's pass before one camera (one track), as it lies in the repository. It has no name.

    `quality` is 0 to 1000. `dimension` is that of the masked template; its row has 2 * dimension bytes.
    `sealed_nonce_digest`: of the row's nonce R_k, sealed to the hour's epoch key.
    """

    sighting: str
    edge: str
    camera: str
    hour: int
    start: Moment
    end: Moment
    quality: int
    shots: int
    dimension: int
    extractor: bytes
    row_digest: bytes
    still_digest: bytes
    patches_digest: bytes
    sealed_nonce_digest: bytes


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One encrypted, self-initialising piece of covered footage; `digest` is of its ciphertext."""

    segment: str
    edge: str
    camera: str
    hour: int
    start: Moment
    end: Moment
    frames: int
    covered_whole: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Counters:
    """What an edge saw and what it could not keep, in one partition. All counts are frames but the last two."""

    decoded: int = 0
    dropped: int = 0
    without_lease: int = 0
    covered_whole: int = 0
    sightings_without_template: int = 0
    spool_refused: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """The edge's signed word on what exists for one camera and hour; the newest number counts.

    `sightings` and `segments` are the record digests (SHA-256 of the canonical record) in order of making; `previous`
    is the digest of the manifest before this one, empty for number 1. `closed`: nothing more will come for this hour.
    """

    edge: str
    camera: str
    hour: int
    number: int
    previous: bytes
    made: Moment
    closed: bool
    extractor: bytes
    sightings: tuple[bytes, ...]
    segments: tuple[bytes, ...]
    counters: Counters


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """An edge asks for the keys of one camera from hour `first` to hour `last`, both included."""

    edge: str
    camera: str
    first: int
    last: int
    made: Moment


@dataclass(frozen=True, slots=True, repr=False)
class Lease:
    """The keys of one camera and one hour, as one edge holds them for a while.

    `block_key` and `footage_key`: 32 bytes. `epoch_public_key`: what the hour's row nonces are sealed to.
    `extracts` False: record covered footage only. `second`: where there are two custodians, the second's `Share` for
    the same hour, as it sealed it to the edge; else empty.
    """

    camera: str
    hour: int
    edge: str
    block_key: bytes
    footage_key: bytes
    epoch_public_key: bytes
    extracts: bool
    second: bytes = b""

    def __repr__(self) -> str:
        return f"Lease({self.camera}/{self.hour})"
