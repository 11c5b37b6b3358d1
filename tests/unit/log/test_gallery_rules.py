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
