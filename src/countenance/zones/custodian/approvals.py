"""Approvals: a warrant's life until it may be used. Filed by an officer, narrowed, approved or declined, read.

Invariants:

* A text that no approval could make lawful is refused when it is filed, not when it is used.
* Narrowing makes the next version and forgets what was signed before; uses already spent stay spent.
* Every one of these acts is an entry; the answer leaves after it.
* A draft whose probe is nearly that of a warrant that runs raises an alarm (`alarms`); who reads either is told, and
  unless it is the requester's own same probe again, the requester is frozen (`freezing`).
* Every entry of a warrant's life names its policy.
* The custodian keeps hash, scope, limits and a purpose that the policy's text names. Case, other purposes, photo and
  template stay sealed in the repository.
"""

import hashlib
from dataclasses import replace

from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.acts import Filing, Named
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import written
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval, Person, Role, Warrant, WarrantKind
from countenance.warrants import calibrations, narrowing, quorum
from countenance.warrants.authorise import lawful, standing_policy
from countenance.zones.custodian import (
    alarms,
    budgets,
    calibrating,
    cases,
    courier,
    freezing,
    governing,
    present,
    roster,
    urgency,
    versions,
)
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.freezing import Cause
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE, Admitted, Papers

LONGEST_REASON = 2000
HOUR = 60 * MINUTE

APPROVED = "approved"


def draft(opened: Opened, admitted: Admitted, papers: Papers) -> dict[str, Json]:
    """DRAFT by an officer, the requester: version 1 of a new warrant."""
    roster.require(admitted.person, Role.OFFICER)
    filing = records.read(Filing, admitted.ask.body)
    with opened.lock:
        warrant = _filed(opened, filing, papers)
        if warrant.kind is WarrantKind.SUBJECT_ACCESS:
            raise Refused(
                "somebody asks about themselves at a kiosk, while a clerk watches: nobody drafts that for them"
            )
        if warrant.requester != admitted.person.name or warrant.narrowed_by:
            raise Refused("who files a warrant is its requester: draft it in your own name")
        if warrant.number != 1 or opened.store.get(WarrantState, warrant.warrant) is not None:
            raise Refused("a warrant of this id was filed before: draft this one under a new id")
        roster.within(admitted.person, warrant.scope.cameras)
        budgets.check_hour(opened, warrant, of=-1)
        found = alarms.held(opened, warrant, papers)
        urgency.check_draft(opened, warrant, papers.template, found)
        entry = versions.drafted(opened, Kind.DRAFTED, warrant, -1)
        state = WarrantState(
            warrant=warrant.warrant,
            requester=warrant.requester,
            standing=narrowing.standing(warrant),
            approvals=(),
            uses_left=warrant.limits.uses,
            entry=entry,
            probe=alarms.mark(opened, papers.template),
            extractor=warrant.probe.extractor,
            kind=warrant.kind,
            policy=warrant.policy,
            purpose=versions.named_purpose(opened, warrant),
        )
        with opened.store.together():
            opened.store.put(state, warrant.warrant)
            urgency.drafted(opened, warrant, papers.template)
            alarms.raised(opened, found, warrant, entry)
            courier.post(opened, warrant)
            if alarms.suspicious(found, state):
                freezing.freeze(opened, state.requester, Cause.PROBE, urgency.named(state), of=entry)
        return _filed_as(state.standing, warrant.warrant, entry)


def narrow(opened: Opened, admitted: Admitted, papers: Papers) -> dict[str, Json]:
    """NARROW by the requester or an approver: the next version, which opens less; all approvals are void."""
    filing = records.read(Filing, admitted.ask.body)
    with opened.lock:
        before = cases.state(opened, filing.warrant)
        by_requester = admitted.person.name == before.requester
        if not by_requester:
            roster.require(admitted.person, Role.APPROVER)
        warrant = _filed(opened, filing, papers)
        if warrant.narrowed_by != ("" if by_requester else admitted.person.name):
            raise Refused("a narrowed version names who narrowed it: write it in your own name")
        narrowing.check(before.standing, warrant)
        entry = versions.drafted(opened, Kind.NARROWED, warrant, before.entry)
        after = replace(
            before,
            standing=narrowing.standing(warrant),
            approvals=(),
            settles=0,
            uses_left=min(before.uses_left, warrant.limits.uses),
            entry=entry,
        )
        with opened.store.together():
            opened.store.put(after, warrant.warrant)
            courier.post(opened, warrant)
        return _filed_as(after.standing, warrant.warrant, entry)


