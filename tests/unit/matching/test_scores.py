"""A masked score is the plaintext int16 score: random and adversarial unit vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import keystream
from countenance.errors import Malformed
from countenance.matching import encode, mask, matcher, unmask

SEEDS = st.integers(0, 2**32 - 1)


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values)).astype(np.float32)


def vectors(generator: np.random.Generator, shape: str, count: int, dimension: int) -> list[np.ndarray]:
    if shape == "gaussian":
        return [unit(row) for row in generator.standard_normal((count, dimension))]
    if shape == "one axis":
        return [unit(np.eye(dimension)[index % dimension] * (-1) ** index) for index in range(count)]
    if shape == "flat":
        return [unit(generator.choice([-1.0, 1.0], dimension)) for _ in range(count)]
    base = generator.standard_normal(dimension)
    return [unit(base * sign + generator.standard_normal(dimension) * 1e-3) for sign in [1, -1] * count][:count]


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(["gaussian", "one axis", "flat", "the probe itself"]), st.sampled_from([2, 128, 512]))
def test_every_score_is_the_plaintext_score(seed, shape, dimension):
    generator = np.random.default_rng(seed)
    coded = [encode.encode(vector) for vector in vectors(generator, shape, 7, dimension)]
    q = coded[0]
    key = generator.bytes(32)
    nonces = [generator.bytes(16) for _ in coded]
    rows = mask.rows(b"".join(mask.mask(m, key, nonce) for m, nonce in zip(coded, nonces, strict=True)), dimension)
    products = matcher.products(q, rows)
    assert products.dtype == np.int32
    plain = [int(np.dot(q.astype(np.int64), m.astype(np.int64))) for m in coded]
    assert unmask.scores(products, q, key, nonces).tolist() == plain


@settings(deadline=None)
@given(SEEDS)
def test_products_are_exact_and_unreduced_for_any_rows(seed):
    generator = np.random.default_rng(seed)
    q = encode.encode(unit(generator.standard_normal(128)))
    rows = generator.integers(0, 2**16, (5, 128), dtype=np.uint16)
    rows[0] = np.where(q > 0, 2**16 - 1, 0)
    rows[1] = np.where(q < 0, 2**16 - 1, 0)
    assert matcher.products(q, rows).tolist() == (rows.astype(np.int64) @ q.astype(np.int64)).tolist()


@pytest.mark.parametrize("count", [0, 1, matcher.CHUNK_ROWS - 1, matcher.CHUNK_ROWS, 2 * matcher.CHUNK_ROWS + 1])
def test_chunks_meet(count):
    generator = np.random.default_rng(7)
    q = encode.encode(unit(generator.standard_normal(128)))
    rows = generator.integers(0, 2**16, (count, 128), dtype=np.uint16)
    assert (matcher.products(q, rows) == rows.astype(np.int64) @ q.astype(np.int64)).all()


def test_a_row_is_the_template_plus_the_pad():
    q = encode.encode(unit(np.arange(1.0, 129.0)))
    row = np.frombuffer(mask.mask(q, bytes(32), bytes(16)), dtype="<u2")
    pad = np.frombuffer(keystream.pad(bytes(32), bytes(16), 256), dtype="<u2")
    assert ((row - pad).astype(np.int16) == q).all()


def test_rows_of_one_person_enrolled_twice_are_unrelated():
    generator = np.random.default_rng(3)
    coded = encode.encode(unit(generator.standard_normal(512)))
    first, second = (
        np.frombuffer(mask.mask(coded, generator.bytes(32), generator.bytes(16)), dtype="<u2").astype(float)
        for _ in range(2)
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_without_the_key_a_score_is_noise():
    generator = np.random.default_rng(5)
    coded = encode.encode(unit(generator.standard_normal(128)))
    nonces = [generator.bytes(16) for _ in range(500)]
    rows = mask.rows(b"".join(mask.mask(coded, b"k" * 32, nonce) for nonce in nonces), 128)
    wrong = unmask.scores(matcher.products(coded, rows), coded, b"w" * 32, nonces)
    # A uniform int16 exceeds 0.44 in 29 % of rows; the right key finds all of them.
    assert 0.2 < np.mean(wrong >= encode.least_score(440, 128)) < 0.4
    right = unmask.scores(matcher.products(coded, rows), coded, b"k" * 32, nonces)
    assert (right >= encode.least_score(440, 128)).all()


def test_a_hostile_probe_is_not_unmasked():
    oracle = np.zeros(128, dtype=np.int16)
    oracle[0] = 1
    with pytest.raises(Malformed):
        unmask.scores(np.zeros(1, dtype=np.int32), oracle, bytes(32), [bytes(16)])
    with pytest.raises(Malformed):
        mask.mask(oracle, bytes(32), bytes(16))


def test_shapes_must_fit():
    q = encode.encode(unit(np.ones(128)))
    with pytest.raises(Malformed):
        unmask.scores(np.zeros(2, dtype=np.int32), q, bytes(32), [bytes(16)])
    with pytest.raises(Malformed):
        matcher.products(q, np.zeros((3, 64), dtype=np.uint16))
    with pytest.raises(Malformed):
        mask.rows(bytes(255), 128)
