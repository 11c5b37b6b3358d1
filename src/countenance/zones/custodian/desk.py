"""What an open custodian holds in memory only, between two messages: running searches, and a count of bad requests.

Nothing here is ever written. A custodian that stops forgets it, and says so in the log when it is next opened.
"""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from countenance.log.witnesses import Standing
from countenance.vocabulary.calibration import Calibration
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Moment
from countenance.warrants.authorise import Authorisation
from countenance.warrants.threshold import Calibrations

if TYPE_CHECKING:
    # `requests` needs `opened`, which carries this desk: at run time the import would go in a circle.
    from countenance.zones.custodian.measuring import Measuring
    from countenance.zones.custodian.requests import Admitted
    from countenance.zones.custodian.scoring import Comparing


@dataclass(slots=True, repr=False)
class Running:
    """A search between `begin` and `finish`.

    `q`: the coded probe, shape (d,); `asked`: partitions to be compared; `entry`: of *authorised*. `comparing`: once
    the sheets are named; `doubted`: whether products were found not to be right, and may be given once more.
    `expected`: strangers that the policy lets it expect; `calibrations`: of its cameras. `without`: its stopped
    cameras, left out. `second`: what a second custodian calls this search.
    """

    admitted: "Admitted"
    authorisation: Authorisation
    q: NDArray[np.int16]
    asked: tuple[Partition, ...]
    began: Moment
    entry: int
    expected: float
    calibrations: Calibrations = ()
    without: tuple[str, ...] = ()
    comparing: "Comparing | None" = None
    doubted: bool = False
    second: str = ""

    def wipe(self) -> None:
        """Overwrite the probe and what was made of it."""
        if self.comparing is not None:
            self.comparing.wipe()
        self.q.fill(0)

    def __repr__(self) -> str:
        return f"Running({self.authorisation.warrant.warrant}, {len(self.q)} components)"


@dataclass(slots=True, repr=False)
class Desk:
    """`malformed`: bad requests since `noted`, when the last entry about them was made.

    `held`: sheets and migration orders that could not be carried on, each with when. `heard`: at a second custodian,
    the number of the last call that was heard. `standing`: the log's witnesses, as its entries say. `asking`: held
    while they are asked. `accused`: what an alarm was raised about since opening. `calibrations`: those that were set
    and stand, as the log's entries say; `measuring`: what is being counted. `questioned`: when the door's
    questions were gone through last. `registered`: the public register that was
    signed last, and the size of the log that it is of; `registering`: held while one is made.
    """

    running: dict[str, Running] = field(default_factory=dict)
    malformed: int = 0
    noted: Moment = 0
    held: dict[str, Moment] = field(default_factory=dict)
    heard: Moment = 0
    standing: Standing = field(default_factory=Standing)
    asking: threading.Lock = field(default_factory=threading.Lock)
    accused: set[str] = field(default_factory=set)
    calibrations: tuple[Calibration, ...] = ()
    questioned: Moment = 0
    measuring: "Measuring | None" = None
    registered: tuple[int, bytes] = (-1, b"")
    registering: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return f"Desk({len(self.running)} searches)"
