"""The user's own video as the demo's footage: who is in it, who is looked for, and whose verdicts count.

The demo reads the file once by itself, before anything is recorded, and keeps what it found in memory only. Covered
stills with numbers go to `people.png`; the chosen person's probe comes from the same source.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from countenance.errors import Malformed, Unavailable
from countenance.faces import Engine
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, combine, values
from countenance.faces.image import Image
from countenance.faces.tracker import overlap
from countenance.video.decode import Reader, Source
from countenance.video.encode import SegmentEncoder
from countenance.vocabulary.faces import Box, Template
from countenance.zones.edge.examine import Examined, Examiner, Shot, covering_card
from countenance.zones.edge.stages import Shares

# People shown to choose from, at most.
MOST = 12
# Length of a take from the webcam, in milliseconds.
TAKE = 10_000
# Side of a still on people.png, in pixels, and the grey that covers.
STILL = 240
COVER = 96


@dataclass(slots=True)
class Person:
    """One track of the demo's own reading. `first`, `last`: milliseconds from the first frame; `everyone`: all boxes
    of the frame that `picture` is; `boxes`: where this person was, by moment.
    """

    track: int
    first: int
    last: int
    frames: int
    best: int
    picture: Image
    box: Box
    template: Template
    everyone: tuple[Box, ...]
    boxes: dict[int, Box]


def from_webcam(directory: Path) -> Path:
    """A take of ten seconds from the first camera of this machine. Raises Unavailable if there is none."""
    target = directory / "webcam.mp4"
    with Reader(Source("/dev/video0")) as reader:
        encoder = None
        for frame in reader:
            encoder = encoder or SegmentEncoder(frame.width, frame.height, rate=reader.rate)
            encoder.add(frame)
            if frame.moment_ms >= TAKE:
                break
        segment = encoder.finish() if encoder else None
    if segment is None:
        raise Unavailable("the webcam gave no picture: is another program using it?")
    target.write_bytes(segment.data)
    return target


def read(path: Path, console: Console) -> list[Person]:
    """Everyone seen well enough in the video, the most seen first. Raises Malformed if nobody is."""
    engine = Engine()
    detector, extractor = Detector(covering_card(engine.detector.card)), engine.extractor
    examiner = Examiner(detector, extractor, extracts=lambda _hour: True, shares=Shares())
    people: dict[int, Person] = {}
    with Reader(Source(str(path))) as reader, Progress(console=console, transient=True) as progress:
        task = progress.add_task("reading your video", total=None)
        for frame in reader:
            progress.advance(task)
            examined = examiner.examine(frame)
            for shot in examined.shots:
                _meet(people, examined, shot, extractor)
    found = sorted((person for person in people.values() if person.frames >= 3), key=lambda person: -person.frames)
    if not found:
        raise Malformed("nobody can be seen well enough in this video: use one with larger or better lit faces")
    return found


def _meet(people: dict[int, Person], examined: Examined, shot: Shot, extractor: Extractor) -> None:
    moment = examined.frame.moment_ms
    box = next(seen.box for seen in examined.seen or () if seen.track == shot.track)
    known = people.get(shot.track)
    if known is not None:
        known.last = moment
        known.frames += 1
        known.boxes[moment] = box
        if shot.quality.value <= known.best:
            return
    template = shot.template or extractor.extract(shot.sample)
    everyone = tuple(seen.box for seen in examined.seen or ())
    picture = examined.frame.rgb()
    if known is None:
        quality = shot.quality.value
        people[shot.track] = Person(
            shot.track, moment, moment, 1, quality, picture, box, template, everyone, {moment: box}
        )
        return
    known.best, known.picture, known.box, known.everyone = shot.quality.value, picture, box, everyone
    known.template = combine([known.template, template], [0.5, 0.5])


def choose(people: Sequence[Person], sheet: Path, console: Console) -> Person:
    """The person to look for: chosen by number at a terminal, else the one most seen."""
    shown = people[:MOST]
    picture = np.concatenate([_covered_still(number, person) for number, person in enumerate(shown, 1)], axis=1)
    cv2.imwrite(str(sheet), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    for number, person in enumerate(shown, 1):
        console.print(f"   {number}: {person.first / 1000:.1f} to {person.last / 1000:.1f} s, {person.frames} frames")
    if not sys.stdin.isatty():
        console.print("   nobody at the terminal to choose: taking number 1, the person most seen")
        return shown[0]
    answer = console.input(
        f"   Whom shall the officer look for? Their clothes are in {sheet.name} (1-{len(shown)}) [1]: "
    )
    if answer.strip() and not (answer.strip().isdigit() and 1 <= int(answer) <= len(shown)):
        raise Malformed(f"choose a number from 1 to {len(shown)}")
    return shown[int(answer or "1") - 1]


def write_probe(person: Person, path: Path) -> None:
    """The chosen person's photo, cut from the source with room around the face, as a file only its owner reads."""
    y, x = _around(person, 1.0)
    path.touch(mode=0o600)
    cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(person.picture[y, x]), cv2.COLOR_RGB2BGR))


def same_person(people: Sequence[Person], chosen: Person) -> list[Person]:
    """The tracks of the demo's own reading that belong to the chosen person."""
    mine = values(chosen.template)
    return [person for person in people if float(values(person.template) @ mine) >= 0.45]


def was_at(person: Person, moment: int, box: Box) -> bool:
    """Whether the person was where `box` is at `moment` (ms from the first frame), give or take two frames."""
    near = [known for at, known in person.boxes.items() if abs(at - moment) <= 80]
    return bool(near) and float(overlap([box], near).max()) > 0.3


def _covered_still(number: int, person: Person) -> NDArray[np.uint8]:
    picture = person.picture.copy()
    for box in person.everyone:
        top, left = max(0, int(box.y - box.height * 0.3)), max(0, int(box.x - box.width * 0.3))
        picture[top : max(0, int(box.y + box.height * 1.3)), left : max(0, int(box.x + box.width * 1.3))] = COVER
    y, x = _around(person, 2.5)
    still = np.asarray(cv2.resize(np.ascontiguousarray(picture[y, x]), (STILL, STILL)), np.uint8)
    cv2.putText(still, str(number), (8, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    return still


def _around(person: Person, margin: float) -> tuple[slice, slice]:
    box, (height, width) = person.box, person.picture.shape[:2]
    x, y = box.width * margin, box.height * margin
    rows = slice(max(0, int(box.y - y)), min(height, int(box.y + box.height + y)))
    return rows, slice(max(0, int(box.x - x)), min(width, int(box.x + box.width + x)))
