import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from countenance.errors import Malformed
from countenance.matching import encode

DIMENSIONS = st.sampled_from([1, 2, 3, 64, 127, 128, 256, 512, 1024, 4096])


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values)).astype(np.float32)


def test_scales_are_those_of_the_scheme():
    assert encode.SCALE == {128: 175, 512: 169}


@settings(deadline=None)
@given(DIMENSIONS)
def test_scale_is_the_largest_with_which_no_score_wraps(dimension):
    def bound(s):
        return (s * (1 + encode.TOLERANCE) + math.sqrt(dimension) / 2) ** 2

    assert bound(encode.scale(dimension)) < 2**15 <= bound(encode.scale(dimension) + 1)


@settings(deadline=None)
@given(st.data(), DIMENSIONS)
def test_every_unit_vector_is_coded_and_read_back(data, dimension):
    raw = data.draw(arrays.arrays(np.float64, dimension, elements=st.floats(-1, 1, width=32)))
    raw[data.draw(st.integers(0, dimension - 1))] = 1.0
    coded = encode.encode(unit(raw))
    written = encode.to_bytes(coded)
    assert len(written) == 2 * dimension
    assert (encode.from_bytes(written) == coded).all()


@pytest.mark.parametrize("dimension", [128, 512])
def test_rounding_up_everywhere_stays_below_the_bound(dimension):
    # The worst vector: every component half a step below a whole number, and as long as the tolerance allows.
    step = 1 / encode.scale(dimension)
    values = np.full(dimension, (math.floor(math.sqrt(1 / dimension) / step) + 0.5) * step + 1e-7)
    values /= max(1.0, np.linalg.norm(values) / (1 + encode.TOLERANCE * 0.99))
    values[0] += math.sqrt(max(0.0, 1 - np.dot(values[1:], values[1:]))) - values[0]
    coded = encode.encode(values.astype(np.float32)).astype(np.int64)
    assert np.dot(coded, coded) < 2**15


@pytest.mark.parametrize(
    "values",
    [np.zeros(128), np.full(128, 0.1), np.full(128, np.nan), np.full(128, np.inf), np.ones((2, 128)), np.ones(0)],
    ids=["zero", "too long", "nan", "infinite", "two rows", "empty"],
)
def test_what_is_no_unit_template_is_malformed(values):
    with pytest.raises(Malformed):
        encode.encode(values.astype(np.float32))


def test_probes_of_the_score_oracle_are_malformed():
    oracle = np.zeros(128, dtype=np.int16)
    oracle[3] = 1
    for hostile in (oracle, oracle * 30000, np.full(128, 16, dtype=np.int16), np.zeros(128, dtype=np.int16)):
        with pytest.raises(Malformed):
            encode.checked(hostile)
        with pytest.raises(Malformed):
            encode.from_bytes(encode.to_bytes(hostile))


@pytest.mark.parametrize("data", [b"", b"\x01", bytes(2 * 5000)])
def test_bytes_that_are_no_template(data):
    with pytest.raises(Malformed):
        encode.from_bytes(data)


def test_least_score_is_the_threshold_rounded_up():
    assert encode.least_score(440, 128) == 13475
    assert encode.least_score(1000, 128) == 175**2
