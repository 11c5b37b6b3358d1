"""Repeat the probe's extraction: does this photo give this template? The same networks, the same arithmetic.

Two processors may round a network's last bits differently; then the templates differ by a part in thousands, and a
comparison score of NEARLY_ONE or more between them is accepted as the same. Two photos of one person never reach it.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from countenance.errors import Malformed, Tampered, Unavailable
from countenance.faces import card, image, sheet
from countenance.faces.card import DetectorCard, ExtractorCard
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor, values
from countenance.matching import encode

NEARLY_ONE = 0.999

# (photo, coded template, extractor digest) -> what was seen, in one sentence. Raises Tampered if they disagree.
Repeat = Callable[[bytes, bytes, bytes], str]


def repeat(photo: bytes, template: bytes, extractor: bytes, *, own: Path | None = None) -> str:
    """Extract from `photo` and compare with `template` (coded, int16 little-endian).

    `own`: model card of an extractor that is not built in; used if it is the one with this digest. Raises Tampered if
    no face of the photo gives the template, Unavailable if the extractor with this digest is not at hand.
    """
    built_in = card.built_in("yunet")
    if not isinstance(built_in, DetectorCard):
        raise Malformed("the built-in model cards are not what they should be; install the package again")
    model = _with_digest(extractor, own)
    expected = encode.from_bytes(template)
    picture = image.load(photo)
    engine = Extractor(model)
    finder = Detector(built_in)
    best = -1.0
    seen = sheet.templates(picture, finder, engine)
    # Of a photo with several faces it may be any of them, or, of a sheet of one person's photos, all together.
    for template_seen in (*seen, *([sheet.fused(seen)] if len(seen) > 1 else [])):
        found = encode.encode(values(template_seen))
        if hashlib.sha256(encode.to_bytes(found)).digest() == hashlib.sha256(template).digest():
            return "the photo gives exactly this template"
        one, other = found.astype(np.float64), expected.astype(np.float64)
        best = max(best, float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other))))
    if best < NEARLY_ONE:
        raise Tampered("the photo does not give this template: the search was made with something else")
    return f"the photo gives this template but for rounding on another processor (score {best:.4f})"


def _with_digest(extractor: bytes, own: Path | None) -> ExtractorCard:
    built_in = card.own_extractor(None)
    if built_in.digest == extractor:
        return built_in
    given = card.read(own) if own is not None else built_in
    if not isinstance(given, ExtractorCard) or given.digest != extractor:
        raise Unavailable(
            f"the probe was extracted by another extractor, with the digest {extractor.hex()}: give its model card "
            "with --card"
        )
    return given
