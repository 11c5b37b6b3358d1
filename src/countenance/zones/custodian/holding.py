"""Holds: sightings that are not erased before a day, by an order that a quorum signed (DESIGN 4.8).

Invariants:

* Drafts, words, *held* and the end are entries before they take effect; a crash in between is finished at the next
  tick.
* A hold stands from *held* until its end date, or until a quorum releases it; who leaves the roster meanwhile does not
  end it. While it stands neither retention, nor a clerk, nor a quorum's erasure order takes what it names: those wait,
  and are carried out when it ends. An erasure whose order is an entry already is carried out all the same.
* It opens nothing: a sighting past its retention is in no search, one whose erasure was asked for is shown to nobody.
* Of a warrant's candidates those are held that were not judged to be somebody else.

The entries name no sighting; who asks for an erasure is told nothing of a hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Named
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.holds import HoldOrder, Release
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Role
from countenance.warrants import holds, quorum
from countenance.zones.custodian import cases, keeping, present, roster, standing
from countenance.zones.custodian.cases import NOT_CONFIRMED, Candidate
from countenance.zones.custodian.keeping import Kept
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Place
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE, Admitted

LONGEST_REASON = 2000


class Stage(StrEnum):
    """How far a hold is. OVER: it ended, was released, or its end came before its quorum."""

    WAITING = "waiting"
    HELD = "held"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class HoldState:
    """An order (key: its id), what people signed of it, and the entries of its draft and of *held*, or -1."""

    order: HoldOrder
    approvals: tuple[Signed, ...]
    releases: tuple[Signed, ...]
    stage: Stage
    entry: int
    held_entry: int


def draft(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """HOLD by an officer or clerk, the requester: a new order."""
    if Role.OFFICER not in admitted.person.roles:
        roster.require(admitted.person, Role.CLERK)
    order = records.read(HoldOrder, admitted.ask.body)
    with opened.lock:
        now = opened.clock()
        holds.check(order, genesis=opened.genesis, now=now)
        if opened.second is not None:
            raise Refused("with two custodians nothing can be held yet: the second's keys end with their retention")
        if order.requester != admitted.person.name:
            raise Refused("who drafts a hold is its requester: draft it in your own name")
        if order.made > now + FRESH_MINUTES * MINUTE:
            raise Refused("this hold was made in the future: set this machine's clock and draft it again")
        if order.warrant:
            cases.state(opened, order.warrant)
        if any(opened.store.get(Place, name) is None for name in order.sightings):
            raise Refused("one of these sightings is not here, or no longer: 'countenance sightings list'")
        taken = opened.store.get(HoldState, order.hold) or opened.store.get(cases.WarrantState, order.hold)
        if taken is not None:
            raise Refused("something of this id was drafted before: draft this hold under a new id")
        entry = opened.sequencer.append(Kind.HOLD_DRAFTED, naming(order))
        opened.store.put(HoldState(order, (), (), Stage.WAITING, entry, -1), order.hold)
        return {"hold": order.hold, "hash": records.digest(order).hex(), "entry": entry}


def approve(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """APPROVE by an approver of an order: a yes, or a reasoned no while it waits. The quorum's last yes holds."""
    word = records.read(Approval, admitted.ask.body)
    with opened.lock:
        state = the(opened, word.warrant)
        roster.require(admitted.person, Role.APPROVER)
        _check_word(opened, admitted, word, state)
        facts = {**_named(state.order), "number": str(holds.NUMBER), "person": admitted.person.name}
        facts["organisation"] = admitted.person.organisation
        entry = opened.sequencer.append(Kind.APPROVED if word.approves else Kind.DECLINED, facts, of=state.entry)
        state = replace(state, approvals=(*state.approvals, admitted.signed))
        opened.store.put(state, word.warrant)
        state = _held(opened, state)
        return {
            "approvals": len(_given(opened, state)),
            "needed": quorum.needed(opened.genesis),
            "state": state.stage.value,
            "entry": entry,
        }


