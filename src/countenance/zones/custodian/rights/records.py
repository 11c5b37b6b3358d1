"""What the custodian keeps of a question from the door: no name, no words, no picture."""

from dataclasses import dataclass, field

from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.rights import Wish


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """One question (key: its request id). `entry`, `replied_entry`: of the log; the latter -1 while it waits.

    `erasure`: the request of what a clerk restricted for it, empty for nothing. `sightings`: those pointed at.
    `warrant`: of a request made at a desk with a face, which has no camera here; `clerk`: who had it searched;
    `partly`: not all of it could be. `reason`: what a clerk noted for the file. `copy`: pictures were asked for, too.
    """

    request: str
    wish: Wish
    camera: str
    start: Moment
    end: Moment
    language: str
    code_hash: bytes
    question_digest: bytes
    made: Moment
    due: Moment
    entry: int
    outcome: str
    ground: str
    answered: Moment
    replied_entry: int
    gone_by: Moment
    sightings: tuple[str, ...]
    erasure: str
    warrant: str = field(default="", metadata=LATER)
    clerk: str = field(default="", metadata=LATER)
    reason: str = field(default="", metadata=LATER)
    partly: bool = field(default=False, metadata=LATER)
    copy: bool = field(default=False, metadata=LATER)

    def __repr__(self) -> str:
        return f"Asking({self.request}, {self.wish.value})"

    @property
    def waits(self) -> bool:
        """Whether no clerk has replied yet."""
        return not self.outcome

    def copied(self, now: Moment) -> tuple[str, ...]:
        """The sightings of which its asker can be given a copy at this moment, while the request has not expired."""
        return self.sightings if self.copy and now < self.due else ()


@dataclass(frozen=True, slots=True)
class Today:
    """How many were asked on one day (key: of what, a slash, the day's number)."""

    count: int


@dataclass(frozen=True, slots=True)
class OfWarrant:
    """Which question a subject's own request (key: its warrant's id) is."""

    request: str
