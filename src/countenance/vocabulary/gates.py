"""What a gate speaks of: a flight, a ticket, the reference that a traveller holds, and what was decided.

Nothing here holds a face but `Sealed`, and no record that is kept or sent has a score, a template or a name.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from countenance.vocabulary.moments import Moment

MOST_ALLOWED: Final = 60_000
"""Milliseconds: nobody may call lanes equal that differ by more."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight on one day, as a ticket names it. `day`: of the year, 1 to 366."""

    carrier: str
    number: str
    day: int
    origin: str
    destination: str

    def __str__(self) -> str:
        return f"{self.carrier}{self.number}-{self.day:03d}-{self.origin}-{self.destination}"


@dataclass(frozen=True, slots=True, repr=False)
class Ticket:
    """What a gate takes of one leg of a boarding pass (IATA Resolution 792); the traveller's name is left on it.

    `booking`: the carrier's booking reference. `sequence`: the check-in number on this flight.
    """

    flight: Flight
    booking: str
    sequence: str

    def __repr__(self) -> str:
        return f"Ticket({self.flight})"


class Checked(Enum):
    """How it was made sure whose face a reference is, before it was sealed."""

    CHIP = "chip"
    """A person of the staff saw the document; its chip's photo was compared 1:1."""
    PRINTED = "printed"
    """The same with the printed photo of a document without a chip."""
    UNVERIFIED = "unverified"
    """Enrolled at home: nobody saw a document. Such a reference opens no gate alone."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """What a token holds. `single`: 16 random bytes, its own id. `booking`: keyed hash of the ticket, 16 bytes.

    `extractor`: the first 8 bytes of its digest. `code`: the template in whole numbers, see `gates.coding`. `issued`
    and `expires` are whole seconds.
    """

    single: bytes
    booking: bytes
    checked: Checked
    issued: Moment
    expires: Moment
    extractor: bytes
    code: bytes

    def __repr__(self) -> str:
        return f"Sealed({self.checked.value}, {len(self.code)} components)"


class Lane(Enum):
    """Which way somebody went through. Nobody is asked why."""

    FACE = "face"
    OTHER = "other"


class Reason(Enum):
    """Why an officer is called. None of them is a refusal."""

    TICKET = "ticket"
    """The ticket could not be read, or is for another flight."""
    ALTERED = "altered"
    """The token is none of this flight's kiosks: altered, made up, or for another flight."""
    BOOKING = "booking"
    """The token belongs to another booking."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    """The token went through once already."""
    UNVERIFIED = "unverified"
    """Enrolled at home: somebody has to look at the document."""
    NOBODY = "nobody"
    """No face in the marked zone."""
    SEVERAL = "several"
    """More than one face in the marked zone."""
    POOR = "poor"
    """The picture is too poor to compare."""
    CHALLENGE = "challenge"
    """What was asked was not done."""
    DIFFERENT = "different"
    """The comparison score is below the threshold."""
    UNKNOWN = "unknown"
    """The flight's gallery does not say whose face this is."""
    GALLERY = "gallery"
    """The flight's gallery could not be asked."""
    EXTRACTOR = "extractor"
    """The token was made with another extractor: enrol again, or go by the other lane."""
    CLOCK = "clock"
    """The kiosk's clock is not to be trusted, so no time limit can be."""
    STOPPED = "stopped"
    """The face lane was stopped."""


class Outcome(Enum):
    """What a gate does. There is no third thing: a machine refuses nobody."""

    PASS = "pass"  # noqa: S105 - a word on a page
    OFFICER = "officer"


class Word(Enum):
    """What an officer decided after they were called."""

    THROUGH = "through"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Decision:
    """One traveller at one kiosk, without anything of theirs; kept until the flight is over.

    `number` counts the kiosk's decisions about this flight. `milliseconds`: from the ticket to the outcome.
    `alone`: the kiosk had not heard from the others, so that a second use elsewhere would not have shown.
    """

    flight: str
    kiosk: str
    number: int
    moment: Moment
    lane: Lane
    outcome: Outcome
    reasons: tuple[Reason, ...]
    milliseconds: int
    alone: bool


@dataclass(frozen=True, slots=True)
class OfficersWord:
    """What an officer said about decision `number` of this flight and kiosk."""

    flight: str
    kiosk: str
    number: int
    moment: Moment
    officer: str
    word: Word


@dataclass(frozen=True, slots=True)
class Boarded:
    """The webhook's body: what the carrier learns of its own `sequence`, at once; kept until it has it.

    A second one of the same sequence that passes with `reasons` is an officer's word after that call.
    """

    flight: str
    sequence: str
    moment: Moment
    lane: Lane
    outcome: Outcome
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Departed:
    """The exit record for the border: who left, by their document; no face, no score, and not which lane.

    `state`: three letters (ICAO 9303-3); `document`: its number.
    """

    flight: str
    state: str
    document: str
    moment: Moment

    def __repr__(self) -> str:
        return f"Departed({self.flight})"


@dataclass(frozen=True, slots=True)
class KeyGone:
    """A kiosk's receipt: the key of this flight was destroyed here. `key`: its id; `decisions`: how many there were.

    `unsent`: what carrier and border had not taken until then, and never get.
    """

    flight: str
    kiosk: str
    key: bytes
    decisions: int
    moment: Moment
    unsent: int


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One lane's counts and times. `called`: to an officer. `median`, `slow` (95 of 100): milliseconds, -1 of none."""

    lane: Lane
    travellers: int
    called: int
    median: int
    slow: int


@dataclass(frozen=True, slots=True)
class LanesBeside:
    """Both lanes of a flight. `difference`: by how much the other lane's median is longer, milliseconds.

    `allowed`: what policy allows. `equal`: within it; a lane that fewer than `gates.lanes.FEW` went by is not judged.
    `reasons`: how often an officer was called for each, in order of their names.
    """

    flight: str
    face: LaneFigures
    other: LaneFigures
    difference: int
    allowed: int
    judged: bool
    equal: bool
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LanesSaid:
    """What `kiosk` says of both lanes as it served them for a flight that is over. `moment`: when it was made."""

    kiosk: str
    moment: Moment
    lanes: LanesBeside
