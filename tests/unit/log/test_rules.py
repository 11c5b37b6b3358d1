"""rules: the story breaks none, and every change to it breaks the one it should."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.log import rules
from countenance.vocabulary.entries import Entry, Kind

from .stories import GENESIS, HASH, MINUTE, entry, story, word


def change(index: int, **facts: str | None) -> Callable[[list[Entry]], None]:
    def act(log: list[Entry]) -> None:
        kept = {**dict(log[index].facts), **facts}
        facts_now = tuple(sorted((name, value) for name, value in kept.items() if value is not None))
        log[index] = replace(log[index], facts=facts_now)

    return act


def field(index: int, **values: object) -> Callable[[list[Entry]], None]:
    def act(log: list[Entry]) -> None:
        log[index] = replace(log[index], **values)  # type: ignore[arg-type]

    return act


def nothing(index: int) -> Callable[[list[Entry]], None]:
    """Put something harmless in the entry's place: the others keep their indices."""
    return field(index, kind=Kind.MALFORMED, facts=(("count", "1"),), of=-1)


def added(*more: Entry) -> Callable[[list[Entry]], None]:
    return lambda log: log.extend(more)


SEARCH = dict(story()[11].facts)
AGAIN = 31 * MINUTE


def test_the_story_breaks_no_rule() -> None:
    assert rules.check(story(), GENESIS) == ((), 0)


@pytest.mark.parametrize(
    ("index", "what", "spoil"),
    [
        (0, "genesis", change(0, digest="00" * 32)),
        (0, "genesis", change(0, demo="false")),
        (0, "genesis", nothing(0)),
        (25, "genesis", field(25, kind=Kind.GENESIS)),
        (25, "padding", field(25, kind=Kind.PADDING, facts=(("note", "hidden"),))),
        (25, "padding", field(25, kind=Kind.PADDING, facts=(), of=3)),
        (11, "made before", field(10, made=4_050)),
        (12, "does not precede", field(12, of=20)),
        (4, "not enrolled", nothing(2)),
        (4, "not declared", nothing(3)),
        (4, "not enrolled", change(2, change="revoked")),
        (7, "not the next version", change(7, number="3")),
        (7, "not the next version", field(7, kind=Kind.DRAFTED)),
        (7, "another requester", change(7, requester="officer-2")),
        (8, "no person", change(8, organisation="")),
        (11, "never drafted", change(11, warrant="w2")),
        (11, "another version", change(11, hash=HASH)),
        (11, "another version", change(11, number="1")),
        (11, "another version", field(11, of=5)),
        (11, "after its expiry", change(7, expires="3999")),
        (11, "after its expiry", change(7, expires=None)),
        (11, "1 approvals", nothing(8)),
        (11, "1 approvals", nothing(10)),
        (11, "1 approvals", change(10, person="court-a/judge-1")),
        (11, "1 approvals", change(10, person="officer-1")),
        (11, "1 approvals", change(10, hash=HASH)),
        (11, "one organisation", change(10, organisation="court-a")),
        (11, "more often", change(7, uses="0")),
        (11, "more often", change(7, uses=None)),
        (27, "more often", lambda log: log.extend([*log[12:13], replace(log[11], made=AGAIN)])),
        (12, "another act", change(12, act="still")),
        (12, "nothing that was authorised", field(12, of=10)),
        (14, "nothing that was authorised", field(14, of=11)),
        (11, "no outcome", nothing(12)),
        (13, "to who asked", change(13, person="officer-1")),
        (18, "next copy", change(18, copy="2")),
        (26, "next copy", lambda log: log.append(replace(log[18], facts=(*log[18].facts, ("copy", "1")), made=AGAIN))),
        (18, "did not confirm", nothing(17)),
        (18, "did not confirm", change(17, outcome="not confirmed")),
        (18, "did not confirm", change(17, candidate="00" * 16)),
        (17, "before two people", nothing(15)),
        (17, "before two people", change(16, person="reviewer-1")),
        (21, "nobody asked", field(21, of=-1)),
        (21, "nobody asked", field(21, of=19)),
        (21, "another erasure", change(21, request="00" * 32)),
        (21, "without a quorum", change(21, persons="judge-1")),
        (21, "without a quorum", change(21, persons="judge-1 clerk-1")),
        (22, "without an order", nothing(21)),
        (22, "something else", change(22, request="00" * 32)),
        (21, "no outcome", nothing(22)),
        (24, "warrant's draft", field(24, of=5)),
        (24, "warrant's draft", field(24, of=-1)),
        (24, "warrant's draft", nothing(23)),
        (24, "no other warrant", change(24, near="w2")),
        (24, "no other warrant", change(24, near="w3")),
        (24, "no other warrant", change(24, near=None)),
    ],
)
def test_every_rule_is_missed_when_broken(index: int, what: str, spoil: Callable[[list[Entry]], None]) -> None:
    log = story()
    spoil(log)
    found, _ = rules.check(log, GENESIS)
    assert any(one.index == index and what in one.what for one in found), found


def test_a_third_person_is_shown_nothing() -> None:
    log = story()
    for name in ("reviewer-2", "reviewer-3"):
        facts = {**dict(log[13].facts), "person": name}
        log.append(replace(log[13], made=AGAIN, facts=tuple(sorted(facts.items()))))
    found, _ = rules.check(log, GENESIS)
    assert [one.index for one in found if "third person" in one.what] == [len(log) - 1]


def test_approvals_after_the_act_do_not_count() -> None:
    log = story()
    late = word(Kind.APPROVED, 4_100, "bb" * 32, "court-b/judge-2", 7)
    log[10] = replace(late, kind=Kind.DECLINED, made=3_500)
    log.append(replace(late, made=AGAIN))
    assert any(one.index == 11 for one in rules.check(log, GENESIS)[0])


def test_what_is_under_way_is_pending_not_irregular() -> None:
    log = [*story(), replace(story()[13], made=AGAIN)]
    assert rules.check(log, GENESIS) == ((), 1)
    log.append(entry(Kind.CLOSED, AGAIN + rules.OUTCOME_WITHIN + 1))
    found, _ = rules.check(log, GENESIS)
    assert [one.index for one in found] == [26]


def test_a_clerks_erasure_by_the_clock_needs_no_quorum() -> None:
    log = story()
    change(20, until="5050")(log)
    change(21, persons="clerk-1")(log)
    assert rules.check(log, GENESIS) == ((), 0)


def test_a_version_filed_again_after_a_crash_counts_anew() -> None:
    log = story()
    log[6] = log[5]
    assert rules.check(log, GENESIS) == ((), 0)


def test_nothing_is_no_log() -> None:
    assert rules.check([], GENESIS) == ((), 0)
