"""What an evaluation is made of: images that were acquired, and those that were not (ISO/IEC 19795-1)."""

from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """Why an image gave no template. Only the first is a failure to acquire; the others are faults of the data."""

    NO_FACE = "no face found"
    SEVERAL = "several faces"
    MISSING = "file missing"
    DAMAGED = "not a picture, or damaged"
    TWICE = "same picture as another"
    SIZE = "listed as aligned, and not of the extractor's size"
    OTHER = "a template of another extractor"


@dataclass(frozen=True, slots=True)
class Acquired:
    """A template of one image, and where it came from. Templates are biometric data: the representation shows none.

    `row`: which row of the manifest. `values`: float32 little-endian, of unit length. `quality`: 0 to 100, or -1 where
    there was no picture to judge. `aligned`: the image was used as it was, without detection.
    """

    row: int
    values: bytes
    quality: int
    aligned: bool

    def __repr__(self) -> str:
        return f"Acquired(row={self.row})"


@dataclass(frozen=True, slots=True)
class Lost:
    """An image that gave no template, and why."""

    row: int
    why: Failure
