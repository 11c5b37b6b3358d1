import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from countenance.errors import Malformed
from countenance.evaluation import rates
from countenance.vocabulary.rates import Rate


@pytest.mark.parametrize(("events", "trials"), [(10, 100), (50, 100), (99, 200), (4, 1000), (900, 1000)])
def test_wilson_is_scipys(events: int, trials: int) -> None:
    ours = rates.wilson(events, trials)
    theirs = stats.binomtest(events, trials).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)


@pytest.mark.parametrize("events", [1, 2, 3])
def test_few_events_have_a_bound_at_most_poissons(events: int) -> None:
    ours = rates.wilson(events, 10_000)
    exact = stats.chi2.ppf(0.05, 2 * events) / 2 / 10_000
    assert 0.7 * exact < ours.low <= exact


def test_of_no_trials_nothing_is_known() -> None:
    found = rates.wilson(0, 0)
    assert (found.low, found.high, found.enough) == (0.0, 1.0, False)


@pytest.mark.parametrize(("events", "trials"), [(-1, 10), (11, 10)])
def test_impossible_numbers_are_refused(events: int, trials: int) -> None:
    with pytest.raises(Malformed, match="as many events as trials"):
        rates.wilson(events, trials)


@given(st.integers(1, 10**9), st.floats(0, 1), st.floats(0.5, 0.999))
def test_a_rate_lies_within_its_bounds(trials: int, share: float, coverage: float) -> None:
    low, high = rates.interval(np.array([share]), np.array([float(trials)]), coverage=coverage)
    assert 0 <= low[0] <= share <= high[0] <= 1


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_bounds_of_subjects_are_never_narrower_than_of_independent_trials(subjects: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    trials = random.integers(1, 20, subjects).astype(float)
    events = random.binomial(trials.astype(int), 0.3).astype(float)[:, np.newaxis]
    found = rates.of_subjects(events, trials)
    low, high = rates.interval(found.value, np.array([trials.sum()]))
    assert found.low[0] <= low[0] + 1e-12
    assert found.high[0] >= high[0] - 1e-12


def test_subjects_that_differ_make_bounds_wider() -> None:
    trials = np.full(50, 100.0)
    alike = rates.of_subjects(np.full((50, 1), 10.0), trials)
    apart = rates.of_subjects(np.where(np.arange(50)[:, np.newaxis] < 5, 100.0, 0.0), trials)
    assert alike.value[0] == apart.value[0]
    assert apart.high[0] - apart.low[0] > 3 * (alike.high[0] - alike.low[0])


def test_the_variance_is_what_a_drawn_bootstrap_over_subjects_converges_to() -> None:
    random = np.random.default_rng(7)
    trials = random.integers(5, 30, 200).astype(float)
    events = random.binomial(trials.astype(int), random.beta(1, 9, 200)).astype(float)
    found = rates.of_subjects(events[:, np.newaxis], trials)
    drawn = random.integers(0, 200, (4000, 200))
    spread = np.std(events[drawn].sum(axis=1) / trials[drawn].sum(axis=1))
    value = float(found.value[0])
    assert np.sqrt(value * (1 - value) / found.sure[0]) == pytest.approx(spread, rel=0.06)


def test_pairs_are_as_sure_as_a_drawn_bootstrap_of_both_their_subjects() -> None:
    random = np.random.default_rng(8)
    effect = random.normal(0, 0.6, 80)
    hit = np.triu(effect[:, np.newaxis] + effect + random.normal(size=(80, 80)) > 2.2, 1)
    hit = hit | hit.T
    found = rates.of_subjects(hit.sum(axis=1)[:, np.newaxis].astype(float), np.full(80, 79.0), sides=2, counted=2)
    values = []
    for _ in range(1500):
        weights = np.bincount(random.integers(0, 80, 80), minlength=80).astype(float)
        both = np.outer(weights, weights)
        np.fill_diagonal(both, 0)
        values.append((both * hit).sum() / both.sum())
    value = float(found.value[0])
    assert np.sqrt(value * (1 - value) / found.sure[0]) == pytest.approx(np.std(values), rel=0.15)


def test_where_nothing_happened_bounds_are_as_unsure_as_where_something_did() -> None:
    events = np.zeros((60, 2))
    events[:3, 0] = 40.0
    found = rates.of_subjects(events, np.full(60, 100.0))
    alone = rates.of_subjects(events[:, 1:], np.full(60, 100.0))
    assert found.value[1] == 0
    assert found.high[1] > 5 * alone.high[0]


def test_one_subject_alone_says_nearly_nothing() -> None:
    found = rates.of_subjects(np.array([[50.0]]), np.array([1000.0]))
    assert found.high[0] > 0.5


def test_few_people_with_many_images_each_are_few_people() -> None:
    # Two strangers in a thousand look alike, in every image: ten people seldom show it, and do not rule it out.
    random = np.random.default_rng(9)
    images, missed = 30, 0
    for _ in range(400):
        alike = np.triu(random.random((10, 10)) < 0.002, 1)
        events = (alike | alike.T).sum(axis=1)[:, np.newaxis] * float(images * images)
        found = rates.of_subjects(events, np.full(10, 9.0 * images * images), sides=2, counted=2, whole=True)
        missed += not found.low[0] <= 0.002 <= found.high[0]
    assert missed <= 0.05 * 400


def test_of_few_people_nobody_missed_is_not_nobody_hard() -> None:
    found = rates.of_subjects(np.zeros((10, 1)), np.full(10, 40.0), whole=True)
    assert found.high[0] == pytest.approx(rates.interval(np.zeros(1), np.full(1, 10.0), subjects=10)[1][0])
    many = rates.of_subjects(np.eye(40)[:, :1] + np.ones((40, 1)), np.full(40, 40.0))
    same = rates.of_subjects(np.eye(40)[:, :1] + np.ones((40, 1)), np.full(40, 40.0), whole=True)
    assert many.high[0] == same.high[0]


@pytest.mark.parametrize(
    ("above", "others", "gallery"), [(0, 50, 10), (1, 50, 10), (3, 50, 49), (50, 50, 1), (7, 9, 4)]
)
def test_galleries_are_the_hypergeometric_distributions(above: int, others: int, gallery: int) -> None:
    found = rates.in_gallery(np.array([above]), others, gallery)
    assert found[0] == pytest.approx(1 - stats.hypergeom.pmf(0, others, above, gallery), abs=1e-12)


def test_a_gallery_larger_than_everybody_is_refused() -> None:
    with pytest.raises(Malformed, match="there are 5"):
        rates.in_gallery(np.array([1]), 5, 6)


def test_a_ratio_of_rates_has_bounds_that_hold_one_where_they_may_be_equal() -> None:
    value, low, high = rates.ratio(rates.wilson(30, 1000), rates.wilson(28, 1000))
    assert low < 1 < high
    assert value == pytest.approx(30 / 28)
    _, low, _ = rates.ratio(rates.wilson(300, 1000), rates.wilson(28, 1000))
    assert low > 1


def test_a_ratio_to_nothing_is_unbounded() -> None:
    value, low, high = rates.ratio(rates.wilson(300, 1000), rates.wilson(0, 1000))
    assert value == high == float("inf")
    assert low > 50
    assert rates.ratio(rates.wilson(0, 10), rates.wilson(5, 10))[1] == 0.0


def test_enough_means_narrower_than_what_is_claimed() -> None:
    assert rates.wilson(100, 10_000).enough
    assert not rates.wilson(3, 10_000).enough
    assert not Rate(0.0, 0.0, 0.001, 5000).enough
