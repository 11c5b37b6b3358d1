"""Lanes: how long each takes, how often each calls an officer, and whether one may call them equal.

Counts come from decisions alone, in which there is nobody. Time is from the ticket to the outcome at both lanes; the
queue before them is not in it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from countenance.errors import Malformed
from countenance.vocabulary.gates import MOST_ALLOWED, Decision, Lane, LaneFigures, LanesBeside, Outcome

FEW: Final = 5
"""Travellers by a lane below which nothing is said of its times: they would be somebody's."""


def beside(flight: str, decisions: Iterable[Decision], allowed: int) -> LanesBeside:
    """Both lanes of a flight, of every kiosk's `decisions`. `allowed`: milliseconds that the medians may differ by.

    Raises Malformed for a difference that nobody may allow.
    """
    if not 0 <= allowed <= MOST_ALLOWED:
        raise Malformed(f"lanes may differ by at most {MOST_ALLOWED // 1000} s: set less in the policy")
    of = [one for one in decisions if one.flight == flight]
    face, other = (_figures(lane, [one for one in of if one.lane is lane]) for lane in Lane)
    judged = min(face.travellers, other.travellers) >= FEW
    difference = other.median - face.median if judged else 0
    reasons = Counter(reason.value for one in of for reason in one.reasons)
    return LanesBeside(
        flight,
        face,
        other,
        difference,
        allowed,
        judged,
        judged and difference <= allowed,
        tuple(sorted(reasons.items())),
    )


def quantile(values: Sequence[int], share: float) -> int:
    """The value that `share` of `values` do not exceed; -1 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else -1


def _figures(lane: Lane, of: list[Decision]) -> LaneFigures:
    called = sum(one.outcome is Outcome.OFFICER for one in of)
    times = [one.milliseconds for one in of] if len(of) >= FEW else []
    return LaneFigures(lane, len(of), called, quantile(times, 0.5), quantile(times, 0.95))
