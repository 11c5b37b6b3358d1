"""The rules an auditor holds holds against, pure: entries in, irregularities out.

The rules (the numbers are in the code; those of `log.rules` and `log.policy_rules` go before):

14. A hold stands only after a quorum, as for a search, over its draft's very text, and for at most 180 days; it ends
    when its time is over, not before unless a quorum released it, and once.

Entries name no sighting: that nothing was erased which was held, they cannot show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from countenance.log.rules import LEAST_ORGANISATIONS, OUTCOME_WITHIN, Irregularity
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

LONGEST = 180 * 24 * MILLISECONDS_AN_HOUR
_BEYOND_TIME = (Kind.OPENED, Kind.PADDING)


@dataclass(slots=True)
class _Hold:
    """A draft, its last words (person to organisation, or empty for a no), and the entry of *held*, or -1."""

    index: int
    hash: str
    requester: str
    made: Moment
    until: Moment
    words: dict[str, str] = field(default_factory=dict)
    held: int = -1
    over: bool = False


def check(entries: Sequence[Entry], genesis: Genesis) -> tuple[Irregularity, ...]:
    """What breaks rule 14."""
    known: dict[str, _Hold] = {}
    found: list[Irregularity] = []
    for index, entry in enumerate(entries):
        facts = dict(entry.facts)
        hold = known.get(facts.get("warrant", ""))
        if entry.kind is Kind.HOLD_DRAFTED:
            if hold is not None:
                found.append(Irregularity(index, "drafts a hold that was drafted before"))
            until = int(facts["until"]) if facts.get("until", "").isdecimal() else 0
            made = _Hold(index, facts.get("hash", ""), facts.get("requester", ""), entry.made, until)
            known[facts.get("warrant", "")] = made
        elif entry.kind in (Kind.APPROVED, Kind.DECLINED) and hold is not None and facts.get("hash") == hold.hash:
            hold.words[facts.get("person", "")] = facts.get("organisation", "") if entry.kind is Kind.APPROVED else ""
        elif entry.kind in (Kind.HELD, Kind.HOLD_RELEASED, Kind.HOLD_ENDED):
            wrong = _standing(index, entry, facts, hold, genesis) if hold else "is about a hold that was never drafted"
            if wrong:
                found.append(Irregularity(index, wrong))
    last = max((entry.made for entry in entries if entry.kind not in _BEYOND_TIME), default=0)
    for hold in known.values():
        if hold.held >= 0 and not hold.over and last - hold.until > OUTCOME_WITHIN:
            found.append(Irregularity(hold.held, "is a hold that did not end, though the log went on"))
    return tuple(found)


def _standing(index: int, entry: Entry, facts: Mapping[str, str], hold: _Hold, genesis: Genesis) -> str:
    """What is wrong with the beginning or end of a hold; empty for nothing."""
    least = max(2, genesis.quorum)
    if entry.kind is Kind.HELD:
        yes = {person: home for person, home in hold.words.items() if home and person != hold.requester}
        repeated, hold.held = hold.held >= 0, index
        if repeated or (entry.of, facts.get("hash")) != (hold.index, hold.hash):
            return "holds what does not follow from its draft, or again"
        if len(yes) < least or len(set(yes.values())) < LEAST_ORGANISATIONS:
            return "holds without a quorum of two organisations"
        return "" if entry.made < hold.until <= hold.made + LONGEST else "holds after its end, or for too long"
    repeated, hold.over = hold.over, True
    if repeated or hold.held < 0 or entry.of != hold.held:
        return "ends a hold that does not stand"
    if entry.kind is Kind.HOLD_ENDED:
        return "" if entry.made >= hold.until else "ends a hold before its time"
    persons = set(facts.get("persons", "").split()) - {hold.requester}
    return "" if len(persons) >= least else "releases a hold without a quorum"
