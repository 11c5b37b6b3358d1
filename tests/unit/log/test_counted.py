"""What a log comes to, month by month: each kind where it belongs, in the month in which it was made."""

import itertools

from countenance.formats import records
from countenance.log import counted
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.register import UNSAID, Period, Series, What
from unit.log.months import BEGUN, NAMED, OTHER, entry, log, starts

DAY = 24 * 3_600_000


def by_name(found: tuple[Series, ...]) -> dict[tuple[What, str], Series]:
    return {(one.what, one.purpose): one for one in found}


def period(count: int, *, urgent: int = UNSAID, judged: int = UNSAID, confirmed: int = UNSAID) -> Period:
    return Period("2026-01", "2026-01", count, urgent, judged, confirmed, UNSAID, UNSAID, UNSAID)


def test_every_purpose_of_the_policy_is_there_and_everything_else_under_no_name() -> None:
    found = counted.series(
        log({(0, "searches", OTHER, False): 6, (0, "still", NAMED[0], False): 9}), starts(2)[2], door=True
    )
    known = by_name(found)
    assert set(known) == {
        *((what, purpose) for what in counted.OF_PURPOSES for purpose in (*NAMED, "")),
        (What.REFUSED, ""),
        (What.ASKED, ""),
    }
    assert known[What.SEARCHES, ""].periods == (period(6),)
    # A still is no search, and a purpose nobody searched for is there all the same.
    assert known[What.SEARCHES, NAMED[0]] == Series(What.SEARCHES, NAMED[0], "2026-01", ())


def test_urgent_and_judged_are_of_their_purpose() -> None:
    acts = {
        (0, "searches", NAMED[0], True): 5,
        (0, "searches", NAMED[0], False): 6,
        (0, "confirmed", NAMED[0], False): 7,
        (0, "unconfirmed", NAMED[0], True): 5,
        (0, "searches", NAMED[1], False): 5,
    }
    known = by_name(counted.series(log(acts), starts(1)[1], door=True))
    assert known[What.SEARCHES, NAMED[0]].periods == (period(11, urgent=5, judged=12, confirmed=7),)
    assert known[What.SEARCHES, NAMED[1]].periods == (period(5),)


def test_a_month_that_is_not_over_does_not_count() -> None:
    acts = {(0, "asked", "", False): 5, (1, "asked", "", False): 50}
    for moment in (starts(1)[1], starts(2)[2] - 1):
        known = by_name(counted.series(log(acts), moment, door=True))
        assert [one.count for one in known[What.ASKED, ""].periods] == [5]


def test_a_month_that_is_over_never_changes() -> None:
    acts = {(month, "refused", "", False): 4 + month for month in range(6)}
    said = [by_name(counted.series(log(acts), moment, door=True))[What.REFUSED, ""].periods for moment in starts(6)[1:]]
    assert all(after[: len(before)] == before for before, after in itertools.pairwise(said))


def test_deletions_take_from_restricted_to_erased_and_answers_from_the_question() -> None:
    entries = [entry(Kind.GENESIS, BEGUN)]
    for _ in range(5):
        at = len(entries)
        entries += [
            entry(Kind.RESTRICTED, BEGUN),
            entry(Kind.ERASURE_ORDERED, BEGUN + DAY, of=at),
            entry(Kind.ERASED, BEGUN + 2 * DAY, of=at + 1),
            entry(Kind.ASKED, BEGUN),
            entry(Kind.REPLIED, BEGUN + 4 * DAY, of=at + 3),
        ]
    known = by_name(counted.series(enumerate(entries), starts(1)[1], door=True))
    (one,) = known[What.ASKED, ""].periods
    assert (one.count, one.days, one.deleted, one.deleted_days) == (5, 4, 5, 2)
    assert (What.DELETED, "") not in known
    # Where nobody can ask, deletions have periods of their own.
    known = by_name(counted.series(enumerate(entries), starts(1)[1], door=False))
    assert [(one.count, one.days) for one in known[What.DELETED, ""].periods] == [(5, 2)]
    assert (What.ASKED, "") not in known


def test_a_search_for_oneself_is_a_question_and_no_search() -> None:
    drafted = entry(Kind.DRAFTED, BEGUN, warrant="d", kind="subject-access", purpose="subject-access")
    entries = [entry(Kind.GENESIS, BEGUN), drafted]
    entries += [entry(Kind.AUTHORISED, BEGUN, act="search", warrant="d") for _ in range(9)]
    entries += [entry(Kind.REVIEWED, BEGUN, warrant="d", outcome="confirmed") for _ in range(9)]
    assert not any(one.periods for one in counted.series(enumerate(entries), starts(1)[1], door=True))


def test_a_log_of_nothing_says_nothing() -> None:
    assert counted.series([], BEGUN, door=True) == ()


def boardings(month: int, number: int, **facts: str) -> list[Entry]:
    return [entry(Kind.BOARDED, starts(12)[month] + 1, edge="gate-a", allowed="5000", **facts) for _ in range(number)]


def test_lanes_are_said_beside_each_other_from_five_flights_on_where_there_is_a_gate() -> None:
    timed = {"face": "4000", "other": "7000", "equal": "yes"}
    entries = [entry(Kind.GENESIS, BEGUN), *boardings(0, 4, **timed)]
    assert (What.BOARDED, "") not in by_name(counted.series(enumerate(entries), starts(1)[1], door=True))
    gate = entry(Kind.EDGE, BEGUN, edge="gate-a", kind="gate", change="enrolled")
    entries = [entries[0], gate, *entries[1:], *boardings(1, 1), *boardings(2, 5, **(timed | {"equal": "no"}))]
    found = by_name(counted.series(enumerate(entries), starts(3)[3], door=True))[What.BOARDED, ""]
    first, second = found.periods
    # Of four flights that were timed nothing is said; a part is said only where what it leaves is enough.
    assert (first.first, first.last, first.count) == ("2026-01", "2026-02", 5)
    assert (first.face, first.other, first.unequal, first.allowed) == (UNSAID, UNSAID, UNSAID, 5000)
    assert (second.count, second.face, second.other, second.unequal) == (5, 4000, 7000, UNSAID)
    assert (first.days, second.deleted) == (UNSAID, UNSAID)
    entries += [*boardings(3, 5, **timed), *boardings(3, 5, **(timed | {"equal": "no", "other": "9500"}))]
    *_, third = by_name(counted.series(enumerate(entries), starts(4)[4], door=True))[What.BOARDED, ""].periods
    assert (third.count, third.unequal, third.other) == (10, 5, 7000)


def test_a_log_of_before_gates_says_what_it_said() -> None:
    (one,) = by_name(counted.series(log({(0, "refused", "", False): 5}), starts(1)[1], door=True))[
        What.REFUSED, ""
    ].periods
    assert b"face" not in records.write(one)
    assert b"allowed" not in records.write(one)
