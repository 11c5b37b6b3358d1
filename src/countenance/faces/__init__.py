"""The biometric engine as a library: `from countenance import faces`.

    picture = faces.load(Path("group.jpg"))
    engine = faces.Engine()
    for face in engine.detect(picture):
        template = engine.extract(picture, face)

`faces.detect`, `extract`, `compare` and `quality` are the same acts for one picture at a time; each opens the networks
it needs, so a program with many pictures keeps an `Engine`. Nothing is kept between calls, and nothing here says
whether a face is one: `faces.liveness` and `faces.pad` are for that. A cover must not rest on these defaults: it uses
a lower threshold.
"""

from pathlib import Path
from typing import TypeAlias

from countenance.errors import Malformed
from countenance.faces import closer
from countenance.faces import quality as _quality
from countenance.faces.alignment import Sample, align
from countenance.faces.card import DetectorCard, ExtractorCard, built_in
from countenance.faces.card import read as read_card
from countenance.faces.comparison import VERIFICATION_THRESHOLD, compare
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, combine, read_template
from countenance.faces.image import Image, load
from countenance.faces.quality import reasons
from countenance.vocabulary.faces import Box, Face, Quality, Template

__all__ = [
    "VERIFICATION_THRESHOLD",
    "Box",
    "Detector",
    "DetectorCard",
    "Engine",
    "Extractor",
    "ExtractorCard",
    "Face",
    "Image",
    "Picture",
    "Quality",
    "Sample",
    "Template",
    "align",
    "built_in",
    "combine",
    "compare",
    "detect",
    "extract",
    "load",
    "quality",
    "read_card",
    "read_template",
    "reasons",
]

Picture: TypeAlias = Image | bytes | Path


class Engine:
    """A detector and an extractor, opened once for many pictures. Not for two threads at once: give each its own.

    `cards`: model cards to use instead of the built-in YuNet or SFace, at most one of each task.
    """

    def __init__(self, *cards: DetectorCard | ExtractorCard, threads: int = 1, cache: Path | None = None) -> None:
        detector_card, extractor_card = _chosen(cards)
        self.detector = Detector(detector_card, threads=threads, cache=cache)
        self.extractor = Extractor(extractor_card, threads=threads, cache=cache)

    def detect(self, picture: Picture, *, threshold: float | None = None) -> tuple[Face, ...]:
        """All faces, highest score first; none is an empty tuple. Raises Malformed for no picture."""
        return self.detector.detect(_image(picture), threshold=threshold)

    def subjects(self, picture: Picture, *, threshold: float | None = None) -> tuple[Face, ...]:
        """The faces large enough to matter for extraction, highest score first; see `Detector.subjects`."""
        return self.detector.subjects(_image(picture), threshold=threshold)

    def subject(self, picture: Picture) -> Face:
        """The only face that the picture is of. Raises Malformed if there is none or several."""
        found = self.subjects(picture)
        if not found:
            raise Malformed(_quality.nobody(_image(picture), self.detector, self.extractor.card))
        if len(found) > 1:
            raise Malformed(f"{len(found)} faces were found in the picture: choose one, or crop the picture to it")
        return found[0]

    def extract(self, picture: Picture, face: Face | None = None) -> Template:
        """The template of `face`, or of the only face in the picture. Raises Malformed if there is none or several."""
        image = _image(picture)
        return self.extractor.extract(self.sample(image, face or self.subject(image)))

    def quality(self, picture: Picture, face: Face | None = None) -> Quality:
        """The quality of `face`, or of the only face in the picture; `reasons` says it in words.

        Up to five extractions. Raises Malformed if there is no face, or several.
        """
        image = _image(picture)
        chosen = face or self.subject(image)
        return _quality.measured(image, chosen, self.sample(image, chosen), self.extractor)[1]

    def sample(self, picture: Picture, face: Face) -> Sample:
        """The face, aligned and cut out as the extractor takes it."""
        return closer.sample(self.detector, _image(picture), face, self.extractor.card)


def detect(picture: Picture, *, threshold: float | None = None, card: DetectorCard | None = None) -> tuple[Face, ...]:
    """All faces in one picture, highest score first. Raises Malformed for no picture."""
    return Detector(card or _chosen(())[0]).detect(_image(picture), threshold=threshold)


def extract(picture: Picture, face: Face | None = None, *, card: ExtractorCard | None = None) -> Template:
    """The template of `face`, or of the only face in the picture. Raises Malformed if there is none or several."""
    return Engine(*([card] if card else [])).extract(picture, face)


def quality(picture: Picture, face: Face | None = None) -> Quality:
    """The quality of `face`, or of the only face in the picture. Raises Malformed if there is none or several."""
    return Engine().quality(picture, face)


def _image(picture: Picture) -> Image:
    return load(picture) if isinstance(picture, bytes | Path) else picture


def _chosen(cards: tuple[DetectorCard | ExtractorCard, ...]) -> tuple[DetectorCard, ExtractorCard]:
    detectors = [card for card in (*cards, built_in("yunet")) if isinstance(card, DetectorCard)]
    extractors = [card for card in (*cards, built_in("sface")) if isinstance(card, ExtractorCard)]
    if max(len(detectors), len(extractors)) > 2:
        raise Malformed("give at most one card of a detector and one of an extractor")
    return detectors[0], extractors[0]
