"""The calibration that comes with the product: of the built-in extractor and of no other.

Counted on public photographs, part of which the extractor may have been trained on: it is optimistic, and error rates
at one threshold differ tenfold between sites. A site's own calibration takes its place.
"""

from countenance.vocabulary.calibration import Calibration, Point, Source

EXTRACTOR = bytes.fromhex("5bf80227ea9e64375e559e236b57439eced6d7e52998f0be08493bf815cf8cd8")
"""SFace, 2021dec, as `faces/cards/sface.toml` describes it."""

_COMPARISONS = 7_202_720
# Threshold in thousandths, non-mated pairs that reached it, upper bound of the FMR in billionths from how subjects
# differ (`evaluation.rates.of_subjects`), FNIR in thousandths at rank 1 among 500 people with one reference each;
# `benchmarks/evaluation.py` counts them again. Beyond 530 the bound hardly falls:
# too few pairs are left to count, some of them people whom the set lists twice.
_COUNTED = (
    (430, 692, 109_958, 18),
    (440, 446, 72_730, 21),
    (450, 293, 49_922, 25),
    (460, 190, 32_930, 28),
    (470, 130, 23_820, 34),
    (480, 85, 16_532, 37),
    (490, 57, 11_645, 43),
    (500, 39, 8_499, 50),
    (510, 25, 6_026, 56),
    (520, 17, 4_702, 66),
    (530, 16, 4_581, 75),
)

BUILT_IN = Calibration(
    extractor=EXTRACTOR,
    group="",
    cameras=(),
    source=Source.BUILT_IN,
    told="7.2 million pairs of good public photographs of different people, 2,117 in all (Labeled Faces in the Wild)",
    made=1_795_651_200_000,
    points=tuple(Point(at, false, _COMPARISONS, most, fnir) for at, false, most, fnir in _COUNTED),
)
