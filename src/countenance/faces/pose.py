"""Pose: how far a head is turned and nods, as far as five landmarks tell.

The nose stands out before the plane of eyes and mouth: when the head turns it moves aside, and when it nods, along.
What is measured are ratios of distances in the picture, not degrees. They differ between people who look straight
ahead, so a turn is measured against the same person's rest. Where a flat picture is turned they hardly change.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the nose tip lies. `aside`: off the line from the eyes' middle to the mouth's, in distances between the
    eyes, positive when the head is turned to the subject's right. `share`: how far along that line, 0 to 1.
    `slender`: that line's length in distances between the eyes; frontal faces have about 0.87 to 1.1.
    """

    aside: float
    share: float
    slender: float

    @property
    def turn(self) -> float:
        """As `aside`, but in lengths of the line: it stays finite where the eyes' distance vanishes, in profile."""
        return self.aside / self.slender

    @property
    def nod(self) -> float:
        """How far along, from the line's middle, in distances between the eyes; it grows as the head nods down."""
        return (self.share - 0.5) * self.slender


def measured(landmarks: object) -> Pose | None:
    """The pose of five landmarks (right eye, left eye, nose tip, mouth corners), or None if they lie on one another."""
    points: NDArray[np.float64] = np.asarray(landmarks, np.float64)
    eyes, mouth, nose = points[:2].mean(axis=0), points[3:].mean(axis=0), points[2]
    across, along = points[1] - points[0], mouth - eyes
    width, length = float(np.linalg.norm(across)), float(np.linalg.norm(along))
    if not np.isfinite(points).all() or min(width, length) < 1e-6:
        return None
    down = along / length
    share = float((nose - eyes) @ down) / length
    aside = float((nose - eyes) @ np.array([-down[1], down[0]])) / width
    return Pose(aside, share, length / width)
