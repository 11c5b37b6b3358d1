"""Words: what figures mean, in sentences that somebody who decides can act on. Never a rate without its bounds."""

import math

from countenance.evaluation.demographics import Against
from countenance.vocabulary.rates import Rate

_NAMES = {
    "fmr": "of two strangers of the same group being taken for one person",
    "fnmr": "of two pictures of one person being taken for two",
    "fpir": "of a stranger raising an alert",
    "fnir": "of somebody who is in the gallery not being found",
}
NOT_ENOUGH = "not enough data to say"


def people(rate: Rate, verb: str, *, who: str = "strangers who are searched for") -> str:
    """Such as "of 10,000 strangers who are searched for, about 12 would raise an alert; between 7 and 19"."""
    of = _base(rate)
    if not rate.trials:
        return f"Of {who} nothing is known: there was nobody to try it with."
    low, value, high = (_count(share, of) for share in (rate.low, rate.value, rate.high))
    if not rate.value:
        return f"Of {of:,} {who}, at most about {high} {verb}; none did in {rate.trials:,} trials."
    text = f"Of {of:,} {who}, about {value} {verb}; between {low} and {high}"
    return f"{text}." if rate.enough else f"{text}: {NOT_ENOUGH} it more closely."


def percent(rate: Rate) -> str:
    """A rate and its bounds for a table."""
    if not rate.trials:
        return "no trials"
    return f"{_digits(100 * rate.value)} % ({_digits(100 * rate.low)} to {_digits(100 * rate.high)})"


def against(one: Against, which: str) -> str:
    """How a group compares with the others of its column."""
    what = f"{one.group} ({one.column}): the chance {_NAMES[which]}"
    if not one.enough:
        return f"{what}: {NOT_ENOUGH}."
    times = f"{one.ratio:.2g} times that of the other groups, between {one.low:.2g} and {one.high:.2g} times"
    if math.isinf(one.ratio):
        times = f"the other groups had no such error; at least {one.low:.2g} times theirs"
    if not one.differs:
        return f"{what}: {times}: no difference was found."
    word = "higher" if one.ratio > 1 else "lower"
    return f"{what} is {word}: {times}."


def _base(rate: Rate) -> int:
    """Of how many people a rate is told: few enough to picture, enough that about ten are meant."""
    for base in (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        if (rate.value or rate.high) * base >= 10:
            return base
    return 100_000_000


def _count(share: float, of: int) -> str:
    return f"{round(share * of):,}"


def _digits(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.1f}"
