import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from countenance import faces
from countenance.errors import Malformed, Refused
from countenance.faces import card
from countenance.faces.quality import ENOUGH, FAIR, PROBE, REFERENCE, assess, measured, nobody, reasons, required
from countenance.vocabulary.faces import Box, Face, Quality

FINE = Quality(80, 90, 90, 90, 90, 90, 90, 40.0)
PORTRAITS = pytest.mark.parametrize("name", ["portrait", "other"])
COMPONENTS = ("size", "sharpness", "illumination", "pose", "detection")


def of(engine: faces.Engine, image: faces.Image, face: Face, *, seen: bool = False) -> Quality:
    """With `seen`, as of a photo that somebody brings."""
    sample = engine.sample(image, face)
    return measured(image, face, sample, engine.extractor)[1] if seen else assess(image, face, sample)


def scaled(face: Face, scale: float) -> Face:
    a, b, c, d, e = (((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5) for x, y in face.landmarks)
    return replace(face, landmarks=(a, b, c, d, e))


def resized(image: faces.Image, scale: float) -> faces.Image:
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def eyes_apart(face: Face) -> float:
    return float(np.linalg.norm(np.subtract(face.landmarks[1], face.landmarks[0])))


@PORTRAITS
@pytest.mark.parametrize("seen", [False, True])
def test_blur_lowers_it(engine: faces.Engine, name: str, seen: bool, request: pytest.FixtureRequest) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    step = eyes_apart(face) / 35  # So many pixels of the picture become one of the sample.
    found = [of(engine, image, face, seen=seen)]
    found += [of(engine, np.asarray(cv2.GaussianBlur(image, (0, 0), s * step)), face, seen=seen) for s in (1.5, 3, 6)]
    assert all(a.value > b.value for a, b in pairwise(found))
    assert all(a.sharpness > b.sharpness for a, b in pairwise(found))
    assert any("blurred" in said for said in reasons(found[-1]))


@PORTRAITS
@pytest.mark.parametrize("seen", [False, True])
def test_few_pixels_lower_it(engine: faces.Engine, name: str, seen: bool, request: pytest.FixtureRequest) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    scales = [pixels / eyes_apart(face) for pixels in (30.0, 15.0, 10.0, 7.0, 4.0)]
    found = [of(engine, resized(image, scale), scaled(face, scale), seen=seen) for scale in scales]
    assert all(a.value > b.value for a, b in pairwise(found))
    assert all(a.size > b.size for a, b in pairwise(found))
    assert [round(one.eyes) for one in found] == [30, 15, 10, 7, 4]


@PORTRAITS
def test_a_crop_of_22_pixels_is_no_reference_and_the_reason_is_said(
    engine: faces.Engine, name: str, request: pytest.FixtureRequest
) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    scale = 22 / face.box.width
    found = of(engine, resized(image, scale), scaled(face, scale), seen=True)
    with pytest.raises(Refused, match=rf"only {int(found.eyes)} pixels wide between the eyes, and {ENOUGH} are needed"):
        required(found, REFERENCE)
    required(found, PROBE)


def darker(image: faces.Image) -> faces.Image:
    """A twentieth of the light, and a sensor's noise."""
    noise = np.random.default_rng(2).normal(0, 2, image.shape)
    return np.clip(image / 20 + noise, 0, 255).astype(np.uint8)


def glaring(image: faces.Image) -> faces.Image:
    return np.clip(image.astype(int) * 3 + 60, 0, 255).astype(np.uint8)


def grainy(image: faces.Image) -> faces.Image:
    return np.clip(image + np.random.default_rng(2).normal(0, 60, image.shape), 0, 255).astype(np.uint8)


@PORTRAITS
@pytest.mark.parametrize("change", [darker, glaring, grainy])
def test_bad_light(
    engine: faces.Engine, name: str, change: Callable[[faces.Image], faces.Image], request: pytest.FixtureRequest
) -> None:
    whole: faces.Image = request.getfixturevalue(name)
    (large,) = engine.detect(whole)
    scale = 35 / eyes_apart(large)  # As many pixels as the sample has: averaging would take the noise away.
    image, face = resized(whole, scale), scaled(large, scale)
    good, worse = of(engine, image, face, seen=True), of(engine, change(image), face, seen=True)
    assert worse.illumination < 0.8 * good.illumination
    assert worse.value < good.value
    assert any("light" in said for said in reasons(worse))


@PORTRAITS
def test_light_from_one_side(engine: faces.Engine, name: str, request: pytest.FixtureRequest) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    middle = face.landmarks[2][0]
    ramp = 1 / (1 + np.exp((middle - np.arange(image.shape[1])) / (eyes_apart(face) / 5)))
    lit = (image * np.maximum(ramp, 0.05)[None, :, None]).astype(np.uint8)
    assert of(engine, lit, face).illumination < FAIR < of(engine, image, face).illumination


@PORTRAITS
def test_a_face_with_a_third_of_the_light_is_not_poor(
    engine: faces.Engine, name: str, request: pytest.FixtureRequest
) -> None:
    """Darkness as such costs nothing: a measure of brightness would take dark skin for bad light."""
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    assert of(engine, image // 3, face).illumination > 0.95 * of(engine, image, face).illumination


def test_a_flat_sample_is_useless(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    found = of(engine, np.full_like(portrait, 120), face)
    assert (found.value, found.sharpness, found.illumination) == (0, 0, 0)


def test_turned_heads(engine: faces.Engine, portrait: faces.Image) -> None:
    frontal = ((40.0, 50.0), (74.0, 50.0), (57.0, 70.0), (43.0, 92.0), (71.0, 92.0))
    sample = engine.sample(portrait, engine.detect(portrait)[0])

    def pose(nose: tuple[float, float]) -> int:
        marks = (frontal[0], frontal[1], nose, frontal[3], frontal[4])
        return assess(portrait, Face(Box(30, 30, 60, 80), marks, 0.9), sample).pose

    assert pose(frontal[2]) > 95
    assert pose(frontal[2]) > pose((66.0, 70.0)) > pose((74.0, 70.0)) > pose((85.0, 70.0))
    assert pose(frontal[2]) > pose((57.0, 54.0))
    assert pose(frontal[2]) > pose((57.0, 90.0))
    profile = ((60.0, 50.0), (72.0, 50.0), (85.0, 70.0), (62.0, 92.0), (72.0, 92.0))
    turned = assess(portrait, Face(Box(30, 30, 60, 80), profile, 0.9), sample)
    assert any("turned" in said for said in reasons(turned))
    assert turned.eyes == pytest.approx(42 / 1.2, abs=1), "a turned head is not for that a small one"


def test_roll_costs_nothing(portrait: faces.Image, engine: faces.Engine) -> None:
    (face,) = engine.detect(portrait)
    a, b, c, d, e = ((511.0 - y, x) for x, y in face.landmarks)
    turned = assess(portrait, replace(face, landmarks=(a, b, c, d, e)), engine.sample(portrait, face))
    assert turned.pose == of(engine, portrait, face).pose


def test_everything_is_from_0_to_100_and_the_score_counts(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    good, doubtful = of(engine, portrait, face), of(engine, portrait, replace(face, score=0.3))
    for found in (good, doubtful, of(engine, portrait, face, seen=True)):
        assert all(0 <= getattr(found, name) <= 100 for name in ("value", *COMPONENTS))
    assert doubtful.value < good.value
    assert (good.occlusion, of(engine, portrait, face, seen=True).occlusion) == (None, 100)


def test_landmarks_that_are_no_numbers(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    broken = replace(face, landmarks=((float("nan"), 0.0), *face.landmarks[1:]))
    with pytest.raises(Malformed):
        assess(portrait, broken, engine.sample(portrait, face))


@pytest.mark.parametrize("part", ["eyes", "sharpness", "illumination", "pose", "occlusion"])
def test_every_component_has_its_reason_and_says_what_to_do(part: str) -> None:
    assert reasons(FINE) == ()
    (said,) = reasons(replace(FINE, **{part: ENOUGH - 1 if part == "eyes" else FAIR - 1}))
    assert ": use a photo " in said
    required(FINE, REFERENCE)
    with pytest.raises(Refused) as raised:
        required(replace(FINE, value=REFERENCE.value - 1, **{part: ENOUGH - 1 if part == "eyes" else 0}), REFERENCE)
    assert said in str(raised.value)


def test_the_floors() -> None:
    for least in (REFERENCE, PROBE):
        required(replace(FINE, value=least.value, eyes=least.eyes, detection=least.detection), least)
        lacking = {"value": least.value - 1, "eyes": least.eyes - 0.1, "detection": least.detection - 1}
        for part, less in lacking.items():
            with pytest.raises(Refused, match="this photo is too poor"):
                required(replace(FINE, **{part: less}), least)
    assert PROBE.value < REFERENCE.value
    assert PROBE.eyes < REFERENCE.eyes


def test_an_extractor_of_which_nothing_was_measured_is_not_asked(engine: faces.Engine, portrait: faces.Image) -> None:
    own = card.own_extractor(None)
    unmeasured = faces.Extractor(replace(own, seen=None))
    (face,) = engine.detect(portrait)
    sample = engine.sample(portrait, face)
    assert measured(portrait, face, sample, unmeasured)[1] == assess(portrait, face, sample)
    assert unmeasured.digest == engine.extractor.digest, "what was measured changes no template"


def test_the_sample_is_left_as_it_was(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    sample = engine.sample(portrait, face)
    before = hashlib.sha256(sample.tobytes()).digest()
    template, _ = measured(portrait, face, sample, engine.extractor)
    assert template == engine.extractor.extract(sample)
    assert hashlib.sha256(sample.tobytes()).digest() == before


def test_why_no_face_was_found(engine: faces.Engine, portrait: faces.Image, noise: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    box = face.box
    cut = portrait[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    small = resized(np.ascontiguousarray(cut), 22 / box.width)
    assert "only 22 x" in nobody(small, engine.detector, engine.extractor.card)
    scene = resized(portrait, 10 / eyes_apart(face))
    if not engine.detect(scene, threshold=0.8):
        assert "pixels wide between the eyes" in nobody(scene, engine.detector, engine.extractor.card)
    assert nobody(noise, engine.detector, engine.extractor.card).startswith("no face was found")
