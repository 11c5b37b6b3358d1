"""Presentations on file (a picture, a short video), put before what judges them, as if they were held to the camera.

* `by_pad`: a PAD model looks at some frames, evenly spread.
* `by_challenge`: the frames, as they are, go into the trial of a challenge. A picture is held still. A video is played
  forwards and backwards until the trial is over, as on a screen that knows nothing of what is asked; or once, against
  the challenge that was asked when it was recorded.

What has no face in it has no response. Nothing is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, cycle, pairwise
from pathlib import Path

from countenance.errors import Malformed
from countenance.faces import Engine, image, pad
from countenance.faces.challenge import Trial
from countenance.faces.image import Image
from countenance.faces.pad import Pad
from countenance.video.decode import FILE_FORMATS, frames
from countenance.vocabulary.faces import Face
from countenance.vocabulary.liveness import Challenge, Judgement, Observation, Outcome, Progress

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".jp2", ".avif"})
VIDEOS = frozenset({f".{name}" for name in FILE_FORMATS.split(",")} | {".mkv", ".ts", ".mpg", ".m4v"}) - PICTURES
# Milliseconds between frames that are looked at, and the longest part of a video that is.
INTERVAL, LONGEST = 90, 120_000
LOOKS = 10  # Frames of a video that a PAD model sees at least, if there are as many; fewer than twice as many at most.


def by_pad(engine: Engine, judge: Pad, path: Path) -> Judgement:
    """What `judge` makes of the picture or video at `path`. Raises Malformed if it cannot be read."""
    picked: list[Image] = []
    stride = 1
    for number, (_, picture) in enumerate(_pictures(path)):
        if number % stride == 0:
            picked.append(picture)
        if len(picked) == 2 * LOOKS:
            picked, stride = picked[::2], 2 * stride
    return pad.together([_judged(engine, judge, picture) for picture in picked])


def observations(engine: Engine, path: Path) -> list[Observation]:
    """The faces in the picture or video at `path`, and the largest one's template, from moment 0 on.

    Raises Malformed if it cannot be read.
    """
    return [_observation(engine, moment, picture) for moment, picture in _pictures(path)]


def by_challenge(seen: Sequence[Observation], challenge: Challenge, *, answering: bool = False) -> Outcome:
    """What the trial of `challenge` makes of `seen`. Bona fide: it was answered.

    `answering`: `seen` was recorded while this challenge was asked, from its issue on, and is played once.
    """
    if not any(it.faces for it in seen):
        return Outcome.NO_RESPONSE
    trial = Trial(challenge, challenge.issued)
    for it in seen if answering else _bounced(seen):
        if trial.prompt.progress is not Progress.RUNNING:
            break
        trial.observe(replace(it, moment=challenge.issued + it.moment + 1))
    return Outcome.BONA_FIDE if trial.prompt.progress is Progress.ANSWERED else Outcome.ATTACK


def _pictures(path: Path) -> Iterator[tuple[int, Image]]:
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        yield 0, image.load(path)
    elif suffix in VIDEOS:
        taken = -INTERVAL
        for frame in frames(str(path)):
            if frame.moment_ms > LONGEST:
                return
            if frame.moment_ms - taken >= INTERVAL:
                taken = frame.moment_ms
                yield taken, frame.rgb()
    else:
        raise Malformed(f"'{path.name}' is neither a picture nor a video: use JPEG, PNG, MP4 or another that is")


def _judged(engine: Engine, judge: Pad, picture: Image) -> Judgement:
    found = engine.subjects(picture)
    if not found:
        return Judgement(Outcome.NO_RESPONSE, "no face was found")
    return judge.judge(picture, max(found, key=_size))


def _observation(engine: Engine, moment: int, picture: Image) -> Observation:
    found = engine.subjects(picture)
    template = engine.extract(picture, max(found, key=_size)) if found else None
    return Observation(moment, found, template)


def _bounced(seen: Sequence[Observation]) -> Iterator[Observation]:
    """`seen` forwards, backwards, forwards, …, with moments that go on."""
    times = [it.moment for it in seen]
    steps = [after - before for before, after in pairwise(times)]
    moment = 0
    order = chain(zip(seen, [INTERVAL, *steps], strict=True), zip(seen[-2:0:-1], steps[:0:-1], strict=True))
    for number, (it, step) in enumerate(cycle(order)):
        moment += step if number else 0
        yield replace(it, moment=moment)


def _size(face: Face) -> float:
    return face.box.area
