"""Sunglasses, a mask and a wall, painted over the portraits with what covers them in life: textures, not one grey.

One of the two portraits wears spectacles: what they hide and what a mask hides weigh each other up, so that the mask is
not seen (the value falls all the same). docs/benchmarks.md says so.
"""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from countenance import faces
from countenance.faces.quality import FAIR, measured, reasons
from countenance.vocabulary.faces import Face, Quality

Sample = faces.Sample


def cloth(sample: Sample, seed: int) -> Sample:
    """Folds, a pattern and a sensor's noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: sample.shape[0], : sample.shape[1]]
    folds = np.sin(x / 9 + np.sin(y / 11)) + 0.5 * np.sin((x + 2 * y) / 3)
    colour = random.uniform(40, 200, 3)
    return np.clip(colour + 25 * folds[..., None] + random.normal(0, 4, sample.shape), 0, 255).astype(np.uint8)


def behind(paint: Callable[[Sample], object], sample: Sample, seed: int) -> Sample:
    """The sample behind cloth of the form that `paint` draws."""
    form = np.zeros_like(sample)
    paint(form)
    return np.where(form > 0, cloth(sample, seed), sample)


def sunglasses(form: Sample) -> None:
    for x in (38, 74):
        cv2.ellipse(form, (x, 53), (17, 12), 0, 0, 360, (255, 255, 255), -1)
    cv2.line(form, (50, 50), (62, 50), (255, 255, 255), 3)


def mask(form: Sample) -> None:
    corners = np.array([[20, 66], [56, 62], [92, 66], [88, 100], [70, 112], [42, 112], [24, 100]], np.int32)
    cv2.fillPoly(form, [corners], (255, 255, 255))


def wall(form: Sample) -> None:
    form[:, :54] = 255


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("name", "paint"),
    [("portrait", sunglasses), ("portrait", mask), ("portrait", wall), ("other", sunglasses), ("other", wall)],
)
def test_what_hides_a_part_is_seen_and_said(
    engine: faces.Engine, name: str, paint: Callable[[Sample], None], seed: int, request: pytest.FixtureRequest
) -> None:
    image: faces.Image = request.getfixturevalue(name)
    (face,) = engine.detect(image)
    sample = engine.sample(image, face)
    plain = _asked(engine, image, face, sample)
    hidden = _asked(engine, image, face, behind(paint, sample, seed))
    assert plain.occlusion is not None
    assert hidden.occlusion is not None
    assert hidden.occlusion < FAIR <= plain.occlusion
    assert hidden.value < plain.value
    assert any("hidden" in said for said in reasons(hidden))


def test_other_faults_are_not_taken_for_it(engine: faces.Engine, portrait: faces.Image) -> None:
    (face,) = engine.detect(portrait)
    sample = engine.sample(portrait, face)
    noisy = np.clip(sample + np.random.default_rng(4).normal(0, 12, sample.shape), 0, 255).astype(np.uint8)
    for other in (np.asarray(cv2.GaussianBlur(sample, (0, 0), 1.5)), sample // 3, noisy):
        found = _asked(engine, portrait, face, other).occlusion
        assert found is not None
        assert found >= FAIR
    unreadable = np.asarray(cv2.GaussianBlur(sample, (0, 0), 6))
    assert _asked(engine, portrait, face, unreadable).occlusion is None, "of a blurred face it cannot be told"


def _asked(engine: faces.Engine, image: faces.Image, face: Face, sample: Sample) -> Quality:
    return measured(image, face, sample, engine.extractor)[1]
