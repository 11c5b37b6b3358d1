"""Calibrations: which one stands for a camera and an extractor, and what a text may state under it. Pure.

For one camera, of those of the extractor, in this order: the newest that names the camera, the newest for every camera,
the built-in one, and only where nobody counted anything the newest bare threshold that an operator signed for. A bare
threshold so never takes the place of figures. A search of several cameras has the calibrations of all.

Invariants:

* An extractor without a calibration has none: nothing is searched with it.
* A text that states no N is refused where no operator has signed for a bare threshold for each of its cameras.
"""

from collections.abc import Iterable, Sequence

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.calibration import Calibration, Source
from countenance.warrants import threshold as thresholds
from countenance.warrants.built_in import BUILT_IN
from countenance.warrants.threshold import Calibrations

Known = Sequence[Calibration]
"""Calibrations that were set, the newest last."""


def of_scope(known: Known, cameras: Iterable[str], extractor: bytes) -> tuple[Calibration, ...]:
    """The calibrations of these cameras, each once. Raises Refused for a camera that has none."""
    found: list[Calibration] = []
    for camera in sorted(set(cameras)):
        one = of_camera(known, camera, extractor)
        if one not in found:
            found.append(one)
    return tuple(found)


def of_camera(known: Known, camera: str, extractor: bytes) -> Calibration:
    """The calibration that stands for `camera` and the extractor with this digest. Raises Refused if none does."""
    found = known_of(known, camera, extractor)
    if found is not None:
        return found
    raise Refused(
        # Not by the camera's name: a refusal is an entry, and this name may be any text.
        "nobody has counted how often this extractor takes strangers for one person on one of the cameras, so no "
        "threshold is known: 'countenance evaluate calibrate' counts it, 'countenance calibration set' sets it"
    )


def known_of(known: Known, camera: str, extractor: bytes) -> Calibration | None:
    """The calibration that stands for `camera` and the extractor, if any does."""
    counted = [*_fitting(known, "", extractor, signed=False), *_fitting(known, camera, extractor, signed=False)]
    if counted:
        return counted[-1]
    if extractor == BUILT_IN.extractor:
        return BUILT_IN
    signed = [*_fitting(known, "", extractor, signed=True), *_fitting(known, camera, extractor, signed=True)]
    return signed[-1] if signed else None


def check_floor(of: Calibrations, stated: int) -> None:
    """Raise Refused unless a text may be drafted that states this threshold (thousandths).

    One that was drafted before a calibration began higher is used at what that says: see `threshold.effective`.
    """
    least = thresholds.floor(of)
    if not least <= stated <= 1000:
        raise Refused(f"the threshold is from {least} to 1000 thousandths: below, strangers get a name")


def check_bare(known: Known, cameras: Iterable[str], extractor: bytes, *, stated: int, one_in: int) -> None:
    """Raise Refused if a text states this threshold and no `one_in`, which is 0 then, and nobody signed for that."""
    for camera in sorted(set(cameras)) if not one_in else ():
        signed = [one for place in ("", camera) for one in _fitting(known, place, extractor, signed=True)]
        if not any(stated >= one.points[0].threshold for one in signed):
            raise Refused(
                "say at most one false candidate in how many searches ('--one-in N'): a bare threshold counts where an "
                "operator has signed for it ('countenance calibration bare'), at that one or a higher one"
            )


def named(of: Calibrations) -> dict[str, str]:
    """What an entry says of the calibrations that were used: hashes and sources, in one order."""
    return {
        "calibration": " ".join(records.digest(one).hex() for one in of),
        "calibrated": " ".join(one.source.value for one in of),
    }


def _fitting(known: Known, camera: str, extractor: bytes, *, signed: bool) -> list[Calibration]:
    """Those of the extractor that name `camera`, or, if it is empty, that hold for every camera."""
    return [
        one
        for one in known
        if one.extractor == extractor
        and (camera in one.cameras if camera else not one.cameras)
        and (one.source is Source.SIGNED) == signed
    ]
