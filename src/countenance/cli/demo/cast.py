"""Who plays in the demo: cameras and their sources, the probe, and where the reviewers' verdicts come from.

A verdict is about the still that a reviewer was shown: its camera, its moment and where in the picture it was taken.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from countenance.cli.demo import footage, portraits, take
from countenance.cli.demo.ground_truth import GroundTruth
from countenance.cli.demo.stage import Stage
from countenance.faces import Engine
from countenance.faces.extractor import values
from countenance.vocabulary.faces import Box

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """A still as a reviewer was shown it. `moment`: UTC milliseconds; `box`: in pixels of the camera's frame."""

    camera: str
    moment: int
    box: Box
    picture: Path

    @property
    def face(self) -> Box:
        """The middle of the still, where the face is: a still has room around it."""
        box = self.box
        return Box(box.x + box.width * 0.2, box.y + box.height * 0.2, box.width * 0.6, box.height * 0.6)


class Cast(Protocol):
    """What a story needs to know of its people. `started`: when each camera began to play, UTC milliseconds."""

    cameras: Mapping[str, Path]
    probe: Path
    names: Sequence[str]
    verdicts_from: str
    started: dict[str, int]

    def verdict(self, shown: Shown) -> str:
        """What a reviewer says of a still: same, different or unsure."""

    def templates(self) -> list[Vector]:
        """Unit templates (d,) of people who walked past: the thief of the story is given them."""


@dataclass(slots=True)
class Packaged:
    """The people made from packaged portraits; verdicts come from the footage's own ground truth."""

    cameras: Mapping[str, Path]
    probe: Path
    truth: GroundTruth
    people: portraits.Portraits
    names: Sequence[str] = portraits.SUBJECTS
    verdicts_from: str = "the verdicts come from the footage's ground truth: it was made, so it is known who is where"
    started: dict[str, int] = field(default_factory=dict)

    def verdict(self, shown: Shown) -> str:
        """By whose face the still's box lies on."""
        moment = shown.moment - self.started[shown.camera]
        subject = self.truth.cameras[shown.camera].subject_of({moment: shown.face})
        return {portraits.SEARCHED: "same", "": "unsure"}.get(subject, "different")

    def templates(self) -> list[Vector]:
        """Of every portrait, the probe included."""
        engine = Engine()
        pictures = [portrait.image for portrait in self.people.footage.values()]
        return [values(engine.extract(picture, engine.detect(picture)[0])) for picture in pictures]


@dataclass(slots=True)
class Own:
    """The user's own video; verdicts are asked at the terminal, or come from the demo's own tracks."""

    cameras: Mapping[str, Path]
    probe: Path
    people: Sequence[take.Person]
    chosen: take.Person
    stage: Stage
    names: Sequence[str] = ()
    verdicts_from: str = "nobody is at the terminal: the verdicts come from the demo's own tracks of your video"
    started: dict[str, int] = field(default_factory=dict)

    def verdict(self, shown: Shown) -> str:
        """As the user says; without a terminal, whether the still lies on a track of the chosen person."""
        if sys.stdin.isatty() and not self.stage.as_json:
            self.stage.say(f"still and probe side by side: {shown.picture}")
            said = self.stage.console.input("   Is it the same person? same, different, unsure: ").strip()
            return said if said in ("same", "different", "unsure") else "unsure"
        moment = shown.moment - self.started[shown.camera]
        mine = take.same_person(self.people, self.chosen)
        return "same" if any(take.was_at(person, moment, shown.face) for person in mine) else "different"

    def templates(self) -> list[Vector]:
        """Of everyone the demo's own reading saw."""
        return [values(person.template) for person in self.people]


def packaged_cast(stage: Stage) -> Packaged:
    """Render the footage and write the probe photo, which plays nowhere in it."""
    people = portraits.read()
    with stage.console.status("making footage from portraits that ship inside packages …"):
        truth = footage.render(stage.out / "footage", people)
    probe = _private(stage.out / "keys" / "probe.jpg", people.probe)
    return Packaged({name: stage.out / "footage" / f"{name}.mp4" for name in truth.cameras}, probe, truth, people)


def users_cast(stage: Stage, video: Path) -> Own:
    """Read the user's video once, let them choose whom to look for, and cut the probe from it."""
    people = take.read(video, stage.console)
    chosen = take.choose(people, stage.out / "people.png", stage.console)
    probe = _private(stage.out / "keys" / "probe.png", b"")
    take.write_probe(chosen, probe)
    cast = Own({"camera-1": video}, probe, people, chosen, stage)
    if sys.stdin.isatty() and not stage.as_json:
        cast.verdicts_from = "you are both reviewers now: the demo asks you for each verdict"
    return cast


def _private(path: Path, data: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path
