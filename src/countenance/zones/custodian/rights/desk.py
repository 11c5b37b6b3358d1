"""The desk: somebody asks about themselves with their face, at a kiosk, while a clerk watches.

The procedure (the numbers are in the code):

1. An enrolled kiosk signed the text, within the last five minutes, in its own name; nobody else can have one filed.
2. The text is a subject's request that clerks' approvals could make permission (`warrants.subjects`), not yet known.
3. Kiosk and deployment have requests left today. Then it is an entry, and a question with a code like any other.
4. Clerks approve it with their hardware keys, and one of them has it searched, once (`retrieval`). What is found is
   kept out of other searches at once where deletion was asked for, for at most seven days.
5. Two reviewers, blind to each other, hold each candidate against the photo (`review`). Who is not confirmed is let go
   again, neither told of nor erased; what is confirmed is told, or restricted anew and erased by the clock.
6. When nothing waits for a verdict, or the request has expired, the question is answered: an entry.
7. Where a copy was asked for, a clerk who approved has what was confirmed disclosed (`disclosure`), until the request
   expires, and gives it to who asked. What is restricted for this very request is no obstacle.

Probe and photo are sealed to the hour's epoch key, which is in no backup and is destroyed after two days at the latest:
then no copy of what the repository kept can be opened by anybody.

Who takes a kiosk can file requests about whoever it sees, or about a face that it makes up, until it is revoked; each
needs a clerk at their key, finds at most ten candidates, and tells whoever has the code no more than two reviewers
confirmed.
"""

from contextlib import suppress
from dataclasses import replace

from countenance.channel.message import Message
from countenance.crypto import verify
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.rights import Outcome, Wish, request_of
from countenance.vocabulary.warrants import Person, Warrant, WarrantKind
from countenance.warrants import calibrations, narrowing, threshold
from countenance.warrants.authorise import lawful
from countenance.zones.custodian import alarms, calibrating, cases, edges, epochs, present, restricting, versions
from countenance.zones.custodian.cases import CONFIRMED, NOT_CONFIRMED, WarrantState
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import FRESH_MINUTES, KEY, MINUTE
from countenance.zones.custodian.rights import questions, replies
from countenance.zones.custodian.rights.records import Asking, OfWarrant

KIOSK_CAP, DEPLOYMENT_CAP = 40, 100
"""Requests with a face in 24 hours, of one kiosk and of all together: a desk sees no more people. Ours."""


def key(opened: Opened, message: Message) -> Message:
    """`desk.key`: {extractor} -> {hour, least}, the public key that a kiosk seals probe and photo to now, and the log
    key's word on all of it, or whoever passes it on could put a key of their own in its place.

    `least`: the highest floor of the calibrations that were set for the extractor (hex), thousandths; 0 for none.
    """
    with opened.lock:
        hour, extractor = Hour.of(opened.clock()).number, str(message.body.get("extractor", ""))
        fitting = [one for one in opened.desk.calibrations if one.extractor.hex() == extractor]
        least, public = threshold.floor(fitting) if fitting else 0, epochs.public_key(opened, hour)
        said = binding("desk-key", _name(opened), str(hour), extractor, str(least), public.hex())
        return Message(message.verb, {"hour": hour, "least": least}, (public, opened.signing.sign(said)))


