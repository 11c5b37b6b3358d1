"""Estimates: exact on what is known, unbiased, of every way together, and corrected as others correct."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import WLS
from statsmodels.stats import multitest, proportion

from countenance.evaluation import rates
from countenance.survey import budget, counting, estimates, weighting
from countenance.survey.counting import Counted
from countenance.vocabulary.survey import Instrument, Way
from simulator.surveys import OPEN, small
from unit.survey.test_weighting import SECOND

ASKED = small()
CENTRAL = small(OPEN.replace("epsilon: 2", "privacy: central"))


def reports(*by_cell: tuple[int, int, int]) -> Counted:
    """How often each answer of both items was reported in each cell."""
    found = counting.nothing(ASKED)
    for cell, said in enumerate(by_cell):
        found.reports[cell, :] = said
        found.people[cell] = sum(said)
    return found


def expected(shares: tuple[float, float, float], people: int) -> tuple[int, int, int]:
    """What that many people report on average."""
    keep = budget.channels(ASKED)[0].keep
    return tuple(round(people * (keep * share + (1 - keep) / 3)) for share in shares)  # type: ignore[return-value]


def test_what_is_reported_on_average_gives_the_true_shares() -> None:
    found = estimates.overall(ASKED, {Way.WEB: reports(expected((0.6, 0.3, 0.1), 10**9))})
    assert found.value[0] == pytest.approx([0.6, 0.3, 0.1], abs=1e-6)
    assert np.nansum(found.value[0]) == pytest.approx(1)


def test_without_randomisation_they_are_wilsons_of_the_counts() -> None:
    found = estimates.overall(CENTRAL, {Way.WEB: reports((390, 410, 200))})
    for place, count in enumerate((390, 410, 200)):
        known = rates.wilson(count, 1000)
        assert (found.value[0, place], found.low[0, place], found.high[0, place]) == pytest.approx(
            (known.value, known.low, known.high)
        )
        by_scipy = stats.binomtest(count, 1000).proportion_ci(method="wilson")
        assert (found.low[0, place], found.high[0, place]) == pytest.approx((by_scipy.low, by_scipy.high), abs=1e-6)
    assert found.effect[0] == pytest.approx([1, 1, 1])


def test_the_variance_is_that_of_randomised_answers() -> None:
    draw, people = np.random.default_rng(4), 400
    truths = np.repeat(np.array([0, 1, 2], np.uint8), [200, 150, 50])
    values = []
    for _ in range(3000):
        drawn = draw.choice(truths, people)
        rows = budget.randomise(ASKED, np.column_stack([drawn, drawn]), draw)
        block = np.column_stack([np.zeros(people, np.uint8), rows])
        values.append(estimates.overall(ASKED, {Way.WEB: counting.count(ASKED, [block])}))
    mean = np.mean([one.value[0] for one in values], axis=0)
    spread = np.var([one.value[0] for one in values], axis=0)
    assert mean == pytest.approx([0.5, 0.375, 0.125], abs=4 * math.sqrt(spread.max() / 3000))
    assert np.mean([one.variance[0] for one in values], axis=0) == pytest.approx(spread, rel=0.12)


def test_all_one_answer_is_told_with_bounds_that_are_not_empty() -> None:
    for asked in (ASKED, CENTRAL):
        found = estimates.overall(asked, {Way.WEB: reports((500, 0, 0))})
        assert np.isfinite(found.value[0]).all()
        assert (found.low[0] <= found.high[0]).all()
        assert found.low[0, 0] > 0.95
        assert 0 <= found.low[0, 1] <= found.high[0, 1] < 0.05
        assert found.high[0, 1] > 0 or asked is ASKED


def test_nothing_reported_is_nothing_said() -> None:
    found = estimates.overall(ASKED, {Way.WEB: counting.nothing(ASKED)})
    assert np.isnan(found.value).all()
    assert np.isnan(found.low).all()


def test_ways_count_as_many_people_as_they_brought() -> None:
    web, paper = reports(expected((0.6, 0.3, 0.1), 10**6)), reports((0, 10**6, 0))
    found = estimates.overall(ASKED, {Way.WEB: web, Way.PAPER: paper})
    assert found.value[0] == pytest.approx([0.3, 0.65, 0.05], abs=1e-3)
    alone = estimates.overall(ASKED, {Way.WEB: web})
    # Half of the reports, and by which way people come is chance as well.
    assert found.variance[0, 0] == pytest.approx(alone.variance[0, 0] / 4 + 0.3**2 / (2 * 10**6), rel=0.01)


def test_few_reports_of_one_way_are_not_as_sure_as_many_of_another() -> None:
    """Of twenty on paper, and two of a browser, none of which is an answer: nobody knows that it never is."""
    asked = small(OPEN.replace("epsilon: 2", "epsilon: 8").replace("waves: 2", "waves: 1\nreported: 1"))
    web, paper = counting.nothing(asked), counting.nothing(asked)
    for counted, said in ((web, (1, 0, 1)), (paper, (20, 0, 0))):
        counted.reports[:2] = said
        counted.people[:2] = 20
    # Many in the other cell say what the few of the first do not.
    paper.reports[1] = (10, 10, 0)
    ways = {Way.WEB: web, Way.PAPER: paper}
    weights = weighting.rake(web.people + paper.people, weighting.declared(asked))
    found = estimates.weighted(asked, ways, weights)
    keep = budget.channels(asked)[0].keep
    # Were the two reports of a cell taken as they are, their half of it would know the second answer to nothing.
    assert found.variance[0, 1] > 0.5**2 * 0.6**2 * 0.1 / (2 * keep**2)
    assert np.isfinite(found.variance[0]).all()


def few(count: int, people: int, likely: float) -> float:
    """Variance of a share of people, one of whom is taken for what is likely."""
    near = (count + likely) / (people + 1)
    return near * (1 - near) * (1 + 1 / people) / people


def test_weights_give_each_cell_its_share() -> None:
    counted = {Way.WEB: reports((900, 0, 100), (0, 100, 0), (50, 50, 0))}
    weights = weighting.rake(counted[Way.WEB].people, weighting.declared(CENTRAL))
    found = estimates.weighted(CENTRAL, counted, weights)
    assert found.value[0] == pytest.approx([0.6 * 0.9, 0.4, 0.6 * 0.1])
    likely = 900 / 1100
    assert found.variance[0, 0] == pytest.approx(0.36 * few(900, 1000, likely) + 0.16 * few(0, 100, likely))
    assert found.variance[0, 0] > 0.36 * 0.9 * 0.1 / 999
    # As sure as so many with even weights: Kish's effective number.
    assert found.even[0] == pytest.approx(1 / (0.36 / 1000 + 0.16 / 100))


def test_one_report_alone_in_a_cell_is_not_taken_for_sure() -> None:
    counted = {Way.WEB: reports((500, 500, 0), (1, 0, 0))}
    found = estimates.weighted(CENTRAL, counted, weighting.rake(counted[Way.WEB].people, weighting.declared(CENTRAL)))
    likely = 501 / 1001
    assert found.variance[0, 0] == pytest.approx(0.36 * few(500, 1000, likely) + 0.16 * few(1, 1, likely))
    assert found.variance[0, 0] > 0.36 * 0.25 / 999 + 0.16 * 0.25


def test_an_item_that_nobody_reported_from_a_cell_is_not_guessed() -> None:
    counted = reports((900, 0, 100), (0, 100, 0))
    counted.reports[1, 1] = 0
    found = estimates.weighted(CENTRAL, {Way.WEB: counted}, weighting.rake(counted.people, weighting.declared(CENTRAL)))
    assert np.isfinite(found.value[0]).all()
    assert np.isnan(found.value[1]).all()


def test_shares_of_those_who_answered_have_fiellers_bounds() -> None:
    found = estimates.overall(CENTRAL, {Way.WEB: reports((390, 410, 200))})
    value, low, high = estimates.of_answered(found, 0, 3)
    assert value == pytest.approx([390 / 800, 410 / 800])
    # Of a ratio of counts without randomisation, Fieller's bounds are Wald's of the 800 to a few parts in a thousand.
    half = estimates.Z * math.sqrt(0.4875 * 0.5125 / 800)
    assert (low[0], high[0]) == pytest.approx((0.4875 - half, 0.4875 + half), abs=0.003)
    nothing = estimates.of_answered(estimates.overall(ASKED, {Way.WEB: reports((0, 0, 90))}), 0, 3)
    assert (nothing[1].tolist(), nothing[2].tolist()) == ([0, 0], [1, 1])


@pytest.mark.filterwarnings("error")
def test_of_an_item_that_everybody_left_out_nothing_is_known_and_nothing_warned() -> None:
    value, low, high = estimates.of_answered(estimates.overall(CENTRAL, {Way.WEB: reports((0, 0, 90))}), 0, 3)
    assert np.isnan(value).all()
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])


def test_without_randomisation_shares_of_those_who_answered_are_wilsons_of_them() -> None:
    for counts in ((390, 410, 200), (100, 0, 0), (100, 0, 20), (60, 3, 500)):
        found = estimates.overall(CENTRAL, {Way.WEB: reports(counts)})
        value, low, high = estimates.of_answered(found, 0, 3)
        for place, count in enumerate(counts[:2]):
            known = stats.binomtest(count, sum(counts[:2])).proportion_ci(method="wilson")
            assert value[place] == pytest.approx(count / sum(counts[:2]))
            assert (low[place], high[place]) == pytest.approx((known.low, known.high), abs=1e-6), counts


def test_a_hundred_who_all_said_the_same_leave_room_for_others() -> None:
    counted = {Way.WEB: reports((60, 0, 0), (40, 0, 0))}
    weights = weighting.rake(counted[Way.WEB].people, weighting.declared(CENTRAL))
    for found in (estimates.overall(CENTRAL, counted), estimates.weighted(CENTRAL, counted, weights)):
        _, low, high = estimates.of_answered(found, 0, 3)
        assert (low[0], high[0]) == (pytest.approx(0.963, abs=1e-3), 1)
        assert (low[1], high[1]) == (0, pytest.approx(0.037, abs=1e-3))


@pytest.mark.parametrize(
    ("asked", "people", "true"),
    [
        (ASKED, 800, (0.5, 0.2, 0.3)), (ASKED, 300, (0.8, 0.1, 0.1)), (CENTRAL, 60, (0.5, 0.3, 0.2)),
        (CENTRAL, 100, (0.72, 0.08, 0.2)),
    ],
)  # fmt: skip
def test_bounds_of_those_who_answered_hold_the_ratio_as_often_as_they_say(
    asked: Instrument, people: int, true: tuple[float, float, float]
) -> None:
    draw, held, tries = np.random.default_rng(8), 0, 2000
    keep = budget.channels(asked)[0].keep
    seen = keep * np.array(true) + (1 - keep) / 3
    for _ in range(tries):
        drawn = draw.multinomial(people, seen)
        found = estimates.overall(asked, {Way.WEB: reports(tuple(int(one) for one in drawn))})  # type: ignore[arg-type]
        _, low, high = estimates.of_answered(found, 0, 3)
        held += bool(low[0] <= true[0] / (true[0] + true[1]) <= high[0])
    assert held / tries == pytest.approx(0.95, abs=0.015)


def test_differences_are_tested_as_elsewhere() -> None:
    first = estimates.overall(CENTRAL, {Way.WEB: reports((450, 450, 100))})
    second = estimates.overall(CENTRAL, {Way.WEB: reports((520, 430, 50))})
    by, chance = estimates.apart(first, second)
    assert by[0, 0] == pytest.approx(-0.07)
    # Without randomisation the score test of two shares is Pearson's chi-squared of their table.
    table = stats.chi2_contingency([[450, 550], [520, 480]], correction=False)
    assert chance[0, 0] == pytest.approx(table.pvalue)


def test_bounds_differences_and_their_correction_are_those_of_statsmodels() -> None:
    """As others compute them, of answers as they are: Wilson's bounds, the score test, Holm's correction."""
    first = estimates.overall(CENTRAL, {Way.WEB: reports((450, 450, 100))})
    second = estimates.overall(CENTRAL, {Way.WEB: reports((520, 430, 50))})
    low, high = proportion.proportion_confint(np.array([450, 450, 100]), 1000, method="wilson")
    assert first.low[0] == pytest.approx(low)
    assert first.high[0] == pytest.approx(high)
    by, chance = estimates.apart(first, second)
    for place, (one, other) in enumerate([(450, 520), (450, 430), (100, 50)]):
        by_others = proportion.test_proportions_2indep(one, 1000, other, 1000, method="score", correction=False)
        assert (by[0, place], chance[0, place]) == pytest.approx((by_others.diff, by_others.pvalue))
    chances = chance[0].tolist()
    assert estimates.holm(chances) == pytest.approx(multitest.multipletests(chances, method="holm")[1])


def test_weighted_shares_and_variances_are_those_of_a_regression_on_the_margins() -> None:
    """Raked shares are what a weighted regression predicts for the site, with its robust variance: by statsmodels."""
    asked = small(OPEN.replace("epsilon: 2", "privacy: central") + SECOND)
    said = [number for number, cell in enumerate(asked.cells) if 2 not in cell]
    counted = counting.nothing(asked)
    counted.reports[said, :] = np.array([(400, 160, 40), (60, 200, 40), (30, 220, 50), (350, 340, 110)])[:, None, :]
    counted.people[:] = counted.reports[:, 0].sum(axis=1)
    weights = weighting.rake(counted.people, weighting.declared(asked))
    found = estimates.weighted(asked, {Way.WEB: counted}, weights)
    each = np.repeat(said, counted.people[said])
    heavy = (weights.shares / np.maximum(counted.people, 1))[each]
    parts = np.array(asked.cells)[each]
    # A person is a constant, and whether they are old, and come in by the west.
    people, site = np.column_stack([np.ones(len(each)), parts]), np.array([1, 0.4, 0.5])
    for place in range(3):
        gave = np.concatenate([np.arange(counted.people[cell]) < counted.reports[cell, 0, place] for cell in said])
        fitted = WLS(gave.astype(float), people, weights=heavy).fit(cov_type="HC0")
        assert found.value[0, place] == pytest.approx(float(site @ fitted.params))
        # One report more for what it takes, of some hundreds in each cell.
        assert found.variance[0, place] == pytest.approx(float(site @ fitted.cov_params() @ site), rel=0.02)


def test_where_nothing_differs_few_reports_make_no_difference_sure() -> None:
    draw, wrong, tries = np.random.default_rng(5), 0, 1000
    keep = budget.channels(ASKED)[0].keep
    seen = keep * np.array([0.6, 0.38, 0.02]) + (1 - keep) / 3
    for _ in range(tries):
        small, large = (reports(tuple(draw.multinomial(size, seen))) for size in (60, 940))
        _, chance = estimates.apart(*(estimates.overall(ASKED, {Way.WEB: one}) for one in (small, large)))
        wrong += bool(chance[0, 2] < 0.05)
    assert wrong / tries <= 0.07
    few, rest = (estimates.overall(CENTRAL, {Way.WEB: reports(one)}) for one in ((0, 12, 0), (500, 300, 200)))
    assert np.isnan(estimates.apart(few, rest)[1][0]).all()
    # What everybody said before and nobody says now is a difference.
    before, now = (estimates.overall(CENTRAL, {Way.WEB: reports(one)}) for one in ((90, 0, 0), (0, 90, 0)))
    assert estimates.apart(before, now)[1][0, 0] < 1e-6


def test_where_nothing_differs_few_reports_of_one_way_make_no_difference_sure() -> None:
    """Of each side's people two in three come by browser, and one in ten of those reports the item."""
    asked = small(OPEN.replace("epsilon: 2", "epsilon: 8").replace("waves: 2", "waves: 1\nreported: 1"))
    draw, wrong, tries = np.random.default_rng(6), 0, 1000
    keep = budget.channels(asked)[0].keep
    true = np.array([0.6, 0.3, 0.1])
    for _ in range(tries):
        web, paper = counting.nothing(asked), counting.nothing(asked)
        web.people[:2], paper.people[:2] = 400, 200
        web.reports[:2, :] = draw.multinomial(40, keep * true + (1 - keep) / 3, (2, 2))
        paper.reports[:2, :] = draw.multinomial(200, true, (2, 2))
        sides = estimates.by_cell(asked, {Way.WEB: web, Way.PAPER: paper})[:2]
        wrong += bool(estimates.apart(*sides)[1][0, 0] < 0.05)
    assert 0.03 <= wrong / tries <= 0.07


