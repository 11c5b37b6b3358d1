"""Releasing: the second custodian's values of stills, patches and footage, each for an act that a person signed.

Invariants:

* A still's value goes out for a reviewer's signed ask only: of sightings in the scope of a warrant that a search was
  authorised for here, at most candidates times uses of one version, to two reviewers each, and to a third once it is
  shown that of two signed verdicts one, and one only, is *same*.
* Values of patches go out for the requester's signed ask, and two reviewers' signed verdicts *same*, with a third's
  beside them if it was asked.
* Values of footage go out with a disclosure, and for an operator's signed look.
* Each is an entry before it leaves. Which sighting a nonce is of, the second cannot tell: it derives for the name it is
  given, and a value for a wrong name or nonce opens nothing.
"""

from dataclasses import replace

from countenance.crypto import authorship, derive
from countenance.errors import Malformed, Refused
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Person, Role
from countenance.warrants import scope
from countenance.warrants.authorise import Act
from countenance.zones.custodian import cameras, cases, outcomes, requests, review, roster
from countenance.zones.custodian.cases import CONFIRMED, Candidate
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.second import calls, leasing, permitting, values
from countenance.zones.custodian.second.calls import Heard
from countenance.zones.custodian.second.permitting import Permitted

HOURS = 4
"""Hours of footage of one disclosure: a sighting's, and what a clip shows before and after it."""


def still(opened: Opened, call: Heard) -> bytes:
    """{camera, hour, verdicts: how many} -> the still's value, 32 bytes.

    Blobs: a reviewer's signed ask, text, template, words; two signed verdicts if they disagree; nonce.
    """
    with opened.lock:
        brought = permitting.case(opened, call, after=calls.number(call, "verdicts") + 1)
        with requests.logged(opened, brought.admitted):
            asked = records.read(Candidacy, permitting.asks(brought, Verb.CANDIDATE))
            may, person = permitting.permitted(opened, call, brought, Act.STILL, asked), brought.admitted.person
            review.may_review(opened, person, may.state)
            known = _disagreed(opened, call, _candidate(opened, call, may, asked), may)
            review.may_see(known, person)
            key = values.block_key(opened, Partition(known.camera, known.hour))
            if person.name not in known.viewers:
                known = replace(known, viewers=(*known.viewers, person.name))
                opened.store.put(known, cases.candidate_key(known.warrant, known.number, known.sighting))
            told = {"candidate": known.sighting}
            entry = outcomes.authorised(opened, may.authorisation, person.name, may.state, facts=told)
            value = derive.still_key(key, _nonce(call), known.sighting)
            outcomes.delivered(opened, entry)
        return value


def disclosure(opened: Opened, call: Heard) -> bytes:
    """{camera, hour, footage: hours, verdicts: how many} -> {still, patches, footage: {hour: value}}, in hex.

    Blobs: the officer's signed ask, text, template, words; signed verdicts; nonce of still and patches.
    """
    count = calls.number(call, "verdicts")
    with opened.lock:
        brought = permitting.case(opened, call, after=count + 1)
        with requests.logged(opened, brought.admitted):
            asked = records.read(Candidacy, permitting.asks(brought, Verb.DISCLOSE))
            may, person = permitting.permitted(opened, call, brought, Act.DISCLOSURE, asked), brought.admitted.person
            roster.require(person, Role.OFFICER)
            if person.name != may.state.requester:
                raise Refused("only its requester is given evidence under a warrant")
            known = _confirmed(opened, call, _candidate(opened, call, may, asked), may)
            roster.within(person, (known.camera,))
            key = values.block_key(opened, Partition(known.camera, known.hour))
            hours, nonce = _hours(call, known.hour), _nonce(call)
            told = {"candidate": known.sighting}
            entry = outcomes.authorised(opened, may.authorisation, person.name, may.state, facts=told)
            answer: dict[str, Json] = {
                "still": derive.still_key(key, nonce, known.sighting).hex(),
                "patches": derive.patches_key(key, nonce, known.sighting).hex(),
                "footage": values.footage(opened, known.camera, hours),
            }
            outcomes.delivered(opened, entry)
        return canonical.write(answer)


def look(opened: Opened, call: Heard) -> bytes:
    """Blobs: an operator's signed look, the camera's declaration -> {footage: {hour: value}}, in hex."""
    if not 1 <= len(call.blobs) <= 2:
        raise Malformed("a look comes with the operator's signed ask and the camera's declaration")
    with opened.lock:
        admitted = permitting.heard(opened, call, call.blobs[0])
        with requests.logged(opened, admitted):
            if admitted.ask.verb != Verb.LOOK.value:
                raise Refused("the person asked for something else than the first custodian says")
            for declaration in call.blobs[1:]:
                leasing.learn(opened, declaration, call.first)
            return canonical.write({"footage": cameras.look(opened, admitted)["keys"]})


