"""What an edge says of a camera while it records: how it stands, and a small covered picture of now.

Nothing here is kept: a repository holds the newest in memory. Non-personal: counts, times and sizes.
"""

from dataclasses import dataclass
from enum import Enum

from countenance.vocabulary.moments import Moment
from countenance.vocabulary.sightings import Counters

TILE = (320, 180)
"""Pixels: the largest picture of a wall."""

VIEW = (960, 960)
"""Pixels: the largest picture of a camera that somebody has opened."""


class SourceState(Enum):
    """Where a camera's source stands."""

    WAITING = "waiting"
    """It does not answer, or gave no picture yet; it is asked again."""
    PLAYING = "playing"
    ENDED = "ended"
    """The recording is over, or its process was told to stop."""


@dataclass(frozen=True, slots=True)
class Beat:
    """An edge's signed word about one camera and the pictures that come with it; `made` grows within a camera.

    `newest`: moment of the newest frame that was covered, 0 if there was none. `width`, `height`: of its frames, in
    pixels. `rate`: thousandths of frames a second that were decoded. `hour`: which is recorded, and counted in
    `counters`; -1 before there is one. `people`: tracks that are live now. `sightings`: sent since the process started.
    `waiting`: items in the spool; `refused`: set aside there. `free_mb`: megabytes free on its disk. `lease_until`: end
    of the last hour that can be recorded with the leases held, 0 without one for `hour`. `extracts`: whether that lease
    allows templates. `lost`: pictures that the repository did not take. `tile`, `view`: SHA-256 of the encrypted
    pictures, empty where there is none.
    """

    edge: str
    camera: str
    made: Moment
    source: SourceState
    newest: Moment
    width: int
    height: int
    rate: int
    hour: int
    counters: Counters
    people: int
    sightings: int
    waiting: int
    refused: int
    free_mb: int
    lease_until: Moment
    extracts: bool
    lost: int
    tile: bytes = b""
    view: bytes = b""
