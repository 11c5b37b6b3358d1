import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import det_curve, roc_curve

from countenance.errors import Malformed
from countenance.evaluation import identification, pairs, verification
from countenance.evaluation.pairs import LEFT, THRESHOLDS, Prepared, Tallied
from countenance.evaluation.verification import Group


def unit(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """More images than a tile is wide, of subjects with one to five images each, in no order, in two columns."""
    random = np.random.default_rng(3)
    subjects = np.repeat(np.arange(150), random.integers(1, 6, 150))
    centres = random.normal(size=(150, 24))
    values = unit(centres[subjects] + 0.9 * random.normal(size=(len(subjects), 24)))
    shuffled = random.permutation(len(subjects))
    groups = np.array([subjects % 3 - 1, random.integers(-1, 2, len(subjects))], np.int32)[:, shuffled]
    assert len(subjects) > LEFT
    return pairs.prepare(values[shuffled], subjects[shuffled], groups)


@pytest.fixture(scope="module")
def tallied(prepared: Prepared) -> Tallied:
    return pairs.count(prepared, threads=2)


@pytest.fixture(scope="module")
def scores(prepared: Prepared) -> NDArray[np.float32]:
    found = prepared.values @ prepared.values.T
    np.fill_diagonal(found, -2)
    return found


@pytest.fixture(scope="module")
def same(prepared: Prepared) -> NDArray[np.bool_]:
    return prepared.subjects[:, np.newaxis] == prepared.subjects


def test_every_pair_is_counted_once(prepared: Prepared, tallied: Tallied) -> None:
    n = len(prepared.values)
    assert tallied.pairs == n * (n - 1) // 2


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(prepared: Prepared, tallied: Tallied, threads: int) -> None:
    again = pairs.count(prepared, threads=threads)
    assert (again.non == tallied.non).all()
    assert (again.found == tallied.found).all()
    assert (again.better == tallied.better).all()


@pytest.mark.parametrize("index", [0, 17, 46, 80, 120])
def test_counts_are_those_of_a_whole_matrix(
    prepared: Prepared, tallied: Tallied, scores: NDArray[np.float32], same: NDArray[np.bool_], index: int
) -> None:
    reached = scores >= np.float32(THRESHOLDS[index])
    references = np.zeros(len(scores), bool)
    references[prepared.references] = True
    assert (tallied.own[:, index] == (reached & same).sum(axis=1)).all()
    assert (tallied.crowd[:, index] == (reached & ~same).sum(axis=1)).all()
    assert (tallied.found[:, index] == (reached & ~same & references).sum(axis=1)).all()
    for column in range(2):
        codes = prepared.groups[column]
        alike = (codes[:, np.newaxis] == codes) & (codes >= 0)
        assert (tallied.within[column][:, index] == (reached & ~same & alike).sum(axis=1)).all()


def test_ranks_are_those_of_sorted_scores(
    prepared: Prepared, tallied: Tallied, scores: NDArray[np.float32], same: NDArray[np.bool_]
) -> None:
    references = np.zeros(len(scores), bool)
    references[prepared.references] = True
    mated = ~np.isnan(tallied.mates) & (tallied.mates >= THRESHOLDS[0])
    better = (references & ~same & (scores >= tallied.mates[:, np.newaxis].astype(np.float32))).sum(axis=1)
    assert (tallied.better[mated] == better[mated]).all()
    ranked = identification.ranks(tallied, 10)
    assert ranked[0] == pytest.approx((better[mated] == 0).sum() / (~np.isnan(tallied.mates)).sum())


def test_errors_are_those_of_scikit_learn(
    prepared: Prepared, tallied: Tallied, scores: NDArray[np.float32], same: NDArray[np.bool_]
) -> None:
    upper = np.triu_indices(len(scores), 1)
    truth, given = same[upper], scores[upper]
    false, found, limits = roc_curve(truth, given, drop_intermediate=False)
    fmr, fnmr = verification.fmr(prepared, tallied), verification.fnmr(prepared, tallied)
    wrong, missed, at = det_curve(truth, given)
    for index in (10, 40, 80):
        place = np.flatnonzero(limits >= THRESHOLDS[index])[-1]
        assert fmr.value[index] == pytest.approx(false[place], abs=1e-12)
        assert fnmr.value[index] == pytest.approx(1 - found[place], abs=1e-12)
        other = np.flatnonzero(at >= THRESHOLDS[index])[0]
        assert fmr.value[index] == pytest.approx(wrong[other], abs=1e-12)
        assert fnmr.value[index] == pytest.approx(missed[other], abs=1e-12)


def test_a_groups_errors_are_those_of_pairs_within_it(
    prepared: Prepared, tallied: Tallied, scores: NDArray[np.float32], same: NDArray[np.bool_]
) -> None:
    members = prepared.groups[1] == 1
    both = np.triu(np.outer(members, members), 1)
    reached = scores >= np.float32(THRESHOLDS[30])
    found = verification.fmr(prepared, tallied, Group(1, members))
    assert found.value[30] == pytest.approx((reached & both & ~same).sum() / (both & ~same).sum())
    assert found.trials == (both & ~same).sum()


def test_fpir_and_fnir_are_those_of_galleries_that_are_drawn(
    prepared: Prepared, tallied: Tallied, scores: NDArray[np.float32]
) -> None:
    random = np.random.default_rng(11)
    index, size = 40, 30
    subjects = len(prepared.references)
    false, missed = [], []
    for _ in range(3000):
        probe = int(random.integers(len(scores)))
        own = prepared.subjects[probe]
        others = random.permutation(np.delete(np.arange(subjects), own))
        false.append((scores[probe, prepared.references[others[:size]]] >= THRESHOLDS[index]).any())
        if prepared.references[own] != probe:
            mate = scores[probe, prepared.references[own]]
            rivals = scores[probe, prepared.references[others[: size - 1]]]
            missed.append(not (mate >= THRESHOLDS[index] and mate > rivals.max()))
    fpir = identification.fpir(prepared, tallied, size)
    fnir = identification.fnir(prepared, tallied, size)
    assert fpir.value[index] == pytest.approx(np.mean(false), abs=0.03)
    assert fnir.value[index] == pytest.approx(np.mean(missed), abs=0.03)


def test_the_larger_the_gallery_the_more_false_alerts(prepared: Prepared, tallied: Tallied) -> None:
    small, large = (identification.fpir(prepared, tallied, size).value for size in (10, 100))
    assert (large >= small).all()
    assert large[20] > small[20]


def test_the_lowest_threshold_is_one_from_which_the_rate_stays_below(prepared: Prepared, tallied: Tallied) -> None:
    curve = identification.fpir(prepared, tallied, 20)
    index = identification.lowest(curve, 0.05)
    assert index is not None
    assert (curve.value[index:] <= 0.05).all()
    assert curve.value[index - 1] > 0.05
    assert (
        identification.lowest(curve, 0.05, surely=True) is None
        or identification.lowest(curve, 0.05, surely=True) >= index
    )  # type: ignore[operator]


def test_a_set_of_one_image_a_subject_has_strangers_only() -> None:
    values = unit(np.random.default_rng(1).normal(size=(40, 16)))
    ready = pairs.prepare(values, np.arange(40))
    found = pairs.count(ready)
    assert found.mated.sum() == 0
    assert verification.fnmr(ready, found).trials == 0
    assert identification.fnir(ready, found, 10).trials == 0
    assert identification.fpir(ready, found, 10).trials == 40


@pytest.mark.parametrize(
    ("values", "subjects", "word"),
    [
        (np.ones((4, 3)), [0, 1, 2, 3], "unit length"),
        (np.eye(4), [0, 1, 2], "one subject"),
        (np.eye(4), [0, 0, 1, 1], "3 subjects"),
        (np.full((3, 2), np.nan), [0, 1, 2], "unit length"),
    ],
)
def test_what_is_no_set_of_templates_is_refused(values: NDArray[np.float64], subjects: list[int], word: str) -> None:
    with pytest.raises(Malformed, match=word):
        pairs.prepare(values.astype(np.float32), subjects)


def test_a_representation_shows_no_template(prepared: Prepared) -> None:
    assert repr(prepared) == f"Prepared(images={len(prepared.values)}, dimension=24)"
