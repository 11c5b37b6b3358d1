"""Who is where in the demo's footage, frame by frame: known, because the footage is made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import Malformed
from countenance.vocabulary.faces import Box

# Share of a face that must be uncovered by pillars, people and the picture's edge to count as visible.
ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Appearance:
    """One subject's face in one frame. `box` in pixels; `shown`: share of the face that is to be seen, 0 to 1."""

    subject: str
    box: Box
    shown: float

    @property
    def visible(self) -> bool:
        """Whether enough of the face is to be seen for anyone to recognise it."""
        return self.shown >= ENOUGH


@dataclass(frozen=True, slots=True)
class CameraTruth:
    """One camera's frames in order, at `rate` a second, each with the faces in it."""

    width: int
    height: int
    rate: int
    frames: tuple[tuple[Appearance, ...], ...]

    def at(self, moment_ms: float) -> tuple[Appearance, ...]:
        """The faces at a moment from the start of the footage; none before and after it."""
        index = round(moment_ms * self.rate / 1000)
        return self.frames[index] if 0 <= index < len(self.frames) else ()

    def subject_of(self, boxes: Mapping[int, Box]) -> str:
        """Whose face a track is: the subject that most of its `boxes` (by moment in ms) lie on; "" if nobody's."""
        votes: dict[str, int] = {}
        for moment, box in boxes.items():
            for appearance in self.at(moment):
                if _overlap(appearance.box, box) > 0.3:
                    votes[appearance.subject] = votes.get(appearance.subject, 0) + 1
        return max(votes, key=lambda subject: votes[subject]) if votes else ""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """By the name of the camera."""

    cameras: Mapping[str, CameraTruth]

    def write(self, path: Path) -> None:
        """As JSON: per camera its size and rate, per frame a list of [subject, x, y, width, height, shown]."""
        plain = {
            name: {
                "width": camera.width,
                "height": camera.height,
                "rate": camera.rate,
                "frames": [[_plain(appearance) for appearance in frame] for frame in camera.frames],
            }
            for name, camera in self.cameras.items()
        }
        path.write_text(json.dumps({"type": "GroundTruth", "cameras": plain}, separators=(",", ":")))


def read(path: Path) -> GroundTruth:
    """What `write` wrote. Raises Malformed."""
    try:
        cameras = json.loads(path.read_text())["cameras"]
        return GroundTruth({name: _camera(plain) for name, plain in cameras.items()})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed(f"{path.name} holds no ground truth: make the footage again") from error


def _camera(plain: Mapping[str, int | list[list[list[object]]]]) -> CameraTruth:
    frames = plain["frames"]
    if not isinstance(frames, list):
        raise TypeError
    read_frames = tuple(tuple(_appearance(values) for values in frame) for frame in frames)
    width, height, rate = (int(str(plain[key])) for key in ("width", "height", "rate"))
    return CameraTruth(width, height, rate, read_frames)


def _appearance(values: list[object]) -> Appearance:
    subject, x, y, width, height, shown = values
    box = Box(*(float(str(value)) for value in (x, y, width, height)))
    return Appearance(str(subject), box, float(str(shown)))


def _plain(appearance: Appearance) -> list[object]:
    box = appearance.box
    numbers = [round(value, 1) for value in (box.x, box.y, box.width, box.height)]
    return [appearance.subject, *numbers, round(appearance.shown, 2)]


def _overlap(a: Box, b: Box) -> float:
    across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    shared = max(0.0, across) * max(0.0, down)
    return shared / max(1e-9, a.area + b.area - shared)
