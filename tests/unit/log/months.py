"""Logs of many months, told by how often what happened in which."""

from collections.abc import Iterable, Iterator, Mapping

from countenance.vocabulary.entries import Entry, Kind

NAMED = ("danger to life", "missing person")
OTHER = "a purpose of the officer's own"
MONTH = 31 * 24 * 3_600_000
BEGUN = 1_767_225_600_000
"""2026-01-01T00:00Z."""


def starts(months: int) -> list[int]:
    """First milliseconds of January 2026 and the months behind it."""
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return [BEGUN + sum(days[:number]) * 24 * 3_600_000 for number in range(months + 1)]


def entry(kind: Kind, made: int, /, of: int = -1, **facts: str) -> Entry:
    return Entry(kind, made, of, tuple(sorted(facts.items())))


def act(what: str, purpose: str, made: int, *, urgent: bool = False) -> Entry:
    warrant = f"{purpose}/{'urgent' if urgent else 'ordinary'}"
    return {
        "searches": entry(Kind.AUTHORISED, made, act="search", warrant=warrant),
        "confirmed": entry(Kind.REVIEWED, made, warrant=warrant, outcome="confirmed"),
        "unconfirmed": entry(Kind.REVIEWED, made, warrant=warrant, outcome="not-confirmed"),
        "declined": entry(Kind.DECLINED, made, warrant=warrant),
        "refused": entry(Kind.REFUSED, made, verb="search"),
        "asked": entry(Kind.ASKED, made),
        "still": entry(Kind.AUTHORISED, made, act="still", warrant=warrant),
    }[what]


def log(acts: Mapping[tuple[int, str, str, bool], int]) -> Iterator[tuple[int, Entry]]:
    """A log: (month, what, purpose, urgent) as often as it says, with a draft for every purpose in the first month."""
    return enumerate(_entries(acts))


def _entries(acts: Mapping[tuple[int, str, str, bool], int]) -> Iterable[Entry]:
    yield entry(Kind.GENESIS, BEGUN)
    yield entry(Kind.POLICY, BEGUN, policy="aa", purposes="\n".join(NAMED))
    for purpose in (*NAMED, OTHER):
        said = {} if purpose == OTHER else {"purpose": purpose}
        for kind in ("ordinary", "urgent"):
            yield entry(Kind.DRAFTED, BEGUN, warrant=f"{purpose}/{kind}", kind=kind, **said)
    begun = starts(12)
    for (month, what, purpose, urgent), number in sorted(acts.items()):
        for _ in range(number):
            yield act(what, purpose, begun[month] + 1000, urgent=urgent)
