"""What an auditor finds of policies, urgent warrants and freezes: nothing in an honest log, each forgery by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.log import policy_rules, rules
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from simulator.people import genesis

HOUR = MILLISECONDS_AN_HOUR
DAY = 24 * HOUR
POLICY, OTHER = "aa" * 32, "bb" * 32


class Log:
    """Entries, one after the other."""

    def __init__(self) -> None:
        self.entries: list[Entry] = [Entry(Kind.GENESIS, 0, -1, ())]
        self.now = HOUR
        self.add(Kind.POLICY, policy=POLICY)

    def add(self, kind: Kind, of: int = -1, /, **facts: str) -> int:
        self.now += 1000
        self.entries.append(Entry(kind, self.now, of, tuple(sorted(facts.items()))))
        return len(self.entries) - 1

    def found(self) -> list[str]:
        return [one.what for one in policy_rules.check(self.entries, genesis())]


def life(log: Log, *, kind: str = "ordinary", warrant: str = "w1", policy: str = POLICY) -> int:
    """A warrant that is drafted, approved and searched under."""
    named = {"warrant": warrant, "number": "1", "hash": "cc", "policy": policy}
    facts = {**named, "kind": kind, "requester": "officer-1", "uses": "3", "expires": str(log.now + DAY)}
    drafted = log.add(Kind.DRAFTED, **facts)
    approved = log.add(Kind.APPROVED, drafted, **named, person="supervisor-1", organisation="police")
    if kind == "urgent":
        log.add(Kind.URGENT, approved, **named, person="supervisor-1", told="judge")
    else:
        log.add(Kind.APPROVED, drafted, **named, person="judge", organisation="court")
    searched = log.add(Kind.AUTHORISED, drafted, **named, act="search", person="officer-1")
    log.add(Kind.DELIVERED, searched, **named, act="search", candidates="0")
    return drafted


def frozen(log: Log, person: str = "officer-1", of: int = -1) -> int:
    return log.add(Kind.FROZEN, of, person=person, cause="canary")


def cleared(log: Log, entry: int, *by: tuple[str, str], person: str = "officer-1") -> int:
    for name, home in by:
        log.add(Kind.CLEARING, entry, person=person, by=name, organisation=home)
    return log.add(Kind.CLEARED, entry, person=person, persons=" ".join(name for name, _ in by))


QUORUM = (("supervisor-1", "police"), ("judge", "court"))


def unconfirmed(log: Log) -> None:
    drafted = life(log, kind="urgent")
    log.now += DAY
    end = log.add(Kind.UNCONFIRMED, drafted, warrant="w1", number="1", hash="cc", policy=POLICY, openers="supervisor-1")
    frozen(log, "officer-1", end)
    frozen(log, "supervisor-1", end)
    log.now += HOUR
    log.add(Kind.LOOKED, person="operator-1")


def twice(log: Log) -> None:
    cleared(log, frozen(log), *QUORUM)
    life(log)


HONEST: dict[str, Callable[[Log], object]] = {
    "a warrant": life,
    "an urgent one that is ended": unconfirmed,
    "a freeze that a quorum clears": twice,
    "two policies, each with its own": lambda log: (
        life(log),
        log.add(Kind.POLICY, policy=OTHER),
        life(log, warrant="w2", policy=OTHER),
    ),
    "a log before there were policies": lambda log: (
        log.entries.pop(),
        log.add(Kind.DRAFTED, warrant="g", number="1", hash="cc", requester="officer-1", uses="1", expires="9"),
    ),
}


@pytest.mark.parametrize("told", HONEST.values(), ids=HONEST)
def test_an_honest_log(told: Callable[[Log], object]) -> None:
    log = Log()
    told(log)
    assert log.found() == []


def another_policy(log: Log) -> None:
    life(log, policy=OTHER)


def swapped(log: Log) -> None:
    drafted = life(log)
    log.add(Kind.POLICY, policy=OTHER)
    log.add(
        Kind.AUTHORISED, drafted, warrant="w1", number="1", hash="cc", policy=POLICY, act="search", person="officer-1"
    )


def not_named(log: Log) -> None:
    life(log)
    log.add(Kind.REVIEWED, warrant="w1", number="1", candidate="c", person="reviewer-1")


def exported(log: Log) -> None:
    drafted = life(log, kind="urgent")
    log.add(Kind.AUTHORISED, drafted, warrant="w1", number="1", hash="cc", policy=POLICY, act="disclosure", person="o")
    log.add(Kind.CONFIRMED, drafted, warrant="w1", number="1", hash="cc", policy=POLICY)


def three(log: Log) -> None:
    for name in ("w1", "w2", "w3"):
        life(log, kind="urgent", warrant=name)


def unopened(log: Log) -> None:
    life(log, kind="urgent")
    log.entries = [entry for entry in log.entries if entry.kind is not Kind.URGENT]


def never_ended(log: Log) -> None:
    life(log, kind="urgent")
    log.now += 2 * DAY
    log.add(Kind.LOOKED, person="operator-1")


def ended_without_freeze(log: Log) -> None:
    unconfirmed(log)
    log.entries = [
        one for one in log.entries if ("person", "supervisor-1") not in one.facts or one.kind is not Kind.FROZEN
    ]


def acts_while_frozen(log: Log) -> None:
    frozen(log)
    life(log)


def approves_while_frozen(log: Log) -> None:
    frozen(log, "supervisor-1")
    life(log)


def cleared_by_one(log: Log) -> None:
    cleared(log, frozen(log), QUORUM[0])


def cleared_by_one_house(log: Log) -> None:
    cleared(log, frozen(log), QUORUM[0], ("supervisor-2", "police"))


def cleared_by_themselves(log: Log) -> None:
    cleared(log, frozen(log, "supervisor-1"), *QUORUM, person="supervisor-1")


def cleared_by_names_that_never_signed(log: Log) -> None:
    log.add(Kind.CLEARED, frozen(log), person="officer-1", persons="supervisor-1 judge")


def cleared_by_old_words(log: Log) -> None:
    old = frozen(log)
    log.add(Kind.CLEARING, old, person="officer-1", by="judge", organisation="court")
    frozen(log)
    log.add(Kind.CLEARED, old, person="officer-1", persons="judge supervisor-1")


FORGED = {
    another_policy: "another policy than the one that stood",
    swapped: "stands no more",
    not_named: "another policy than its warrant's draft",
    exported: "discloses under an urgent",
    three: "too many that one approver opens",
    unopened: "nobody opened",
    never_ended: "expired unconfirmed",
    ended_without_freeze: "without freezing",
    acts_while_frozen: "somebody who was frozen",
    approves_while_frozen: "somebody who was frozen",
    cleared_by_one: "without a quorum",
    cleared_by_one_house: "without a quorum",
    cleared_by_themselves: "somebody who was frozen",
    cleared_by_names_that_never_signed: "without a quorum",
    cleared_by_old_words: "not frozen by that entry",
}


@pytest.mark.parametrize(("forge", "what"), FORGED.items(), ids=[one.__name__ for one in FORGED])
def test_what_is_forged_is_found(forge: Callable[[Log], None], what: str) -> None:
    log = Log()
    forge(log)
    assert any(what in one for one in log.found()), log.found()


def test_one_yes_is_enough_only_where_the_draft_says_urgent() -> None:
    for kind, fewer in (("urgent", False), ("ordinary", True)):
        log = Log()
        life(log, kind=kind)
        log.entries = [one for one in log.entries if ("person", "judge") not in one.facts]
        log.entries = [
            replace(one, of=one.of if one.kind is not Kind.DELIVERED else len(log.entries) - 2) for one in log.entries
        ]
        broken, _ = rules.check(log.entries, genesis())
        assert any("fewer than the quorum" in one.what for one in broken) is fewer
