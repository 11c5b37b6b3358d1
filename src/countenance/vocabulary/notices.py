"""What the custodian says of declared cameras to whoever reads their notices (GDPR Art. 13): the same to everybody."""

from dataclasses import dataclass

from countenance.vocabulary.calibration import Source
from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class NoticesAsked:
    """The question, sealed to the custodian, and its answer to `reply_key`. `nonce`: 16 random bytes."""

    deployment: str
    made: Moment
    nonce: bytes
    reply_key: bytes


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often a machine is wrong at a camera, as it was counted for the extractor with this digest.

    Of a search that compares `rows` sightings, at the threshold (thousandths) that it uses: `false_most`, the upper
    bound of the rate at which one comparison takes a stranger for the person (billionths; one-sided, 95 %); `missed`,
    searches in thousandths that miss somebody who is there, -1 where nobody counted. `made`: when it was counted.
    """

    extractor: bytes
    source: Source
    made: Moment
    rows: int
    threshold: int
    false_most: int
    missed: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A camera that stands declared. `digest`: of its Camera record; `since`, `entry`: of the log's entry that says so.

    `rates`: one for each extractor of which any are known; none where the camera makes no templates.
    """

    camera: str
    digest: bytes
    since: Moment
    entry: int
    rates: tuple[ErrorRate, ...]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Every camera that stands declared, by name."""

    deployment: str
    cameras: tuple[Confirmed, ...]
