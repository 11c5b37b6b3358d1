"""What an auditor finds of questions with a face: nothing in an honest log, each forgery by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.log import rules, subject_rules
from countenance.vocabulary.entries import Entry, Kind

from .stories import GENESIS, HASH, entry, story, word

Spoil = Callable[[list[Entry]], None]
ACTING = {"warrant": "w1", "number": "1", "hash": HASH}


def door(clerks: int = 2) -> list[Entry]:
    """A request of somebody at a desk, from the kiosk to its answer. The comments are the entries' indices."""
    drafted = {"kind": "subject-access", "clerks": str(clerks), "requester": "kiosk-1", "uses": "1", "expires": "9000"}
    return [
        story()[0],
        entry(Kind.EDGE, 2_000, edge="kiosk-1", change="enrolled", kind="kiosk"),  # 1
        entry(Kind.DRAFTED, 3_000, number="1", warrant="w1", hash=HASH, **drafted),  # 2
        entry(Kind.ASKED, 3_000, of=2, request="q1", wish="delete", due="9000"),  # 3
        word(Kind.APPROVED, 3_100, HASH, "station/clerk-1", 2),  # 4
        word(Kind.APPROVED, 3_200, HASH, "station/clerk-2", 2),  # 5
        entry(Kind.AUTHORISED, 4_000, of=2, act="search", person="station/clerk-1", **ACTING),  # 6
        entry(Kind.DELIVERED, 4_000, of=6, act="search", **ACTING),  # 7
        entry(Kind.RESTRICTED, 4_000, request="r1", count="1", person="station/clerk-1", until="9000"),  # 8
        entry(Kind.LIFTED, 5_000, of=8, request="r1"),  # 9
        entry(Kind.REPLIED, 5_000, of=3, request="q1", outcome="met", person="station/clerk-1"),  # 10
    ]


def copied() -> list[Entry]:
    """The same, and a copy that was asked for, once a candidate is confirmed."""
    log = door()
    facts(2, copy="asked")(log)
    candidate = {**ACTING, "candidate": "s1"}
    said = [{"person": "reviewer-1"}, {"person": "reviewer-2"}, {"outcome": "confirmed"}]
    log += [entry(Kind.REVIEWED, 6_000, of=2, **candidate, **one) for one in said]  # 11 to 13
    act = {**candidate, "act": "disclosure"}
    log.append(entry(Kind.AUTHORISED, 7_000, of=2, person="station/clerk-2", copy="1", **act))  # 14
    log.append(entry(Kind.DELIVERED, 7_000, of=14, copy="1", **act))  # 15
    return log


def facts(index: int, **changed: str) -> Spoil:
    def act(log: list[Entry]) -> None:
        log[index] = replace(log[index], facts=tuple(sorted({**dict(log[index].facts), **changed}.items())))

    return act


def field(index: int, **changed: object) -> Spoil:
    def act(log: list[Entry]) -> None:
        log[index] = replace(log[index], **changed)  # type: ignore[arg-type] - what a test makes different

    return act


def whole(log: list[Entry]) -> list[tuple[int, str]]:
    """All that the rooms concerned find."""
    found = (*rules.check(log, GENESIS)[0], *subject_rules.check(log))
    return [(one.index, one.what) for one in found]


@pytest.mark.parametrize("clerks", [1, 2])
def test_the_story_breaks_no_rule(clerks: int) -> None:
    assert whole(door(clerks)) == []


def test_a_copy_that_was_asked_for_breaks_no_rule() -> None:
    assert whole(copied()) == []


@pytest.mark.parametrize(
    ("index", "what", "spoil"),
    [
        (2, "fewer clerks than two", facts(2, clerks="1")),
        (14, "does more", facts(2, copy="")),
        (14, "somebody else than a clerk", facts(14, person="officer-1")),
        (14, "somebody else than a clerk", facts(14, person="reviewer-1")),
        (14, "somebody else than a clerk", field(5, kind=Kind.DECLINED)),
        (14, "did not confirm", facts(13, outcome="not confirmed")),
    ],
)
def test_a_copy_that_nobody_may_make_is_found(index: int, what: str, spoil: Spoil) -> None:
    log = copied()
    spoil(log)
    assert any(at == index and what in said for at, said in whole(log)), whole(log)


@pytest.mark.parametrize(
    ("index", "what", "spoil"),
    [
        (2, "no kiosk", facts(1, kind="edge")),
        (2, "no kiosk", facts(1, kind="probe")),
        (2, "no kiosk", facts(1, change="revoked")),
        (2, "no kiosk", facts(2, requester="officer-1")),
        (3, "no subject's own", facts(2, kind="ordinary")),
        (3, "no subject's own", field(3, of=1)),
        (6, "fewer clerks", field(5, kind=Kind.DECLINED)),
        (6, "fewer clerks", facts(5, person="station/clerk-1")),
        (6, "fewer clerks", facts(5, person="kiosk-1")),
        (6, "fewer clerks", facts(5, hash="00" * 32)),
        (6, "fewer clerks", facts(2, clerks="3")),
        (6, "does more", facts(6, act="disclosure")),
        (6, "does more", facts(6, act="gallery")),
        (9, "lifts what", field(9, of=7)),
        (9, "lifts what", facts(9, request="r2")),
        (11, "lifts what", lambda log: log.append(log[9])),
        (10, "lifts what", lambda log: log.insert(9, entry(Kind.ERASURE_ORDERED, 5_000, of=8, request="r1"))),
        (10, "nobody asked", field(10, of=2)),
        (10, "nobody asked", facts(10, request="q2")),
    ],
)
def test_every_rule_is_missed_when_broken(index: int, what: str, spoil: Spoil) -> None:
    log = door()
    spoil(log)
    assert any(at == index and what in said for at, said in whole(log)), whole(log)


def test_one_without_a_face_follows_from_nothing() -> None:
    log = [*door()[:1], entry(Kind.ASKED, 3_000, request="q1", wish="tell", due="9000")]
    log.append(entry(Kind.REPLIED, 4_000, of=1, request="q1", outcome="done", person="clerk-1"))
    assert whole(log) == []