def file(opened: Opened, message: Message) -> Message:
    """`desk.file`: {hour}; the kiosk's sealed word, sealed text, template and photo key. Raises Refused, Malformed."""
    if len(message.blobs) != 4:
        raise Malformed("a kiosk's request comes with its word, text, template and the photo's key")
    letter, text, template, photo_key = message.blobs
    hour = message.body.get("hour")
    with opened.lock:
        now = opened.clock()
        if not isinstance(hour, int) or hour not in (Hour.of(now).number, Hour.of(now).number - 1):
            raise Malformed("a request is sealed to the key of this hour: capture again")
        signed = _signed(opened, letter)  # (1)
        warrant = records.read(Warrant, signed.body)
        epoch = epochs.private_key(opened, hour)
        coded = unseal(epoch, binding("probe", _name(opened), warrant.warrant), template)
        if len(unseal(epoch, binding("photo", _name(opened), warrant.warrant), photo_key)) != KEY:
            raise Malformed(f"the key of a photo is {KEY} bytes: capture again")
        plain = unseal(opened.sealing_private, binding("warrant", _name(opened), warrant.warrant, "1"), text)
        if plain != signed.body or warrant.requester != signed.signer or warrant.probe.helper != signed.signer:
            raise Refused("this kiosk's request is not the text it signed, or names another kiosk: capture again")
        if abs(now - warrant.made) > FRESH_MINUTES * MINUTE:
            raise Refused("this request is not of the last five minutes: set the kiosk's clock, or capture again")
        lawful(signed.body, template=coded, circumstances=present.circumstances(opened, 0))  # (2)
        encode.from_bytes(coded).fill(0)
        calibrations.check_floor(calibrating.of_warrant(opened, warrant), warrant.limits.threshold)
        _check_new(opened, warrant)
        entry = versions.drafted(opened, Kind.DRAFTED, warrant, -1)  # (3)
        state, asking = _state(opened, warrant, entry, hour), _asking(opened, warrant, entry)
        with opened.store.together():
            opened.store.put(state, warrant.warrant)
            opened.store.put(asking, asking.request)
            opened.store.put(OfWarrant(asking.request), warrant.warrant)
        return Message(message.verb, {"request": asking.request, "entry": entry})


def searched(opened: Opened, state: WarrantState, by: Person, *, partly: bool) -> None:
    """After the search: what was found is out of other searches where deletion was asked for (4), or it is over (6).

    `partly`: not all that there is was compared, or more was found than may be told. Its asker is told that.
    """
    asking = _of(opened, state.warrant)
    if asking is None:
        return
    asking = replace(asking, clerk=by.name, partly=partly)
    opened.store.put(asking, asking.request)
    if asking.wish is not Wish.TELL:
        for one in cases.candidates(opened, state.warrant, state.standing.number):
            found, request = (one.sighting,), asking.request
            restricting.restricted_by(opened, by.name, found, f"desk {request}", desk=request, provisional=True)
    _settle(opened, state, asking)


def settle(opened: Opened, state: WarrantState) -> None:
    """Carry on after a verdict (5), and answer the question when nothing waits any more (6)."""
    asking = _of(opened, state.warrant)
    runs = any(one.authorisation.warrant.warrant == state.warrant for one in opened.desk.running.values())
    if asking is not None and asking.waits and not runs:
        _settle(opened, state, asking)


def begun(opened: Opened, state: WarrantState, by: Person) -> None:
    """Remember who has it searched, before anything is found."""
    if (asking := _of(opened, state.warrant)) is not None:
        opened.store.put(replace(asking, clerk=by.name), asking.request)


def _settle(opened: Opened, state: WarrantState, asking: Asking) -> None:
    found = list(cases.candidates(opened, state.warrant, state.standing.number))
    over = state.standing.limits.expires <= opened.clock()
    for one in found:
        if one.outcome == NOT_CONFIRMED or (over and one.outcome != CONFIRMED):
            restricting.lift(opened, asking.request, one.sighting)
    if not over and (state.uses_left or any(not one.outcome for one in found)):
        return
    mine = tuple(one.sighting for one in found if one.outcome == CONFIRMED)
    undecided = any(not one.outcome for one in found)
    with opened.store.together():
        _answer(opened, replace(asking, partly=asking.partly or undecided), mine)


def settle_due(opened: Opened) -> None:
    """Answer what expired unsearched or unjudged: the clock's part."""
    with opened.lock:
        for asking in list(questions.every(opened)):
            if asking.waits and asking.warrant:
                # One that cannot be settled now keeps none of the others waiting, nor the clock.
                with suppress(Refused):
                    settle(opened, cases.state(opened, asking.warrant))


