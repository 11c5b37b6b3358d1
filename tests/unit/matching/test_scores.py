"""A masked score is the plaintext int16 score: random and adversarial unit vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto import keystream
from countenance.errors import Malformed
from countenance.matching import encode, mask, matcher, padding, unmask

SEEDS = st.integers(0, 2**32 - 1)
DIMENSIONS = st.sampled_from([1, 2, 3, 17, 127, 128, 512, 4096])
SHAPES = st.sampled_from(["gaussian", "one axis", "flat", "the probe itself", "halves"])


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values)).astype(np.float32)


def vectors(generator: np.random.Generator, shape: str, count: int, dimension: int) -> list[np.ndarray]:
    if shape == "gaussian":
        return [unit(row) for row in generator.standard_normal((count, dimension))]
    if shape == "one axis":
        return [unit(np.eye(dimension)[index % dimension] * (-1) ** index) for index in range(count)]
    if shape == "flat":
        return [unit(generator.choice([-1.0, 1.0], dimension)) for _ in range(count)]
    if shape == "halves":
        # Components that lie half a step from a whole number: rounding moves all of them as far as it can.
        step = 1 / encode.scale(dimension)
        rows = (np.round(generator.standard_normal((count, dimension)) / np.sqrt(dimension) / step) + 0.5) * step
        return [unit(row) for row in rows]
    base = generator.standard_normal(dimension)
    return [unit(base * sign + generator.standard_normal(dimension) * 1e-3) for sign in [1, -1] * count][:count]


@settings(max_examples=80, deadline=None)
@given(SEEDS, SHAPES, DIMENSIONS)
def test_every_score_is_the_plaintext_score(seed: int, shape: str, dimension: int) -> None:
    generator = np.random.default_rng(seed)
    coded = np.stack([encode.encode(vector) for vector in vectors(generator, shape, 7, dimension)])
    q, key, nonces = coded[0], generator.bytes(32), generator.bytes(16 * len(coded))
    rows = padding.masked(coded, key, nonces)
    plain = (coded.astype(np.int64) @ q.astype(np.int64)).tolist()
    products = matcher.products(q, rows)
    assert products.dtype == np.int32
    assert unmask.scores(products, q, padding.pads(key, nonces, dimension)).tolist() == plain
    assert unmask.cold(products, q, key, nonces).tolist() == plain


@settings(max_examples=30, deadline=None)
@given(SEEDS, DIMENSIONS)
def test_products_are_exact_and_unreduced_for_any_rows(seed: int, dimension: int) -> None:
    generator = np.random.default_rng(seed)
    q = encode.encode(unit(generator.standard_normal(dimension)))
    rows = generator.integers(-(2**15), 2**15, (5, dimension), dtype=np.int16)
    rows[0] = np.where(q > 0, 2**15 - 1, -(2**15))
    rows[1] = np.where(q < 0, 2**15 - 1, -(2**15))
    expected = rows.astype(np.int64) @ q.astype(np.int64)
    assert matcher.products(q, rows).tolist() == expected.tolist()
    batch = matcher.batch(np.stack([q, -q, q]), rows)
    assert (np.stack([expected, -expected, expected]) == batch[:, :3].T).all()
    assert not batch[:, 3:].any()


@pytest.mark.parametrize("count", [0, 1, padding.CHUNK - 1, padding.CHUNK, 2 * padding.CHUNK + 1])
def test_chunks_meet(count: int) -> None:
    generator = np.random.default_rng(7)
    q = encode.encode(unit(generator.standard_normal(128)))
    key, nonces = generator.bytes(32), generator.bytes(16 * count)
    pads = padding.pads(key, nonces, 128)
    assert pads.shape == (count, 128)
    for position in range(0, count, 37):
        one = keystream.pad(key, nonces[16 * position : 16 * position + 16], 256)
        assert pads[position].tobytes() == one
    assert (unmask.padded_cold(q, key, nonces) == unmask.padded(q, pads)).all()


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_threads_share_the_rows(threads: int) -> None:
    generator = np.random.default_rng(9)
    q = encode.encode(unit(generator.standard_normal(128)))
    rows = generator.integers(-(2**15), 2**15, (3 * matcher.LEAST_SHARE + 5, 128), dtype=np.int16)
    out = np.empty(len(rows), dtype=np.int32)
    assert matcher.products(q, rows, out=out, threads=threads) is out
    assert (out == matcher.products(q, rows)).all()
    both = np.stack([q, -q])
    assert (np.stack([out, -out]) == matcher.batch(both, rows, threads=threads)[:, :2].T).all()


@pytest.mark.parametrize("nonce", [bytes(16), b"\xff" * 16, b"\xff" * 15 + b"\xfe", b"\x07" * 8 + b"\xff" * 8])
def test_counters_carry_as_counter_mode_does(nonce: bytes) -> None:
    assert padding.pads(b"k" * 32, nonce, 300)[0].tobytes() == keystream.pad(b"k" * 32, nonce, 600)


def test_a_row_is_the_template_plus_the_pad() -> None:
    q = encode.encode(unit(np.arange(1.0, 129.0)))
    row = mask.mask(q, bytes(32), bytes(16))
    pad = np.frombuffer(keystream.pad(bytes(32), bytes(16), 256), dtype="<i2")
    assert (mask.rows(row, 128)[0] - pad == q).all()
    assert padding.masked(q.reshape(1, -1), bytes(32), bytes(16)).tobytes() == row


def test_rows_of_one_person_enrolled_twice_are_unrelated() -> None:
    generator = np.random.default_rng(3)
    coded = encode.encode(unit(generator.standard_normal(512)))
    first, second = padding.masked(np.stack([coded, coded]), generator.bytes(32), generator.bytes(32)).astype(float)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_without_the_key_a_score_is_noise() -> None:
    generator = np.random.default_rng(5)
    coded = encode.encode(unit(generator.standard_normal(128)))
    nonces = generator.bytes(16 * 500)
    products = matcher.products(coded, padding.masked(np.stack([coded] * 500), b"k" * 32, nonces))
    wrong = unmask.cold(products, coded, b"w" * 32, nonces)
    # A uniform int16 exceeds 0.44 in 29 % of rows; the right key finds all of them.
    assert 0.2 < np.mean(wrong >= encode.least_score(440, 128)) < 0.4
    assert (unmask.cold(products, coded, b"k" * 32, nonces) >= encode.least_score(440, 128)).all()


def test_a_hostile_probe_is_not_unmasked() -> None:
    oracle = np.zeros(128, dtype=np.int16)
    oracle[0] = 1
    with pytest.raises(Malformed):
        unmask.scores(np.zeros(1, dtype=np.int32), oracle, np.zeros((1, 128), dtype=np.int16))
    with pytest.raises(Malformed):
        unmask.cold(np.zeros(1, dtype=np.int32), oracle, bytes(32), bytes(16))
    with pytest.raises(Malformed):
        mask.mask(oracle, bytes(32), bytes(16))


def test_shapes_must_fit() -> None:
    q = encode.encode(unit(np.ones(128)))
    with pytest.raises(Malformed):
        unmask.scores(np.zeros(2, dtype=np.int32), q, np.zeros((1, 128), dtype=np.int16))
    with pytest.raises(Malformed):
        matcher.products(q, np.zeros((3, 64), dtype=np.int16))
    with pytest.raises(Malformed):
        matcher.products(q, np.zeros((3, 128), dtype=np.int16), out=np.zeros(2, dtype=np.int32))
    with pytest.raises(Malformed):
        matcher.batch(np.zeros((2, 64), dtype=np.int16), np.zeros((3, 128), dtype=np.int16))
    with pytest.raises(Malformed):
        mask.rows(bytes(255), 128)
    with pytest.raises(Malformed):
        padding.pads(bytes(32), bytes(17), 128)
    with pytest.raises(Malformed):
        padding.masked(np.zeros((2, 128), dtype=np.int16), bytes(32), bytes(16))


def test_the_sum_of_two_pads_comes_off_as_two_products() -> None:
    """Stacked pads: <q, row> - <q, pad of one> - <q, pad of the other> is the score, modulo 2^16."""
    generator = np.random.default_rng(7)
    values = generator.standard_normal((2, 128))
    q, coded = (encode.encode((one / np.linalg.norm(one)).astype(np.float32)) for one in values)
    keys, nonce = (generator.bytes(32), generator.bytes(32)), generator.bytes(16)
    row = mask.stacked(mask.mask(coded, keys[0], nonce), keys[1], nonce)
    products = matcher.products(q, mask.rows(row, 128))
    taken = unmask.padded_cold(q, keys[0], nonce) + unmask.padded_cold(q, keys[1], nonce)
    assert unmask.difference(products, taken).tolist() == [int(q.astype(int) @ coded.astype(int))]
    assert row == mask.added(mask.mask(coded, keys[1], nonce), padding.pads(keys[0], nonce, 128).tobytes())
    for torn in (row[:-1], row[:-2]):
        with pytest.raises(Malformed):
            mask.added(row, torn)
