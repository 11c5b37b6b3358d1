"""One person, enrolled again and again: the rows tell nothing of it, whatever is held against whatever."""

import numpy as np
import pytest

from countenance.matching import encode, mask
from simulator.people import near, unit

ROWS = 400
KEY = bytes(range(32))


def coded(count: int, dimension: int) -> np.ndarray:
    """The same person `count` times: templates with a cosine of about 0.9 to one vector, (n, d)."""
    person = unit(7, dimension)
    return np.stack([encode.encode(near(person, 0.95, seed + 50)) for seed in range(count)])


def rows(of: np.ndarray, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    made = b"".join(mask.mask(one, KEY, generator.bytes(16)) for one in of)
    return mask.rows(made, of.shape[1])


def linked(one: np.ndarray, other: np.ndarray) -> float:
    """How alike a row of `one` and that of `other` in its place are, in numbers and in differences: see the test."""
    found = 0.0
    for left, right in ((one, other), (np.diff(one, axis=1), np.diff(other, axis=1))):
        a, b = left.astype(np.float64), right.astype(np.float64)
        cosines = np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
        found = max(found, float(np.abs(np.mean(cosines))) * np.sqrt(len(cosines) * one.shape[1]))
    return found


@pytest.mark.parametrize("dimension", [128, 512])
def test_rows_of_one_person_are_not_correlated(dimension: int) -> None:
    """`linked` is the mean of independent cosines in its own standard deviations: 6 comes once in 10^8."""
    first, second = coded(ROWS, dimension), coded(ROWS, dimension)[::-1]
    assert linked(first, second) > 100, "unmasked, everybody sees that it is one person"
    assert linked(rows(first, 1), rows(second, 2)) < 6
    # The same template twice, too.
    assert linked(rows(first, 3), rows(first, 4)) < 6
    # Not so under one nonce: differences of the pads' are none.
    assert linked(rows(first, 5), rows(first, 5)) > 100
