import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance import faces
from countenance.errors import Malformed
from countenance.faces.alignment import similarity
from countenance.faces.card import ARCFACE
from countenance.vocabulary.faces import Box, Face, Point

numbers = st.floats(-1000, 1000)


def face_at(points: np.ndarray) -> Face:
    a, b, c, d, e = ((float(x), float(y)) for x, y in points)
    return Face(Box(0, 0, 1, 1), (a, b, c, d, e), 1.0)


@given(st.floats(0.05, 20), st.floats(-3.1, 3.1), numbers, numbers)
def test_a_turned_scaled_shifted_face_is_brought_back(scale: float, turn: float, x: float, y: float) -> None:
    factor = scale * np.exp(1j * turn)
    moved = [complex(*point) * factor + complex(x, y) for point in ARCFACE]
    landmarks = tuple((point.real, point.imag) for point in moved)
    matrix = similarity(landmarks, ARCFACE)
    back = np.array([[*point, 1] for point in landmarks]) @ matrix.T
    np.testing.assert_allclose(back, ARCFACE, atol=1e-6)


@given(st.lists(st.tuples(numbers, numbers), min_size=5, max_size=5, unique=True))
def test_no_better_similarity_exists(points: list[Point]) -> None:
    """At the least-squares optimum the error is orthogonal to every change of the four parameters."""
    landmarks = np.array(points)
    if np.abs(landmarks - landmarks.mean(axis=0)).max() < 1:
        return
    matrix = similarity(tuple(points), ARCFACE)
    error = np.hstack([landmarks, np.ones((5, 1))]) @ matrix.T - np.array(ARCFACE)
    x, y = (landmarks - landmarks.mean(axis=0)).T
    for change in (
        np.stack([x, y], axis=1),
        np.stack([-y, x], axis=1),
        np.ones((5, 2)) * [1, 0],
        np.ones((5, 2)) * [0, 1],
    ):
        assert abs(np.sum(error * change)) < 1e-5 * max(1.0, np.abs(change).sum())


@pytest.mark.parametrize("points", [np.ones((5, 2)), np.full((5, 2), np.nan), np.full((5, 2), np.inf)])
def test_landmarks_in_one_place_are_refused(engine: faces.Engine, portrait: faces.Image, points: np.ndarray) -> None:
    with pytest.raises(Malformed, match="landmarks"):
        engine.sample(portrait, face_at(points))


def test_sample_shows_the_eyes_where_the_card_says(engine: faces.Engine, portrait: faces.Image) -> None:
    marked = portrait.copy()
    (face,) = engine.detect(portrait)
    for x, y in face.landmarks[:2]:
        cv2.circle(marked, (round(x), round(y)), 8, (0, 255, 0), -1)
    sample = engine.sample(marked, face)
    assert sample.shape == (112, 112, 3)
    for x, y in ARCFACE[:2]:
        green = sample[round(y), round(x)].astype(int)
        assert green[1] - max(green[0], green[2]) > 100


def test_outside_the_picture_is_black(engine: faces.Engine, portrait: faces.Image) -> None:
    shift = np.array(ARCFACE) - [100, 0]
    sample = engine.sample(np.full((112, 112, 3), 255, np.uint8), face_at(shift))
    assert sample[:, :90].max() == 0
    assert sample[:, 105:].min() == 255


@pytest.mark.parametrize("times", [3, 5, 8])
def test_a_large_picture_gives_the_sample_of_a_small_one(
    engine: faces.Engine, portrait: faces.Image, times: int
) -> None:
    (face,) = engine.detect(portrait)
    large = np.repeat(np.repeat(portrait, times, axis=0), times, axis=1)
    points = (np.array(face.landmarks) + 0.5) * times - 0.5
    difference = np.abs(engine.sample(large, face_at(points)).astype(int) - engine.sample(portrait, face).astype(int))
    assert difference.mean() < 3.0


def test_a_large_face_beyond_the_edge(engine: faces.Engine) -> None:
    picture = np.full((300, 300, 3), 200, np.uint8)
    for shift in (-2000, -300, 250, 2000):
        sample = engine.sample(picture, face_at(np.array(ARCFACE) * 8 + shift))
        assert sample.shape == (112, 112, 3)
