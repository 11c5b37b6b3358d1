"""Migration orders: drafted by an operator or officer, approved by a quorum, and how far they are.

The order's text lies here whole: it names cameras and extractors, and nobody. Invariants:

* An order that no approval could make permission is refused when it is drafted.
* Drafts, approvals and refusals are entries before they count. The last word of a person counts.
* Carrying an order out is `remaking`'s; it asks `permitted` anew before each sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Role
from countenance.warrants import migrations, quorum
from countenance.warrants.migrations import Permission
from countenance.zones.custodian import cases, present, roster, sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState, MadeAnew, ManifestHead, PartitionKeys, partition_key
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE, Admitted
from countenance.zones.custodian.sheets import BARE, LIVING, Sheet

MOST_NAMED = 1000
"""Sightings without a template that a status names; beyond, they are counted."""

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class MigrationState:
    """An order (key: its id), who has said what of it, in order of arrival, and the entry of its draft."""

    order: MigrationOrder
    approvals: tuple[Signed, ...]
    entry: int


def draft(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """MIGRATE by an operator or officer, the requester: a new order."""
    if Role.OFFICER not in admitted.person.roles:
        roster.require(admitted.person, Role.OPERATOR)
    order = records.read(MigrationOrder, admitted.ask.body)
    with opened.lock:
        now = opened.clock()
        migrations.check(order, genesis=opened.genesis, now=now)
        if order.requester != admitted.person.name:
            raise Refused("who drafts an order is its requester: draft it in your own name")
        if order.made > now + FRESH_MINUTES * MINUTE:
            raise Refused("this order was made in the future: set this machine's clock and draft it again")
        if any(opened.store.get(CameraState, name) is None for name in order.cameras):
            # Not by its name: a refusal is an entry, and this name may be any text.
            raise Refused("one of these cameras was declared by nobody: 'countenance camera list' names those that are")
        known = opened.store.get(MigrationState, order.migration)
        if known is not None or opened.store.get(cases.WarrantState, order.migration) is not None:
            raise Refused("an order or warrant of this id was drafted before: draft this one under a new id")
        entry = opened.sequencer.append(Kind.MIGRATION_DRAFTED, naming(order))
        opened.store.put(MigrationState(order, (), entry), order.migration)
        return {"migration": order.migration, "hash": records.digest(order).hex(), "entry": entry}


def approve(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """APPROVE by an approver of an order: a yes, or a reasoned no. The last word counts."""
    word = records.read(Approval, admitted.ask.body)
    with opened.lock:
        state = the(opened, word.warrant)
        roster.require(admitted.person, Role.APPROVER)
        _check_word(opened, admitted, word, state)
        facts = {
            "warrant": word.warrant,
            "number": str(word.number),
            "hash": word.hash.hex(),
            "person": admitted.person.name,
            "organisation": admitted.person.organisation,
        }
        entry = opened.sequencer.append(Kind.APPROVED if word.approves else Kind.DECLINED, facts, of=state.entry)
        state = replace(state, approvals=(*state.approvals, admitted.signed))
        opened.store.put(state, word.warrant)
        return {"approvals": len(_given(opened, state)), "needed": quorum.needed(opened.genesis), "entry": entry}


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """MIGRATIONS by an operator, officer, approver or auditor: every order, and how far it is."""
    if not {Role.OPERATOR, Role.OFFICER, Role.APPROVER, Role.AUDITOR} & set(admitted.person.roles):
        raise Refused("this needs the role operator, officer, approver or auditor on the roster")
    with opened.lock:
        found: list[Json] = [_line(opened, state) for _, state in opened.store.all(MigrationState)]
        return {"migrations": found}


def is_order(opened: Opened, admitted: Admitted) -> bool:
    """Whether an APPROVE is about an order, and not about a warrant."""
    name = records.read(Approval, admitted.ask.body).warrant
    return opened.store.get(MigrationState, name) is not None and opened.store.get(cases.WarrantState, name) is None


def the(opened: Opened, migration: str) -> MigrationState:
    """The state of an order. Raises Refused if there is none of this id."""
    found = opened.store.get(MigrationState, migration)
    if found is None:
        raise Refused("no order of this id was drafted here: 'countenance extractor status' shows those that were")
    return found


def permitted(opened: Opened, state: MigrationState) -> Permission:
    """Permission to carry the order out now. Raises Refused with what is missing."""
    return migrations.permit(
        state.order, state.approvals, people=present.people(opened), genesis=opened.genesis, now=opened.clock()
    )


def left(opened: Opened, state: MigrationState) -> Iterator[Sheet]:
    """The sheets that the order has yet to reach. One whose hour still fills waits until the camera or hour ends."""
    for sheet in _within(opened, state.order):
        if reaches(opened, state, sheet) and sheet.has(LIVING).any():
            yield sheet


def reaches(opened: Opened, state: MigrationState, sheet: Sheet) -> bool:
    """Whether a sheet within the order has templates that it means.

    Not those that it, or an order drafted after it, has made: else two orders that lead to and fro would open the same
    stills again and again.
    """
    before = opened.store.get(MadeAnew, sheets.sheet_key(*sheet.place))
    return sheet.extractor == state.order.old and (before is None or before.order < state.entry)


def filled(opened: Opened, sheet: Sheet) -> bool:
    """Whether nothing more will come for the sheet's hour: it is over, or the edge's manifest says so."""
    head = opened.store.get(ManifestHead, partition_key(sheet.camera, sheet.hour))
    return Hour(sheet.hour).end <= opened.clock() or (head is not None and head.closed)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: a word that the log says was taken back is void, though a crash may have kept the store from it."""
    declined: dict[tuple[str, str], bool] = {}
    for entry in history:
        if entry.kind in (Kind.APPROVED, Kind.DECLINED):
            facts = dict(entry.facts)
            declined[facts["person"], facts["hash"]] = entry.kind is Kind.DECLINED
    with opened.lock:
        for name, state in list(opened.store.all(MigrationState)):
            hashed = records.digest(state.order).hex()
            void = {word.person for word in _given(opened, state) if declined.get((word.person, hashed))}
            if void:
                kept = tuple(signed for signed in state.approvals if signed.signer not in void)
                opened.store.put(replace(state, approvals=kept), name)


