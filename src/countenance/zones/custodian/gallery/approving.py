"""Approving: a gallery's life until it may stand. Drafted by an officer, read, approved or declined, listed.

Invariants:

* A text that no approval could make lawful is refused when it is filed, and so is one with a reference that was not
  brought with exactly the probe that the text names.
* Every one of these acts is an entry; the answer leaves after it. The last word of a person is the one that counts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Filing, Named
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.galleries import Alert, StandingGallery
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval, Role
from countenance.warrants import galleries, quorum
from countenance.zones.custodian import edges, present, roster
from countenance.zones.custodian.approvals import LONGEST_REASON
from countenance.zones.custodian.gallery.records import GalleryState, GalleryText, SealedTemplate, state
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE, Admitted


def draft(opened: Opened, admitted: Admitted, message: Message) -> dict[str, Json]:
    """DRAFT by an officer, the requester. The text lies sealed behind the ask."""
    roster.require(admitted.person, Role.OFFICER)
    filing = records.read(Filing, admitted.ask.body)
    with opened.lock:
        text = _text(opened, filing, message)
        gallery = galleries.lawful(text, present.circumstances(opened, 0), opened.desk.calibrations)
        if gallery.requester != admitted.person.name:
            raise Refused("who files a gallery is its requester: draft it in your own name")
        if gallery.made > opened.clock() + FRESH_MINUTES * MINUTE:
            raise Refused("this gallery was made in the future: set this machine's clock and draft it again")
        if opened.store.get(GalleryState, gallery.gallery) is not None:
            raise Refused("a gallery of this id was drafted before: draft this one under a new id")
        _check_brought(opened, gallery)
        kept = galleries.standing(gallery)
        if kept.flight:
            _check_flight(opened, kept)
        if kept.consent and any(one.standing.consent == kept.consent for _, one in opened.store.all(GalleryState)):
            raise Refused("this consent was given for another gallery: ask the person for a new one")
        facts = {
            **_naming(kept.named),
            "requester": kept.requester,
            "uses": str(kept.limits.alerts if kept.flight else 0),
            "expires": str(kept.end),
            "secrecy_end": str(kept.limits.secrecy_end),
            "references": str(kept.references),
            **({"consent": kept.consent.hex()} if kept.consent else {}),
            **({"flight": kept.flight} if kept.flight else {}),
        }
        entry = opened.sequencer.append(Kind.DRAFTED, facts)
        with opened.store.together():
            opened.store.put(GalleryText(text), kept.gallery)
            opened.store.put(GalleryState(kept, (), entry), kept.gallery)
        return {"gallery": kept.gallery, "number": kept.number, "hash": kept.hash.hex(), "entry": entry}


def approve(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """APPROVE by an approver: a yes, or a reasoned no, over the text that stands. The last word counts."""
    word = records.read(Approval, admitted.ask.body)
    with opened.lock:
        known = state(opened, word.warrant)
        roster.require(admitted.person, Role.APPROVER)
        _check_word(opened, admitted, word, known)
        facts = {
            **_naming(known.standing.named),
            "person": admitted.person.name,
            "organisation": admitted.person.organisation,
        }
        entry = opened.sequencer.append(Kind.APPROVED if word.approves else Kind.DECLINED, facts, of=known.entry)
        known = replace(known, approvals=(*known.approvals, admitted.signed))
        opened.store.put(known, known.standing.gallery)
        return {"approvals": _count(opened, known), "needed": quorum.needed(opened.genesis), "entry": entry}


def read(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """READ by the requester or an approver: the text, and who has said what of it."""
    named = records.read(Named, admitted.ask.body)
    with opened.lock:
        known = state(opened, named.warrant)
        if admitted.person.name != known.standing.requester:
            roster.require(admitted.person, Role.APPROVER)
        kept = opened.store.get(GalleryText, named.warrant)
        if named != known.standing.named:
            raise Refused("this is not the text that was drafted: 'countenance gallery list' shows what was")
        if kept is None:
            raise Refused("this gallery has ended, and its text with it")
        facts = {"warrant": named.warrant, "number": str(named.number), "person": admitted.person.name}
        opened.sequencer.append(Kind.READ, facts, of=known.entry)
        return {"text": kept.text.hex(), "approvals": _words(opened, known), "state": condition(opened, known)}


def listed(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """WARRANTS: to a requester their own galleries, to approvers and reviewers all. Ids, hashes, counts and times."""
    with opened.lock:
        every = {Role.APPROVER, Role.REVIEWER} & set(admitted.person.roles)
        found: list[Json] = [
            _line(opened, known)
            for _, known in opened.store.all(GalleryState)
            if every or known.standing.requester == admitted.person.name
        ]
        return {"galleries": found}


def condition(opened: Opened, known: GalleryState) -> str:
    """In one word: ended, withdrawn, waiting (for approvals), approved (and begins later), or standing."""
    if known.ended:
        return known.why
    circumstances = present.circumstances(opened, 0)
    try:
        quorum.check(
            galleries.given(known.standing, known.approvals, circumstances),
            people=circumstances.people,
            genesis=circumstances.genesis,
        )
    except Refused:
        return "waiting"
    try:
        galleries.permit(known.standing, known.approvals, circumstances, opened.desk.calibrations)
    except Refused:
        return "approved"
    return "standing"


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: a word that the log says was taken back is void, though a crash may have kept the store from it."""
    declined: dict[tuple[str, str], bool] = {}
    for entry in history:
        if entry.kind in (Kind.APPROVED, Kind.DECLINED):
            facts = dict(entry.facts)
            declined[facts["person"], facts["hash"]] = entry.kind is Kind.DECLINED
    with opened.lock:
        for name, known in list(opened.store.all(GalleryState)):
            hashed = known.standing.hash.hex()
            counting = galleries.given(known.standing, known.approvals, present.circumstances(opened, 0))
            void = {word.person for word in counting if declined.get((word.person, hashed))}
            if void:
                words = tuple(signed for signed in known.approvals if signed.signer not in void)
                opened.store.put(replace(known, approvals=words), name)


