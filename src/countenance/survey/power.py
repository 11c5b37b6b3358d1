"""Power: how many answers are needed, and what so many can show, before anybody is asked."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from countenance.errors import Malformed
from countenance.survey.budget import Channel, channel
from countenance.survey.estimates import Z
from countenance.vocabulary.survey import MILLIONTHS

_LEAST, _MOST_EFFECT, _MOST_EPSILON = 1e-5, 1000, 1_000_000
_POWER = 0.8
"""The chance to see a difference that is there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of whom. `options`: of a question, without *no answer*; `effect`: design effect of weights.

    `epsilon`: a person's total, infinity for none; `reported` of `items` are drawn for each person.
    """

    epsilon: float
    options: int
    items: int
    reported: int
    waves: int = 1
    effect: float = 1.0
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Power:
    """`margin`: half of a 95 % interval of a share; `difference`: the least between two halves that 8 of 10 see.

    `forged`: how many honest people one forger outweighs where they aim.
    """

    answers: int
    margin: float
    difference: float
    forged: float


def of(plan: Plan, answers: int) -> Power:
    """What so many answers show. Raises Malformed for numbers that cannot be."""
    how = _channel(plan)
    if answers < 1:
        raise Malformed("there must be at least one answer")
    spread = math.sqrt(_spread(plan, how) / answers)
    seen = Z + NormalDist().inv_cdf(_POWER)
    return Power(answers, Z * spread, seen * 2 * spread, how.weight * plan.items / plan.reported)


def needed(plan: Plan, margin: float) -> Power:
    """How many answers make an interval at most `margin` wide to each side."""
    if not _LEAST <= margin < 1:
        raise Malformed(f"a margin is a share between {_LEAST} and 1, such as 0.03")
    return of(plan, math.ceil(_spread(plan, _channel(plan)) * (Z / margin) ** 2))


def _spread(plan: Plan, how: Channel) -> float:
    """Variance of a share, times the number of people who answer."""
    seen = how.keep * plan.share + (1 - how.keep) / how.size
    return plan.effect * seen * (1 - seen) / how.keep**2 * plan.items / plan.reported


def _channel(plan: Plan) -> Channel:
    if not (plan.epsilon > 0 and plan.options >= 2 and 1 <= plan.reported <= plan.items <= 60 and plan.waves >= 1):
        raise Malformed("epsilon must be above 0, options at least 2, and reported at most as many as the items")
    if not (1 <= plan.effect <= _MOST_EFFECT and 0 < plan.share < 1):
        raise Malformed(f"a design effect is 1 to {_MOST_EFFECT}, and a share between 0 and 1")
    if math.isinf(plan.epsilon):
        return channel(plan.options + 1, None)
    if plan.epsilon > _MOST_EPSILON:
        raise Malformed(f"an epsilon above {_MOST_EPSILON} hides nothing: give a smaller one, or infinity")
    epsilon = int(plan.epsilon * MILLIONTHS) // (plan.waves * plan.reported)
    if not 0 < epsilon <= 100 * MILLIONTHS:
        raise Malformed("this epsilon is split too thin, or is none: raise it, or report fewer items")
    return channel(plan.options + 1, epsilon)
