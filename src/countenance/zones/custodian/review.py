"""Review: people look at a candidate's still, blind to each other, before it is anything more: two, or three.

Invariants:

* A still is shown to reviewers only, never to who asks, and only of candidates that a search under the version that
  stands returned; every showing is authorised and delivered in the log.
* Two persons see it. If one says *same* and the other does not, a third may, who has not seen it and is told nothing of
  what they said; that it is not offered to the third before is all they could guess from.
* A verdict is one a person, final, kept as they signed it. Until both are in, nothing tells one of the other's.
* Who was not confirmed, and *different* to one reviewer, is a stranger (`strangers`), which may stop a camera or
  purpose before the answer leaves.
* Confirmed means that two said *same*: both, or two of three. Anything else ends it: the still's key is never given
  again.
"""

import hashlib
from dataclasses import dataclass, replace

from countenance.crypto import derive
from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Review
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role, Verdict, WarrantKind
from countenance.warrants.authorise import Act, Authorisation, authorise
from countenance.zones.custodian import cases, outcomes, present, restricting, roster, sheets, stacking, strangers
from countenance.zones.custodian.cases import CONFIRMED, NOT_CONFIRMED, Candidate, WarrantState
from countenance.zones.custodian.keeping import Kept
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, Row, partition_key
from countenance.zones.custodian.requests import Admitted, Papers
from countenance.zones.custodian.rights import desk
from countenance.zones.custodian.rights.records import OfWarrant


@dataclass(frozen=True, slots=True, repr=False)
class Living:
    """A sighting that exists: its row, and the block key (32 bytes) and nonce (16) of its still and patches."""

    row: Row
    block_key: bytes
    nonce: bytes

    def __repr__(self) -> str:
        return f"Living({self.row.sighting})"


def candidate(opened: Opened, admitted: Admitted, papers: Papers) -> dict[str, Json]:
    """CANDIDATE by a reviewer: the keys of one candidate's still and of the probe photo, and what both must hash to."""
    asked = records.read(Candidacy, admitted.ask.body)
    with opened.lock:
        state = cases.current(opened, asked.warrant, asked.number)
        may_review(opened, admitted.person, state)
        known = cases.candidate(opened, asked.warrant, asked.number, asked.sighting)
        may_see(known, admitted.person)
        alive = living(opened, known)
        authorisation = permission(opened, state, papers, Act.STILL)
        second = stacking.still(opened, admitted, papers, state, of=known, nonce=alive.nonce)
        if admitted.person.name not in known.viewers:
            known = replace(known, viewers=(*known.viewers, admitted.person.name))
            opened.store.put(known, cases.candidate_key(known.warrant, known.number, known.sighting))
        entry = outcomes.authorised(
            opened, authorisation, admitted.person.name, state, facts={"candidate": known.sighting}
        )
        key = derive.combined(derive.still_key(alive.block_key, alive.nonce, known.sighting), *second)
        delivered = outcomes.delivered(opened, entry)
        return {
            "still_key": key.hex(),
            "still_digest": alive.row.still_digest.hex(),
            "photo_key": papers.photo_key.hex(),
            "photo_digest": authorisation.warrant.probe.image_digest.hex(),
            "entry": delivered,
        }


