"""What the challenge-response stops and what it does not: sessions of simulated people and of simulated attacks.

    python benchmarks/liveness.py [--faces DIR] [--sessions N] [--guesses N] [--json]

Everything here is SYNTHETIC but the detector, the extractor and the rules: photos are re-imaged (`tests/simulator/
presentations.py`) as prints, bent prints, screens, or as a head that turns in space; the camera's frames go through
YuNet and SFace, and each landmark is moved by noise as large as YuNet's own on video (measured on the clips in DIR).
What stands before the camera sees every prompt and acts on it, at ten frames a second:

* *living*: a head that reacts after 0.25 to 0.9 s, turns by 26 to 40 degrees, and further if that is not enough;
* *print held*, *print moved*, *print turned*, *screen turned*: a flat picture, still, to and fro, or turned as asked,
  up to 48 degrees; *print bent*: around an upright cylinder of 6.3 or 5 cm radius, and turned as asked;
* *accomplice*: a print, turned as asked up to 20 degrees, and beyond another person's head in its place;
* *replay*: an answered session of the same person, played forwards and backwards to another challenge;
* *clips*: four clips of the same person, one a turn, the right one started by hand 0.6 to 1.2 s after the prompt;
* *puppet*: the photo animated live as the prompt says: what the living do, without the delays;
* *guess* (no pictures): one who moves in time, and turns where chance says; *replay, no pictures*: as replay, often.

A rate's bounds come from how subjects differ (`evaluation.rates`); *guess* is also computed. Without DIR the packaged
portraits are used: few people, wide bounds, and the noise that was last measured.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance import faces  # noqa: E402 - the simulator stands beside the tests
from countenance.cli.demo import portraits  # noqa: E402
from countenance.evaluation.rates import of_subjects, wilson  # noqa: E402
from countenance.faces import pose  # noqa: E402
from countenance.faces.challenge import FRONTAL_ALONG, FRONTAL_ASIDE, Trial  # noqa: E402
from countenance.faces.liveness import drawn  # noqa: E402
from countenance.faces.presenting import by_challenge  # noqa: E402
from countenance.faces.tracker import Tracker  # noqa: E402
from countenance.video.decode import frames  # noqa: E402
from countenance.vocabulary.faces import Face, Template  # noqa: E402
from countenance.vocabulary.liveness import Observation, Outcome, Progress, Prompt, Turn  # noqa: E402
from countenance.vocabulary.rates import Rate  # noqa: E402
from simulator import presentations  # noqa: E402
from simulator.presentations import Held, Surface  # noqa: E402
from simulator.turning import FAR, Pose, Subject, played  # noqa: E402

# Of a landmark's coordinate, in distances between the eyes, standard deviation: measured on the clips.
NOISE = 0.0228
STEP = 4  # Degrees to which angles are rounded, so that pictures are made once.
INTERVAL = 100
PHOTOS = 2  # Of a person.
FARTHEST = 48.0  # Degrees to which attackers turn; beyond, the detector finds ever fewer faces.
WAYS = {Turn.RIGHT: (1, 0), Turn.LEFT: (-1, 0), Turn.DOWN: (0, 1), Turn.UP: (0, -1)}
Image = faces.Image


class Photo(NamedTuple):
    """One frontal photo of a subject, with its face."""

    subject: str
    image: Image
    face: Face


class Kind(NamedTuple):
    """How a photo is made into what is held before the camera."""

    change: Callable[[Image], Image]
    surface: Surface


def _as_it_is(image: Image) -> Image:
    return image


KINDS = {
    "head": Kind(_as_it_is, presentations.head),
    "print": Kind(presentations.printed, presentations.flat),
    "screen": Kind(presentations.on_screen, presentations.flat),
    "bent 6.3 cm": Kind(presentations.printed, presentations.bent(1.0)),
    "bent 5 cm": Kind(presentations.printed, presentations.bent(0.8)),
}


class Camera:
    """What detector and extractor see of a photo, shown as some kind, at some angle. Pictures are made once."""

    def __init__(self, noise: float, draw: random.Random) -> None:
        self._engine = faces.Engine()
        self._seen: dict[tuple[int, str, int, int], tuple[tuple[Face, ...], Template | None]] = {}
        self._sheets: dict[tuple[int, str], Image] = {}
        self._noise = noise
        self._draw = np.random.default_rng(draw.randrange(2**32))

    def see(self, moment: int, photo: Photo, kind: str, angles: Pose) -> Observation:
        """One frame."""
        yaw, pitch = (round(angle / STEP) * STEP for angle in angles)
        key = (id(photo), kind, yaw, pitch)
        if key not in self._seen:
            sheet = self._sheets.setdefault((id(photo), kind), KINDS[kind].change(photo.image))
            picture = presentations.reimaged(sheet, photo.face, KINDS[kind].surface, Held(yaw=yaw, pitch=pitch))
            found = self._engine.detect(picture)
            self._seen[key] = found, self._engine.extract(picture, found[0]) if found else None
        found, template = self._seen[key]
        return Observation(moment, tuple(map(self._noisy, found)), template)

    def _noisy(self, face: Face) -> Face:
        points = np.array(face.landmarks)
        size = float(np.linalg.norm(points[1] - points[0]))
        moved = points + self._draw.normal(0, self._noise * size, points.shape)
        a, b, c, d, e = ((float(x), float(y)) for x, y in moved)
        return Face(face.box, (a, b, c, d, e), face.score)


class Shown(Subject):
    """Something before the camera: poses are degrees of yaw and pitch. Subclasses say how it moves."""

    kind = "head"

    def __init__(self, camera: Camera, photo: Photo, draw: random.Random) -> None:
        super().__init__()
        self.camera, self.photo, self.draw = camera, photo, draw
        self.number = -1

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        """The frame at `moment`, while `prompt` is shown."""
        super().observed(moment, prompt)
        return self.camera.see(moment, self.photo, self.kind, self.pose)

    def towards(self, prompt: Prompt, speed: float, most: float) -> Pose:
        """One frame's movement at `speed` degrees a second to where the prompt asks, until it is reached."""
        if prompt.turn and prompt.reached:
            return self.pose
        ways = WAYS[prompt.turn] if prompt.turn else (0, 0)
        step = speed * INTERVAL / 1000
        yaw, pitch = (now + max(-step, min(step, way * most - now)) for now, way in zip(self.pose, ways, strict=True))
        return yaw, pitch


