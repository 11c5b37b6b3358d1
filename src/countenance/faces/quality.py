"""Quality: how useful a sample is for comparison, and what takes from it, in the words of ISO/IEC 29794-5:2025.

All numbers are from 0 to 100. A component is the share of the comparison score with a good photo of the same subject
that is left where this is the only fault. The value is the whole of it, in one of two ways on one scale:

* with an extractor whose card says what it sees: the length of its output, which is how much of a face it saw (the
  standard's unified score is of this kind), less what is blurred or hidden. This is for photos that somebody brings;
* without, from the components. This ranks the shots of one subject at the edge, where each extraction counts.

Quality is no promise of a comparison's outcome, and nothing here tells a living face from a picture of one.
`benchmarks/quality.py` measured what is said here.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import Malformed, Refused
from countenance.faces import occlusion, pose
from countenance.faces.alignment import Sample, align
from countenance.faces.card import ExtractorCard
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.faces.image import Image, checked
from countenance.vocabulary.faces import Face, Quality, Template

# Pixels between the eyes at which half of the score is left, and how many more or less make it 0.73 or 0.27.
HALF_SIZE, SIZE_STEP = 7.3, 2.4
# Detail per contrast that leaves half: sharp portraits have 0.024, blurred by a sigma of 2 sample pixels 0.005.
HALF_SHARP = 0.0012
# Noise per contrast that leaves half: most photos have 0.02. A dark face is hard to compare for its noise, not as such.
HALF_NOISE = 0.19
# What is lost where the whole face is pure white, and where one side is as bright as the face and the other black.
GLARE, SIDE = 0.57, 0.8
WHITE = 247
# How long, in distances between the eyes, the line from their middle to the mouth's is before a face counts as turned.
FRONTAL = 1.2
# Offsets of the nose tip, in parts of the distance between the eyes, that leave half.
HALF_YAW, HALF_PITCH = 0.73, 0.86
# The detector's score for a face that nothing is wrong with, and how strongly less of it tells.
DETECTED, TELLS = 0.93, 2
# The share of the score that is left, on the scale of the value: 0.88 * share - 0.06.
SLOPE, OFFSET = 0.88, 0.06
# A component below this is a reason to look for another photo; so are fewer pixels between the eyes.
FAIR, ENOUGH = 85, 13
# What may be a face and is too poor to be called one is looked for only to say what is wrong with a picture.
DOUBTFUL = 0.3
# Pixels of a picture's shorter side below which no face in it is large enough.
SMALL_PICTURE = 40


@dataclass(frozen=True, slots=True)
class Floor:
    """What a photo must have to be taken: a value, pixels between the eyes, a detector's score (times 100)."""

    value: int
    eyes: float
    detection: int


# For what stands until somebody ends it: 99 of 100 press photos pass. Below this value strangers' photos match one
# another more often than good ones; of 10 pixels between the eyes a face is missed 4 times as often, of 8 7 times.
REFERENCE = Floor(45, ENOUGH, 80)
# For a warrant, where the photo may be all there is: below, nine of ten photos of the same person are missed, and
# strangers' photos that are as bad match one another 60 times as often as good ones.
PROBE = Floor(20, 0.0, 60)


def assess(image: Image, face: Face, sample: Sample) -> Quality:
    """The quality of `sample`, cut out of `image` for `face`, from its pixels.

    Raises Malformed for no picture or landmarks.
    """
    checked(image)
    points = np.array(face.landmarks, np.float64)
    if not np.isfinite(points).all():
        raise Malformed("the face's landmarks are not numbers: detect the face again")
    grey, eyes = _middle(checked(sample)), _eye_distance(points)
    parts = {
        "size": float(1.0 / (1.0 + np.exp((HALF_SIZE - eyes) / SIZE_STEP))),
        "sharpness": _sharpness(grey),
        "illumination": _illumination(grey) * _inside(image, points),
        "pose": _pose(points),
        "detection": float(np.clip(face.score, 0.0, 1.0)),
    }
    shares = [part if name != "detection" else min(1.0, part / DETECTED) ** TELLS for name, part in parts.items()]
    numbers = {name: _hundredths(part) for name, part in parts.items()}
    return Quality(value=_hundredths(SLOPE * float(np.prod(shares)) - OFFSET), eyes=round(eyes, 1), **numbers)


