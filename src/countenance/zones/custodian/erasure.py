"""Erasure: a sighting's nonce is destroyed, and with it the life of its template, still and patches (GDPR Article 17).

Who may: a clerk restricts (`restricting`: out of every search at once, erased by the clock after seven days); a quorum
of approvers orders the same at once. What is held waits (`holding`), whoever asked,
and a request waits whole. Invariants:

* The order is an entry before anything is destroyed; a crash anywhere is finished by `finish` at the next tick or when
  the custodian is next open.
* Destroyed means: rows dropped, a keyed hash left as tombstone so that replays are refused, the store key replaced,
  then the *erased* entry. A receipt exists only after all four.
* `gone_by` is when no copy is left anywhere: the moment of erasure, or, while an hour's epoch key could still open a
  nonce sealed in the repository, the moment by which that key is destroyed, or the end of the newest living backup
  (`backups`), whichever is last. It does not cover evidence that was disclosed before.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from countenance.errors import Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Order, Receipt
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Role
from countenance.warrants import quorum
from countenance.zones.custodian import (
    backups,
    epochs,
    holding,
    intake,
    keeping,
    restricting,
    rewriting,
    roster,
    sheets,
    standing,
    ticks,
)
from countenance.zones.custodian.keeping import Kept
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    HOUSEKEEPING_KEY,
    Gone,
    Housekeeping,
    Place,
    Restricted,
    Row,
    Stage,
    Tombstone,
    Touched,
    partition_key,
)
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.sheets import Sheet


def order(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ORDER by one more approver; the one who completes the quorum erases. The same person twice counts once."""
    roster.require(admitted.person, Role.APPROVER)
    asked = records.read(Order, admitted.ask.body)
    with opened.lock:
        state = opened.store.get(Restricted, asked.request)
        if state is None or asked.digest.hex() != asked.request:
            raise Refused("no erasure with this request and digest was asked for; give both as the clerk received them")
        if state.provisional:
            raise Refused("two reviewers have yet to say whose this is: nothing is erased before")
        if admitted.person.name == state.request.clerk:
            raise Refused("who asked for an erasure does not order it; ask another approver")
        if state.stage is Stage.RESTRICTED:
            state = _signed(opened, state, admitted)
        if state.stage is Stage.ORDERED:
            state = finish(opened, (state,))[0]
        return {
            "signatures": len(state.orders),
            "needed": quorum.needed(opened.genesis),
            "receipt": None
            if state.stage is Stage.RESTRICTED
            else records.plain(_receipt(opened, asked.request, state)),
        }


def erase_due(opened: Opened) -> None:
    """Erase what clerks asked for seven days ago or a hold kept waiting, finish what was ordered: the clock's part."""
    with opened.lock:
        now, due, held = opened.clock(), [], holding.held(opened)
        for name, state in list(opened.store.all(Restricted)):
            if state.provisional:
                if state.request.until <= now:
                    restricting.let_go(opened, name, state)
            elif state.stage is Stage.ORDERED:
                due.append(state)
            elif state.stage is Stage.RESTRICTED and not _waits(state, held):
                persons = _quorum(opened, state)
                if not persons and state.request.until <= now:
                    persons = (state.request.clerk,)
                if persons:
                    due.append(_ordered(opened, name, state, persons))
        if due:
            finish(opened, due)


