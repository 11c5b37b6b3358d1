"""The rules an auditor holds stops for too many strangers against, pure: entries in, irregularities out.

The rules (the numbers are in the code; those of the other rooms go before):

15. Nothing is authorised or delivered for a stopped purpose, and every search names the cameras that are stopped then.
16. A stop says the numbers that entries come to, and these lead to it; a purpose of which they do is stopped before the
    next search for it. Who counts as a stranger was not confirmed, and counts once.

After a custodian was restored from a backup its store may count a purpose's stranger again, and those of a camera less.
What was expected of one camera is the custodian's word: entries do not say which cameras a search was about. So is
whether two warrants were for one probe, of which only the first stranger counts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from countenance.log.lives import BILLION
from countenance.log.rules import Irregularity
from countenance.vocabulary.entries import Entry, Kind

_MOST_LOST = BILLION // 10
"""What one search without an outcome may have been counted for: no policy allows more."""

Facts = Mapping[str, str]


class Beyond(Protocol):
    """Whether strangers are surely more than allowed: `evaluation.sequential.beyond`, of a room above this one."""

    def __call__(self, events: int, expected: float, *, widest: float, limit: float) -> bool:
        """`events` came where `expected` were to come; `limit` is for a search that was to expect `widest`."""
        ...


@dataclass(slots=True)
class Counted:
    """What entries say of one camera or purpose since it was last cleared (see `zones.custodian.strangers.Count`).

    `lost`: billionths that searches without an outcome may have added. Of a camera there are strangers alone.
    """

    searches: int = 0
    strangers: int = 0
    expected: int = 0
    lost: int = 0
    widest: int = 0
    limit: int = 0


def counted(entries: Sequence[Entry]) -> Mapping[str, Counted]:
    """What the entries come to, by camera (`camera:NAME`) and purpose (`purpose:WORDS`)."""
    reader = _Reader(entries, lambda *_, **__: False)
    reader.read()
    return reader.counts


def check(entries: Sequence[Entry], beyond: Beyond) -> tuple[Irregularity, ...]:
    """What breaks rules 15 and 16."""
    return _Reader(entries, beyond).read()


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self, entries: Sequence[Entry], beyond: Beyond) -> None:
        self._entries = entries
        self._beyond = beyond
        self._found: list[Irregularity] = []
        self._purposes: dict[str, str] = {}
        self.counts: dict[str, Counted] = defaultdict(Counted)
        self._restored = False
        self._counted: set[tuple[str, str]] = set()
        self._stopped: set[str] = set()

    def read(self) -> tuple[Irregularity, ...]:
        for index, entry in enumerate(self._entries):
            facts = dict(entry.facts)
            if entry.kind is Kind.DRAFTED:
                self._purposes.setdefault(facts.get("warrant", ""), f"purpose:{facts.get('purpose', '')}")
            elif facts.get("act") == "search":
                self._searching(index, entry, facts)
            elif entry.kind is Kind.REVIEWED and "stranger" in facts:
                self._stranger(index, facts)
            elif entry.kind is Kind.STOPPED:
                self._stopping(index, facts)
            elif entry.kind is Kind.RESTORED:
                self._restored = True
            elif entry.kind is Kind.CLEARED and "what" in facts:
                self._stopped.discard(facts["what"])
                self.counts.pop(facts["what"], None)
        return tuple(self._found)

    def _say(self, index: int, what: str) -> None:
        self._found.append(Irregularity(index, what))

    def _searching(self, index: int, entry: Entry, facts: Facts) -> None:
        purpose = self._purposes.get(facts.get("warrant", ""))
        if purpose is None:
            return
        count = self.counts[purpose]
        if entry.kind in (Kind.AUTHORISED, Kind.DELIVERED) and purpose in self._stopped:  # (15)
            self._say(index, "searches for a purpose that was stopped")
        if entry.kind is Kind.AUTHORISED:
            cameras = {name.removeprefix("camera:") for name in self._stopped if name.startswith("camera:")}
            if set(facts.get("without", "").split()) != cameras:  # (15)
                self._say(index, "does not name the cameras that were stopped")
            if purpose not in self._stopped and self._leads(count, count.expected + count.lost):  # (16)
                self._say(index, "searches for a purpose that should have been stopped")
        elif entry.kind is Kind.OUTCOME_UNKNOWN:
            count.lost += _MOST_LOST
        elif entry.kind is Kind.DELIVERED:
            whole, added, limit = (_whole(facts.get(name)) for name in ("expected", "counted", "limit"))
            count.searches += 1
            count.expected += added
            if whole * count.limit >= count.widest * limit:
                count.widest, count.limit = whole, limit

    def _stranger(self, index: int, facts: Facts) -> None:  # (16)
        candidate = f"{facts.get('warrant')}/{facts.get('number')}/{facts.get('candidate')}"
        if facts.get("outcome") != "not confirmed":
            self._say(index, "counts somebody as a stranger who was not found to be one")
        for name in _names(facts["stranger"]):
            # A crash between entry and store lets the same outcome be given again.
            if (name, candidate) not in self._counted:
                self.counts[name].strangers += 1
            self._counted.add((name, candidate))

    def _stopping(self, index: int, facts: Facts) -> None:  # (16)
        name = facts.get("what", "")
        count = self.counts[name]
        said = Counted(
            **{field: _whole(facts.get(field)) for field in ("searches", "strangers", "expected", "widest", "limit")}
        )
        if name in self._stopped:
            self._say(index, "stops what was stopped already")
        told = said.strangers == count.strangers or (self._restored and said.strangers > count.strangers)
        if name.startswith("purpose:"):
            told = told and count.expected <= said.expected <= count.expected + count.lost
            told = told and said.searches >= count.searches
        if not told and not (self._restored and name.startswith("camera:")):
            self._say(index, "stops a camera or purpose with other numbers than entries come to")
        elif not self._leads(said, said.expected):
            self._say(index, "stops a camera or purpose that its numbers do not stop")
        self._stopped.add(name)

    def _leads(self, count: Counted, expected: int) -> bool:
        widest, limit = count.widest / BILLION, count.limit / 1000
        return self._beyond(count.strangers, expected / BILLION, widest=widest, limit=limit)


def _names(text: str) -> list[str]:
    """The counts that a fact names: a camera's, a purpose's, or both. A purpose may be in any words."""
    camera, apart, purpose = text.partition("; ") if text.startswith("camera:") else ("", "", text)
    return [camera, purpose] if camera and apart else [camera or purpose]


def _whole(text: str | None) -> int:
    """The whole number that a fact spells, or 0."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 18 else 0