class Living(Shown):
    """A person: delays, an angle of their own, and further if nothing happens."""

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        """See `Shown`; draws anew at each prompt."""
        if self.shown is None or (prompt.turn, prompt.step) != (self.shown.turn, self.shown.step):
            self.reaction = round(1000 * min(0.9, max(0.25, self.draw.lognormvariate(-0.8, 0.3))))
            self.goal, self.speed = self.draw.uniform(26, 40), self.draw.uniform(50, 110)
        return super().observed(moment, prompt)

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """See `Shown`."""
        if passed < self.reaction:
            return self.pose
        return self.towards(prompt, self.speed, self.goal + max(0, passed - self.reaction - 900) * 0.02)


class Puppet(Shown):
    """Animated by a program that sees the prompt."""

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """See `Shown`."""
        return self.towards(prompt, 60.0, FARTHEST) if passed >= 300 else self.pose


class Clips(Shown):
    """Started by hand; each clip turns to 36 degrees at its own pace, and back when the next prompt comes."""

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """See `Shown`."""
        if passed <= INTERVAL:
            self.reaction = self.draw.randrange(600, 1200)
        if passed < self.reaction:
            return self.pose
        ways, step = WAYS[prompt.turn] if prompt.turn else (0, 0), 7.0
        yaw, pitch = (now + max(-step, min(step, way * 36 - now)) for now, way in zip(self.pose, ways, strict=True))
        return yaw, pitch


class Still(Shown):
    """Held still."""

    kind = "print"

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """See `Shown`."""
        del prompt, passed
        return 0.0, 0.0


class Moved(Shown):
    """Turned to and fro, whatever is asked."""

    kind = "print"

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """See `Shown`."""
        del prompt, passed
        self.number += 1
        angle = 40 * float(np.sin(self.number / 6))
        return (angle, 0.0) if self.number // 38 % 2 else (0.0, angle)


class Turned(Puppet):
    """A flat print, turned as asked."""

    kind = "print"


class Screen(Puppet):
    """A photo on a screen, turned as asked."""

    kind = "screen"


class Bent(Puppet):
    """A print around a cylinder."""

    kind = "bent 6.3 cm"


