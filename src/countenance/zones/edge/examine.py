"""Examine a frame: detect, link to tracks, cut out samples. What is found here decides what is covered.

Invariants:

* A frame in which anything goes wrong comes out unchecked (`seen` is None) and is covered whole.
* Templates and samples are made only while `extracts` says that the hour's lease allows it; tracks then rest on overlap
  alone, and covering works just the same.
* Tracks end with the hour they began in.

Detection runs at the source's own resolution, up to 1920 pixels on the longer side.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from countenance.faces import closer
from countenance.faces.alignment import Sample, align
from countenance.faces.card import DetectorCard
from countenance.faces.closer import Piece
from countenance.faces.cover import Spot
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, values
from countenance.faces.image import Image
from countenance.faces.quality import assess
from countenance.faces.tracker import NO_TRACK, Settings, Tracker, Vector
from countenance.video.frame import Frame
from countenance.vocabulary.faces import Face, Quality, Template
from countenance.vocabulary.moments import Hour, Moment
from countenance.zones.edge.stages import Shares

# Pixels on the longer side of the picture that the detector gets.
LONGEST = 1920
# The detector's score from which on a face is covered; see docs/benchmarks.md for what it costs in covered area.
COVERING = 0.3
# Width of a detected face, in pixels, below which no template is made of it.
SMALLEST = 20


@dataclass(frozen=True, slots=True, repr=False)
class Shot:
    """One aligned picture of a tracked face. `template` if the tracker needed it already.

    Of a small face, `piece` is what a closer look needs, for which there is no time at every frame.
    """

    track: int
    quality: Quality
    sample: Sample
    template: Template | None
    piece: Piece | None = None

    def __repr__(self) -> str:
        return f"Shot({self.track})"


@dataclass(frozen=True, slots=True)
class Examined:
    """A frame (its moment is UTC milliseconds) and what is in it; `seen` None: it could not be checked.

    `parted`: tracks that were found to have another's face, each with the moment up to which they were certain.
    """

    frame: Frame
    seen: tuple[Spot, ...] | None
    shots: tuple[Shot, ...]
    ended: tuple[int, ...]
    parted: tuple[tuple[int, Moment], ...] = ()


def covering_card(card: DetectorCard) -> DetectorCard:
    """The detector's card as the edge uses it: native resolution, up to 1920 pixels."""
    return dataclasses.replace(card, longest=LONGEST)


class Examiner:
    """Examines the frames of one camera in order. One thread at a time."""

    def __init__(
        self, detector: Detector, extractor: Extractor, *, extracts: Callable[[int], bool], shares: Shares
    ) -> None:
        self._detector = detector
        self._extractor = extractor
        self._extracts = extracts
        self._shares = shares
        self._settings = Settings()
        self._tracker = Tracker(self._settings)
        self._hour = -1

    def examine(self, frame: Frame) -> Examined:
        """What is in `frame`, whose moment is later than the last one's."""
        hour = Hour.of(frame.moment_ms).number
        over = self._tracker.finish() if hour != self._hour else ()
        self._hour = hour
        try:
            with self._shares.of("other"):
                return self._examined(frame, over)
        except Exception:  # noqa: BLE001 - the runtime's errors have no root of their own; whichever it was, fail closed
            return Examined(frame, None, (), over)

    def _examined(self, frame: Frame, over: tuple[int, ...]) -> Examined:
        with self._shares.of("detect"):
            picture = frame.rgb()
            faces = self._detector.detect(picture, threshold=COVERING)
        look = _Look(picture, faces, self._extractor, self._shares, self._extracts(self._hour))
        step = self._tracker.update(frame.moment_ms, faces, look.appearance)
        strong = [face.score >= self._settings.strong for face in faces]
        seen = tuple(Spot(t, face.box, s) for t, s, face in zip(step.tracks, strong, faces, strict=True))
        indices = [index for index, it in enumerate(seen) if it.strong and it.track != NO_TRACK]
        shots = tuple(look.shot(index, seen[index].track) for index in indices) if look.extracts else ()
        kept = tuple(shot for shot in shots if shot is not None)
        return Examined(frame, seen, kept, over + step.ended, step.parted)


class _Look:
    """Samples and templates of one frame's faces, each made once and only when asked for."""

    def __init__(
        self, picture: Image, faces: tuple[Face, ...], extractor: Extractor, shares: Shares, extracts: bool
    ) -> None:
        self._picture = picture
        self._faces = faces
        self._extractor = extractor
        self._shares = shares
        self._samples: dict[int, Sample] = {}
        self._templates: dict[int, Template] = {}
        self.extracts = extracts

    def appearance(self, index: int) -> Vector | None:
        """The unit template of a face, or None if none may or can be made."""
        if not self.extracts or self._faces[index].box.width < SMALLEST:
            return None
        if index not in self._templates:
            sample = self._sample(index)
            with self._shares.of("extract"):
                self._templates[index] = self._extractor.extract(sample)
        return values(self._templates[index])

    def shot(self, index: int, track: int) -> Shot | None:
        """The face as a shot of `track`, or None if it is too small."""
        face = self._faces[index]
        if face.box.width < SMALLEST:
            return None
        sample = self._sample(index)
        found = assess(self._picture, face, sample)
        return Shot(track, found, sample, self._templates.get(index), closer.around(self._picture, face))

    def _sample(self, index: int) -> Sample:
        if index not in self._samples:
            self._samples[index] = align(self._picture, self._faces[index], self._extractor.card)
        return self._samples[index]