def release(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """RELEASE by one more approver, never the requester; the one who completes the quorum ends the hold."""
    asked = records.read(Release, admitted.ask.body)
    with opened.lock:
        roster.require(admitted.person, Role.APPROVER)
        state = the(opened, asked.hold)
        if state.stage is not Stage.HELD or asked.hash != records.digest(state.order):
            raise Refused("no hold with this id and text stands: 'countenance hold list' shows those that do")
        if not quorum.may_approve(admitted.person, state.order.requester, present.people(opened)):
            raise Refused("who asked for a hold does not release it: ask another approver")
        others = tuple(one for one in state.releases if one.signer != admitted.person.name)
        state = replace(state, releases=(*others, admitted.signed))
        opened.store.put(state, asked.hold)
        signers = standing.signers(opened, state.releases, but=state.order.requester)
        if standing.enough(opened, signers):
            persons = " ".join(sorted(person.name for person in signers))
            facts = {**_named(state.order), "persons": persons}
            append_once(opened, Kind.HOLD_RELEASED, facts, state.held_entry)
            state = replace(state, stage=Stage.OVER)
            opened.store.put(state, asked.hold)
        needed = quorum.needed(opened.genesis)
        return {"signatures": len(signers), "needed": needed, "released": state.stage is Stage.OVER}


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """HOLDS by an approver or auditor, all; by an officer or clerk those they asked for."""
    roles = set(admitted.person.roles)
    if not {Role.OFFICER, Role.CLERK, Role.APPROVER, Role.AUDITOR} & roles:
        raise Refused("this needs the role officer, clerk, approver or auditor on the roster")
    every = bool({Role.APPROVER, Role.AUDITOR} & roles)
    with opened.lock:
        found: list[Json] = [
            {
                "text": records.write(state.order).hex(),
                "state": state.stage.value,
                "approvals": [word.person for word in _given(opened, state)],
                "needed": quorum.needed(opened.genesis),
                "sightings_now": sum(opened.store.get(Place, name) is not None for name in _sightings(opened, state)),
            }
            for _, state in opened.store.all(HoldState)
            if every or state.order.requester == admitted.person.name
        ]
        return {"holds": found}


def is_order(opened: Opened, name: str) -> bool:
    """Whether a hold has this id."""
    return opened.store.get(HoldState, name) is not None


def the(opened: Opened, hold: str) -> HoldState:
    """The state of an order. Raises Refused if there is none of this id."""
    found = opened.store.get(HoldState, hold)
    if found is None:
        raise Refused("no hold of this id was drafted here: 'countenance hold list' shows those that were")
    return found


def held(opened: Opened) -> frozenset[str]:
    """Sightings that nothing erases now."""
    now = opened.clock()
    return frozenset(
        name
        for _, state in opened.store.all(HoldState)
        if state.stage is Stage.HELD and now < state.order.until
        for name in _sightings(opened, state)
    )


def settle(opened: Opened) -> None:
    """Hold what has its quorum, and end what is over: also what a crash kept from it."""
    with opened.lock:
        for name, state in list(opened.store.all(HoldState)):
            if state.stage is Stage.HELD and _releasing(opened, state):
                opened.store.put(replace(state, stage=Stage.OVER), name)
            elif state.stage is Stage.HELD and state.order.until <= opened.clock():
                append_once(opened, Kind.HOLD_ENDED, _named(state.order), state.held_entry)
                opened.store.put(replace(state, stage=Stage.OVER), name)
            elif state.stage is Stage.WAITING:
                _held(opened, state)


def let_go(opened: Opened) -> None:
    """Drop what was kept only because it was held, and is not held any more."""
    with opened.lock:
        kept = list(opened.store.all(Kept))
        still = held(opened) if kept else frozenset[str]()
        with opened.store.together():
            for name, one in kept:
                if name not in still:
                    keeping.forget(opened, one)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: what the log says was held, released or taken back is so, though a crash kept the store from it."""
    last = {(dict(one.facts).get("hash"), dict(one.facts).get("person")): one.kind for one in history if _word(one)}
    standing_since = {entry.of: index for index, entry in enumerate(history) if entry.kind is Kind.HELD}
    over = {entry.of for entry in history if entry.kind in (Kind.HOLD_RELEASED, Kind.HOLD_ENDED)}
    with opened.lock:
        for name, state in list(opened.store.all(HoldState)):
            if state.stage is Stage.OVER:
                continue
            hashed = records.digest(state.order).hex()
            approvals = tuple(one for one in state.approvals if last.get((hashed, one.signer)) is Kind.APPROVED)
            found = standing_since.get(state.entry, -1)
            stage = Stage.OVER if found in over else Stage.HELD if found >= 0 else state.stage
            now = replace(state, approvals=approvals, stage=stage, held_entry=found)
            if now != state:
                opened.store.put(now, name)


def naming(order: HoldOrder) -> dict[str, str]:
    """An order, as the entry of its draft names it: not the sightings."""
    return {
        **_named(order),
        "requester": order.requester,
        "of": order.warrant,
        "sightings": str(len(order.sightings)),
        "until": str(order.until),
    }


def _word(entry: Entry) -> bool:
    return entry.kind in (Kind.APPROVED, Kind.DECLINED)


def _named(order: HoldOrder) -> dict[str, str]:
    return {"warrant": order.hold, "hash": records.digest(order).hex()}


def _releasing(opened: Opened, state: HoldState) -> bool:
    """Whether the log says that the hold was released: an append that failed half-way may have left that."""
    newest = range(max(0, opened.sequencer.size - 1000), opened.sequencer.size) if state.releases else ()
    entries = (opened.sequencer.entry(index) for index in newest)
    return any((entry.kind, entry.of) == (Kind.HOLD_RELEASED, state.held_entry) for entry in entries)


def _held(opened: Opened, state: HoldState) -> HoldState:
    """The state, held from now on if it waits, is not over and has its quorum."""
    if state.stage is not Stage.WAITING:
        return state
    given = _given(opened, state)
    try:
        quorum.check(given, people=present.people(opened), genesis=opened.genesis)
    except Refused:
        return state
    if state.order.until <= opened.clock():
        return state
    facts = {**_named(state.order), "persons": " ".join(sorted(word.person for word in given))}
    entry = append_once(opened, Kind.HELD, {**facts, "until": str(state.order.until)}, state.entry)
    state = replace(state, stage=Stage.HELD, held_entry=entry)
    opened.store.put(state, state.order.hold)
    return state


def _given(opened: Opened, state: HoldState) -> tuple[Approval, ...]:
    return holds.given(state.order, state.approvals, people=present.people(opened), genesis=opened.genesis)


def _sightings(opened: Opened, state: HoldState) -> set[str]:
    of_warrant = set(_candidates(opened, state.order.warrant)) if state.order.warrant else set[str]()
    return of_warrant | set(state.order.sightings)


def _candidates(opened: Opened, warrant: str) -> Iterator[str]:
    found = [one for _, one in opened.store.all(Candidate, f"{warrant}/")]
    others = {one.sighting for one in found if one.outcome == NOT_CONFIRMED}
    return (one.sighting for one in found if one.sighting not in others)


def _check_word(opened: Opened, admitted: Admitted, word: Approval, state: HoldState) -> None:
    if word.person != admitted.person.name:
        raise Refused("an approval is given in one's own name only")
    if not quorum.may_approve(admitted.person, state.order.requester, present.people(opened)):
        raise Refused("who asks for a hold never approves it: ask another approver")
    if Named(word.warrant, word.number, word.hash) != holds.named(state.order):
        raise Refused("this is not the text of the hold: read it again before you sign")
    if state.stage is not Stage.WAITING or state.order.until <= opened.clock():
        raise Refused("this hold stands already or is over: 'countenance hold release' ends one before its time")
    if (not word.approves and not word.reason.strip()) or len(word.reason) > LONGEST_REASON:
        raise Refused(f"a refusal needs a reason, of at most {LONGEST_REASON} characters")
    if word.approves and admitted.person.name in {one.person for one in _given(opened, state)}:
        raise Refused("you have approved this hold already; once is enough")
