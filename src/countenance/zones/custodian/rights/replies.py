"""Replies: a clerk reads a question, looks at its camera and time, and says what becomes of it.

Invariants:

* A clerk's reply reaches no further than the question: sightings of its camera that overlap its time, and no others.
* Deleting restricts at once, and erases after seven days unless a quorum orders it before or holds it (`erasure`).
* Who was not met is told the same date whether or not anything was found: when it would be gone if there was. The log
  grows by the same entries, now and when the week is over: nothing is restricted and erased like something.
* A question is answered once. The answer is an entry; what the clerk pointed at is in no entry by its id.
* A clerk looks at footage of an hour only while a question about that camera and hour waits.
"""

import hashlib
from dataclasses import replace

from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Look
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.rights import Asked, Ground, Outcome, Question, Reply, Wish
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import backups, cases, epochs, present, restricting, roster
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened, keyed_hash
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.rights import questions
from countenance.zones.custodian.rights.records import Asking

_LONGEST_REASON = 500
MOST_SIGHTINGS = 20
"""Passes of one person before one camera in half an hour."""


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """QUESTIONS by a clerk: those that wait and those that were answered, the nearest due date first; no words.

    `copied`: ids of what its asker can be given a copy of now, to a clerk who approved it alone.
    """
    roster.require(admitted.person, Role.CLERK)
    with opened.lock:
        found = sorted(questions.every(opened), key=lambda one: (not one.waits, one.due))
        return {"questions": [{**_line(one), "copied": _copied(opened, admitted, one)} for one in found]}


def read(opened: Opened, admitted: Admitted, sealed: bytes) -> dict[str, Json]:
    """QUESTION by a clerk: one question with its words. `sealed`: what the repository keeps of it. An entry."""
    roster.require(admitted.person, Role.CLERK)
    request = records.read(Asked, admitted.ask.body).request
    with opened.lock:
        asking = questions.one(opened, request)
        if hashlib.sha256(sealed).digest() != asking.question_digest:
            raise Refused("what lies beside this request is not the question that was asked: its words are lost")
        try:
            letter = unseal(opened.sealing_private, binding("question", opened.genesis.deployment), sealed)
        except Tampered as error:
            raise Refused("the question's words cannot be opened: ask the asker again") from error
        words = records.read(Question, letter).words
        facts = {"request": request, "person": admitted.person.name}
        entry = opened.sequencer.append(Kind.READ, facts, of=asking.entry)
        return {**_line(asking), "words": words, "entry": entry}


def reply(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """REPLY by a clerk, at their authenticator. Raises Refused for sightings that the question does not reach."""
    roster.require(admitted.person, Role.CLERK)
    said = records.read(Reply, admitted.ask.body)
    with opened.lock:
        asking = questions.one(opened, said.request)
        if not asking.waits:
            raise Refused("this question was answered before: nothing more is said to it")
        if asking.warrant:
            raise Refused("what was asked with a face is answered by its search and two reviewers, not by hand")
        outcome = _outcome(asking, said)
        for sighting in said.sightings:
            if not _reached(opened, asking, sighting):
                raise Refused("one of these sightings is not of this question's camera and time, or is held no longer")
        now, erased = opened.clock(), ""
        deletes = outcome is not Outcome.DECLINED and asking.wish is not Wish.TELL
        if deletes:
            # Of nothing as well: or by how many entries the log grew, who was not met could tell whether there was any.
            # And of what is restricted already: for somebody else it may be let go, or wait for a hold.
            pointed = said.sightings
            state = restricting.restricted_by(opened, admitted.person.name, pointed, f"request {said.request}")
            erased = records.digest(state.request).hex()
        gone_by = gone_by_of(opened, asking, now) if deletes else 0
        facts = {
            "request": said.request,
            "outcome": outcome.value,
            "ground": said.ground,
            "person": admitted.person.name,
            "reason_hash": keyed_hash(opened, "replies", said.reason.encode()).hex(),
            "gone_by": str(gone_by),
        }
        entry = append_once(opened, Kind.REPLIED, facts, asking.entry)
        answered = replace(
            asking,
            outcome=outcome.value,
            ground=said.ground,
            answered=opened.sequencer.entry(entry).made,
            replied_entry=entry,
            gone_by=gone_by,
            sightings=said.sightings,
            erasure=erased,
            reason=said.reason,
        )
        opened.store.put(answered, said.request)
        return {"request": said.request, "outcome": outcome.value, "entry": entry, "erasure": erased}


def may_look(opened: Opened, asked: Look) -> None:
    """Raise Refused unless a question about this camera and these hours waits."""
    for asking in questions.every(opened):
        first, last = Hour.of(asking.start).number, Hour.of(asking.end - 1).number
        if asking.waits and asking.camera == asked.camera and first <= asked.first <= asked.last <= last:
            return
    raise Refused("a clerk looks only at the camera and hour of a question that waits: open it from the list")


def _outcome(asking: Asking, said: Reply) -> Outcome:
    if len(said.reason) > _LONGEST_REASON:
        raise Malformed(f"a reason has at most {_LONGEST_REASON} characters")
    if len(set(said.sightings)) != len(said.sightings) or len(said.sightings) > MOST_SIGHTINGS:
        raise Malformed(f"name each sighting once, and at most {MOST_SIGHTINGS}")
    if said.ground:
        if said.ground not in {ground.value for ground in Ground} or not said.reason.strip():
            raise Malformed("who declines a question gives a ground of the law, and a reason for the file")
        if said.sightings or (said.met and said.ground == Ground.NOT_IDENTIFIABLE):
            raise Malformed("who declines a question points at nothing")
        return Outcome.DECLINED
    if not said.met and asking.wish is Wish.TELL:
        raise Refused("what is held is told only to who stands before you: meet them, or decline (Art. 11(2))")
    return Outcome.MET if said.met else Outcome.DONE


def _reached(opened: Opened, asking: Asking, sighting: str) -> bool:
    """Whether a sighting is of the question's camera and overlaps its time."""
    row = questions.row_of(opened, sighting)
    return row is not None and row.camera == asking.camera and row.start < asking.end and row.end >= asking.start


def gone_by_of(opened: Opened, asking: Asking, now: Moment) -> Moment:
    """When whatever there may have been is gone from every copy: it says nothing about whether there was."""
    erased = now + restricting.RESTRICTED_MILLISECONDS + questions.DAY
    return max(erased, epochs.last_moment(Hour.of(asking.end).number), backups.horizon(opened))


def _copied(opened: Opened, admitted: Admitted, asking: Asking) -> list[Json]:
    mine = asking.copied(opened.clock())
    met = bool(mine) and present.has_approved(opened, admitted.person, cases.state(opened, asking.warrant))
    return list(mine) if met else []


def _line(asking: Asking) -> dict[str, Json]:
    return {
        "request": asking.request,
        "wish": asking.wish.value,
        "camera": asking.camera,
        "start": asking.start,
        "end": asking.end,
        "language": asking.language,
        "made": asking.made,
        "due": asking.due,
        "outcome": asking.outcome,
        "answered": asking.answered,
        "erasure": asking.erasure,
        "warrant": asking.warrant,
        "copy": asking.copy,
    }
