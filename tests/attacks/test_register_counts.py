"""Who has every register that was ever published solves for a small count, and cannot.

The attacker knows how figures are suppressed, adds and subtracts what was said in rows, columns and between one
register and the next, and sees how the log's tree grew. A count below LEAST is safe if at least LEAST different numbers
would have led to the very same publications.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.log import counted, suppression
from countenance.log.suppression import Tally
from countenance.vocabulary.register import LEAST, UNSAID, Period
from unit.log.months import NAMED, OTHER, log, starts

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
# What an attacker thinks possible in a month reaches further than what happens here, or the end would give it away.
HAPPENS, POSSIBLE = 7, 12
Publications = tuple[tuple[Period, ...], ...]


def published(world: tuple[int, ...]) -> Publications:
    """Every register of so many months' counts, one a month."""
    tallies = {name: Tally(number) for name, number in zip(MONTHS, world, strict=True)}
    return tuple(suppression.periods(MONTHS[:known], tallies) for known in range(1, len(MONTHS) + 1))


def test_no_month_is_solved_from_all_registers_together() -> None:
    worlds: dict[Publications, list[tuple[int, ...]]] = defaultdict(list)
    for world in product(range(POSSIBLE + 1), repeat=len(MONTHS)):
        worlds[published(world)].append(world)
    small = 0
    for alike in worlds.values():
        for month in range(len(MONTHS)):
            possible = {world[month] for world in alike}
            if any(world[month] < LEAST and max(world) <= HAPPENS for world in alike):
                small += 1
                assert len(possible) >= LEAST, (month, alike)
    assert small > 100


def test_an_exact_total_would_undo_it() -> None:
    """Why there are no totals: the same attacker, with the sum of all months beside the periods."""
    worlds: dict[tuple[Publications, int], list[tuple[int, ...]]] = defaultdict(list)
    for world in product(range(POSSIBLE + 1), repeat=len(MONTHS)):
        worlds[published(world), sum(world)].append(world)
    assert any(
        len(alike) == 1 and any(number < LEAST for number in alike[0]) and max(alike[0]) <= HAPPENS
        for alike in worlds.values()
    )


@given(st.integers(LEAST, 15), st.data())
@settings(max_examples=60, deadline=None)
def test_no_part_of_a_period_is_solved(count: int, data: st.DataObject) -> None:
    urgent = data.draw(st.integers(0, count))
    judged = data.draw(st.integers(0, 15))
    confirmed = data.draw(st.integers(0, judged))
    said = suppression.periods(MONTHS[:1], {MONTHS[0]: Tally(count, urgent, judged, confirmed)})
    possible: dict[str, set[int]] = defaultdict(set)
    # The count itself is said, and the parts are said of nothing else: each side can be tried by itself.
    for other in range(count + 1):
        if suppression.periods(MONTHS[:1], {MONTHS[0]: Tally(count, other, judged, confirmed)}) == said:
            possible["urgent"].add(other)
    for hits in range(30):
        for right in range(hits + 1):
            if suppression.periods(MONTHS[:1], {MONTHS[0]: Tally(count, urgent, hits, right)}) == said:
                possible["judged"].add(hits)
                possible["confirmed"].add(right)
                possible["unconfirmed"].add(hits - right)
    truth = {"urgent": urgent, "judged": judged, "confirmed": confirmed, "unconfirmed": judged - confirmed}
    for name, number in truth.items():
        if number < LEAST:
            assert len(possible[name]) >= LEAST, name
    if count - urgent < LEAST:
        assert len(possible["urgent"]) >= LEAST


def asked_and_deleted(asked: tuple[int, int], deleted: tuple[int, int]) -> Publications:
    tallies = {name: Tally(many, deleted=gone) for name, many, gone in zip(MONTHS[:2], asked, deleted, strict=True)}
    return tuple(suppression.periods(MONTHS[:known], tallies) for known in (1, 2))


def apart(asked: tuple[int, int], deleted: tuple[int, int]) -> tuple[Publications, Publications]:
    """As it would be if deletions had periods of their own."""
    return asked_and_deleted(asked, (0, 0)), asked_and_deleted(deleted, (0, 0))


def least_known(publish: Callable[[tuple[int, int], tuple[int, int]], object]) -> int:
    """The fewest numbers of questions in a month that are left to who knows that each deletion follows one."""
    worlds: dict[object, list[tuple[int, int]]] = defaultdict(list)
    months = list(product(range(POSSIBLE + 1), repeat=2))
    for asked in months:
        for deleted in months:
            if deleted[0] <= asked[0] and sum(deleted) <= sum(asked):
                worlds[publish(asked, deleted)].append(asked)
    return min(
        len({asked[month] for asked in alike})
        for alike in worlds.values()
        for month in (0, 1)
        if any(asked[month] < LEAST and max(asked) <= HAPPENS for asked in alike)
    )


def test_deletions_do_not_tell_how_many_asked() -> None:
    assert least_known(asked_and_deleted) >= LEAST
    assert least_known(apart) < LEAST


CELLS = [
    *((what, purpose) for what in ("searches", "declined") for purpose in (*NAMED, OTHER)),
    ("refused", ""),
    ("asked", ""),
]


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 3), st.sampled_from(CELLS), st.booleans()), st.integers(1, 7), max_size=16
    ),
    st.sampled_from(CELLS),
    st.lists(st.integers(0, LEAST - 1), min_size=4, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_a_small_count_moves_nothing_anywhere(
    acts: dict[tuple[int, tuple[str, str], bool], int], cell: tuple[str, str], instead: list[int]
) -> None:
    """Whatever is pending of one thing can be anything below LEAST: no figure of another purpose or kind follows it."""
    told = {(month, *kind, urgent): number for (month, kind, urgent), number in acts.items()}
    before = counted.series(log(told), starts(4)[4], door=True)
    what, purpose = cell
    (mine,) = (one for one in before if (one.what.value, one.purpose) == (what, "" if purpose == OTHER else purpose))
    months = ("2026-01", "2026-02", "2026-03", "2026-04")
    waiting = [number for number, name in enumerate(months) if not mine.periods or name > mine.periods[-1].last]
    other = {at: number for at, number in told.items() if not (at[0] in waiting and at[1:3] == cell)}
    left = LEAST - 1
    for month in waiting:
        number = min(left, instead[month])
        left -= number
        other[month, what, purpose, False] = number
    assert counted.series(log(other), starts(4)[4], door=True) == before


def test_nothing_is_said_of_none_that_is_not_said_of_four() -> None:
    none = counted.series(log({}), starts(2)[2], door=True)
    four = counted.series(log({(0, what, purpose, True): 4 for what, purpose in CELLS}), starts(2)[2], door=True)
    assert none == four
    assert all(period.urgent == UNSAID for one in four for period in one.periods)
