"""The public register: what everyone may know of a deployment, as its custodian signs for it.

Months are UTC and written `2026-03`. What was counted in fewer than LEAST cases is never said, nor is anything from
which it follows: `log.suppression` says how.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.calibration import Calibration
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.surveyed import Reported

LEAST = 5
"""The smallest count that is said. Statistical offices use 3 to 10; below 5 a town knows who was meant."""

UNSAID = -1
"""A figure that is not said: too small, too near to the whole, or of something else than this is about."""


class What(StrEnum):
    """What is counted. Searches and what approvers declined, by purpose; the rest of the whole deployment.

    Deletions are said beside the questions that lead to most of them; by themselves where there is no door to ask at.
    Flights boarded at a gate's kiosk: where there is a gate.
    """

    SEARCHES = "searches"
    DECLINED = "declined"
    REFUSED = "refused"
    DELETED = "deleted"
    ASKED = "asked"
    BOARDED = "boarded"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both included, and what was counted in them: as few months as make at least LEAST.

    Of searches: `urgent` of them; `judged` candidates, on which reviewers agreed or not, and of these the `confirmed`.
    Of questions: `days` that half of the answers took at most; how many deletions there were, `deleted`, and the
    `deleted_days` that half of them took at most. Of deletions by themselves: `days`. Whatever else is UNSAID.
    Of flights boarded at a kiosk, milliseconds: `face` and `other`, which half of the lanes' medians were at most;
    `unequal`, how many differed by more than was allowed; `allowed`, the most that was for one of them.
    """

    first: str
    last: str
    count: int
    urgent: int
    judged: int
    confirmed: int
    days: int
    deleted: int
    deleted_days: int
    face: int = field(default=UNSAID, metadata=LATER)
    other: int = field(default=UNSAID, metadata=LATER)
    unequal: int = field(default=UNSAID, metadata=LATER)
    allowed: int = field(default=UNSAID, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Series:
    """One thing counted from month `since` on. `purpose`: as a policy names it; empty for others, or for no purpose.

    Months behind the last period, up to the register's last, have seen fewer than LEAST together.
    """

    what: What
    purpose: str
    since: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A camera as it was declared, and when. `until`: when it was withdrawn, 0 while it records.

    `entry`: first of the CLASS entries among which the declaration is: more exactly it would say how much happened
    before it in the same quarter of an hour. The digest in that entry is that of `camera`.
    """

    camera: Camera
    since: Moment
    until: Moment
    entry: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """A policy that was set. `policy`: SHA-256 of its text; `text`: empty where it is not kept. `entry`: see Listed."""

    policy: bytes
    text: str
    since: Moment
    entry: int


@dataclass(frozen=True, slots=True)
class Register:
    """Everything. `made`: of the checkpoint, which is the newest published; `genesis`: SHA-256 of the genesis record.

    `last`: the newest month that was over when the checkpoint was made, and the last that is counted. `surveys`: all
    results that were ever published, oldest first.
    """

    deployment: str
    genesis: bytes
    demo: bool
    assurance: Assurance
    witnesses: tuple[str, ...]
    made: Moment
    last: str
    cameras: tuple[Listed, ...]
    policies: tuple[Ruling, ...]
    calibrations: tuple[Calibration, ...]
    series: tuple[Series, ...]
    checkpoint: str
    surveys: tuple[Reported, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True, slots=True)
class Publisher:
    """What whoever publishes a register says of themselves; the custodian knows nothing of it and does not sign it.

    `version`: of the program that made the pages.
    """

    controller: str
    contact: str
    version: str
