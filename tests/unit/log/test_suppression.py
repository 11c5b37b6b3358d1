"""What is said of monthly counts: periods of at least five, parts that leave five, nothing else."""

import pytest

from countenance.log import suppression
from countenance.log.suppression import Tally
from countenance.vocabulary.register import UNSAID, Period

DAY = 24 * 3_600_000
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")


def said(*tallies: Tally) -> list[Period]:
    return list(suppression.periods(MONTHS[: len(tallies)], dict(zip(MONTHS, tallies, strict=False))))


def counts(*numbers: int) -> list[tuple[str, str, int]]:
    return [(one.first, one.last, one.count) for one in said(*map(Tally, numbers))]


def test_months_are_put_together_until_five_and_the_rest_waits() -> None:
    assert counts(7, 2, 4, 4) == [("2026-01", "2026-01", 7), ("2026-02", "2026-03", 6)]
    assert counts(0, 0, 5, 5) == [("2026-01", "2026-03", 5), ("2026-04", "2026-04", 5)]
    assert counts(4) == counts(0) == []


def test_what_was_said_stays() -> None:
    numbers = (3, 1, 9, 4)
    for known in range(len(numbers)):
        assert counts(*numbers)[: len(counts(*numbers[:known]))] == counts(*numbers[:known])


@pytest.mark.parametrize(("urgent", "told"), [(4, UNSAID), (5, 5), (7, 7), (8, UNSAID), (0, UNSAID), (12, UNSAID)])
def test_a_part_is_said_if_it_and_the_rest_are_five(urgent: int, told: int) -> None:
    assert said(Tally(12, urgent=urgent))[0].urgent == told


def test_hits_are_said_of_those_that_were_judged() -> None:
    (few,) = said(Tally(9, judged=4, confirmed=2))
    assert (few.judged, few.confirmed) == (UNSAID, UNSAID)
    (some,) = said(Tally(9, judged=9, confirmed=5))
    assert (some.judged, some.confirmed) == (9, UNSAID)
    (many,) = said(Tally(9, judged=11, confirmed=6))
    assert (many.judged, many.confirmed) == (11, 6)


def test_days_are_of_half_of_five_or_more_rounded_up() -> None:
    took = [DAY, DAY, DAY + 1, 5 * DAY, 9 * DAY]
    assert said(Tally(5, took=took))[0].days == 2
    assert said(Tally(5, took=took[:4]))[0].days == UNSAID
    # Of the months that were put together, all count.
    assert said(Tally(2, took=took[:3]), Tally(3, took=took[3:]))[0].days == 2


def test_months_that_are_over() -> None:
    january = 1_767_225_600_000
    assert suppression.closed("2025-11", january - 1) == ("2025-11",)
    assert suppression.closed("2025-11", january) == ("2025-11", "2025-12")
    assert suppression.closed("2026-01", january) == ()
