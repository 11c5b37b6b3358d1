from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance import faces
from countenance.errors import Malformed
from countenance.faces.extractor import values
from countenance.vocabulary.faces import Template
from unit.faces import tiny

OURS, THEIRS = bytes(32), bytes([1]) * 32


def template(vector: list[float], extractor: bytes = OURS, shots: int = 1) -> Template:
    unit = np.array(vector, np.float64) / np.linalg.norm(vector)
    return Template(extractor, unit.astype("<f4").tobytes(), shots)


vectors = st.lists(st.floats(-1, 1), min_size=8, max_size=8).filter(lambda v: np.linalg.norm(v) > 0.1)


@pytest.fixture
def own(tmp_path: Path, cache: Path) -> faces.Extractor:
    card = faces.read_card(tiny.card(tmp_path))
    assert isinstance(card, faces.ExtractorCard)
    return faces.Extractor(card, cache=cache)


def test_one_face_twice_and_two_faces(engine: faces.Engine, portrait: faces.Image, other: faces.Image) -> None:
    one, two = engine.extract(portrait), engine.extract(other)
    darker = engine.extract((portrait * 0.6).astype(np.uint8))
    assert faces.compare(one, darker) > 0.8
    assert faces.compare(one, two) < faces.VERIFICATION_THRESHOLD
    assert faces.compare(one, one) == pytest.approx(1.0)
    assert np.linalg.norm(values(one)) == pytest.approx(1.0, abs=1e-5)
    assert (one.extractor, one.dimension, one.shots) == (engine.extractor.digest, 128, 1)


def test_nothing_of_a_template_is_in_its_repr(engine: faces.Engine, portrait: faces.Image) -> None:
    assert repr(engine.extract(portrait)) == f"Template(dimension=128, extractor={engine.extractor.digest.hex()[:8]})"


def test_own_extractor_computes_what_its_network_says(own: faces.Extractor, noise: faces.Image) -> None:
    """Order, mean and deviation of the card are applied, and rewriting changed nothing."""
    sample = np.ascontiguousarray(noise[:112, :112])
    made, expected = values(own.extract(sample)), tiny.expected(sample)
    assert made.shape == (tiny.DIMENSION,)
    np.testing.assert_allclose(made, expected / np.linalg.norm(expected), atol=1e-5)


def test_templates_of_two_extractors_never_meet(
    engine: faces.Engine, own: faces.Extractor, portrait: faces.Image
) -> None:
    sample = engine.sample(portrait, engine.detect(portrait)[0])
    one, two = engine.extractor.extract(sample), own.extract(sample)
    assert one.extractor != two.extractor
    with pytest.raises(Malformed, match="two extractors"):
        faces.compare(one, two)
    with pytest.raises(Malformed, match="two extractors"):
        faces.combine([one, two], [1.0, 1.0])


@pytest.mark.parametrize("wrong", [np.zeros((112, 111, 3), np.uint8), np.zeros((112, 112, 3), np.float32)])
def test_samples_of_another_kind(engine: faces.Engine, wrong: faces.Image) -> None:
    with pytest.raises(Malformed, match="align"):
        engine.extractor.extract(wrong)


def test_another_dimension_than_the_card_says(tmp_path: Path, cache: Path, noise: faces.Image) -> None:
    card = faces.read_card(tiny.card(tmp_path, dimension=256))
    assert isinstance(card, faces.ExtractorCard)
    with pytest.raises(Malformed, match="512 numbers"):
        faces.Extractor(card, cache=cache).extract(noise[:112, :112])


@pytest.mark.parametrize("weight", [0.0, float("nan")])
def test_a_network_that_gives_no_usable_numbers(tmp_path: Path, cache: Path, noise: faces.Image, weight: float) -> None:
    card = faces.read_card(tiny.card(tmp_path, model=tiny.network(np.full_like(tiny.WEIGHTS, weight))))
    assert isinstance(card, faces.ExtractorCard)
    with pytest.raises(Malformed, match="no usable numbers"):
        faces.Extractor(card, cache=cache).extract(noise[:112, :112])


@given(vectors, vectors, st.floats(0.01, 1))
def test_combining(a: list[float], b: list[float], weight: float) -> None:
    first, second = template(a, shots=2), template(b, shots=3)
    if abs(np.linalg.norm(values(first) + weight * values(second))) < 1e-3:
        return
    both = faces.combine([first, second], [1.0, weight])
    assert np.linalg.norm(values(both)) == pytest.approx(1.0, abs=1e-5)
    assert both.shots == 5
    assert faces.compare(both, first) >= faces.compare(first, second) - 1e-5
    assert faces.compare(faces.combine([first], [weight]), first) == pytest.approx(1.0, abs=1e-5)


def test_combining_opposites_nothing_or_with_faulty_weights() -> None:
    one, opposite = template([1.0, 0.0]), template([-1.0, 0.0])
    for templates, weights in (
        ([one, opposite], [1, 1]),
        ([], []),
        ([one], []),
        ([one], [0.0]),
        ([one], [float("nan")]),
    ):
        with pytest.raises(Malformed):
            faces.combine(templates, weights)


@given(vectors, vectors)
def test_comparison_is_a_cosine(a: list[float], b: list[float]) -> None:
    first, second = template(a), template(b)
    score = faces.compare(first, second)
    assert -1.0 <= score <= 1.0
    assert score == faces.compare(second, first)
    assert score == pytest.approx(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-5)


def test_templates_of_other_extractors_or_lengths_do_not_compare() -> None:
    one = template([1.0, 0.0])
    for other in (template([1.0, 0.0], THEIRS), template([1.0, 0.0, 0.0])):
        with pytest.raises(Malformed):
            faces.compare(one, other)


@pytest.mark.parametrize(
    ("extractor", "data", "shots"),
    [(OURS[:5], b"", 1), (OURS, b"", 1), (OURS, b"123", 1), (OURS, bytes(8), 1), (OURS, template([1.0]).values, 0)],
)
def test_no_template(extractor: bytes, data: bytes, shots: int) -> None:
    with pytest.raises(Malformed):
        faces.read_template(extractor, data, shots)


def test_a_kept_template() -> None:
    one = template([3.0, 4.0])
    assert faces.read_template(one.extractor, one.values) == one