def finish_ordered(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: carry out every order in the log without *erased* entry. `history`: all entries, in order.

    Raises Tampered if the store does not know one of them.
    """
    with opened.lock:
        orders: dict[int, str] = {}
        erased: dict[int, int] = {}
        for index, entry in enumerate(history):
            if entry.kind is Kind.ERASURE_ORDERED:
                orders[index] = dict(entry.facts)["request"]
            elif entry.kind is Kind.ERASED:
                erased[entry.of] = index
        due = []
        for index, name in orders.items():
            state = opened.store.get(Restricted, name)
            if state is None and index not in erased:
                raise Tampered(
                    "the log orders an erasure that the store does not know: the store is older than the log"
                )
            if state is None or (state.stage is Stage.ERASED and index in erased):
                continue
            if state.stage is Stage.ERASED:
                # An order whose entry stood although the log reported a failure, and which was then given again.
                _erased(opened, name, state, index)
                continue
            state = replace(state, ordered_entry=index)
            if index in erased:
                close(opened, name, state, erased[index])
            else:
                due.append(state)
        if due:
            finish(opened, due)


def finish(opened: Opened, due: Sequence[Restricted]) -> list[Restricted]:
    """Carry out ordered erasures as one batch. Whatever step a crash hit, calling it again finishes the rest."""
    with opened.lock:
        with opened.store.together():
            buried = [_bury(opened, state) for state in due]
        opened.store.replace_key()
        now = opened.clock()
        opened.store.put(Housekeeping(now, False), HOUSEKEEPING_KEY)
        done = []
        for state in buried:
            name = records.digest(state.request).hex()
            entry = _erased(opened, name, state, state.ordered_entry)
            done.append(close(opened, name, state, entry))
        return done


def bury(opened: Opened, sightings: Sequence[str]) -> Moment:
    """Destroy the nonces of `sightings` as far as they are held, and leave tombstones; inside `store.together`.

    Returns when the last epoch key is gone that could open one of them again, or 0. The store's file keeps their bytes
    until `replace_key`.
    """
    gone_by: Moment = 0
    # A sheet is half a megabyte: it is written once, however many of its rows go.
    changed: dict[str, Sheet] = {}
    for sighting in sightings:
        place = opened.store.get(Place, sighting)
        if place is None:
            continue
        if (kept := opened.store.get(Kept, sighting)) is not None:
            keeping.forget(opened, kept)
            continue
        key = f"{partition_key(place.camera, place.hour)}/{sighting}"
        row = opened.store.get(Row, key)
        if row is not None:
            stone = Tombstone(
                intake.sighting_hash(opened, sighting), place.camera, place.hour, row.record_digest, opened.clock()
            )
            opened.store.put(stone, intake.tombstone_key(opened, place.camera, place.hour, sighting))
            at = sheets.sheet_key(place.camera, place.hour, row.sheet)
            sheet = changed.get(at) or sheets.the(opened, place.camera, place.hour, row.sheet)
            changed[at] = sheet.erased(sheets.place(sheet, sighting))
            rewriting.erase_next(opened, sheet, sighting)
        opened.store.put(Gone(opened.clock()), sighting)
        opened.store.drop(Row, key)
        opened.store.drop(Signed, key)
        opened.store.drop(Place, sighting)
        if epochs.alive(opened.directory, place.hour):
            gone_by = max(gone_by, epochs.last_moment(place.hour))
    for at, sheet in changed.items():
        sheets.put(opened, sheet)
        opened.store.put(Touched(sheet.camera, sheet.hour, sheet.number), at)
        opened.pads.forget(sheet)
    return gone_by


def close(opened: Opened, name: str, state: Restricted, entry: int) -> Restricted:
    """Keep that the erasure `name` is done, as `entry` says. `gone_by` counts the backups that live now."""
    gone_by = max(state.gone_by, opened.sequencer.entry(entry).made, backups.horizon(opened))
    state = replace(state, stage=Stage.ERASED, erased_entry=entry, gone_by=gone_by)
    opened.store.put(state, name)
    return state


def _signed(opened: Opened, state: Restricted, admitted: Admitted) -> Restricted:
    """`state` with one more signature, ordered if that makes the quorum and no hold stands. Kept before returned."""
    name = records.digest(state.request).hex()
    others = tuple(signed for signed in state.orders if signed.signer != admitted.person.name)
    state = replace(state, orders=(*others, admitted.signed))
    # Someone taken off the roster since then no longer counts, nor what they signed with a key they have no more.
    if (persons := _quorum(opened, state)) and not _waits(state, holding.held(opened)):
        return _ordered(opened, name, state, persons)
    opened.store.put(state, name)
    return state


def _quorum(opened: Opened, state: Restricted) -> tuple[str, ...]:
    """The names of those who order the erasure, if they are a quorum; else nobody."""
    signers = standing.signers(opened, state.orders, but=state.request.clerk)
    return tuple(person.name for person in signers) if standing.enough(opened, signers) else ()


def _waits(state: Restricted, held: Collection[str]) -> bool:
    """Whether something that the request names is held."""
    return not set(state.request.sightings).isdisjoint(held)


def _ordered(opened: Opened, name: str, state: Restricted, persons: Sequence[str]) -> Restricted:
    facts = {
        "request": name,
        "count": str(len(state.request.sightings)),
        "digest": name,
        "persons": " ".join(persons),
    }
    entry = append_once(opened, Kind.ERASURE_ORDERED, facts, state.restricted_entry)
    state = replace(state, stage=Stage.ORDERED, ordered_entry=entry)
    opened.store.put(state, name)
    return state


def _bury(opened: Opened, state: Restricted) -> Restricted:
    gone_by = max(state.gone_by, bury(opened, state.request.sightings))
    state = replace(state, stage=Stage.ORDERED, gone_by=gone_by)
    opened.store.put(state, records.digest(state.request).hex())
    return state


def _erased(opened: Opened, name: str, state: Restricted, order_entry: int) -> int:
    facts = {
        "request": name,
        "count": str(len(state.request.sightings)),
        "store_generation": str(opened.store.generation),
    }
    return append_once(opened, Kind.ERASED, facts, order_entry)


def _receipt(opened: Opened, name: str, state: Restricted) -> Receipt:
    level, witnessed = ticks.assurance(opened)
    return Receipt(
        request=name,
        sightings=state.request.sightings,
        ordered_entry=state.ordered_entry,
        erased_entry=state.erased_entry,
        gone_by=state.gone_by,
        assurance=level,
        witnessed_by=witnessed,
    )