def approve(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """APPROVE by an approver: a yes, or a reasoned no, over the version that stands. The last word counts."""
    word = records.read(Approval, admitted.ask.body)
    with opened.lock:
        state = cases.state(opened, word.warrant)
        role = quorum.approving(state.kind)
        roster.require(admitted.person, role)
        if word.person != admitted.person.name:
            raise Refused("an approval is given in one's own name only")
        if not quorum.may_approve(admitted.person, state.requester, present.people(opened), role):
            raise Refused("who asks for a warrant never approves it: ask another approver")
        if Named(word.warrant, word.number, word.hash) != state.named:
            raise Refused("this is not the text that stands now: read the warrant again before you sign")
        if state.standing.limits.expires <= opened.clock():
            raise Refused("this warrant has expired: nobody can use it any more")
        if (not word.approves and not word.reason.strip()) or len(word.reason) > LONGEST_REASON:
            raise Refused(f"a refusal needs a reason, of at most {LONGEST_REASON} characters")
        if word.approves and state.kind is not WarrantKind.SUBJECT_ACCESS:
            standing_policy(state.policy, present.circumstances(opened, state.uses_left))
            urgency.check(opened, state, admitted.person)
        if word.approves and state.kind is WarrantKind.SUBJECT_ACCESS and _has_seen(opened, state, admitted.person):
            raise Refused("who reviews what was found of somebody does not approve their request: ask another clerk")
        given = {one.person for one in present.standing_approvals(opened, state)}
        if word.approves and admitted.person.name in given:
            raise Refused("you have approved this version already; once is enough")
        facts = {
            **urgency.named(state),
            "person": admitted.person.name,
            "organisation": admitted.person.organisation,
        }
        entry = opened.sequencer.append(Kind.APPROVED if word.approves else Kind.DECLINED, facts, of=state.entry)
        complete, before = _condition(opened, state) == APPROVED, state
        state = replace(state, approvals=(*state.approvals, admitted.signed))
        if word.approves and not complete and withdrawal(opened, state):
            # Whoever completes a quorum has as long as anybody else to think again.
            state = replace(state, settles=opened.clock() + withdrawal(opened, state))
        with opened.store.together():
            opened.store.put(state, state.warrant)
            if word.approves:
                urgency.approved(opened, before, state, admitted.person, entry)
        return {
            "approvals": len(present.standing_approvals(opened, state)),
            "needed": quorum.needed(opened.genesis, state.kind, state.clerks),
            "entry": entry,
            "settles": state.settles,
        }


def _has_seen(opened: Opened, state: WarrantState, person: Person) -> bool:
    found = cases.candidates(opened, state.warrant, state.standing.number)
    return any(person.name in one.viewers for one in found)


def withdrawal(opened: Opened, state: WarrantState) -> int:
    """Milliseconds between a quorum and the first search, in which approvals may be taken back.

    None in a demo, nor for an urgent warrant, which begins at once and which a quorum confirms afterwards, nor for a
    subject's own request: somebody stands there and waits.
    """
    at_once = state.kind in (WarrantKind.URGENT, WarrantKind.SUBJECT_ACCESS)
    return 0 if opened.genesis.demo or at_once else opened.withdrawal


def check_settled(opened: Opened, state: WarrantState) -> None:
    """Raise Refused while the approvals of the version that stands may still be taken back."""
    if withdrawal(opened, state) and opened.clock() < state.settles:
        raise Refused(
            f"the approvals may still be taken back: search after {written(state.settles)}, when the period is over"
        )


def read(opened: Opened, admitted: Admitted, papers: Papers) -> dict[str, Json]:
    """READ by the requester, an approver, or, once there are candidates, a reviewer: text and photo key."""
    named = records.read(Named, admitted.ask.body)
    with opened.lock:
        state = cases.state(opened, named.warrant)
        _may_read(opened, admitted.person, state)
        if named != state.named or hashlib.sha256(papers.text).digest() != named.hash:
            raise Refused("this is not the text that stands now: 'countenance warrant list' shows what does")
        facts = {"warrant": named.warrant, "number": str(named.number), "person": admitted.person.name}
        facts |= {"policy": state.policy.hex()}
        opened.sequencer.append(Kind.READ, facts, of=state.entry)
        return {
            "text": papers.text.hex(),
            "photo_key": papers.photo_key.hex(),
            "approvals": _words(opened, state),
            "uses_left": state.uses_left,
            "state": _condition(opened, state),
            "alarms": alarms.told(opened, state, admitted.person),
            "before": _text_before(opened, named, papers).hex(),
        }


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """WARRANTS: to a requester their own, to approvers and reviewers all; subjects' own requests to clerks instead.

    Ids, hashes, counts and times, no text.

    To the requester also how far the review of each candidate is, and whether two people disagree; never who said what.
    To clerks how many candidates wait for reviewers, and no id of one.
    """
    with opened.lock:
        roles = set(admitted.person.roles)
        found: list[Json] = []
        for _, state in opened.store.all(WarrantState):
            if {quorum.approving(state.kind), Role.REVIEWER} & roles or state.requester == admitted.person.name:
                line = _line(opened, state)
                if state.requester == admitted.person.name:
                    line["found"] = list(cases.progress(opened, state))
                if state.kind is WarrantKind.SUBJECT_ACCESS and Role.CLERK in roles:
                    line["to_review"] = sum(not one["outcome"] for one in cases.progress(opened, state))
                if Role.REVIEWER in admitted.person.roles:
                    line["candidates"] = list(cases.to_review(opened, state, admitted.person.name))
                found.append(line)
        return {"warrants": found}


def policy(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """POLICY by anyone on the roster: text, hash and entry of the policy that stands."""
    del admitted
    return governing.shown(opened)


def _filed(opened: Opened, filing: Filing, papers: Papers) -> Warrant:
    """The warrant in `papers`, if it is the one that is filed, and one that approvals could make permission."""
    warrant = lawful(papers.text, template=papers.template, circumstances=present.circumstances(opened, 0))
    hashed = hashlib.sha256(papers.text).digest()
    if (warrant.warrant, warrant.number, hashed) != (filing.warrant, filing.number, filing.hash):
        raise Refused("the text beside this request is not the one it names: file it again")
    if warrant.made > opened.clock() + FRESH_MINUTES * MINUTE:
        raise Refused("this warrant was made in the future: set this machine's clock and draft it again")
    encode.from_bytes(papers.template)
    calibrations.check_floor(calibrating.of_warrant(opened, warrant), warrant.limits.threshold)
    return warrant


def _text_before(opened: Opened, named: Named, papers: Papers) -> bytes:
    """The text that this version narrows, if the repository put it beside; empty if not, or if it is another."""
    before = dict(papers.beside).get("before")
    if before is None:
        return b""
    info = binding("warrant", opened.genesis.deployment, named.warrant, str(named.number - 1))
    try:
        text = unseal(opened.sealing_private, info, before)
    except Tampered:
        return b""
    narrowed_from = records.read(Warrant, papers.text).narrowed_from
    return text if hashlib.sha256(text).digest() == narrowed_from else b""


def _may_read(opened: Opened, person: Person, state: WarrantState) -> None:
    if person.name == state.requester or quorum.approving(state.kind) in person.roles:
        return
    found = any(True for _ in cases.candidates(opened, state.warrant, state.standing.number))
    if Role.REVIEWER not in person.roles or not found:
        raise Refused("a warrant is read by its requester, by approvers, and by reviewers once there are candidates")


def _words(opened: Opened, state: WarrantState) -> list[Json]:
    """Everyone's last word on the version that stands, counting or not, in order."""
    last: dict[str, Approval] = {}
    for signed in state.approvals:
        last.pop(signed.signer, None)
        last[signed.signer] = records.read(Approval, records.read(Ask, signed.body).body)
    homes = {member.person.name: member.person.organisation for member in roster.members(opened)}
    return [
        {
            "person": name,
            "organisation": homes.get(name, ""),
            "approves": word.approves,
            "reason": word.reason,
        }
        for name, word in last.items()
    ]


def _condition(opened: Opened, state: WarrantState) -> str:
    """In one word: expired, spent, approved, or waiting for approvals."""
    if state.standing.limits.expires <= opened.clock():
        return "expired"
    if state.uses_left < 1:
        return "spent"
    given, people = present.standing_approvals(opened, state), present.people(opened)
    try:
        quorum.check(given, people=people, genesis=opened.genesis, kind=state.kind, clerks=state.clerks)
    except Refused:
        return "waiting"
    return APPROVED


def _line(opened: Opened, state: WarrantState) -> dict[str, Json]:
    return {
        "warrant": state.warrant,
        "number": state.standing.number,
        "hash": state.standing.hash.hex(),
        "requester": state.requester,
        "state": _condition(opened, state),
        "approvals": len(present.standing_approvals(opened, state)),
        "needed": quorum.needed(opened.genesis, state.kind, state.clerks),
        "words": len(state.approvals),
        "settles": state.settles,
        "uses_left": state.uses_left,
        "expires": state.standing.limits.expires,
        "kind": state.kind.value,
        "urgent": urgency.status(opened, state.warrant),
    }


def _filed_as(standing: narrowing.Standing, warrant: str, entry: int) -> dict[str, Json]:
    return {"warrant": warrant, "number": standing.number, "hash": standing.hash.hex(), "entry": entry}