def _answer(opened: Opened, asking: Asking, mine: tuple[str, ...]) -> None:
    erased, gone_by, name = "", 0, asking.request
    if asking.wish is not Wish.TELL and mine:
        for sighting in mine:
            restricting.lift(opened, name, sighting)
        state = restricting.restricted_by(opened, asking.clerk, mine, f"desk {name}", desk=name)
        erased = records.digest(state.request).hex()
        gone_by = replies.gone_by_of(opened, asking, opened.clock())
    facts = {
        "request": asking.request,
        "outcome": Outcome.MET.value,
        "ground": "",
        "person": asking.clerk,
        "gone_by": str(gone_by),
    }
    entry = append_once(opened, Kind.REPLIED, facts, asking.entry)
    done = replace(
        asking,
        outcome=Outcome.MET.value,
        answered=opened.sequencer.entry(entry).made,
        replied_entry=entry,
        gone_by=gone_by,
        sightings=mine,
        erasure=erased,
    )
    opened.store.put(done, asking.request)


def _signed(opened: Opened, letter: bytes) -> Signed:
    signed = records.read(Signed, unseal(opened.sealing_private, binding("desk", _name(opened)), letter))
    verify.verify(edges.edge(opened, signed.signer, edges.KIOSK).signing_key, signed.body, signed.signature)
    return signed


def _check_new(opened: Opened, warrant: Warrant) -> None:
    if opened.genesis.custodians > 1:
        raise Refused("with two custodians nobody can ask with a face yet: ask without one")
    said = warrant.subject
    if said is None or warrant.kind is not WarrantKind.SUBJECT_ACCESS:
        raise Refused("a kiosk files a subject's own request, and nothing else")
    if opened.store.get(WarrantState, warrant.warrant) or opened.store.get(Asking, request_of(said.code_hash)):
        raise Refused("this request was filed before: capture again")
    caps = ((f"kiosk {warrant.requester}", KIOSK_CAP), ("desk", DEPLOYMENT_CAP))
    if not all(questions.spent(opened, what, cap) for what, cap in caps):
        raise Refused("as many people as a day allows have asked with their face: ask without it, or tomorrow")


def _state(opened: Opened, warrant: Warrant, entry: int, hour: int) -> WarrantState:
    return WarrantState(
        warrant=warrant.warrant,
        requester=warrant.requester,
        standing=narrowing.standing(warrant),
        approvals=(),
        uses_left=1,
        entry=entry,
        # Random: nothing of the probe stays, not even a keyed hash.
        probe=opened.random(len(alarms.mark(opened, b""))),
        extractor=warrant.probe.extractor,
        kind=warrant.kind,
        policy=warrant.policy,
        purpose=warrant.purpose,
        clerks=warrant.subject.clerks if warrant.subject else 0,
        epoch=hour,
    )


def _asking(opened: Opened, warrant: Warrant, entry: int) -> Asking:
    said = warrant.subject
    if said is None:
        raise Refused("a kiosk files a subject's own request, and nothing else")
    request = request_of(said.code_hash)
    due = warrant.limits.expires
    facts = {"request": request, "wish": said.wish, "due": str(due)}
    asked = opened.sequencer.append(Kind.ASKED, facts, of=entry)
    return Asking(
        request=request,
        wish=Wish(said.wish),
        camera="",
        start=warrant.scope.start,
        end=warrant.scope.end,
        language="en",
        code_hash=said.code_hash,
        question_digest=b"",
        made=opened.sequencer.entry(asked).made,
        due=due,
        entry=asked,
        outcome="",
        ground="",
        answered=0,
        replied_entry=-1,
        gone_by=0,
        sightings=(),
        erasure="",
        warrant=warrant.warrant,
        partly=True,
        copy=said.copy,
    )


def _of(opened: Opened, warrant: str) -> Asking | None:
    known = opened.store.get(OfWarrant, warrant)
    return None if known is None else opened.store.get(Asking, known.request)


def _name(opened: Opened) -> str:
    return opened.genesis.deployment
