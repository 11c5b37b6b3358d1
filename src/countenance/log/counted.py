"""What a log's entries come to, month by month, for the public register: entries in, series out, pure.

An entry counts in the month in which it was made, so that a month that is over never changes. Purposes are those that
policies named, whether or not anybody ever acted for one: that a purpose is in the register says nothing of searches.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from countenance.log import suppression
from countenance.log.suppression import Tally
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment, month
from countenance.vocabulary.register import Series, What

Facts = Mapping[str, str]

OF_PURPOSES = (What.SEARCHES, What.DECLINED)
OF_ALL = (What.REFUSED, What.DELETED, What.ASKED)


def series(entries: Iterable[tuple[int, Entry]], moment: Moment) -> tuple[Series, ...]:
    """What may be said of a log's entries, each behind its index, as far as their months were over at `moment`."""
    reader = _Reader()
    for index, entry in entries:
        if month(entry.made) >= month(moment):
            break
        reader.read(index, entry, dict(entry.facts))
    return reader.said(moment)


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self) -> None:
        self._begun = ""
        # Purposes as policies name them, each with the month of the first that did; all others under no name.
        self._named: dict[str, str] = {}
        self._warrants: dict[str, tuple[str, bool]] = {}
        self._made: dict[int, Moment] = {}
        self._follows: dict[int, int] = {}
        self._counted: dict[tuple[What, str], dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))

    def read(self, index: int, entry: Entry, facts: Facts) -> None:
        self._begun = self._begun or month(entry.made)
        if entry.kind in (Kind.ASKED, Kind.RESTRICTED):
            self._made[index] = entry.made
        if entry.kind is Kind.POLICY:
            for purpose in filter(None, facts.get("purposes", "").split("\n")):
                self._named.setdefault(purpose, month(entry.made))
        elif entry.kind is Kind.DRAFTED:
            self._warrants[facts.get("warrant", "")] = facts.get("purpose", ""), facts.get("kind") == "urgent"
        elif entry.kind is Kind.ERASURE_ORDERED:
            self._follows[index] = entry.of
        self._count(entry, facts)

    def _count(self, entry: Entry, facts: Facts) -> None:
        if entry.kind is Kind.AUTHORISED and facts.get("act") == "search":
            tally = self._tally(What.SEARCHES, entry, facts)
            tally.count += 1
            tally.urgent += self._warrants.get(facts.get("warrant", ""), ("", False))[1]
        elif entry.kind is Kind.REVIEWED and "outcome" in facts:
            tally = self._tally(What.SEARCHES, entry, facts)
            tally.judged += 1
            tally.confirmed += facts["outcome"] == "confirmed"
        elif entry.kind is Kind.DECLINED:
            self._tally(What.DECLINED, entry, facts).count += 1
        elif entry.kind is Kind.REFUSED:
            self._tally(What.REFUSED, entry, facts).count += 1
        elif entry.kind is Kind.ERASED:
            self._took(self._tally(What.DELETED, entry, facts), entry, self._follows.get(entry.of, -1))
            self._tally(What.DELETED, entry, facts).count += 1
        elif entry.kind is Kind.ASKED:
            self._tally(What.ASKED, entry, facts).count += 1
        elif entry.kind is Kind.REPLIED:
            self._took(self._tally(What.ASKED, entry, facts), entry, entry.of)

    def _tally(self, what: What, entry: Entry, facts: Facts) -> Tally:
        purpose = self._warrants.get(facts.get("warrant", ""), ("", False))[0] if what in OF_PURPOSES else ""
        return self._counted[what, purpose if purpose in self._named else ""][month(entry.made)]

    def _took(self, tally: Tally, entry: Entry, since: int) -> None:
        if since in self._made:
            tally.took.append(entry.made - self._made[since])

    def said(self, moment: Moment) -> tuple[Series, ...]:
        if not self._begun:
            return ()
        wanted = [(what, purpose, since) for what in OF_PURPOSES for purpose, since in sorted(self._named.items())]
        wanted += [(what, "", self._begun) for what in (*OF_PURPOSES, *OF_ALL)]
        found = []
        for what, purpose, since in wanted:
            over = suppression.closed(since, moment)
            found.append(Series(what, purpose, since, suppression.periods(over, self._counted[what, purpose])))
        return tuple(found)
