"""Quality: how useful a sample is for comparison, from what can be seen of it.

Every component is 0 to 1; the value is their weighted geometric mean, so that one useless component makes the whole
useless. Quality ranks shots of one subject and says what to do better; it is no promise of a comparison's outcome, and
nothing here tells a living face from a picture of one.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed
from countenance.faces import pose
from countenance.faces.alignment import Sample
from countenance.faces.image import Image, checked
from countenance.vocabulary.faces import Face, Quality

# On 149 mated pairs with one photo made smaller, blurred, darkened or noisy, the value's rank correlation with the
# comparison score is 0.51, and the quarter with the lowest value scores 0.43 where the best scores 0.67.
WEIGHTS = {"size": 0.25, "sharpness": 0.25, "pose": 0.15, "exposure": 0.20, "detection": 0.15}
# Pixels between the eyes that give 0.63; at 35 an extractor of 112 x 112 pixels sees the face in its own resolution.
EYE_DISTANCE = 22.0
# Detail per contrast that gives 0.5: sharp portraits have 0.04 and more, blurred by a sigma of 2 sample pixels 0.006.
HALF_SHARP = 0.015
# Offsets of the nose tip, in parts of the distance between the eyes, that halve the pose component.
HALF_YAW, HALF_PITCH = 0.30, 0.35
# Grey levels (of 255) between which a face's middle brightness is fine, and those that count as clipped.
DARK, BRIGHT, BLACK, WHITE = 70.0, 190.0, 8, 247


def assess(image: Image, face: Face, sample: Sample) -> Quality:
    """The quality of `sample`, cut out of `image` for `face`. Raises Malformed for no picture or landmarks."""
    checked(image)
    points = np.array(face.landmarks, np.float64)
    if not np.isfinite(points).all():
        raise Malformed("the face's landmarks are not numbers: detect the face again")
    grey = _middle(checked(sample))
    parts = {
        "size": float(1.0 - np.exp(-np.linalg.norm(points[1] - points[0]) / EYE_DISTANCE)),
        "sharpness": _sharpness(grey),
        "pose": _pose(points),
        "exposure": _exposure(grey) * _inside(image, points),
        "detection": float(np.clip(face.score, 0.0, 1.0)),
    }
    value = float(np.prod([parts[name] ** weight for name, weight in WEIGHTS.items()]))
    return Quality(value=value, **parts)


def _middle(sample: Sample) -> NDArray[np.float32]:
    """The grey levels of the sample's middle, where there is face and no background."""
    grey = cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    return grey[height // 5 : height - height // 10, width // 5 : width - width // 5].astype(np.float32)


def _sharpness(grey: NDArray[np.float32]) -> float:
    """Energy of fine detail (a Laplacian, noise smoothed first) per energy of contrast."""
    contrast = float(grey.var())
    if contrast < 1.0:
        return 0.0
    detail = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.CV_32F)
    ratio = float(np.var(detail)) / contrast
    return ratio / (ratio + HALF_SHARP)


def _pose(points: NDArray[np.float64]) -> float:
    """1 for a frontal face, less the more it is turned (yaw) or nods (pitch). Roll is undone by alignment: no cost."""
    found = pose.measured(points)
    if found is None:
        return 0.0
    # A turned head's eyes come closer together than its height says: frontal faces have about 0.87.
    narrow = max(0.0, found.slender - 1.2)
    return float(2.0 ** -((found.aside / HALF_YAW) ** 2 + (found.nod / HALF_PITCH) ** 2 + narrow**2))


def _exposure(grey: NDArray[np.float32]) -> float:
    """1 for a well-lit face, less if it is dark, glaring, flat, or has much pure black or white."""
    mean, spread = float(grey.mean()), float(grey.std())
    light = min(1.0, mean / DARK, (255.0 - mean) / (255.0 - BRIGHT))
    clipped = float(np.mean((grey <= BLACK) | (grey >= WHITE)))
    return max(0.0, light) * (1.0 - clipped) * min(1.0, spread / 20.0)


def _inside(image: Image, points: NDArray[np.float64]) -> float:
    """The share of the landmarks that lie inside the picture."""
    height, width = image.shape[:2]
    return float(np.mean((points >= 0).all(axis=1) & (points < [width, height]).all(axis=1)))
