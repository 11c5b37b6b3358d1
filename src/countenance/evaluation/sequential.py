"""Bounds on a rate that hold at every moment at once, however often one looks and whenever one stops.

Events are counted against how many of them were expected at most. Each trial has its own expectation, known before its
outcome; trials may differ in it, depend on what came before, and be stopped for any reason. What is bounded is the
ratio of the true expectation to the stated one.

For one ratio r above 1, r^k exp(-(r - 1) v) after k events against v expected has a mean of at most 1 if the statement
is true, and so has its mixture over r (the method of mixtures: Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021,
for sub-Poisson processes, which sums of indicators are). By Ville's inequality (1939) it ever reaches 1 / error with a
probability of at most `error`. The largest v at which it does is therefore a lower bound of what was truly expected,
and likewise from the other side with r below 1.

Invariants:

* Each bound is wrong, at any of all moments, with a probability of at most `error`: under every sequence of true
  expectations that keeps to the ratio.
* What was expected and brought no event weighs nothing but its expectation: trials that expect nothing hide nothing.
* Pure, standard library only. The custodian uses this module.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterable

ERROR = 0.01
"""How likely a bound is ever wrong, if nobody says otherwise."""

TYPICAL = 2.0
"""Mean of r - 1 in the mixture above 1: soonest found is what happens about three times as often as was said."""

_STEPS = 60
_NOTHING = 1e-18


@functools.lru_cache(maxsize=4096)
def least(events: int, error: float = ERROR) -> float:
    """Lower bound of how many were truly expected where `events` came: 0 while they are too few to say anything."""
    if _above(events, 0.0) < -math.log(error):
        return 0.0
    return _crossing(lambda v: _above(events, v) >= -math.log(error), float(events))


@functools.lru_cache(maxsize=4096)
def most(events: int, error: float = ERROR) -> float:
    """Upper bound of how many were truly expected where `events` came."""
    upper = 2.0 * events + 16.0
    while _below(events, upper) < -math.log(error):
        upper *= 2
    return _crossing(lambda v: _below(events, v) < -math.log(error), upper)


def beyond(events: int, expected: float, *, widest: float, limit: float) -> bool:
    """Whether a trial that was to expect `widest` events truly expects more than `limit`, for all that is sure.

    `events` came where `expected` were to come.
    """
    return least(events) * widest > expected * limit > 0


def _above(events: int, v: float) -> float:
    """Logarithm of the mixture over r = 1 + s, s exponential of mean TYPICAL, where v were expected.

    The integral of (1 + s)^k exp(-s (v + b)) b ds, term by term of the binomial: k! / (k - j)! / (v + b)^(j + 1).
    """
    x = v + 1 / TYPICAL
    top = min(max(round(events + 1 - x), 0), events)
    largest = math.lgamma(events + 1) - math.lgamma(events - top + 1) - (top + 1) * math.log(x)
    up = _sum((events - j) / x for j in range(top, events))
    down = _sum(x / (events - j + 1) for j in range(top, 0, -1))
    return largest + math.log1p(up + down) - math.log(TYPICAL)


def _below(events: int, v: float) -> float:
    """Logarithm of the mixture over r uniform in (0, 1), where v were expected.

    The integral of r^k exp((1 - r) v) dr, as the series of an incomplete gamma function: v^m k! / (k + 1 + m)!.
    """
    if v <= 0:
        return -math.log(events + 1)
    top = max(round(v - events - 1), 0)
    largest = top * math.log(v) + math.lgamma(events + 1) - math.lgamma(events + top + 2)
    up = _sum(v / (events + 1 + m) for m in itertools.count(top + 1))
    down = _sum((events + 1 + m) / v for m in range(top, 0, -1))
    return largest + math.log1p(up + down)


def _sum(ratios: Iterable[float]) -> float:
    """The terms after one of 1, each the one before times the next of `ratios`, until they no longer count."""
    term, total = 1.0, 0.0
    for ratio in ratios:
        term *= ratio
        total += term
        if term < _NOTHING:
            break
    return total


def _crossing(holds: Callable[[float], bool], upper: float) -> float:
    """Where `holds`, true below and false above, changes between 0 and `upper`."""
    low, high = 0.0, upper
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
