"""What the custodian tells the evidence process, and what a disclosure then says of itself.

`Instructions` travel from the custodian to the evidence process as canonical JSON, and lie word for word inside
`Disclosure`, the record in `disclosure.json`. Neither holds a key that opens anything; keys travel beside as blobs.
"""

from dataclasses import dataclass

from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Preimage, Proof
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Person


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry as the log holds it, opened, with the proof that it is there. Its index is the proof's."""

    preimage: Preimage
    proof: Proof


@dataclass(frozen=True, slots=True)
class Instructions:
    """Everything about one disclosure that is not a key or a picture.

    `hash`: SHA-256 of the warrant's text. `request`: the signed `Ask` of verb disclose. `approvals`: signed `Ask`s of
    verb approve (body `Approval`), every one over this hash. `persons`: whoever signed anything here, as on the roster.
    `verdicts`: the signed `Ask`s of verb review (body `Review`) that confirmed this sighting. `sighting`: the signed
    `SightingRecord`. `edge_key`, `helper_key`: Ed25519 public keys of the edge and of the probe helper. `hours`: to
    which each footage key belongs, in the order of the keys. `entries`: of this warrant and entry 0, in order: genesis,
    drafted or narrowed, approved, each search's authorised and delivered, reviewed, and this disclosure's authorised;
    and those that say by which extractor templates of the sighting's camera and hour were made anew.
    `threshold`: that the search applied, in thousandths. `not_confirmed`: candidates of the search that two people did
    not confirm. `searches_without_candidate`: of this warrant.
    """

    genesis: Genesis
    made: Moment
    warrant: str
    number: int
    hash: bytes
    request: Signed
    approvals: tuple[Signed, ...]
    persons: tuple[Person, ...]
    verdicts: tuple[Signed, ...]
    sighting: Signed
    edge_key: bytes
    helper_key: bytes
    camera: Camera
    hours: tuple[int, ...]
    entries: tuple[Logged, ...]
    threshold: int
    not_confirmed: int
    searches_without_candidate: int


@dataclass(frozen=True, slots=True)
class Composed:
    """How the clip came about. `frames` are in the clip; in `uncovered` of them the person is shown.

    `left_out`: frames between two close patches for which none was kept; shown covered, they would flicker.
    """

    start: Moment
    end: Moment
    frames: int
    uncovered: int
    left_out: int
    patches_without_frame: int
    segments_missing: int


@dataclass(frozen=True, slots=True)
class Model:
    """A neural network that had a part in this: its name, and the SHA-256 that stands for it."""

    task: str
    name: str
    licence: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file of the evidence folder. `digest`: SHA-256 of its bytes."""

    name: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`disclosure.json`: what was disclosed, by whose word, and the digest of every other file in the folder.

    `demo` repeats the genesis: approvals were file keys. `segments`: the signed `SegmentRecord`s that the clip was made
    from. `errors`: what is known of how often the extractor is wrong, in plain words. `delivery.json` is not listed:
    it is made after this record, and names its digest.
    """

    version: int
    demo: bool
    instructions: Instructions
    composed: Composed
    segments: tuple[Signed, ...]
    models: tuple[Model, ...]
    errors: tuple[str, ...]
    files: tuple[FileDigest, ...]