class BentMore(Puppet):
    """A print around a narrower one."""

    kind = "bent 5 cm"


class Accomplice(Puppet):
    """A print of the one; at each turn another person's head in its place."""

    other: Photo

    def observed(self, moment: int, prompt: Prompt) -> Observation:
        """See `Shown`."""
        Subject.observed(self, moment, prompt)
        if max(map(abs, self.pose)) < 20:
            return self.camera.see(moment, self.photo, "print", self.pose)
        return self.camera.see(moment, self.other, "head", self.pose)


class Guess(Subject):
    """In time, and turned where chance says; landmarks only."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__()
        self.draw, self.way = draw, Turn.LEFT

    def posed(self, prompt: Prompt, passed: int) -> Pose:
        """Where the head is."""
        if passed <= INTERVAL:
            self.way = self.draw.choice(list(Turn))
        goal = FAR[self.way] if prompt.turn else (0.0, 0.0)
        share = min(max((passed - self.reaction) / self.motion, 0.0), 1.0)
        return self.start[0] + share * (goal[0] - self.start[0]), self.start[1] + share * (goal[1] - self.start[1])


ACTS: dict[str, type[Shown]] = {
    "living": Living,
    "print held": Still,
    "print moved": Moved,
    "print turned": Turned,
    "screen turned": Screen,
    "print bent, 6.3 cm": Bent,
    "print bent, 5 cm": BentMore,
    "accomplice": Accomplice,
    "clips": Clips,
    "puppet": Puppet,
}


@dataclass(slots=True)
class Count:
    """Sessions of one kind: by subject how many, and how many were answered; why the others were not."""

    tried: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, subject: str, trial: Trial) -> None:
        """One session."""
        self.tried[subject] += 1
        self.answered[subject] += trial.prompt.progress is Progress.ANSWERED
        self.reasons.update(
            " ".join(word for word in reason.split() if not word[0].isdigit()) for reason in trial.reasons
        )

    def rate(self) -> Rate:
        """With bounds from how the subjects differ."""
        subjects = sorted(self.tried)
        events = np.array([[float(self.answered[name])] for name in subjects])
        return of_subjects(events, np.array([float(self.tried[name]) for name in subjects])).at(0)


def sessions(photos: Sequence[Photo], noise: float, count: int, seed: int) -> dict[str, Count]:
    """`count` sessions of each kind with each photo; and replays of those that the living answered."""
    draw = random.Random(seed)
    camera = Camera(noise, draw)
    counts = {name: Count() for name in [*ACTS, "replay"]}
    for photo in track(photos, "sessions", console=Console(stderr=True), transient=True):
        others = [it for it in photos if it.subject != photo.subject]
        for name, act in ACTS.items():
            for _ in range(count):
                subject = act(camera, photo, draw)
                if isinstance(subject, Accomplice):
                    subject.other = draw.choice(others)
                trial = Trial(drawn("bench", 0, draw.randrange), 0)
                shown = played(trial, subject, begun=0, interval=INTERVAL)
                counts[name].add(photo.subject, trial)
                if name == "living" and trial.prompt.progress is Progress.ANSWERED:
                    _replayed(counts["replay"], photo.subject, [seen for _, seen in shown], draw)
    return counts


def _replayed(count: Count, subject: str, seen: Sequence[Observation], draw: random.Random) -> None:
    count.tried[subject] += 1
    outcome = by_challenge(seen, drawn("bench", 0, draw.randrange))
    count.answered[subject] += outcome is Outcome.BONA_FIDE


def guesses(steps: int, count: int, seed: int) -> Rate:
    """How many of `count` who guess are right."""
    draw = random.Random(seed)
    right = 0
    for _ in range(count):
        trial = Trial(drawn("bench", 0, draw.randrange, steps=steps), 0)
        played(trial, Guess(draw), begun=0)
        right += trial.prompt.progress is Progress.ANSWERED
    return wilson(right, count)


def replays(count: int, seed: int) -> Rate:
    """How many of `count` recordings of answered challenges answer another."""
    draw = random.Random(seed)
    right = 0
    for _ in range(count):
        person = Subject()
        person.reaction, person.motion = draw.randrange(250, 900), draw.randrange(250, 700)
        asked = drawn("bench", 0, draw.randrange)
        seen = [shown for _, shown in played(Trial(asked, 0), person, begun=0)]
        right += by_challenge(seen, drawn("bench", 0, draw.randrange)) is Outcome.BONA_FIDE
    return wilson(right, count)


def noise_of(clips: Path) -> float:
    """YuNet's own noise on video: a landmark's deviation from its median over seven frames, face moved along."""
    detector, rest = faces.Engine().detector, []
    for clip in sorted(clips.iterdir()):
        tracker, tracks = Tracker(), dict[int, list[tuple[int, NDArray[np.float64]]]]()
        for frame in frames(str(clip)):
            found = detector.detect(frame.rgb())
            step = tracker.update(frame.moment_ms, found, lambda _: None)
            for number, face in zip(step.tracks, found, strict=True):
                points = np.array(face.landmarks)
                size = float(np.linalg.norm(points[1] - points[0]))
                measured = pose.measured(face.landmarks)
                if size >= 25 and measured is not None and abs(measured.turn) < 0.3:
                    tracks.setdefault(number, []).append((frame.index, (points - points.mean(axis=0)) / size))
        for rows in tracks.values():
            for middle in range(3, len(rows) - 3):
                window = rows[middle - 3 : middle + 4]
                if window[-1][0] - window[0][0] == 6:
                    rest.append(window[3][1] - np.median([points for _, points in window], axis=0))
    return float(np.std(rest))


def photos_of(folder: Path | None) -> list[Photo]:
    """Frontal photos, a few a person."""
    engine, found = faces.Engine(), list[Photo]()
    if folder is None:
        named = [(it.subject, it.image) for it in portraits.read().footage.values()]
    else:
        named = [(path.parent.name, faces.load(path)) for path in sorted((folder / "lfw-10x10").glob("*/*.jpg"))]
    taken = Counter[str]()
    for subject, image in named:
        seen = engine.subjects(image)
        if not seen or taken[subject] == PHOTOS:
            continue
        sheet, face = presentations.portrayed(image, max(seen, key=lambda it: it.box.area))
        ahead = engine.subjects(presentations.reimaged(sheet, face, presentations.head, Held()))
        measured = pose.measured(ahead[0].landmarks) if ahead else None
        frontal = measured and abs(measured.turn) < 0.7 * FRONTAL_ASIDE
        if frontal and measured and FRONTAL_ALONG[0] < measured.nod < 0.8 * FRONTAL_ALONG[1]:
            found.append(Photo(subject, sheet, face))
            taken[subject] += 1
    return found


def main() -> None:
    """Print the figures of docs/liveness.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, help="folder with lfw-10x10/ and clips/")
    parser.add_argument("--sessions", type=int, default=5, help="of each kind with each photo; 0 for none")
    parser.add_argument("--guesses", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    noise = noise_of(given.faces / "clips") if given.faces and given.sessions else NOISE
    photos = photos_of(given.faces) if given.sessions else []
    counts = sessions(photos, noise, given.sessions, given.seed) if photos else {}
    rates = {name: count.rate() for name, count in counts.items()}
    rates["replay, no pictures"] = replays(given.guesses, given.seed)
    guessed = {steps: guesses(steps, given.guesses, given.seed) for steps in (3, 4)}
    for steps, rate in guessed.items():
        rates[f"guess, {steps} steps (computed: {0.25**steps:.4f})"] = rate
    if given.json:
        told = {
            name: {"answered": it.value, "low": it.low, "high": it.high, "sessions": it.trials}
            for name, it in rates.items()
        }
        print(
            json.dumps(
                {
                    "synthetic": True,
                    "noise": noise,
                    "subjects": len({it.subject for it in photos}),
                    "photos": len(photos),
                    "sessions": told,
                }
            )
        )
        return
    table = Table(
        "before the camera",
        "sessions",
        "answered",
        "at least",
        "at most",
        "mostly refused for",
        title=f"SYNTHETIC; {len(photos)} photos of {len({it.subject for it in photos})} subjects; noise {noise:.4f}",
    )
    for name, it in rates.items():
        why = counts[name].reasons.most_common(1) if name in counts else []
        share = [f"{100 * value:.1f} %" for value in (it.value, it.low, it.high)]
        table.add_row(name, str(it.trials), *share, f"{why[0][0]} ({why[0][1]})" if why else "")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