def test_where_nothing_differs_weights_make_no_difference_sure() -> None:
    """The same people's waves: in one the old, who think otherwise, hardly answered, in the other the young."""
    draw, wrong, tries = np.random.default_rng(7), 0, 1000
    keep = budget.channels(ASKED)[0].keep
    seen = [keep * np.array(one) + (1 - keep) / 3 for one in ((0.6, 0.3, 0.1), (0.2, 0.7, 0.1))]
    for _ in range(tries):
        sides = []
        for sizes in ((800, 60), (80, 600)):
            counted = {Way.WEB: reports(*(tuple(draw.multinomial(*one)) for one in zip(sizes, seen, strict=True)))}
            weights = weighting.rake(counted[Way.WEB].people, weighting.declared(ASKED))
            sides.append(estimates.weighted(ASKED, counted, weights))
        wrong += bool(estimates.apart(*sides)[1][0, 0] < 0.05)
    assert 0.03 <= wrong / tries <= 0.07


def test_what_nobody_said_has_narrow_bounds_with_weights_and_a_large_epsilon() -> None:
    asked = small(OPEN.replace("epsilon: 2", "epsilon: 8").replace("waves: 2", "waves: 1\nreported: 1"))
    counted = {Way.WEB: reports((120, 60, 0), (80, 40, 0))}
    found = estimates.weighted(asked, counted, weighting.rake(counted[Way.WEB].people, weighting.declared(asked)))
    assert found.value[0, 2] <= 0
    assert (found.low[0, 2], found.high[0, 2] < 0.03) == (0, True)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_keeps_the_order_and_rejects_by_steps(chances: list[float]) -> None:
    found = estimates.holm(chances)
    assert all(one >= other for one, other in zip(found, chances, strict=True))
    # Step down by hand: reject while the i-th smallest is at most alpha / (m - i).
    order, rejected = sorted(range(len(chances)), key=lambda at: chances[at]), set()
    for place, at in enumerate(order):
        if chances[at] * (len(chances) - place) > 0.05:
            break
        rejected.add(at)
    assert {at for at, one in enumerate(found) if one <= 0.05} == rejected