def measured(
    image: Image, face: Face, sample: Sample, extractor: Extractor, *, hidden: bool = True
) -> tuple[Template, Quality]:
    """The template of `sample`, and its quality as the extractor sees it; with `hidden`, four extractions more.

    Raises Malformed for no picture, landmarks or template.
    """
    found = assess(image, face, sample)
    template, length = extractor.measured(sample)
    seen = extractor.card.seen
    if seen is None:
        return template, found
    nothing, best = seen.lengths
    # Of blurred faces, more than of others, it sees much that is not so.
    value, whole = (length - nothing) / (best - nothing) * min(1.0, found.sharpness / FAIR), None
    # Of a small or blurred face it cannot be told what is hidden.
    if hidden and found.eyes >= ENOUGH and found.sharpness >= FAIR:
        share = occlusion.whole(sample, template, extractor, seen)
        value, whole = value * min(1.0, share / occlusion.AT_LIMIT), _hundredths(share)
    return template, replace(found, value=_hundredths(value), occlusion=whole)


def reasons(found: Quality) -> tuple[str, ...]:
    """What is wrong with a photo and what to do about it, in plain words; nothing if all is well."""
    hidden = 100 if found.occlusion is None else found.occlusion
    small = found.eyes < ENOUGH  # A small face is a blurred one when it is enlarged; focus would not help.
    faults = (
        (small, f"the face is only {int(found.eyes)} pixels wide between the eyes, and {ENOUGH} are "
         "needed: use a photo taken closer, or the original instead of a small copy; enlarging it does not help"),
        (found.sharpness < FAIR and not small, "the face is blurred: use a photo that is in focus and in which nobody "
         "moved"),
        (found.illumination < FAIR, "the face is too dark and grainy, too bright, or lit from one side only: use a "
         "photo with even light from the front"),
        (found.pose < FAIR, "the head is turned away or bent: use a photo in which the person looks at the camera"),
        (hidden < FAIR, "part of the face is hidden, as by sunglasses, a mask, a hand or hair: use a photo that shows "
         "eyes, nose and mouth"),
    )  # fmt: skip
    return tuple(said for fault, said in faults if fault)


def nobody(image: Image, detector: Detector, card: ExtractorCard) -> str:
    """What is wrong with a picture in which no face was found, as far as can be seen."""
    height, width = image.shape[:2]
    if min(height, width) < SMALL_PICTURE:
        return (
            f"no face was found: the picture has only {width} x {height} pixels. Use the original instead of a small "
            "copy; enlarging it does not help"
        )
    doubtful = detector.detect(image, threshold=DOUBTFUL)
    face = max(doubtful, key=lambda one: one.box.area) if doubtful else None
    said = reasons(assess(image, face, align(image, face, card))) if face is not None else ()
    return (
        "; ".join(("no face was found with certainty", *said))
        if said
        else ("no face was found: use a picture in which it is larger, sharper, better lit and seen from the front")
    )


def required(found: Quality, least: Floor) -> None:
    """Raises Refused, with the reasons, if the photo is too poor to be taken."""
    if found.value >= least.value and found.eyes >= least.eyes and found.detection >= least.detection:
        return
    said = "; ".join(reasons(found)) or "little of a face is to be seen in it: use another photo of this person"
    raise Refused(f"this photo is too poor (quality {found.value} of 100): {said}")


def _hundredths(share: float) -> int:
    return round(100 * min(1.0, max(0.0, share)))


def _eye_distance(points: NDArray[np.float64]) -> float:
    """In pixels, as if the face were seen from the front: a turned head's eyes come closer together than they are."""
    length = float(np.linalg.norm(points[3:].mean(axis=0) - points[:2].mean(axis=0)))
    return max(float(np.linalg.norm(points[1] - points[0])), length / FRONTAL)


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
    narrow = max(0.0, found.slender - FRONTAL)
    return float(2.0 ** -((found.aside / HALF_YAW) ** 2 + (found.nod / HALF_PITCH) ** 2 + (narrow * HALF_YAW) ** 2))


def _illumination(grey: NDArray[np.float32]) -> float:
    """1 for a well-lit face, less if there is much noise for its contrast, if it glares, or is lit from one side."""
    spread = float(grey.std())
    if spread < 1.0:
        return 0.0
    noise = _noise(grey) / spread
    half = grey.shape[1] // 2
    left, right = float(grey[:, :half].mean()), float(grey[:, -half:].mean())
    uneven = (left - right) / max(1.0, left + right)
    glare = float(np.mean(grey >= WHITE))
    return (1.0 - GLARE * glare) * (1.0 - SIDE * uneven**2) / (1.0 + (noise / HALF_NOISE) ** 3)


def _noise(grey: NDArray[np.float32]) -> float:
    """Its standard deviation in grey levels (Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    inner = cv2.filter2D(grey, cv2.CV_32F, kernel)[1:-1, 1:-1]
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(inner).mean())


def _inside(image: Image, points: NDArray[np.float64]) -> float:
    """The share of the landmarks that lie inside the picture."""
    height, width = image.shape[:2]
    return float(np.mean((points >= 0).all(axis=1) & (points < [width, height]).all(axis=1)))