def _text(opened: Opened, filing: Filing, message: Message) -> bytes:
    if len(message.blobs) != 2:
        raise Malformed("a draft comes with its sealed text")
    info = binding("warrant", opened.genesis.deployment, filing.warrant, str(filing.number))
    try:
        text = unseal(opened.sealing_private, info, message.blobs[1])
    except Tampered as error:
        raise Refused("the text beside this request is not the one it names: file it again") from error
    gallery = records.read(StandingGallery, text)
    if (gallery.gallery, gallery.number, hashlib.sha256(text).digest()) != (
        filing.warrant,
        filing.number,
        filing.hash,
    ):
        raise Refused("the text beside this request is not the one it names: file it again")
    return text


def _check_brought(opened: Opened, gallery: StandingGallery) -> None:
    brought = {name: kept.probe for name, kept in opened.store.all(SealedTemplate, f"{gallery.gallery}/")}
    for one in gallery.references:
        if brought.get(f"{gallery.gallery}/{one.reference}") != one.probe:
            raise Refused("a reference of this gallery was not brought as its text names it: draft the gallery again")
    if len(brought) != len(gallery.references):
        raise Refused("references were brought that the text does not name: draft the gallery again")


def _check_flight(opened: Opened, kept: galleries.Standing) -> None:
    for one in kept.cameras:
        edges.edge(opened, one.edge, edges.GATE)
    for _, other in opened.store.all(GalleryState):
        if other.standing.flight == kept.flight and not other.ended:
            raise Refused("this flight has a gallery, or one that waits: 'countenance gallery withdraw' ends it first")


def _check_word(opened: Opened, admitted: Admitted, word: Approval, known: GalleryState) -> None:
    person, kept = admitted.person, known.standing
    if word.person != person.name:
        raise Refused("an approval is given in one's own name only")
    if not quorum.may_approve(person, kept.requester, present.people(opened)):
        raise Refused("who asks for a gallery never approves it: ask another approver")
    if Named(word.warrant, word.number, word.hash) != kept.named:
        raise Refused("this is not the text that was drafted: read the gallery again before you sign")
    if known.ended or kept.end <= opened.clock():
        raise Refused("this gallery has ended: nothing can be said of it any more")
    if (not word.approves and not word.reason.strip()) or len(word.reason) > LONGEST_REASON:
        raise Refused(f"a refusal needs a reason, of at most {LONGEST_REASON} characters")
    given = galleries.given(kept, known.approvals, present.circumstances(opened, 0))
    if word.approves and person.name in {one.person for one in given}:
        raise Refused("you have approved this gallery already; once is enough")


def _count(opened: Opened, known: GalleryState) -> int:
    return len(galleries.given(known.standing, known.approvals, present.circumstances(opened, 0)))


def _words(opened: Opened, known: GalleryState) -> list[Json]:
    """Everyone's last word, counting or not, in order."""
    last: dict[str, Approval] = {}
    for signed in known.approvals:
        last.pop(signed.signer, None)
        last[signed.signer] = records.read(Approval, records.read(Ask, signed.body).body)
    homes = {member.person.name: member.person.organisation for member in roster.members(opened)}
    return [
        {"person": name, "organisation": homes.get(name, ""), "approves": word.approves, "reason": word.reason}
        for name, word in last.items()
    ]


def _line(opened: Opened, known: GalleryState) -> dict[str, Json]:
    kept = known.standing
    ends: Moment = known.ended or kept.end
    return {
        "gallery": kept.gallery,
        "number": kept.number,
        "hash": kept.hash.hex(),
        "requester": kept.requester,
        "references": kept.references,
        "cameras": [one.name for one in kept.cameras],
        "flight": kept.flight,
        "start": kept.start,
        "end": ends,
        "state": condition(opened, known),
        "reason": known.reason,
        "approvals": _count(opened, known),
        "needed": quorum.needed(opened.genesis),
        "alerts": opened.store.count(Alert, f"{kept.gallery}/"),
    }


def _naming(named: Named) -> dict[str, str]:
    return {"warrant": named.warrant, "number": str(named.number), "hash": named.hash.hex()}
