"""The rules an auditor holds policies, urgent warrants and freezes against, pure: entries in, irregularities out.

The rules (the numbers are in the code; those of `log.rules` go before):

11. A warrant is drafted, narrowed, presented and authorised under the policy that stands then, and every entry of its
    life names the one its draft names.
12. Nothing is disclosed under an urgent warrant; one approver opens at most two in 30 days; one that a quorum has not
    confirmed when it expires is ended, and requester and openers are frozen.
13. Nothing is authorised for who is frozen, nor do they approve. Clearing them, or what is stopped, follows from the
    freeze or stop and takes a quorum of persons, of two organisations, who signed it, none of them frozen.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from countenance.log.rules import LEAST_ORGANISATIONS, OUTCOME_WITHIN, Irregularity
from countenance.log.versions import SUBJECT_ACCESS
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

URGENT_A_MONTH = 2
_MONTH = 30 * 24 * MILLISECONDS_AN_HOUR
_LIFE = {
    Kind.NARROWED,
    Kind.APPROVED,
    Kind.DECLINED,
    Kind.READ,
    Kind.ALARMED,
    Kind.AUTHORISED,
    Kind.DELIVERED,
    Kind.OUTCOME_UNKNOWN,
    Kind.REVIEWED,
    Kind.URGENT,
    Kind.CONFIRMED,
    Kind.UNCONFIRMED,
}
_ACTS = {Kind.AUTHORISED, Kind.APPROVED, Kind.DRAFTED, Kind.CLEARING}

_ACTOR = {Kind.DRAFTED: "requester", Kind.CLEARING: "by"}

Facts = Mapping[str, str]


def check(entries: Sequence[Entry], genesis: Genesis) -> tuple[Irregularity, ...]:
    """What breaks rules 11 to 13."""
    return _Reader(entries, genesis).read()


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self, entries: Sequence[Entry], genesis: Genesis) -> None:
        self._entries = entries
        self._genesis = genesis
        self._found: list[Irregularity] = []
        self._stands = ""
        self._policies: dict[str, str] = {}
        self._urgent: dict[str, Moment] = {}
        self._opened: dict[str, list[tuple[str, Moment]]] = defaultdict(list)
        self._settled: set[str] = set()
        self._frozen: dict[str, int] = {}
        self._signed: dict[int, dict[str, str]] = defaultdict(dict)
        self._used: set[str] = set()
        self._presented_urgent: set[str] = set()
        self._rules: Mapping[Kind, Callable[[int, Entry, Facts], None]] = {
            Kind.POLICY: self._policy,
            Kind.DRAFTED: self._drafted,
            Kind.NARROWED: self._drafted,
            Kind.PRESENTED: self._presented,
            Kind.AUTHORISED: self._authorised,
            Kind.URGENT: self._urgently,
            Kind.CONFIRMED: self._settling,
            Kind.UNCONFIRMED: self._settling,
            Kind.FROZEN: self._freezing,
            Kind.STOPPED: self._freezing,
            Kind.CLEARING: self._clearing,
            Kind.CLEARED: self._cleared,
        }

    def read(self) -> tuple[Irregularity, ...]:
        for index, entry in enumerate(self._entries):
            facts = dict(entry.facts)
            self._one_policy(index, entry, facts)
            actor = facts.get(_ACTOR.get(entry.kind, "person"), "")
            if entry.kind in _ACTS and actor in self._frozen:  # (13)
                self._say(index, "is an act of somebody who was frozen")
            if rule := self._rules.get(entry.kind):
                rule(index, entry, facts)
        self._left_open()
        return tuple(self._found)

    def _say(self, index: int, what: str) -> None:
        self._found.append(Irregularity(index, what))

    def _policy(self, _: int, __: Entry, facts: Facts) -> None:
        self._stands = facts.get("policy", "")

    def _one_policy(self, index: int, entry: Entry, facts: Facts) -> None:  # (11)
        drafted = self._policies.get(facts.get("warrant", ""))
        if drafted is None:
            return
        if entry.kind in _LIFE and facts.get("policy") != drafted:
            self._say(index, "names another policy than its warrant's draft")

    def _drafted(self, index: int, entry: Entry, facts: Facts) -> None:  # (11)
        # A standing gallery has no policy, and its log none that stands.
        if "policy" not in facts and not self._stands:
            return
        # Nor is one asked about a subject's own request: the law gives it.
        if facts.get("kind") == SUBJECT_ACCESS:
            return
        warrant = facts.get("warrant", "")
        if facts.get("policy") != self._stands:
            self._say(index, "is under another policy than the one that stood")
        if entry.kind is Kind.DRAFTED:
            self._policies[warrant] = facts.get("policy", "")
        if facts.get("kind") == "urgent":
            expires = facts.get("expires", "")
            self._urgent[warrant] = int(expires) if expires.isascii() and expires.isdigit() else 0

    def _presented(self, index: int, _: Entry, facts: Facts) -> None:  # (11)
        # A second custodian hears of a warrant when it is used: who opened an urgent one is in the first's log.
        if facts.get("policy") != self._stands:
            self._say(index, "is under another policy than the one that stood")
        self._policies.setdefault(facts.get("warrant", ""), facts.get("policy", ""))
        if facts.get("kind") == "urgent":
            self._presented_urgent.add(facts.get("warrant", ""))

    def _authorised(self, index: int, _: Entry, facts: Facts) -> None:
        warrant = facts.get("warrant", "")
        if warrant in self._policies and self._policies[warrant] != self._stands:  # (11)
            self._say(index, "authorises a warrant under a policy that stands no more")
        if warrant in self._presented_urgent | self._urgent.keys() and facts.get("act") == "disclosure":  # (12)
            self._say(index, "discloses under an urgent warrant")
        if warrant in self._urgent and warrant not in self._opened:  # (12)
            self._say(index, "is an act under an urgent warrant that nobody opened")
        if warrant in self._urgent:
            self._used.add(warrant)

    def _urgently(self, index: int, entry: Entry, facts: Facts) -> None:  # (12)
        warrant, person = facts.get("warrant", ""), facts.get("person", "")
        if warrant not in self._urgent:
            self._say(index, "opens a warrant that is not urgent")
        self._opened[warrant].append((person, entry.made))
        since = entry.made - _MONTH
        recent = {
            other
            for other, openings in self._opened.items()
            if any(name == person and made > since for name, made in openings)
        }
        if len(recent) > URGENT_A_MONTH:
            self._say(index, f"is one urgent warrant too many that one approver opens: {len(recent)} in 30 days")

    def _settling(self, index: int, _: Entry, facts: Facts) -> None:  # (12)
        if facts.get("warrant", "") not in self._opened:
            self._say(index, "settles an urgent warrant that nobody opened")
        self._settled.add(facts.get("warrant", ""))

    def _freezing(self, index: int, _: Entry, facts: Facts) -> None:  # (13)
        self._frozen[_whom(facts)] = index

    def _clearing(self, index: int, entry: Entry, facts: Facts) -> None:  # (13)
        if self._frozen.get(_whom(facts)) != entry.of:
            self._say(index, "signs to clear somebody who is not frozen by that entry")
        self._signed[entry.of][facts.get("by", "")] = facts.get("organisation", "")

    def _cleared(self, index: int, entry: Entry, facts: Facts) -> None:  # (13)
        person = _whom(facts)
        if self._frozen.get(person) != entry.of:
            self._say(index, "clears somebody who is not frozen by that entry")
            return
        signed = self._signed[entry.of]
        named = {name: home for name, home in signed.items() if name in facts.get("persons", "").split()}
        named = {name: home for name, home in named.items() if name not in self._frozen}
        if len(named) < max(2, self._genesis.quorum) or len(set(named.values())) < LEAST_ORGANISATIONS:
            self._say(index, "clears somebody without a quorum")
        del self._frozen[person]

    def _left_open(self) -> None:  # (12)
        last = max((entry.made for entry in self._entries if entry.kind is not Kind.OPENED), default=0)
        for warrant, expires in self._urgent.items():
            if warrant in self._used and warrant not in self._settled and last - expires > OUTCOME_WITHIN:
                self._say(-1, f"urgent warrant {warrant} expired unconfirmed and was not ended, though the log went on")
        ends = {
            dict(entry.facts).get("warrant", ""): index
            for index, entry in enumerate(self._entries)
            if entry.kind is Kind.UNCONFIRMED
        }
        frozen = {
            (entry.of, dict(entry.facts).get("person", "")) for entry in self._entries if entry.kind is Kind.FROZEN
        }
        for warrant, index in ends.items():
            people = {person for person, _ in self._opened.get(warrant, ())}
            if any((index, person) not in frozen for person in people):
                self._say(index, "ends an urgent warrant without freezing who opened it")


def _whom(facts: Facts) -> str:
    """Who is frozen, or what is stopped."""
    return facts.get("what") or facts.get("person", "")
