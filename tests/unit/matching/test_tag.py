"""Linear tags and MACs: what is honest passes, and what is not does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Malformed, Tampered
from countenance.matching import encode, matcher, tag

KEY = bytes(range(32))


def sheet(seed: int, rows: int, dimension: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A probe, rows of any bytes, their products."""
    generator = np.random.default_rng(seed)
    raw = generator.standard_normal(dimension)
    q = encode.encode((raw / np.linalg.norm(raw)).astype(np.float32))
    masked = generator.integers(-(2**15), 2**15, (rows, dimension), dtype=np.int16)
    return q, masked, matcher.products(q, masked)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.sampled_from([1, 2, 128, 512]), st.data())
def test_one_altered_product_is_found(seed: int, rows: int, dimension: int, data: st.DataObject) -> None:
    q, masked, products = sheet(seed, rows, dimension)
    multipliers = tag.multipliers(KEY, rows)
    tags = tag.tags(multipliers, masked)
    tag.check(multipliers, tags, q, products)
    altered = products.copy()
    altered[data.draw(st.integers(0, rows - 1))] += data.draw(st.integers(-(2**20), 2**20).filter(bool))
    with pytest.raises(Tampered):
        tag.check(multipliers, tags, q, altered)


def test_a_whole_sheet_of_the_largest_numbers() -> None:
    multipliers = tag.multipliers(KEY, tag.ROWS)
    rows = np.full((tag.ROWS, 4), -(2**15), dtype=np.int16)
    q = np.array([100, -100, 100, 37], dtype=np.int16)
    products = matcher.products(q, rows)
    tags = tag.tags(multipliers, rows)
    total = sum(_whole(multipliers[:, k]) * -(2**15) for k in range(tag.ROWS)) % tag.P
    assert tags.tolist() == [total] * 4
    tag.check(multipliers, tags, q, products)
    two = products.copy()
    two[0] += 1
    two[1] -= 1
    with pytest.raises(Tampered):
        tag.check(multipliers, tags, q, two)


def test_hostile_products_wrap_once_at_most_and_do_not_pass() -> None:
    limbs = (2**21 - 1, 2**20 - 1, 2**20 - 1)
    assert [tag.ROWS * limb * 2**31 < 2**bits for limb, bits in zip(limbs, (64, 63, 63), strict=True)] == [True] * 3
    assert max(tag.ROWS * limb * 2**30 for limb in limbs) < 2**63
    extremes = np.array([-(2**31), 2**31 - 1], dtype=np.int32)
    rows, q = np.full((tag.ROWS, 8), -(2**15), dtype=np.int16), np.full(8, 60, dtype=np.int16)
    counted, wrapped = np.ones(tag.ROWS, dtype=np.uint8), 0
    for seed in range(8):
        key = KEY[seed:] + KEY[:seed]
        multipliers = tag.multipliers(key, tag.ROWS)
        expected = tag.Expected(tag.tags(multipliers, rows)[np.newaxis], counted)
        for extreme in extremes:
            products = np.full(tag.ROWS, extreme, dtype=np.int32)
            wrapped += int(multipliers[0].astype(object).sum()) * int(extreme) not in range(-(2**63), 2**63)
            for weights in (tag.weights(key, tag.ROWS), multipliers):
                assert tag.doubtful([(weights, tag.ROWS)], expected, q, products) == [0]
    assert wrapped


def test_multipliers_are_the_keystreams_lowest_61_bits() -> None:
    multipliers = tag.multipliers(KEY, 1000)
    wholes = [_whole(multipliers[:, k]) for k in range(1000)]
    assert all(0 <= whole < tag.P for whole in wholes)
    assert len(set(wholes)) == 1000
    assert (tag.multipliers(KEY, 10) == multipliers[:, :10]).all()
    assert (tag.multipliers(KEY[::-1], 10) != multipliers[:, :10]).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.data())
def test_rows_leave_and_enter(seed: int, rows: int, data: st.DataObject) -> None:
    q, masked, products = sheet(seed, rows, 128)
    multipliers = tag.multipliers(KEY, rows)
    tags, gone = tag.tags(multipliers, masked), data.draw(st.integers(0, rows - 1))
    less = tag.subtract(tags, multipliers[:, gone], masked[gone])
    zeroed = products.copy()
    zeroed[gone] = 0
    tag.check(multipliers, less, q, zeroed)
    with pytest.raises(Tampered):
        tag.check(multipliers, less, q, products if products[gone] else zeroed + 1)
    assert (tag.add(less, multipliers[:, gone], masked[gone]) == tags).all()


def test_a_mac_binds_row_position_and_key() -> None:
    row = bytes(range(256))
    mac = tag.mac(KEY, 7, row)
    assert len(mac) == 16
    tag.check_mac(KEY, 7, row, mac)
    for key, position, data, stated in (
        (KEY, 8, row, mac),
        (KEY[::-1], 7, row, mac),
        (KEY, 7, row[:-1] + b"\0", mac),
        (KEY, 7, row, mac[:-1]),
        (KEY, 7, row, bytes(16)),
    ):
        with pytest.raises(Tampered):
            tag.check_mac(key, position, data, stated)


def test_shapes_must_fit() -> None:
    with pytest.raises(Malformed):
        tag.multipliers(KEY, tag.ROWS + 1)
    multipliers = tag.multipliers(KEY, 3)
    with pytest.raises(Malformed):
        tag.tags(multipliers, np.zeros((2, 128), dtype=np.int16))
    tags = tag.tags(multipliers, np.zeros((3, 128), dtype=np.int16))
    with pytest.raises(Malformed):
        tag.check(multipliers, tags, np.zeros(128, dtype=np.int16), np.zeros(2, dtype=np.int32))
    with pytest.raises(Malformed):
        tag.check(multipliers, tags, np.zeros(64, dtype=np.int16), np.zeros(3, dtype=np.int32))


def _whole(limbs: np.ndarray) -> int:
    low, middle, high = (int(limb) for limb in limbs)
    return low + (middle << 21) + (high << 41)


def test_multipliers_that_are_copied_to_lie_in_one_piece_are_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    limbs, real, made = tag.multipliers(bytes(32), 9), np.ascontiguousarray, []

    def copied(one: np.ndarray) -> np.ndarray:
        made.append(real(one))
        return made[-1]

    monkeypatch.setattr(np, "ascontiguousarray", copied)
    rows = np.arange(24, dtype=np.int16).reshape(3, 8)
    expected = tag.Expected(tag.tags(limbs[:, :3], rows)[np.newaxis], np.ones(3, dtype=np.uint8))
    q = np.ones(8, dtype=np.int16)
    whole = np.array(limbs)
    assert tag.doubtful([(limbs[:, :3], 3)], expected, q, matcher.products(q, rows)) == []
    assert len(made) == 1
    assert not made[0].any()
    assert (limbs == whole).all()
