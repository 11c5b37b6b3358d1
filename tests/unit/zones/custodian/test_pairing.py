import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from countenance.matching import encode
from countenance.zones.custodian import pairing
from countenance.zones.custodian.pairing import EACH, THRESHOLDS, TOGETHER
from simulator.people import unit


@given(st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 20_000)), max_size=60), st.integers(0, 2**32))
def test_pairs_were_seen_together_and_nobody_is_in_more_than_a_few(spans: list[tuple[int, int]], seed: int) -> None:
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    ends = np.array([start + length for start, length in spans], dtype=np.int64)
    pairs = pairing.drawn(starts, ends, np.random.default_rng(seed))
    assert len({frozenset(pair) for pair in pairs.tolist()}) == len(pairs)
    for one, other in pairs.tolist():
        assert one != other
        assert min(ends[one], ends[other]) - max(starts[one], starts[other]) >= TOGETHER
    assert np.bincount(pairs.ravel(), minlength=1).max(initial=0) <= EACH


def test_everybody_who_was_alone_is_in_no_pair() -> None:
    starts = np.arange(10, dtype=np.int64) * 10_000
    assert pairing.drawn(starts, starts + 9_999, np.random.default_rng(1)).shape == (0, 2)


def test_a_crowd_is_paired_as_far_as_it_goes() -> None:
    starts, ends = np.zeros(500, dtype=np.int64), np.full(500, 5_000, dtype=np.int64)
    pairs = pairing.drawn(starts, ends, np.random.default_rng(2))
    assert 990 <= len(pairs) <= 500 * EACH // 2


def test_counts_are_those_of_the_scores() -> None:
    coded = np.stack([encode.encode(unit(seed)) for seed in range(40)])
    coded[7] = coded[3]
    pairs = np.array([(one, other) for one in range(40) for other in range(one)])
    scores = [int(coded[one].astype(np.int64) @ coded[other].astype(np.int64)) for one, other in pairs]
    expected = [sum(score >= encode.least_score(at, 128) for score in scores) for at in THRESHOLDS]
    assert pairing.counts(coded, pairs).tolist() == expected
    assert expected[-1] == 1, "the one pair of a mirror"
    assert pairing.counts(coded, pairs[:0]).tolist() == [0] * len(THRESHOLDS)
