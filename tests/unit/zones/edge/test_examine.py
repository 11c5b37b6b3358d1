from dataclasses import dataclass, field

import numpy as np
import pytest

from countenance.faces.card import DetectorCard, ExtractorCard, built_in
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.faces.image import Image
from countenance.faces.tracker import NO_TRACK
from countenance.vocabulary.faces import Box, Face
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.edge.examine import COVERING, LONGEST, Examiner, covering_card
from countenance.zones.edge.stages import Shares
from simulator.camera_host import frame, walk

START = 480_000 * MILLISECONDS_AN_HOUR
MARKS = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    card = built_in("sface")
    assert isinstance(card, ExtractorCard)
    return Extractor(card)


@pytest.fixture(scope="module")
def detector() -> Detector:
    card = built_in("yunet")
    assert isinstance(card, DetectorCard)
    assert covering_card(card).longest == LONGEST
    return Detector(covering_card(card))


@dataclass
class Script:
    """A detector that finds what it is told, frame by frame."""

    answers: list[list[tuple[float, float]] | Exception]
    asked: list[float | None] = field(default_factory=list)

    def detect(self, image: Image, *, threshold: float | None = None) -> tuple[Face, ...]:
        self.asked.append(threshold)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return tuple(_face(x, score) for x, score in answer)


def _face(x: float, score: float) -> Face:
    a, b, c, d, e = ((x + 60 * u, 20 + 60 * v) for u, v in MARKS)
    return Face(Box(x, 20, 60, 60), (a, b, c, d, e), score)


def examiner(script: Script, extractor: Extractor, *, extracts: bool = True) -> Examiner:
    return Examiner(script, extractor, extracts=lambda _: extracts, shares=Shares())  # type: ignore[arg-type]


def test_a_real_face_is_tracked_and_shot(detector: Detector, extractor: Extractor) -> None:
    real = Examiner(detector, extractor, extracts=lambda _: True, shares=Shares())
    seen = [real.examine(frame(START + 40 * n, picture)) for n, picture in enumerate(walk(4))]
    assert [[spot.track for spot in it.seen or ()] for it in seen] == [[0]] * 4
    assert all(it.shots[0].quality.value > 60 for it in seen)
    assert seen[0].shots[0].template is not None


def test_weak_detections_are_covered_and_never_shot(extractor: Extractor) -> None:
    script = Script([[(20, 0.9), (150, 0.35)]])
    [picture] = walk(1)
    it = examiner(script, extractor).examine(frame(START, picture))
    assert script.asked == [COVERING]
    assert [(spot.track, spot.strong) for spot in it.seen or ()] == [(0, True), (1, False)]
    assert [shot.track for shot in it.shots] == [0]


@pytest.mark.parametrize("fault", [RuntimeError("x"), ValueError("x"), MemoryError(), Exception("onnxruntime")])
def test_whatever_goes_wrong_the_frame_comes_out_unchecked(extractor: Extractor, fault: Exception) -> None:
    [picture] = walk(1)
    made = examiner(Script([[(20, 0.9)], fault, [(20, 0.9)]]), extractor)
    outcomes = [made.examine(frame(START + 40 * n, picture)) for n in range(3)]
    assert [it.seen is None for it in outcomes] == [False, True, False]
    assert outcomes[1].shots == ()
    assert (outcomes[2].seen or ())[0].track == 0


def test_without_leave_to_extract_there_is_no_sample_and_no_template(extractor: Extractor) -> None:
    [picture] = walk(1)
    it = examiner(Script([[(20, 0.9)]]), extractor, extracts=False).examine(frame(START, picture))
    assert [spot.track for spot in it.seen or ()] == [0]
    assert it.shots == ()


def test_tracks_end_with_their_hour(extractor: Extractor) -> None:
    [picture] = walk(1)
    made = examiner(Script([[(20, 0.9)]] * 3), extractor)
    last = START + MILLISECONDS_AN_HOUR - 40
    steps = [made.examine(frame(moment, picture)) for moment in (last, last + 40, last + 80)]
    assert [(it.seen or ())[0].track for it in steps] == [0, 1, 1]
    assert [it.ended for it in steps] == [(), (0,), ()]


def test_more_people_than_tracks_are_still_seen(extractor: Extractor) -> None:
    made = examiner(Script([[(4.0 * n, 0.5) for n in range(70)]]), extractor)
    it = made.examine(frame(START, np.full((240, 320, 3), 99, np.uint8)))
    assert len(it.seen or ()) == 70
    assert NO_TRACK in {spot.track for spot in it.seen or ()}
