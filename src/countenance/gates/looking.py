"""Looking: from a frame of a kiosk's camera, or a chip's photo, to a template, or why there is none.

The frame is cut to the zone before anything is looked for, and bystanders who reach into it are covered before anything
is extracted, so no template of theirs is ever made. Of two in the zone neither
is extracted, nor is a face that would be too poor as a reference. The frame is the caller's to drop; nothing is kept.
"""

from dataclasses import dataclass

from countenance.errors import Malformed, Refused
from countenance.faces import Engine, Face, Image, Sample, Template
from countenance.faces.image import load
from countenance.faces.quality import REFERENCE, assess, required
from countenance.formats import chip
from countenance.gates import zone as zones
from countenance.gates.zone import Zone
from countenance.vocabulary.gates import Reason

MOST_PIXELS = 4_000_000
"""Of a chip's photo; most have less than a tenth of that."""

MOST_PRINTED_PIXELS = 12_000_000
"""Of a picture that a phone takes of a printed photo."""


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """What may be looked at, and shown, of a frame. `picture`: the zone, bystanders covered.

    `presented`: who stands in it, faces that the detector is not sure of left out unless another stands beside them.
    """

    picture: Image
    presented: tuple[Face, ...]

    def __repr__(self) -> str:
        return f"Seen({len(self.presented)} faces)"


def of_chip(engine: Engine, group: bytes) -> Template:
    """The template of the only face in a travel document's photo. `group`: the bytes of data group 2.

    Raises Malformed if it cannot be read, is not of the size it says, or shows nobody or several.
    """
    portrait = chip.read(group)
    picture = load(portrait.data, most=MOST_PIXELS)
    if portrait.width and picture.shape[:2] != (portrait.height, portrait.width):
        raise Malformed("the chip's photo is not of the size that its record says: take the printed one instead")
    return engine.extract(picture)


def of_document(engine: Engine, document: bytes, *, chip: bool) -> Template:
    """The template of the only face in a document's photo: of its chip, or a picture of the printed one.

    Raises Malformed if there is none.
    """
    if chip:
        return of_chip(engine, document)
    if not document:
        raise Malformed("a photo of the document is needed: read its chip, or take a picture of it")
    return engine.extract(load(document, most=MOST_PRINTED_PIXELS))


def seen(engine: Engine, picture: Image, zone: Zone = zones.MIDDLE) -> Seen:
    """Cut `picture` to `zone`, and cover whoever reaches into it."""
    inside = zones.cut(picture, zone)
    height, width = inside.shape[:2]
    parted = zones.parted(engine.subjects(inside, threshold=zones.COVER), width, height)
    least = engine.detector.card.detection if len(parted.presented) == 1 else 0.0
    sure = tuple(face for face in parted.presented if face.score >= least)
    return Seen(zones.covered(inside, parted.bystanders), sure)


def good(engine: Engine, picture: Image, face: Face) -> Sample | None:
    """The sample of `face`, or None where it would be too poor as a reference."""
    try:
        sample = engine.sample(picture, face)
        required(assess(picture, face, sample), REFERENCE)
    except (Malformed, Refused):
        return None
    return sample


def look(engine: Engine, picture: Image, zone: Zone = zones.MIDDLE) -> Template | Reason:
    """The template of the only face in `zone`, or the reason why none was made."""
    shown = seen(engine, picture, zone)
    if len(shown.presented) > 1:
        return Reason.SEVERAL
    if not shown.presented:
        return Reason.NOBODY
    sample = good(engine, shown.picture, shown.presented[0])
    return Reason.POOR if sample is None else engine.extractor.extract(sample)
