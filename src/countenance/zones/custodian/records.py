"""What the custodian keeps of cameras, rows, edges, people and erasures: frozen records, each under a key of its own.

Keys of records: partitions `camera/hour`, rows `camera/hour/sighting`, tombstones and spent nonces
`camera/hour/keyed hash`; cameras, edges by name; erasures by request id; the roster is one record.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Credential, Person

ROSTER_KEY = "roster"
HOUSEKEEPING_KEY = "housekeeping"
ROTATION_KEY = "rotation"
OTHER_KEY = "other"
"""Where each of two custodians keeps the genesis record of the other."""


@dataclass(frozen=True, slots=True)
class SecondHead:
    """How far the first of two custodians has seen the second's log (under OTHER_KEY). `root`: of `size` entries."""

    size: int
    root: bytes


def partition_key(camera: str, hour: int) -> str:
    """The key of a partition's records; a row's key is this, a slash, and its sighting."""
    return f"{camera}/{hour}"


@dataclass(frozen=True, slots=True, repr=False)
class PartitionKeys:
    """What the keys of one camera and one hour are derived from. Salts: 32 random bytes each."""

    camera: str
    hour: int
    edge: str
    block_salt: bytes
    footage_salt: bytes
    extracts: bool
    leased_entry: int

    def __repr__(self) -> str:
        return f"PartitionKeys({self.camera}/{self.hour})"


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One sighting that can be searched: its row is in sheet `sheet` of its partition, and so is its nonce."""

    sighting: str
    camera: str
    hour: int
    edge: str
    extractor: bytes
    dimension: int
    sheet: int
    record_digest: bytes
    row_digest: bytes
    still_digest: bytes
    patches_digest: bytes
    start: Moment
    end: Moment
    taken: Moment

    def __repr__(self) -> str:
        return f"Row({self.sighting})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the row of a sighting lies; its key is the sighting's id."""

    camera: str
    hour: int


@dataclass(frozen=True, slots=True)
class SpentNonce:
    """A row nonce that was taken in once; its key holds a keyed hash of it, so nothing here tells the nonce."""

    sighting_hash: bytes


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A sighting that was erased: replays are refused, and its place in the edge's manifest is accounted for."""

    sighting_hash: bytes
    camera: str
    hour: int
    record_digest: bytes
    erased: Moment


@dataclass(frozen=True, slots=True)
class ManifestHead:
    """The newest manifest of one partition, as signed by its edge. `digest`: of the Manifest record."""

    edge: str
    camera: str
    hour: int
    number: int
    digest: bytes
    made: Moment
    received: Moment
    closed: bool
    extractor: bytes
    sightings: tuple[bytes, ...]
    segments: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CameraState:
    """A declared camera. `stopped`: when it was withdrawn, 0 while it may record."""

    camera: Camera
    stopped: Moment
    entry: int


@dataclass(frozen=True, slots=True)
class Declared:
    """A camera's declaration (key: its name), as its operator signed it: a second custodian judges it by itself."""

    signed: Signed


@dataclass(frozen=True, slots=True)
class EdgeIdentity:
    """The public half of an edge: Ed25519 key (32 bytes) and the key its leases are sealed to. `kind`: edge, probe."""

    name: str
    kind: str
    signing_key: bytes
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class EnrolledEdge:
    """An edge the custodian talks to, or did. A revoked edge is never enrolled again under the same name."""

    identity: EdgeIdentity
    revoked: bool
    entry: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person on the roster, now or formerly. `lost`: credentials of theirs that were revoked one by one."""

    person: Person
    revoked: bool
    entry: int
    lost: tuple[Credential, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everyone who may or might act. `version` counts changes; the log holds the digest of each version."""

    version: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The highest counter that a credential (key: its id in hex) has shown, if it counts at all."""

    count: int


@dataclass(frozen=True, slots=True)
class FormerKey:
    """Whose a key was before they were given another; its key is the public key in hex. It is nobody else's, ever."""

    person: str


class Stage(StrEnum):
    """How far an erasure is. RESTRICTED: out of every search; ORDERED: in the log, being done; ERASED: done."""

    RESTRICTED = "restricted"
    ORDERED = "ordered"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What a clerk asked for. Its digest in hex is its name, so an approver who signs the name signs all of it."""

    clerk: str
    sightings: tuple[str, ...]
    reason: str
    made: Moment
    until: Moment


@dataclass(frozen=True, slots=True)
class Restricted:
    """An erasure request and what came of it. `orders`: approvers' signatures, one a person.

    `provisional`: until two reviewers have said whose it is; the clock lifts it then, and erases nothing. `desk`: the
    request with a face that it is for.
    """

    request: ErasureRequest
    stage: Stage
    orders: tuple[Signed, ...]
    restricted_entry: int
    ordered_entry: int
    erased_entry: int
    gone_by: Moment
    provisional: bool = field(default=False, metadata=LATER)
    desk: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class Gone:
    """A sighting (key: its id) whose nonce was destroyed; the repository is told so that it can sweep."""

    since: Moment


@dataclass(frozen=True, slots=True)
class ExpiredPartition:
    """A partition whose salts were destroyed; the repository is told so that it can sweep rows and footage."""

    camera: str
    hour: int
    since: Moment


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """When the store key was last replaced, and whether anything was dropped since."""

    replaced: Moment
    dropped: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """A sheet (key: as the sheet's) of which rows were erased or moved: its tags or positions may need work."""

    camera: str
    hour: int
    number: int


@dataclass(frozen=True, slots=True)
class MadeAnew:
    """A sheet (key: as the sheet's) whose templates were made anew. `order`: entry of the last order's draft."""

    order: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """An ordered rotation: the keys of the sheets that are left, and the entry that ordered it."""

    left: tuple[str, ...]
    entry: int
