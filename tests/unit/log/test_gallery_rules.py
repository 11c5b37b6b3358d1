"""rules on standing galleries: a story that breaks none, and what each change to it breaks."""

from collections.abc import Callable

import pytest

from countenance.log import rules
from countenance.vocabulary.entries import Entry, Kind

from .stories import GENESIS, HASH, MINUTE, entry, story, word

Change = Callable[[list[Entry]], list[Entry]]


def gallery() -> list[Entry]:
    """A gallery of two approvers that alerts once and ends. The comments are the entries' indices."""
    acting = {"warrant": "w1", "number": "1", "hash": HASH, "act": "gallery"}
    return [
        story()[0],  # 0
        entry(
            Kind.DRAFTED,
            3_000,
            warrant="w1",
            number="1",
            hash=HASH,
            uses="0",
            requester="officer-1",
            expires="9000",
            secrecy_end="0",
        ),  # 1
        word(Kind.APPROVED, 3_100, HASH, "court-a/judge-1", 1),  # 2
        word(Kind.APPROVED, 3_200, HASH, "court-b/judge-2", 1),  # 3
        entry(Kind.AUTHORISED, 4_000, of=1, **acting),  # 4
        entry(Kind.DELIVERED, 4_100, of=4, **acting),  # 5
        entry(Kind.ALERTED, 5_000, of=4, warrant="w1", number="1", camera="hall", alert="aa"),  # 6
        entry(Kind.OVERFLOWED, 5_000, probes="7"),  # 7
        entry(Kind.GALLERY_ENDED, 6_000, of=1, warrant="w1", number="1", hash=HASH, why="withdrawn"),  # 8
        entry(Kind.CLOSED, 60 * MINUTE),  # 9
    ]


def without(*indices: int) -> Change:
    """Something harmless in the place of these entries."""

    def act(log: list[Entry]) -> list[Entry]:
        return [entry(Kind.MALFORMED, one.made, count="1") if at in indices else one for at, one in enumerate(log)]

    return act


def alerted(made: int, of: int = 4) -> Change:
    return lambda log: [
        *log[:-1],
        entry(Kind.ALERTED, made, of=of, warrant="w1", number="1", camera="hall", alert="bb"),
    ]


def test_the_story_breaks_no_rule() -> None:
    assert rules.check(gallery(), GENESIS) == ((), 0)


@pytest.mark.parametrize(
    ("index", "what", "spoil"),
    [
        (4, "approvals", without(3)),
        (6, "nobody authorised", without(4, 5)),
        (9, "had ended", alerted(6_500)),
        (9, "had ended", lambda log: alerted(9_500)(without(8)(log))),
        (9, "nobody authorised", alerted(6_500, of=1)),
        (1, "did not end", without(8)),
        (8, "never drafted", without(1, 2, 3, 4, 5, 6)),
        (
            9,
            "has ended",
            lambda log: [*log[:-1], entry(Kind.AUTHORISED, 7_000, of=1, **dict(log[4].facts))],
        ),
    ],
)
def test_every_breach_is_found(index: int, what: str, spoil: Change) -> None:
    found, _ = rules.check(spoil(gallery()), GENESIS)
    assert any(one.index == index and what in one.what for one in found), found


def flight() -> list[Entry]:
    """A flight's gallery that is asked twice, as its draft says, has somebody struck out, and ends."""
    log = gallery()
    facts = dict(log[1].facts) | {"uses": "2", "flight": "AC834-226-YUL-FRA"}
    asked = {"of": 4, "warrant": "w1", "number": "1", "camera": "gate-a"}
    log[1] = entry(Kind.DRAFTED, 3_000, **facts)
    log[6:8] = [
        entry(Kind.IDENTIFIED, 5_000, **asked),
        entry(Kind.IDENTIFIED, 5_100, **asked),
        entry(Kind.STRUCK, 5_200, **asked, who="aa"),
    ]
    return log


def said(kind: Kind, made: int, of: int = 4) -> Change:
    """`kind` in the place of the entry before the gallery's end."""
    return lambda log: [*log[:-1], entry(kind, made, of=of, warrant="w1", number="1", camera="gate-a")]


def test_the_story_of_a_flight_breaks_no_rule() -> None:
    assert rules.check(flight(), GENESIS) == ((), 0)


@pytest.mark.parametrize("kind", [Kind.IDENTIFIED, Kind.STRUCK])
def test_nobody_is_named_or_struck_out_after_the_end_or_by_nobodys_leave(kind: Kind) -> None:
    for what, spoil in (("had ended", said(kind, 6_500)), ("nobody authorised", said(kind, 6_500, of=1))):
        found, _ = rules.check(spoil(flight()), GENESIS)
        assert any(one.index == 10 and what in one.what for one in found), found


def test_a_flights_gallery_is_asked_as_often_as_its_draft_says() -> None:
    log = flight()
    log[8] = entry(Kind.IDENTIFIED, 5_200, **{"of": 4, "warrant": "w1", "number": "1", "camera": "gate-a"})
    found, _ = rules.check(log, GENESIS)
    assert [(one.index, "more often" in one.what) for one in found] == [(8, True)]


@pytest.mark.parametrize(
    ("kind", "story"), [(Kind.ALERTED, flight), (Kind.IDENTIFIED, gallery), (Kind.STRUCK, gallery)]
)
def test_a_flights_gallery_alerts_nobody_and_any_other_names_nobody(
    kind: Kind, story: Callable[[], list[Entry]]
) -> None:
    log = story()
    log[6] = entry(kind, 5_000, of=4, warrant="w1", number="1", camera="hall")
    found, _ = rules.check(log, GENESIS)
    assert any(one.index == 6 and "is not for" in one.what for one in found), found
