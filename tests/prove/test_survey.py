"""A survey's bounds hold the truth as often as they say: the whole path, with people whose answers are known.

In full 4,000 surveys of 6,152 answers for each epsilon, with weights and without, as the promise is; scaled, fewer,
with room for chance. So do they of a few hundred, and where some answer on paper, who think otherwise, as few do.
"""

import math

import pytest

from countenance.survey import instrument, simulating, starting
from countenance.survey.simulating import Turnout
from prove.scale import FULL, count

ASKED = instrument.read(starting.made_up())
SURVEYS = count(4000, 300)
WITHIN = 0.015 if FULL else 0.02


@pytest.mark.parametrize("turnout", [Turnout(), Turnout(paper=0.3), Turnout(1000), Turnout(1000, paper=0.3),
                                     Turnout(1000, paper=0.7), Turnout(300), Turnout(300, paper=0.4)])  # fmt: skip
@pytest.mark.parametrize("epsilon", simulating.EPSILONS)
def test_95_percent_bounds_hold_the_truth_in_95_percent(epsilon: float, turnout: Turnout) -> None:
    for one in simulating.coverage(ASKED, SURVEYS, turnout=turnout, epsilons=(epsilon,)):
        assert one.value == pytest.approx(0.95, abs=WITHIN), one
        # No single answer is far off either: the mean of all would hide it.
        assert one.lowest > 0.95 - 2 * WITHIN - 3 * math.sqrt(0.05 * 0.95 / SURVEYS), one
        # Unbiased: the mean error of the worst of some forty answers is within what chance makes of it.
        assert one.bias < 5, one
