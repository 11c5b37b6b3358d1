"""Clearing: a quorum lets a frozen person act again, or a stopped camera or purpose be searched.

Invariants:

* The quorum is as for a search: persons, of two organisations, approvers on the roster now. The frozen person is never
  one of them, under no name, nor is anybody who is frozen.
* Each signs the entry of the freeze: what was signed for one freeze does not clear the next.
* Every signature is an entry, and so is the clearing, before it takes effect.
* The strangers of what was stopped are counted anew from its clearing on.
"""

from dataclasses import replace

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Clearance
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Role
from countenance.warrants import quorum
from countenance.zones.custodian import freezing, present, roster, standing, strangers
from countenance.zones.custodian.freezing import Cause, Frozen
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """FREEZES by an approver or auditor: who is frozen, since when, why, and who has signed."""
    if not {Role.APPROVER, Role.AUDITOR} & set(admitted.person.roles):
        raise Refused("this needs the role approver or auditor on the roster")
    with opened.lock:
        found: list[Json] = [
            {
                "person": frozen.person,
                "cause": frozen.cause,
                "warrant": frozen.warrant,
                "since": frozen.since,
                "entry": frozen.entry,
                "signatures": len(standing.signers(opened, frozen.words, but=frozen.person)),
                "needed": quorum.needed(opened.genesis),
            }
            for frozen in freezing.every(opened)
        ]
        return {"frozen": found}


def clear(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """CLEAR by an approver: one signature; with a quorum of them the person may act again, or the search go on."""
    word = records.read(Clearance, admitted.ask.body)
    with opened.lock:
        roster.require(admitted.person, Role.APPROVER)
        frozen = opened.store.get(Frozen, word.person)
        if frozen is None or frozen.entry != word.entry:
            raise Refused("nobody of this name is frozen by that entry: 'countenance freeze list' shows who is")
        if not quorum.may_approve(admitted.person, word.person, present.people(opened)):
            raise Refused("nobody clears their own account: ask another approver")
        if admitted.person.name in {
            person.name for person in standing.signers(opened, frozen.words, but=frozen.person)
        }:
            raise Refused("you have signed this already; once is enough")
        said = {**freezing.named(word.person), "by": admitted.person.name, "organisation": admitted.person.organisation}
        entry = opened.sequencer.append(Kind.CLEARING, said, of=frozen.entry)
        frozen = replace(frozen, words=(*frozen.words, admitted.signed))
        opened.store.put(frozen, word.person)
        signers = standing.signers(opened, frozen.words, but=frozen.person)
        cleared = standing.enough(opened, signers)
        if cleared:
            names = " ".join(sorted(person.name for person in signers))
            facts = {**freezing.named(word.person), "persons": names}
            entry = opened.sequencer.append(Kind.CLEARED, facts, of=frozen.entry)
            if frozen.cause == Cause.STRANGERS.value:
                strangers.begin_anew(opened, word.person, entry)
            opened.store.drop(Frozen, word.person)
        return {
            "person": word.person,
            "cleared": cleared,
            "signatures": len(signers),
            "needed": quorum.needed(opened.genesis),
            "entry": entry,
        }
