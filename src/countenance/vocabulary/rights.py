"""What people ask at the door, and what they are told: GDPR Articles 15, 17 and 21, without a face.

Who asks names a camera and a time, and keeps a code that nobody else has. They sign nothing and give no name.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment

LONGEST_SPAN = 30 * 60_000
"""Milliseconds that one question may span: people know when they passed to within half an hour."""

LONGEST_WORDS = 500
"""Characters of what people add, such as what they wore."""

CODE = 16
"""Bytes of the code that opens the answer."""


class Wish(StrEnum):
    """What is asked for: to be told what is held (Art. 15), deletion (Art. 17), an end to it (Art. 21)."""

    TELL = "tell"
    DELETE = "delete"
    OBJECT = "object"


class Outcome(StrEnum):
    """What became of a question.

    DONE: whatever the footage showed of them was dealt with, and whether it showed anything is not said. MET: the asker
    stood before the clerk and is told what was found. DECLINED: with a ground that the law gives.
    """

    DONE = "done"
    MET = "met"
    DECLINED = "declined"


class Ground(StrEnum):
    """Why a question may be declined: nobody can be told from others (Art. 11(2)), or it is excessive (Art. 12(5))."""

    NOT_IDENTIFIABLE = "Art. 11(2)"
    EXCESSIVE = "Art. 12(5)"


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What somebody asks at the door, sealed to the custodian. It has no name and no signature.

    `start` to `end`: at most half an hour. `words`: how a clerk can tell them, at most 500 characters; they may name
    somebody, so the custodian keeps none of them. `code_hash`: SHA-256 of the 16 bytes that the asker keeps. The answer
    is sealed to `reply_key`; `nonce`: 16 random bytes.
    """

    deployment: str
    wish: Wish
    camera: str
    start: Moment
    end: Moment
    words: str
    language: str
    code_hash: bytes
    made: Moment
    nonce: bytes
    reply_key: bytes

    def __repr__(self) -> str:
        return f"Question({self.wish.value}, {self.camera})"


@dataclass(frozen=True, slots=True, repr=False)
class Enquiry:
    """How a question stands, asked with its code, sealed as a `Question` is."""

    deployment: str
    code: bytes
    made: Moment
    nonce: bytes
    reply_key: bytes

    def __repr__(self) -> str:
        return "Enquiry()"


@dataclass(frozen=True, slots=True)
class Asked:
    """QUESTION: one question, by its id, 16 hex digits."""

    request: str


@dataclass(frozen=True, slots=True)
class Reply:
    """REPLY by a clerk: what becomes of a question.

    `sightings`: those that the clerk saw to be the asker's, none or more, all of the camera and time that were asked
    for. `met`: the asker stood before the clerk while they were pointed at. `ground`: of a declined one, else empty.
    `reason`: for the custodian's file, at most 500 characters; in no entry.
    """

    request: str
    sightings: tuple[str, ...]
    met: bool
    ground: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """One sighting as its subject is told of it: when, before which camera, and until when it is kept."""

    camera: str
    start: Moment
    end: Moment
    kept_until: Moment


@dataclass(frozen=True, slots=True)
class Statement:
    """How a question stands, as the custodian tells whoever has its code.

    `outcome`: empty while it waits. `due`: by when it is answered (Art. 12(3): one month). `gone_by`: after a deletion,
    when no copy is left anywhere; 0 otherwise. `passed`: what was held, told to who was met alone. `entries`: what the
    log says of it, with proofs. `partly`: something in the span could not be searched, so there may be more.
    """

    deployment: str
    request: str
    wish: Wish
    recorded: Moment
    due: Moment
    outcome: str
    ground: str
    answered: Moment
    gone_by: Moment
    passed: tuple[Passed, ...]
    entries: tuple[Logged, ...]
    partly: bool = field(default=False, metadata=LATER)


def request_of(code_hash: bytes) -> str:
    """The id of the question whose code has this SHA-256: 16 hex digits that tell nothing of either."""
    return hashlib.sha256(b"request" + code_hash).hexdigest()[:16]
