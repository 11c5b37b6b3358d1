"""Which calibration stands for a camera, and what a text may state under it."""

from dataclasses import replace

import pytest

from countenance.errors import Refused
from countenance.vocabulary.calibration import Calibration, Point, Source
from countenance.warrants import calibration_words, calibrations
from countenance.warrants.built_in import BUILT_IN
from simulator.counted import counted
from simulator.people import EXTRACTOR

ALL = counted()
HALL = counted(group="hall", cameras=("hall-east", "hall-west"))
NEWER = counted(group="east", cameras=("hall-east",), source=Source.SITE)
BARE = counted(source=Source.SIGNED, points=(Point(500, 0, 0, 100_000, -1),))
OTHER = counted(extractor=bytes(32))


@pytest.mark.parametrize(
    ("known", "camera", "expected"),
    [
        ((ALL,), "hall-east", ALL),
        ((HALL, ALL), "hall-east", HALL),
        ((HALL, ALL), "gate", ALL),
        ((ALL, HALL, NEWER), "hall-east", NEWER),
        ((ALL, NEWER, HALL), "hall-east", HALL),
        ((NEWER, HALL, OTHER), "hall-west", HALL),
        ((BARE, ALL), "gate", ALL),
        ((ALL, BARE), "gate", ALL),
        ((BARE,), "gate", BARE),
        ((BARE, replace(BARE, group="g", cameras=("gate",))), "gate", replace(BARE, group="g", cameras=("gate",))),
    ],
)
def test_a_named_camera_goes_before_all_and_figures_before_a_bare_word(
    known: tuple[Calibration, ...], camera: str, expected: Calibration
) -> None:
    assert calibrations.of_camera(known, camera, EXTRACTOR) == expected


def test_the_built_in_one_is_of_its_extractor_alone_and_a_bare_word_does_not_displace_it() -> None:
    assert calibrations.of_camera((), "gate", BUILT_IN.extractor) == BUILT_IN
    bare = replace(BARE, extractor=BUILT_IN.extractor)
    assert calibrations.of_camera((bare,), "gate", BUILT_IN.extractor) == BUILT_IN
    for known in ((), (OTHER,), (NEWER,)):
        with pytest.raises(Refused, match=r"nobody has counted.*evaluate calibrate.*calibration set"):
            calibrations.of_camera(known, "gate", EXTRACTOR)


def test_a_scope_has_the_calibrations_of_all_its_cameras_each_once() -> None:
    cameras = ("hall-west", "hall-east", "gate")
    assert calibrations.of_scope((ALL, HALL), cameras, EXTRACTOR) == (ALL, HALL)
    with pytest.raises(Refused):
        calibrations.of_scope((HALL,), cameras, EXTRACTOR)


def stated(known: tuple[Calibration, ...], at: int, one_in: int, *cameras: str) -> None:
    calibrations.check_bare(known, cameras, EXTRACTOR, stated=at, one_in=one_in)
    calibrations.check_floor(calibrations.of_scope(known, cameras, EXTRACTOR), at)


def test_a_text_states_how_rarely_it_may_be_wrong() -> None:
    stated((ALL,), 430, 10, "gate")
    for at in (429, 0, 1001):
        with pytest.raises(Refused, match="430 to 1000"):
            stated((ALL,), at, 10, "gate")


def test_a_bare_threshold_counts_where_an_operator_signed_for_it_and_not_below() -> None:
    with pytest.raises(Refused, match="--one-in"):
        stated((ALL,), 900, 0, "gate")
    stated((ALL, BARE), 500, 0, "gate")
    stated((ALL, BARE), 501, 0, "gate")
    with pytest.raises(Refused, match="operator has signed"):
        stated((ALL, BARE), 499, 0, "gate")
    of_hall = replace(BARE, group="hall", cameras=("hall-east",))
    stated((ALL, of_hall), 500, 0, "hall-east")
    with pytest.raises(Refused, match="operator has signed"):
        stated((ALL, of_hall), 500, 0, "hall-east", "gate")
    with pytest.raises(Refused, match="operator has signed"):
        stated((ALL, replace(BARE, extractor=bytes(32))), 500, 0, "gate")


def test_refusals_name_no_camera_since_its_name_may_be_any_text() -> None:
    for known, one_in in (((), 10), ((ALL,), 0)):
        with pytest.raises(Refused) as refusal:
            stated(known, 900, one_in, "Somebody Known")
        assert "Somebody" not in str(refusal.value)


def test_in_words() -> None:
    assert calibration_words.rate(BUILT_IN.points[3]) == (
        "at 0.460, of 1,000,000 comparisons with strangers at most 32.9 pass (190 of 7,202,720 were counted); "
        "of 1,000 persons who are there 28 are missed"
    )
    assert calibration_words.rate(BARE.points[0]) == (
        "at 0.500, of 10,000 comparisons with strangers at most 1 pass (nobody counted)"
    )
    assert calibration_words.origin(HALL).startswith("Group hall (hall-east, hall-west): an evaluation's report")
    assert calibration_words.origin(BARE).startswith("Every camera: a bare threshold")
    assert "takes 0.480 or more" in calibration_words.reach((BUILT_IN,), 5_000, 10)
    assert "compares 2182 rows, the rest of 5000 is cut" in calibration_words.reach((BUILT_IN,), 5_000, 100)
    assert "It says nothing of so low a threshold" in calibration_words.at((BARE,), 430)[0]
