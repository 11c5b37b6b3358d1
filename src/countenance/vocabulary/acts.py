"""What a person's `Ask` may carry: one record a verb. Each is canonical JSON inside the signed, sealed request."""

from dataclasses import dataclass
from enum import StrEnum

from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Role, Scope, Verdict


class Verb(StrEnum):
    """Every act a person can ask of the custodian, and nothing else is answered."""

    DRAFT = "draft"
    NARROW = "narrow"
    APPROVE = "approve"
    READ = "read"
    WARRANTS = "warrants"
    SEARCH = "search"
    CANDIDATE = "candidate"
    REVIEW = "review"
    DISCLOSE = "disclose"
    RESTRICT = "restrict"
    ORDER = "order"
    LOOK = "look"
    DECLARE = "declare"
    WITHDRAW = "withdraw"
    MIGRATE = "migrate"
    MIGRATIONS = "migrations"
    REFER = "refer"
    PICTURE = "picture"
    ALERTS = "alerts"
    END = "end"
    HOLD = "hold"
    HOLDS = "holds"
    RELEASE = "release"
    POLICY = "policy"
    FREEZES = "freezes"
    CLEAR = "clear"
    EXTENT = "extent"
    SIGN_THRESHOLD = "sign-threshold"
    ERRORS = "errors"
    ENTER = "enter"
    ROSTER = "roster"
    QUESTIONS = "questions"
    QUESTION = "question"
    REPLY = "reply"
    NAME = "name"
    AFTERWARDS = "afterwards"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Filing:
    """DRAFT and NARROW: the text with this hash lies sealed beside the request."""

    warrant: str
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """READ, SEARCH: the version of a warrant that is meant."""

    warrant: str
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Nothing:
    """WARRANTS, MIGRATIONS, HOLDS, POLICY, FREEZES, ERRORS, ROSTER, QUESTIONS: no argument."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """ENTER: what a page refused, one of `roles` or a `camera`, to be refused by the custodian; empty for no page."""

    roles: tuple[Role, ...] = ()
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Candidacy:
    """CANDIDATE, DISCLOSE: one candidate (sighting id) that a search under the warrant returned."""

    warrant: str
    number: int
    sighting: str


@dataclass(frozen=True, slots=True)
class Review:
    """REVIEW: one person's verdict on one candidate."""

    warrant: str
    number: int
    sighting: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Restriction:
    """RESTRICT: a clerk asks that sightings be taken out of every search now and erased after seven days."""

    sightings: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Order:
    """ORDER: one more person of the quorum that erases at once. `digest`: of the request being signed."""

    request: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """LOOK: an operator or officer opens covered footage of one camera, hours `first` to `last`, both included."""

    camera: str
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """DECLARE: an operator declares a camera."""

    camera: Camera


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """WITHDRAW: an operator ends a camera. What it recorded runs out by retention."""

    camera: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """CLEAR: one more person of the quorum that lets a frozen person act again, or a camera or purpose be searched.

    `person`: the name, or what is stopped (`camera:NAME`, `purpose:WORDS`); `entry`: of the freeze or stop.
    """

    person: str
    entry: int


@dataclass(frozen=True, slots=True)
class Extent:
    """EXTENT: how many rows of an extractor (digest) a scope has now, and which calibrations hold there."""

    extractor: bytes
    scope: Scope


@dataclass(frozen=True, slots=True)
class BareThreshold:
    """SIGN_THRESHOLD: an operator's word that at `threshold` (thousandths) at most one stranger in `one_in` passes.

    Nobody counted it. `group`, `cameras`: as in a `Calibration`; `reason`: which whoever reads the calibration is told.
    """

    extractor: bytes
    group: str
    cameras: tuple[str, ...]
    threshold: int
    one_in: int
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The custodian's word on an erasure, as an entry proves it. `gone_by`: when no copy is left anywhere.

    `assurance`: of the deployment then; `witnessed_by`: who had cosigned all that its log had published.
    """

    request: str
    sightings: tuple[str, ...]
    ordered_entry: int
    erased_entry: int
    gone_by: Moment
    assurance: Assurance
    witnessed_by: tuple[str, ...]
