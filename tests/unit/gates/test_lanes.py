"""Both lanes beside each other, from decisions in which there is nobody."""

import pytest

from countenance.errors import Malformed
from countenance.gates import lanes
from countenance.vocabulary.gates import Decision, Lane, Outcome, Reason


def decisions(lane: Lane, times: list[int], *reasons: Reason) -> list[Decision]:
    outcome = Outcome.OFFICER if reasons else Outcome.PASS
    return [Decision("F", "gate-a", 0, 0, lane, outcome, reasons, time, alone=False) for time in times]


def test_medians_calls_and_reasons_of_both_lanes() -> None:
    some = [
        *decisions(Lane.FACE, [3000, 4000, 5000, 6000, 7000]),
        *decisions(Lane.FACE, [9000], Reason.NOBODY),
        *decisions(Lane.OTHER, [5000, 6000, 7000, 8000, 9000]),
    ]
    found = lanes.beside("F", some, 3000)
    assert (found.face.travellers, found.face.called, found.face.median, found.face.slow) == (6, 1, 6000, 9000)
    assert (found.other.median, found.difference, found.judged, found.equal) == (7000, 1000, True, True)
    assert found.reasons == (("nobody", 1),)
    assert not lanes.beside("F", some, 999).equal


def test_the_other_lane_may_be_the_quicker_one() -> None:
    some = [*decisions(Lane.FACE, [9000] * 5), *decisions(Lane.OTHER, [1000] * 5)]
    assert lanes.beside("F", some, 0).equal


def test_of_a_few_nothing_is_said_and_nothing_is_called_equal() -> None:
    found = lanes.beside("F", [*decisions(Lane.FACE, [3000] * 9), *decisions(Lane.OTHER, [3000] * 4)], 5000)
    assert (found.other.travellers, found.other.median, found.judged, found.equal) == (4, -1, False, False)
    assert lanes.beside("G", decisions(Lane.FACE, [1] * 9), 0).face.travellers == 0


def test_no_policy_allows_more_than_a_minute() -> None:
    with pytest.raises(Malformed):
        lanes.beside("F", [], lanes.MOST_ALLOWED + 1)