def _candidate(opened: Opened, call: Heard, may: Permitted, asked: Candidacy) -> Candidate:
    """What is known here of a sighting that the first says was returned. Raises Refused if it may not have been."""
    state, place = may.state, Partition(calls.text(call, "camera"), calls.number(call, "hour"))
    if place not in scope.partitions(state.standing.scope):
        raise Refused("this sighting is not in the warrant's scope")
    limits, version = state.standing.limits, f"{asked.warrant}/{asked.number}/"
    if state.uses_left >= limits.uses:
        raise Refused("the second custodian has authorised no search under this warrant: search first")
    key = cases.candidate_key(asked.warrant, asked.number, asked.sighting)
    known = opened.store.get(Candidate, key)
    if known is not None:
        if (known.camera, known.hour) != (place.camera, place.hour):
            raise Refused("this sighting was in another camera or hour when it was asked for before")
        return known
    if opened.store.count(Candidate, version) >= limits.candidates * limits.uses:
        raise Refused("more sightings were asked for than searches under this warrant can return: draft a new warrant")
    before = cases.before(opened, asked.warrant, asked.number, asked.sighting)
    return Candidate(
        warrant=asked.warrant,
        number=asked.number,
        sighting=asked.sighting,
        camera=place.camera,
        hour=place.hour,
        search_entry=state.entry,
        threshold=limits.threshold,
        viewers=before.viewers if before else (),
        verdicts=(),
        outcome="",
    )


def _disagreed(opened: Opened, call: Heard, known: Candidate, may: Permitted) -> Candidate:
    """The candidate, with two viewers' verdicts if the call brings them: entries then. Raises Refused if they agree."""
    if known.outcome or known.verdicts or not calls.number(call, "verdicts"):
        return known
    judged = _judged(opened, call, known)
    if len(judged.verdicts) != cases.VIEWERS or review.same(judged) != 1:
        raise Refused("a third reviewer looks only where of two verdicts one, and one only, is 'same'")
    _said(opened, judged, may)
    opened.store.put(judged, cases.candidate_key(known.warrant, known.number, known.sighting))
    return judged


def _confirmed(opened: Opened, call: Heard, known: Candidate, may: Permitted) -> Candidate:
    """The candidate, once two of its viewers' verdicts say *same*, which are entries then. Raises Refused."""
    if known.outcome == CONFIRMED:
        return known
    judged = _judged(opened, call, known)
    if review.same(judged) < cases.VIEWERS:
        raise Refused("two reviewers who saw the still must say 'same' first")
    entry = _said(opened, judged, may)
    opened.sequencer.append(Kind.REVIEWED, {**_facts(known, may), "outcome": CONFIRMED}, of=entry)
    judged = replace(judged, outcome=CONFIRMED)
    opened.store.put(judged, cases.candidate_key(known.warrant, known.number, known.sighting))
    return judged


def _judged(opened: Opened, call: Heard, known: Candidate) -> Candidate:
    """The candidate with the verdicts that the call brings, one a viewer. Raises Refused for anything else."""
    last = len(call.blobs) - 1
    signed = tuple(records.read(Signed, blob) for blob in call.blobs[last - calls.number(call, "verdicts") : last])
    judges = {_judge(opened, call, one, known).name for one in signed}
    if len(judges) < len(signed) or not judges <= set(known.viewers):
        raise Refused("a verdict counts once, of a reviewer who saw the still")
    return replace(known, verdicts=signed)


def _said(opened: Opened, known: Candidate, may: Permitted) -> int:
    """An entry for each who gave a verdict; the last one's index."""
    entry = may.state.entry
    for name in sorted(signed.signer for signed in known.verdicts):
        entry = opened.sequencer.append(Kind.REVIEWED, {**_facts(known, may), "person": name}, of=may.state.entry)
    return entry


def _facts(known: Candidate, may: Permitted) -> dict[str, str]:
    return {
        **{"warrant": known.warrant, "number": str(known.number), "candidate": known.sighting},
        "policy": may.state.policy.hex(),
    }


def _judge(opened: Opened, call: Heard, signed: Signed, known: Candidate) -> Person:
    """Who gave a verdict on the candidate. A reviewer who was revoked since keeps it. Raises Refused."""
    person = roster.ever(opened, signed.signer)
    ask = requests.ask_of(signed, person, call.first)
    authorship.hardware(signed, ask.verb, call.first)
    said = records.read(Review, ask.body) if ask.verb == Verb.REVIEW.value else None
    meant = (known.warrant, known.number, known.sighting)
    if said is None or (said.warrant, said.number, said.sighting) != meant:
        raise Refused("this is no verdict on this candidate")
    roster.require(person, Role.REVIEWER)
    return person


def _nonce(call: Heard) -> bytes:
    nonce = call.blobs[-1]
    calls.nonces(nonce, 1)
    return nonce


def _hours(call: Heard, hour: int) -> tuple[int, ...]:
    listed = call.body.get("footage")
    hours = tuple(one for one in listed if type(one) is int) if isinstance(listed, list) else ()
    if len(hours) > HOURS or any(abs(one - hour) >= HOURS for one in hours):
        raise Refused("a disclosure opens the footage of its sighting's hours only")
    return hours
