"""Looking: from a frame of a kiosk's camera, or a chip's photo, to a template, or why there is none.

The frame is cut to the zone before anything is looked for, and bystanders who reach into it are covered before anything
is extracted, so no template of theirs is ever made. Of two in the zone neither
is extracted, nor is a face that would be too poor as a reference. The frame is the caller's to drop; nothing is kept.
"""

from countenance.errors import Malformed, Refused
from countenance.faces import Engine, Image, Template
from countenance.faces.image import load
from countenance.faces.quality import REFERENCE, assess, required
from countenance.formats import chip
from countenance.gates import zone as zones
from countenance.gates.zone import Zone
from countenance.vocabulary.gates import Reason

MOST_PIXELS = 4_000_000
"""Of a chip's photo; most have less than a tenth of that."""


def of_chip(engine: Engine, group: bytes) -> Template:
    """The template of the only face in a travel document's photo. `group`: the bytes of data group 2.

    Raises Malformed if it cannot be read, is not of the size it says, or shows nobody or several.
    """
    portrait = chip.read(group)
    picture = load(portrait.data, most=MOST_PIXELS)
    if picture.shape[:2] != (portrait.height, portrait.width):
        raise Malformed("the chip's photo is not of the size that its record says: take the printed one instead")
    return engine.extract(picture)


def look(engine: Engine, picture: Image, zone: Zone = zones.MIDDLE) -> Template | Reason:
    """The template of the only face in `zone`, or the reason why none was made."""
    inside = zones.cut(picture, zone)
    height, width = inside.shape[:2]
    parted = zones.parted(engine.subjects(inside, threshold=zones.COVER), width, height)
    sure = [face for face in parted.presented if face.score >= engine.detector.card.detection]
    if len(parted.presented) > 1:
        return Reason.SEVERAL
    if not sure:
        return Reason.NOBODY
    face, seen = sure[0], zones.covered(inside, parted.bystanders)
    try:
        sample = engine.sample(seen, face)
        required(assess(seen, face, sample), REFERENCE)
    except (Malformed, Refused):
        return Reason.POOR
    return engine.extractor.extract(sample)
