"""What the biometric engine finds: detected faces, their quality, and templates (ISO/IEC 2382-37)."""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in pixels of the picture it was found in; x to the right, y downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Square pixels; 0 for an empty box."""
        return max(0.0, self.width) * max(0.0, self.height)


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face. `landmarks`: right eye, left eye, nose tip, right and left mouth corner (the subject's right).

    `score` is the detector's own, 0 to 1; it says how face-like, never whose.
    """

    box: Box
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How useful a sample is for comparison: `value`, and why, each a whole number from 0 (useless) to 100.

    Components in the words of ISO/IEC 29794-5:2025; `detection`, the detector's score, is ours. `occlusion` is 100
    where nothing hides the face, and None where it was not looked for or cannot be told. `eyes`: pixels of the picture
    between the eyes.
    """

    value: int
    size: int
    sharpness: int
    illumination: int
    pose: int
    detection: int
    occlusion: int | None = None
    eyes: float = 0.0


@dataclass(frozen=True, slots=True)
class Template:
    """A unit vector that stands for a face, and the digest of the extractor that made it.

    `values`: little-endian float32, 4 * dimension bytes, unit length. `shots`: how many pictures it is the mean of.
    Templates of two extractors never compare.
    """

    extractor: bytes
    values: bytes
    shots: int = 1

    @property
    def dimension(self) -> int:
        """Number of components."""
        return len(self.values) // 4

    def __repr__(self) -> str:
        return f"Template(dimension={self.dimension}, extractor={self.extractor.hex()[:8]})"
