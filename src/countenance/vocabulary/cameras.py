"""Cameras and the partitions their rows fall into."""

from dataclasses import dataclass

from countenance.vocabulary.moments import Hour


@dataclass(frozen=True, slots=True)
class Camera:
    """What a controller declares of a capture device before it may record.

    `retention_hours` counts from the end of the hour a sighting belongs to. `extracts` is decided by the custodian:
    a camera in a publicly accessible place records covered footage only, until a quorum has said otherwise.
    """

    name: str
    edge: str
    place: str
    purpose: str
    legal_basis: str
    dpia: str
    notice: str
    retention_hours: int
    publicly_accessible: bool

    @property
    def extracts(self) -> bool:
        """Whether templates and patches are made at capture (GDPR Art. 9: biometric data of everyone who passes)."""
        return not self.publicly_accessible


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """The rows of one camera and one hour: the unit of keys, scope, retention and completeness."""

    camera: str
    hour: int

    def __str__(self) -> str:
        return f"{self.camera}/{Hour(self.hour)}"
