from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from countenance import faces
from countenance.errors import Malformed
from countenance.faces.quality import assess
from countenance.vocabulary.faces import Box, Face, Quality


def of(engine: faces.Engine, image: faces.Image, face: Face) -> Quality:
    return assess(image, face, engine.sample(image, face))


def scaled(face: Face, scale: float) -> Face:
    a, b, c, d, e = (((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5) for x, y in face.landmarks)
    return replace(face, landmarks=(a, b, c, d, e))


@pytest.mark.parametrize("name", ["portrait", "other"])
def test_blur_lowers_it(engine: faces.Engine, name: str, request: pytest.FixtureRequest) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    blurred = [image, *(np.asarray(cv2.GaussianBlur(image, (0, 0), s)) for s in (1.0, 2.0, 4.0, 8.0))]
    values = [of(engine, one, face).value for one in blurred]
    assert all(a > b for a, b in pairwise(values))
    assert values[0] > 1.3 * values[-1]


@pytest.mark.parametrize("name", ["portrait", "other"])
def test_downscaling_lowers_it(engine: faces.Engine, name: str, request: pytest.FixtureRequest) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    values = []
    for scale in (1.0, 0.5, 0.25, 0.125):
        small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        values.append(of(engine, small, scaled(face, scale)).value)
    assert all(a > b for a, b in pairwise(values))


def test_light_and_dark(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    good = of(engine, portrait, face)
    for image in (portrait // 8, np.clip(portrait.astype(int) * 3 + 60, 0, 255).astype(np.uint8)):
        worse = of(engine, image, face)
        assert worse.exposure < 0.7 * good.exposure
        assert worse.value < good.value


def test_a_flat_sample_is_useless(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    assert of(engine, np.full_like(portrait, 120), face).value == 0.0


def test_turned_heads(engine: faces.Engine, portrait: faces.Image) -> None:
    frontal = ((40.0, 50.0), (74.0, 50.0), (57.0, 70.0), (43.0, 92.0), (71.0, 92.0))
    sample = engine.sample(portrait, engine.detect(portrait)[0])

    def pose(nose: tuple[float, float]) -> float:
        marks = (frontal[0], frontal[1], nose, frontal[3], frontal[4])
        return assess(portrait, Face(Box(30, 30, 60, 80), marks, 0.9), sample).pose

    assert pose(frontal[2]) > 0.95
    assert pose(frontal[2]) > pose((64.0, 70.0)) > pose((72.0, 70.0)) > pose((85.0, 70.0))
    assert pose(frontal[2]) > pose((57.0, 58.0))
    assert pose(frontal[2]) > pose((57.0, 86.0))


def test_roll_costs_nothing(portrait: faces.Image, engine: faces.Engine) -> None:
    (face,) = engine.detect(portrait)
    a, b, c, d, e = ((511.0 - y, x) for x, y in face.landmarks)
    turned = assess(portrait, replace(face, landmarks=(a, b, c, d, e)), engine.sample(portrait, face))
    assert turned.pose == pytest.approx(of(engine, portrait, face).pose)


def test_everything_is_from_0_to_1_and_the_score_counts(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    good, doubtful = of(engine, portrait, face), of(engine, portrait, replace(face, score=0.3))
    for found in (good, doubtful):
        assert all(0.0 <= getattr(found, name) <= 1.0 for name in Quality.__slots__)
    assert doubtful.value < good.value


def test_landmarks_that_are_no_numbers(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    broken = replace(face, landmarks=((float("nan"), 0.0), *face.landmarks[1:]))
    with pytest.raises(Malformed):
        assess(portrait, broken, engine.sample(portrait, face))
