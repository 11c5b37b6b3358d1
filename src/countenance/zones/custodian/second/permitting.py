"""Permitting: the second custodian holds a warrant against its own roster, whatever the first has found.

Every act under a warrant comes with the same papers: the ask as its person signed it, the text, the template, the
declarations of the scope's cameras as operators signed them, and the words of approvers as they signed them. The
procedure (the numbers are in the code):

1. The ask is signed by a person on this roster, for this deployment, in the last five minutes, and was not heard
   before.
2. `warrants.authorise` makes an Authorisation of text, words and circumstances as this custodian knows them, its own
   policy among them. Freezes, budgets, decoys and how often urgency was used are the first's.
3. The version is the newest this custodian was presented with, and follows an older one only by opening no more. Uses
   are counted here; those of an older version stay spent.
4. What is new is an entry: the version, and each approver's word. The last word counts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Candidacy, Named, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Warrant
from countenance.warrants import narrowing
from countenance.warrants.authorise import Act, Authorisation, authorise
from countenance.zones.custodian import alarms, present, requests, urgency, versions
from countenance.zones.custodian.cases import Presented, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.second import calls, leasing
from countenance.zones.custodian.second.calls import Heard

BEFORE = 3
"""Blobs before the words: ask, text, template."""


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """An act under a warrant, before it is checked. `text`, `template`: bytes.

    `cameras`: declarations, as signed and written; `words`: of approvers, as signed.
    """

    admitted: Admitted
    text: bytes
    template: bytes
    cameras: tuple[bytes, ...]
    words: tuple[Signed, ...]

    def __repr__(self) -> str:
        return f"Case({self.admitted!r})"


@dataclass(frozen=True, slots=True)
class Permitted:
    """An act under a warrant that may be done. `state`: of the warrant, as it is kept here."""

    authorisation: Authorisation
    state: WarrantState


def case(opened: Opened, call: Heard, *, after: int = 0) -> Case:
    """The case in a call whose last `after` blobs are something else (1). Raises Malformed, Refused, Tampered."""
    papers = call.blobs[: len(call.blobs) - after]
    cameras = calls.number(call, "cameras") if "cameras" in call.body else 0
    if len(papers) < BEFORE + cameras:
        raise Malformed("an act under a warrant comes with ask, text, template and the words of approvers")
    letter, text, template, *rest = papers
    declared, words = rest[:cameras], rest[cameras:]
    admitted = heard(opened, call, letter)
    return Case(admitted, text, template, tuple(declared), tuple(records.read(Signed, word) for word in words))


def heard(opened: Opened, call: Heard, letter: bytes) -> Admitted:
    """The ask that a person made now: signed by key or credential of this roster, new, by an authenticator that counts.

    Raises Malformed, Refused, Tampered.
    """
    admitted = requests.signed_by(opened, letter, call.first)
    requests.once(opened, admitted.ask)
    with requests.logged(opened, admitted):
        requests.count(opened, admitted)
    return admitted


def permitted(opened: Opened, call: Heard, brought: Case, act: Act, named: Named | Candidacy) -> Permitted:
    """Steps 2 to 4. `named`: the version that the ask names. Raises Refused with what is missing."""
    for declaration in brought.cameras:
        leasing.learn(opened, declaration, call.first)
    known = opened.store.get(WarrantState, named.warrant)
    before = opened.store.get(Presented, named.warrant)
    spent = before.spent if before is not None else 0
    uses = known.uses_left if known is not None else records.read(Warrant, brought.text).limits.uses - spent
    circumstances = replace(present.circumstances(opened, uses), genesis=call.first)
    authorisation = authorise(  # (2)
        brought.text, brought.words, template=brought.template, act=act, circumstances=circumstances
    )
    warrant = authorisation.warrant
    if (warrant.warrant, warrant.number) != (named.warrant, named.number):
        raise Refused("the text beside this request is that of another warrant or version")
    if isinstance(named, Named) and hashlib.sha256(brought.text).digest() != named.hash:
        raise Refused("the text beside this request is not the one it names")
    _follows(known, warrant)  # (3)
    if before is not None and _precedes(authorisation, before):
        raise Refused("another version of this warrant stands now: read the warrant again")
    return Permitted(authorisation, _kept(opened, known, brought, authorisation, uses=max(0, uses)))


def asks(brought: Case, verb: Verb) -> bytes:
    """The body of the ask, which is of `verb`. Raises Refused for another."""
    if brought.admitted.ask.verb != verb.value:
        raise Refused("the person asked for something else than the first custodian says")
    return brought.admitted.ask.body


def _follows(known: WarrantState | None, warrant: Warrant) -> None:
    if known is None:
        return
    new = narrowing.standing(warrant)
    if new.hash == known.standing.hash:
        return
    if new.number <= known.standing.number:
        raise Refused("another version of this warrant stands now: read the warrant again")
    narrowing.check_opens_no_more(known.standing, warrant)


def _precedes(authorisation: Authorisation, before: Presented) -> bool:
    """Whether the version is older than one that the log knows, or another of its number."""
    number = authorisation.warrant.number
    return number < before.number or (number == before.number and authorisation.hash != before.hash)


def _kept(
    opened: Opened, known: WarrantState | None, brought: Case, authorisation: Authorisation, *, uses: int
) -> WarrantState:
    """The warrant's state, with entries about what is new in it (4)."""
    warrant = authorisation.warrant
    standing = narrowing.standing(warrant)
    same = known is not None and known.standing.hash == standing.hash
    state = known if known is not None and same else _presented(opened, known, brought, warrant, uses)
    now = {word.person for word in authorisation.approvals}
    before = {signed.signer for signed in state.approvals}
    people = present.people(opened)
    for name in sorted(now ^ before):
        kind = Kind.APPROVED if name in now else Kind.DECLINED
        organisation = people[name].organisation if name in people else "left"
        facts = {**urgency.named(state), "person": name, "organisation": organisation}
        opened.sequencer.append(kind, facts, of=state.entry)
    if not same or now != before:
        state = replace(state, approvals=_last(brought.words, now))
        opened.store.put(state, state.warrant)
    return state


def _presented(opened: Opened, known: WarrantState | None, brought: Case, warrant: Warrant, uses: int) -> WarrantState:
    before = opened.store.get(Presented, warrant.warrant)
    if before is not None and before.number == warrant.number:
        entry = before.entry
    else:
        entry = versions.drafted(opened, Kind.PRESENTED, warrant, -1 if known is None else known.entry)
    return WarrantState(
        warrant=warrant.warrant,
        requester=warrant.requester,
        standing=narrowing.standing(warrant),
        approvals=(),
        uses_left=min(uses, warrant.limits.uses),
        entry=entry,
        probe=alarms.mark(opened, brought.template),
        extractor=warrant.probe.extractor,
        kind=warrant.kind,
        policy=warrant.policy,
    )


def _last(words: Sequence[Signed], names: set[str]) -> tuple[Signed, ...]:
    """Each of these persons' last word."""
    return tuple({signed.signer: signed for signed in words if signed.signer in names}.values())
