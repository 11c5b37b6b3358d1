"""What is known of how often the extractor is wrong, in sentences for someone who decides about a person.

First what the calibrations say that the search was made under; then, of the built-in extractor, what was measured on
public development sets (29.6 million pairs of different people of Labeled Faces in the Wild; sites of 100 to 1,559
people).
"""

from countenance.faces import card
from countenance.faces.card import ExtractorCard
from countenance.vocabulary.disclosures import Model
from countenance.warrants import calibration_words as words
from countenance.warrants.threshold import Calibrations

_UNIT = 1000


def known_errors(extractor: bytes, threshold: int, of: Calibrations = ()) -> tuple[str, ...]:
    """Sentences about the extractor with this digest, at `threshold` (comparison score in thousandths).

    `of`: the calibrations that the search was made under.
    """
    at = " ".join((f"This search kept what scored {threshold / _UNIT:.3f} or more.", *words.at(of, threshold)))
    if not _built_in(extractor):
        return (
            at,
            "No other error rates are on record for this extractor: ask the operator who measured it, and on whom.",
        )
    return (
        at,
        "Measured for this extractor (SFace 2021dec) on 29.6 million pairs of photos of different people: at the score "
        "where 1 pair in 10,000 is wrongly taken for one person (0.430), 98.4 % of the pairs of one person are "
        "recognised; where it is 1 in 100,000, 96.7 %.",
        "In searches tuned so that 1 in 100 for an absent person returns a stranger, a person who was there was found "
        "in 96.6 % of searches among 100 people, 97.9 % among 500, 95.6 % among 1,559.",
        "These are development figures on good public photos, part of which the extractor may have been trained on: "
        "they are optimistic. On other cameras the rate of strangers taken for the person can be ten times higher.",
    )


def models(extractor: bytes, own: ExtractorCard | None = None) -> tuple[Model, ...]:
    """The networks that had a part: the extractor by its digest, and the detector that repeats the extraction.

    `own`: the deployment's own extractor, which is named if it is the one.
    """
    detector, known = card.built_in("yunet"), [card.built_in("sface"), *([own] if own else [])]
    named = (one for one in known if isinstance(one, ExtractorCard) and one.digest == extractor)
    name, licence = next(((one.name, one.licence) for one in named), ("not built in", "see its model card"))
    return (
        Model("extractor", name, licence, extractor),
        Model("detector", detector.name, detector.licence, bytes.fromhex(detector.file.sha256)),
    )


def _built_in(extractor: bytes) -> bool:
    known = card.built_in("sface")
    return isinstance(known, ExtractorCard) and known.digest == extractor
