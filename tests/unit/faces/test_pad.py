"""The slot of a PAD model: what it is told and says; whatever fails is no response, and never bona fide."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance import faces
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.faces import pad, pad_card
from countenance.faces.pad_card import Higher
from countenance.vocabulary.faces import Face
from countenance.vocabulary.liveness import Judgement, Outcome
from unit.faces import tiny_pad


@pytest.fixture(scope="session")
def face(engine: faces.Engine, portrait: faces.Image) -> Face:
    return engine.subject(portrait)


def opened(folder: Path, cache: Path, *, model: bytes | None = None, **changes: object) -> pad.Pad:
    return pad.Pad(pad_card.read(tiny_pad.card(folder, model=model, **changes)), cache=cache)


def dark(image: faces.Image) -> faces.Image:
    return image // 4


@pytest.mark.parametrize(
    ("changes", "bright"),
    [
        ({"higher": "bona-fide", "index": 1}, Outcome.BONA_FIDE),
        ({"higher": "attack", "index": 1}, Outcome.ATTACK),
        ({"higher": "attack", "index": 0}, Outcome.BONA_FIDE),
        ({"higher": "bona-fide", "index": 0}, Outcome.ATTACK),
        ({"higher": "bona-fide", "index": 1, "softmax": False, "attack": 0.0}, Outcome.BONA_FIDE),
    ],
)
def test_direction_index_and_threshold(
    changes: dict[str, object], bright: Outcome, tmp_path: Path, cache: Path, portrait: faces.Image, face: Face
) -> None:
    model = opened(tmp_path, cache, **changes)
    white = np.full_like(portrait, 250)
    assert model.judge(white, face).outcome is bright
    other = {Outcome.ATTACK: Outcome.BONA_FIDE, Outcome.BONA_FIDE: Outcome.ATTACK}[bright]
    assert model.judge(dark(portrait), face).outcome is other


def test_the_score_is_what_the_network_says(tmp_path: Path, cache: Path, portrait: faces.Image, face: Face) -> None:
    model = opened(tmp_path, cache, softmax=False, attack=0.0)
    grey = np.full_like(portrait, 137)
    found = model.judge(grey, face)
    assert found.score == pytest.approx((137 - 127.5) / 10, abs=1e-3)
    assert "tiny-pad" in found.reason


@pytest.mark.parametrize("higher", list(Higher))
def test_a_score_on_the_threshold_is_an_attack(
    higher: Higher, tmp_path: Path, cache: Path, portrait: faces.Image, face: Face
) -> None:
    model = opened(tmp_path, cache, model=tiny_pad.network((0.0, 0.0)), higher=higher.value)
    assert model.judge(portrait, face) == Judgement(Outcome.ATTACK, "tiny-pad: 0.5000, threshold 0.5", 0.5)


@pytest.mark.parametrize("scale", [(float("nan"), 1.0), (float("inf"), 1.0)])
def test_numbers_that_are_none_are_no_response(
    scale: tuple[float, float], tmp_path: Path, cache: Path, portrait: faces.Image, face: Face
) -> None:
    found = opened(tmp_path, cache, model=tiny_pad.network(scale)).judge(portrait, face)
    assert (found.outcome, found.score) == (Outcome.NO_RESPONSE, None)


def test_a_model_that_does_not_fit_its_card_is_no_response(
    tmp_path: Path, cache: Path, portrait: faces.Image, face: Face
) -> None:
    found = opened(tmp_path, cache, numbers=3).judge(portrait, face)
    assert found.outcome is Outcome.NO_RESPONSE
    assert "check its card" in found.reason
    model = opened(tmp_path, cache)
    model.card = replace(model.card, width=64)
    found = model.judge(portrait, face)
    assert found.outcome is Outcome.NO_RESPONSE
    assert "the PAD model failed" in found.reason


def test_a_face_that_cannot_be_cut_out_is_no_response(
    tmp_path: Path, cache: Path, portrait: faces.Image, face: Face
) -> None:
    model = opened(tmp_path, cache)
    point = face.landmarks[0]
    found = model.judge(portrait, replace(face, landmarks=(point, point, point, point, point)))
    assert found.outcome is Outcome.NO_RESPONSE
    assert model.judge(np.zeros((0, 0, 3), np.uint8), face).outcome is Outcome.NO_RESPONSE


def test_a_model_that_is_another_or_not_there_does_not_open(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(Tampered, match="SHA-256"):
        opened(tmp_path, cache, sha256="ab" * 32)
    path = tiny_pad.card(tmp_path, model=tiny_pad.network((3.0, 4.0)))
    (tmp_path / "pad.onnx").unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        pad.Pad(pad_card.read(path), cache=cache)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"higher": None}, "output.higher"),
        ({"higher": "live"}, "output.higher"),
        ({"softmax": None}, "output.softmax"),
        ({"index": 2}, "output.index"),
        ({"index": True}, "output.index"),
        ({"index": None}, "output.index"),
        ({"numbers": 1, "index": 0}, "always 1"),
        ({"numbers": None}, "numbers"),
        ({"attack": None}, "attack"),
        ({"attack": 1.5}, "from 0.0 to 1.0"),
        ({"task": "extractor"}, "task = 'pad'"),
        ({"sha256": "00"}, "64 hexadecimal"),
    ],
)
def test_faulty_cards_are_refused(changes: dict[str, object], fault: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=fault):
        pad_card.read(tiny_pad.card(tmp_path, **changes))


def test_a_pad_models_card_is_no_other(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="neither detects nor extracts"):
        faces.read_card(tiny_pad.card(tmp_path))


def some(*outcomes: Outcome) -> list[Judgement]:
    return [Judgement(outcome, "a frame") for outcome in outcomes]


def test_of_several_frames_more_than_half_must_be_bona_fide() -> None:
    good, bad, none = Outcome.BONA_FIDE, Outcome.ATTACK, Outcome.NO_RESPONSE
    assert pad.together(some(good, good, bad)).outcome is good
    assert pad.together(some(good, bad)).outcome is bad
    assert pad.together(some(good, none)).outcome is bad
    assert pad.together(some(none, none)).outcome is none
    assert pad.together([]).outcome is none
