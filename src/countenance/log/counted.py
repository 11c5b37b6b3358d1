"""What a log's entries come to, month by month, for the public register: entries in, series out, pure.

An entry counts in the month in which it was made, so that a month that is over never changes. Purposes are those that
policies named, whether or not anybody ever acted for one: that a purpose is in the register says nothing of searches.

Where there is a door, deletions are counted in the periods of questions: they follow from them, so a period of their
own would say that there were as many questions. A search that somebody at a desk asks for about themselves is a
question. Flights boarded at a gate's kiosk are counted from when there was one.
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

_OF_THEMSELVES = "subject-access"
_GATE = "gate"


def series(entries: Iterable[tuple[int, Entry]], moment: Moment, *, door: bool) -> tuple[Series, ...]:
    """What may be said of a log's entries, each behind its index, as far as their months were over at `moment`.

    `door`: whether the deployment has one, where anybody may ask.
    """
    reader = _Reader(door=door)
    for index, entry in entries:
        if month(entry.made) >= month(moment):
            break
        reader.read(index, entry, dict(entry.facts))
    return reader.said(moment)


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self, *, door: bool) -> None:
        self._door = door
        self._begun = ""
        # The month of the first kiosk at a gate; empty while there is none.
        self._gate = ""
        # Purposes as policies name them, each with the month of the first that did; all others under no name.
        self._named: dict[str, str] = {}
        # Of those that are counted: purpose, and whether it is urgent.
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
        elif entry.kind is Kind.DRAFTED and facts.get("kind") != _OF_THEMSELVES:
            self._warrants[facts.get("warrant", "")] = facts.get("purpose", ""), facts.get("kind") == "urgent"
        elif entry.kind is Kind.EDGE and facts.get("kind") == _GATE:
            self._gate = self._gate or month(entry.made)
        elif entry.kind is Kind.ERASURE_ORDERED:
            self._follows[index] = entry.of
        self._count(entry, facts)

    def _count(self, entry: Entry, facts: Facts) -> None:
        if facts.get("warrant", "") in self._warrants:
            self._searching(entry, facts)
        elif entry.kind is Kind.REFUSED:
            self._tally(What.REFUSED, entry).count += 1
        elif entry.kind is Kind.ASKED:
            self._tally(What.ASKED, entry).count += 1
        elif entry.kind is Kind.REPLIED and entry.of in self._made:
            self._tally(What.ASKED, entry).took.append(entry.made - self._made[entry.of])
        elif entry.kind is Kind.ERASED:
            self._deleting(entry, self._made.get(self._follows.get(entry.of, -1), entry.made))
        elif entry.kind is Kind.BOARDED:
            self._boarded(self._tally(What.BOARDED, entry), facts)

    def _searching(self, entry: Entry, facts: Facts) -> None:
        purpose, urgent = self._warrants[facts["warrant"]]
        named = purpose if purpose in self._named else ""
        if entry.kind is Kind.AUTHORISED and facts.get("act") == "search":
            tally = self._tally(What.SEARCHES, entry, named)
            tally.count += 1
            tally.urgent += urgent
        elif entry.kind is Kind.REVIEWED and "outcome" in facts:
            tally = self._tally(What.SEARCHES, entry, named)
            tally.judged += 1
            tally.confirmed += facts["outcome"] == "confirmed"
        elif entry.kind is Kind.DECLINED:
            self._tally(What.DECLINED, entry, named).count += 1

    def _deleting(self, entry: Entry, since: Moment) -> None:
        if self._door:
            tally = self._tally(What.ASKED, entry)
            tally.deleted += 1
            tally.deleting.append(entry.made - since)
        else:
            tally = self._tally(What.DELETED, entry)
            tally.count += 1
            tally.took.append(entry.made - since)

    def _boarded(self, tally: Tally, facts: Facts) -> None:
        tally.count += 1
        tally.allowed = max(tally.allowed, int(facts["allowed"]))
        if "equal" in facts:
            tally.face.append(int(facts["face"]))
            tally.other.append(int(facts["other"]))
            tally.unequal += facts["equal"] == "no"

    def _tally(self, what: What, entry: Entry, purpose: str = "") -> Tally:
        return self._counted[what, purpose][month(entry.made)]

    def said(self, moment: Moment) -> tuple[Series, ...]:
        if not self._begun:
            return ()
        wanted = [(what, purpose, since) for what in OF_PURPOSES for purpose, since in sorted(self._named.items())]
        of_people = What.ASKED if self._door else What.DELETED
        wanted += [(what, "", self._begun) for what in (*OF_PURPOSES, What.REFUSED, of_people)]
        wanted += [(What.BOARDED, "", self._gate)] if self._gate else []
        found = []
        for what, purpose, since in wanted:
            over = suppression.closed(since, moment)
            found.append(Series(what, purpose, since, suppression.periods(over, self._counted[what, purpose])))
        return tuple(found)
