"""Urgency: a warrant that one approver opens, and what follows if no quorum stands behind it in time.

Invariants (no policy relaxes them):

* Never twice for one case or one probe, nor for a probe that is nearly one of those; at most TWO_A_MONTH an approver.
* All other approvers are told at once: the entry names them, and their list of warrants says so.
* It is confirmed when a quorum has approved the same text before it expires. If none has, its results are destroyed,
  it has no use left, and requester and approvers are frozen until a quorum clears them.

Cases and probes are kept as keyed hashes, for good: they name nobody. Who can write the store can forget that a case
was urgent before; the entries stay, and the audit counts approvers.
"""

from dataclasses import dataclass, replace

from countenance.errors import Refused
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Person, Role, Warrant, WarrantKind
from countenance.warrants import quorum
from countenance.zones.custodian import alarms, freezing, present
from countenance.zones.custodian.alarms import Findings
from countenance.zones.custodian.cases import Candidate, WarrantState
from countenance.zones.custodian.freezing import Cause
from countenance.zones.custodian.opened import Opened, keyed_hash

TWO_A_MONTH = 2
"""Urgent warrants that one approver may open in 30 days."""

_MONTH = 30 * 24 * MILLISECONDS_AN_HOUR
_TWICE = "this case or probe was urgent before: draft an ordinary warrant, which a quorum approves"


@dataclass(frozen=True, slots=True)
class Urgent:
    """An urgent warrant (key: its id). `case`, `probe`: keyed hashes. `openers`: who opened it as the only approver.

    `opened_at`: when that was last, 0 before; `settled`: confirmed, or its end carried out.
    """

    warrant: str
    case: bytes
    probe: bytes
    openers: tuple[str, ...]
    opened_at: Moment
    settled: bool


def check_draft(opened: Opened, warrant: Warrant, template: bytes, found: Findings) -> None:
    """Raise Refused for an urgent draft whose case or probe was urgent before. Other kinds pass."""
    if warrant.kind is not WarrantKind.URGENT:
        return
    near = (opened.store.get(Urgent, state.warrant) for state in found.near)
    if _twice(opened, _new(opened, warrant, template)) or any(other is not None and other.openers for other in near):
        raise Refused(_TWICE)


def drafted(opened: Opened, warrant: Warrant, template: bytes) -> None:
    """Remember an urgent draft. Other kinds pass."""
    if warrant.kind is WarrantKind.URGENT:
        opened.store.put(_new(opened, warrant, template), warrant.warrant)


def check(opened: Opened, state: WarrantState, person: Person) -> None:
    """Raise Refused if `person` may not be the one to open this urgent warrant. Whoever only confirms it passes."""
    made = _opening(opened, state)
    if made is None:
        return
    if _twice(opened, made):
        raise Refused(_TWICE)
    since = opened.clock() - _MONTH
    recent = [
        one
        for _, one in opened.store.all(Urgent)
        if person.name in one.openers and one.opened_at > since and one != made
    ]
    if len(recent) >= TWO_A_MONTH:
        raise Refused(f"you have opened {TWO_A_MONTH} urgent warrants in 30 days: ask another approver")


def approved(opened: Opened, before: WarrantState, after: WarrantState, person: Person, entry: int) -> None:
    """Carry on an urgent warrant that `person` has approved by `entry`: opened and told, or confirmed by a quorum."""
    made = opened.store.get(Urgent, after.warrant)
    if made is None or made.settled:
        return
    facts = named(after)
    if _opening(opened, before) is not None:
        others = sorted(
            one.name
            for one in present.people(opened).values()
            if Role.APPROVER in one.roles and one.name not in (person.name, after.requester)
        )
        opened.sequencer.append(Kind.URGENT, {**facts, "person": person.name, "told": " ".join(others)}, of=entry)
        openers = tuple(dict.fromkeys((*made.openers, person.name)))
        made = replace(made, openers=openers, opened_at=opened.clock())
    if _confirmed(opened, after):
        opened.sequencer.append(Kind.CONFIRMED, facts, of=entry)
        made = replace(made, settled=True)
    opened.store.put(made, after.warrant)


def settle(opened: Opened) -> None:
    """End every urgent warrant that has expired and that no quorum confirmed."""
    with opened.lock:
        now = opened.clock()
        for name, made in list(opened.store.all(Urgent)):
            state = None if made.settled or not made.openers else opened.store.get(WarrantState, name)
            if state is None or state.standing.limits.expires > now:
                continue
            if _unused(opened, state):
                opened.store.put(replace(made, settled=True), name)
            else:
                _end(opened, made, state)


def status(opened: Opened, warrant: str) -> str:
    """What a list says of an urgent warrant: unconfirmed, or confirmed; empty for others."""
    made = opened.store.get(Urgent, warrant)
    if made is None:
        return ""
    return "confirmed" if made.settled else "unconfirmed"


def named(state: WarrantState) -> dict[str, str]:
    """The version that stands and its policy, as entries name them."""
    return {
        "warrant": state.warrant,
        "number": str(state.standing.number),
        "hash": state.standing.hash.hex(),
        "policy": state.policy.hex(),
    }


def _new(opened: Opened, warrant: Warrant, template: bytes) -> Urgent:
    case = keyed_hash(opened, "cases", " ".join(warrant.case.casefold().split()).encode())
    return Urgent(warrant.warrant, case, alarms.mark(opened, template), (), 0, False)


def _end(opened: Opened, made: Urgent, state: WarrantState) -> None:
    facts = named(state)
    entry = opened.sequencer.append(Kind.UNCONFIRMED, {**facts, "openers": " ".join(made.openers)}, of=state.entry)
    for person in (state.requester, *made.openers):
        freezing.freeze(opened, person, Cause.URGENT, facts, of=entry)
    with opened.store.together():
        for key, _ in list(opened.store.all(Candidate, f"{made.warrant}/")):
            opened.store.drop(Candidate, key)
        opened.store.put(replace(state, uses_left=0), state.warrant)
        opened.store.put(replace(made, settled=True), made.warrant)


def _opening(opened: Opened, state: WarrantState) -> Urgent | None:
    """The urgent warrant, if nobody's approval opens it yet; else None."""
    made = opened.store.get(Urgent, state.warrant)
    return None if made is None or present.standing_approvals(opened, state) else made


def _unused(opened: Opened, state: WarrantState) -> bool:
    """Whether whoever opened it took their word back before anything was searched."""
    untouched = state.uses_left == state.standing.limits.uses
    return untouched and not present.standing_approvals(opened, state)


def _confirmed(opened: Opened, state: WarrantState) -> bool:
    standing = present.standing_approvals(opened, state)
    try:
        quorum.check(standing, people=present.people(opened), genesis=opened.genesis)
    except Refused:
        return False
    return True


def _twice(opened: Opened, made: Urgent) -> bool:
    return any(
        other.openers and other.warrant != made.warrant and (other.case == made.case or other.probe == made.probe)
        for _, other in opened.store.all(Urgent)
    )