def _within(opened: Opened, order: MigrationOrder) -> Iterator[Sheet]:
    for camera in order.cameras:
        for _, keys in list(opened.store.all(PartitionKeys, f"{camera}/")):
            if order.first <= keys.hour <= order.last:
                yield from sheets.of_partition(opened, camera, keys.hour)


def _given(opened: Opened, state: MigrationState) -> tuple[Approval, ...]:
    return migrations.given(state.order, state.approvals, people=present.people(opened), genesis=opened.genesis)


def _check_word(opened: Opened, admitted: Admitted, word: Approval, state: MigrationState) -> None:
    if word.person != admitted.person.name:
        raise Refused("an approval is given in one's own name only")
    if not quorum.may_approve(admitted.person, state.order.requester, present.people(opened)):
        raise Refused("who asks for a migration never approves it: ask another approver")
    if (word.number, word.hash) != (migrations.NUMBER, records.digest(state.order)):
        raise Refused("this is not the text of the order: read it again before you sign")
    if state.order.expires <= opened.clock():
        raise Refused("this order has expired: nobody can use it any more")
    if (not word.approves and not word.reason.strip()) or len(word.reason) > LONGEST_REASON:
        raise Refused(f"a refusal needs a reason, of at most {LONGEST_REASON} characters")
    if word.approves and admitted.person.name in {one.person for one in _given(opened, state)}:
        raise Refused("you have approved this order already; once is enough")


def _line(opened: Opened, state: MigrationState) -> dict[str, Json]:
    """The order, who has signed it, and its sheets: done (of the new extractor), left, and what gave no template."""
    order, named = state.order, list[Json]()
    counts = {"sheets": 0, "sheets_left": 0, "sightings": 0, "sightings_left": 0, "without_template": 0}
    for sheet in _within(opened, order):
        living, waits = int(np.count_nonzero(sheet.has(LIVING))), reaches(opened, state, sheet)
        made = sheet.extractor == order.new and bool(sheet.pieces)
        if not living or not (waits or made):
            continue
        bare = np.flatnonzero(sheet.states == LIVING | BARE) if made else np.zeros(0, dtype=np.intp)
        counts["sheets"] += 1
        counts["sheets_left"] += waits
        counts["sightings"] += living
        counts["sightings_left"] += living if waits else 0
        counts["without_template"] += len(bare)
        named += [sheet.sighting(int(at)) for at in bare[: MOST_NAMED - len(named)]]
    return {
        "text": records.write(order).hex(),
        "state": _condition(opened, state, counts["sheets_left"]),
        "approvals": [one.person for one in _given(opened, state)],
        "needed": quorum.needed(opened.genesis),
        **counts,
        "sightings_without_template": named,
    }


def _condition(opened: Opened, state: MigrationState, sheets_left: int) -> str:
    """In one word: waiting (for approvals), running, done or expired."""
    try:
        permitted(opened, state)
    except Refused:
        return "expired" if state.order.expires <= opened.clock() else "waiting"
    return "running" if sheets_left else "done"


def naming(order: MigrationOrder) -> dict[str, str]:
    """An order, as the entry of its draft names it."""
    return {
        "warrant": order.migration,
        "hash": records.digest(order).hex(),
        "requester": order.requester,
        "cameras": " ".join(order.cameras),
        "first": str(order.first),
        "last": str(order.last),
        "from": order.old.hex(),
        "to": order.new.hex(),
        "expires": str(order.expires),
    }