def review(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """REVIEW by one who saw the still: a verdict, sealed until both are in, or the third's, which decides."""
    said = records.read(Review, admitted.ask.body)
    with opened.lock:
        state = cases.current(opened, said.warrant, said.number)
        may_review(opened, admitted.person, state)
        if state.standing.limits.expires <= opened.clock():
            raise Refused("this warrant has expired: nothing can come of a verdict any more")
        known = cases.candidate(opened, said.warrant, said.number, said.sighting)
        if known.outcome:
            raise Refused(f"this candidate was {known.outcome}: there is nothing to judge any more")
        if admitted.person.name not in known.viewers:
            raise Refused("you were not shown this candidate: look at it with 'countenance review' before you judge it")
        if admitted.person.name in _judges(known):
            raise Refused("you have given your verdict on this candidate; it is final")
        known = replace(known, verdicts=(*known.verdicts, admitted.signed))
        known = replace(known, outcome=_outcome(known))
        facts = {"warrant": known.warrant, "number": str(known.number), "candidate": known.sighting}
        facts |= {"policy": state.policy.hex()}
        entry = opened.sequencer.append(Kind.REVIEWED, {**facts, "person": admitted.person.name}, of=state.entry)
        counted = state.kind is not WarrantKind.SUBJECT_ACCESS
        is_stranger = counted and known.outcome == NOT_CONFIRMED and cases.different(known)
        raised = strangers.raised_by(opened, state, known) if is_stranger else ()
        if known.outcome:
            said_of = {"outcome": known.outcome, **({"stranger": "; ".join(raised)} if raised else {})}
            entry = opened.sequencer.append(Kind.REVIEWED, {**facts, **said_of}, of=entry)
        with opened.store.together():
            opened.store.put(known, cases.candidate_key(known.warrant, known.number, known.sighting))
            strangers.raise_(opened, state, raised)
        strangers.settle(opened, of=entry)
        desk.settle(opened, state)
        return {"recorded": True, "verdicts": len(known.verdicts), "outcome": known.outcome, "entry": entry}


def living(opened: Opened, known: Candidate) -> Living:
    """What opens a candidate's still and patches. Raises Refused if it is erased, expired or restricted.

    What was restricted for its subject's own request can be opened under that request, and no other.
    """
    key = partition_key(known.camera, known.hour)
    own = opened.store.get(OfWarrant, known.warrant)
    restricted = known.sighting in restricting.restricted(opened, but=own is not None, of=own.request if own else "")
    if (kept := opened.store.get(Kept, known.sighting)) and not restricted:
        return Living(kept.row, kept.block_key, kept.nonce)
    row = opened.store.get(Row, f"{key}/{known.sighting}")
    keys = opened.store.get(PartitionKeys, key)
    if row is None or keys is None or restricted:
        raise Refused("this sighting was deleted, or its deletion was asked for: nobody can be shown it any more")
    sheet = sheets.the(opened, known.camera, known.hour, row.sheet)
    nonce = sheet.piece_nonce(sheets.place(sheet, known.sighting))
    # Still and patches keep the key and nonce they were made with, also when the template was given others.
    block_key = derive.block_key(opened.root, keys.block_salt, str(Partition(known.camera, known.hour)))
    return Living(row, block_key, nonce)


def permission(opened: Opened, state: WarrantState, papers: Papers, act: Act) -> Authorisation:
    """An Authorisation under the version that stands, from the text beside the request. Raises Refused."""
    if hashlib.sha256(papers.text).digest() != state.standing.hash:
        raise Refused("the text beside this request is not the one that stands now: read the warrant again")
    return authorise(
        papers.text,
        state.approvals,
        template=papers.template,
        act=act,
        circumstances=present.circumstances(opened, state.uses_left),
    )


def may_review(opened: Opened, person: Person, state: WarrantState) -> None:
    """Raise Refused unless `person` is a reviewer, and not who asked for the warrant."""
    roster.require(person, Role.REVIEWER)
    asking = present.people(opened).get(state.requester)
    if state.kind is WarrantKind.SUBJECT_ACCESS and person.name in {signed.signer for signed in state.approvals}:
        raise Refused("the clerk who met somebody does not review what was found of them: ask another reviewer")
    if person.name == state.requester or (asking is not None and asking.held & person.held):
        raise Refused("who asks for a warrant does not review its candidates: ask a reviewer")


def may_see(known: Candidate, person: Person) -> None:
    """Raise Refused if `person` must not be shown the candidate's still, or not again."""
    if known.outcome:
        raise Refused(f"this candidate was {known.outcome}: it is not shown to anybody again")
    if person.name in _judges(known):
        raise Refused("you have given your verdict on this candidate, and are not shown it again")
    if person.name not in known.viewers and len(known.viewers) >= cases.places(known):
        raise Refused("other reviewers are looking at this candidate already: nobody else is shown it")


def _judges(known: Candidate) -> set[str]:
    return {signed.signer for signed in known.verdicts}


def same(known: Candidate) -> int:
    """How many of a candidate's verdicts are *same*."""
    return cases.said(known).count(Verdict.SAME)


def _outcome(known: Candidate) -> str:
    """Confirmed by two *same*; open while a verdict is to come that could be the second; else not confirmed."""
    yes, given = same(known), len(known.verdicts)
    if yes >= cases.VIEWERS:
        return CONFIRMED
    waits = given < cases.VIEWERS or (given == cases.VIEWERS and yes == 1)
    return "" if waits else NOT_CONFIRMED
