"""Quorum: who has said yes to a warrant, in their own signature.

Invariants:

* Persons count, never keys or signatures: a person once, two names with one key or credential once.
* A key file is no hardware: outside demo deployments what it signed is passed over.
* The requester never counts, nor does a key the requester holds.
* Only words over this very text count, and a person's last word is the one that does: a later no voids their yes.
* The persons come from at least two organisations.
* For an urgent warrant one person is enough to begin; for a subject's own request one clerk, or two. Real time needs a
  person of the role `judicial`, of another organisation than the requester's, among them.
"""

from collections.abc import Mapping, Sequence

from countenance.crypto import authorship
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Person, Role, WarrantKind

LEAST_PERSONS = 2
LEAST_ORGANISATIONS = 2


def needed(genesis: Genesis, kind: WarrantKind = WarrantKind.ORDINARY, clerks: int = 0) -> int:
    """How many persons must approve: the deployment's quorum, at least two; one for an urgent warrant to begin.

    `clerks`: how many a subject's request needs.
    """
    if kind is WarrantKind.SUBJECT_ACCESS:
        return max(1, clerks)
    if kind is WarrantKind.URGENT:
        return 1
    return max(LEAST_PERSONS, genesis.quorum)


def approval(signed: Signed, person: Person, genesis: Genesis) -> Approval:
    """The approval (or its refusal) that `person` signed, as an `Ask` of the verb `approve` in this deployment.

    Raises Tampered if somebody else signed, or it is for elsewhere; Malformed if it is no approval; Refused if a key
    file signed where it does not count.
    """
    ask = authorship.asked(signed, person, genesis)
    authorship.hardware(signed, ask.verb, genesis)
    word = records.read(Approval, ask.body)
    if ask.verb != Verb.APPROVE.value:
        raise Tampered("this signature is not over an approval of this deployment")
    if word.person != person.name:
        raise Tampered("this approval does not carry the name of the person who signed it")
    return word


def standing(
    signed: Sequence[Signed],
    *,
    meant: Named,
    requester: str,
    people: Mapping[str, Person],
    genesis: Genesis,
    role: Role = Role.APPROVER,
) -> tuple[Approval, ...]:
    """The approvals that count now for the version `meant` of a warrant by `requester`, one a person.

    `signed`: in order of arrival; `people`: the roster as it is now; `role`: of those who approve such a warrant, see
    `approving`. Words of people who have left it, who have another role, or over another text are passed over, as
    are words whose signature does not verify.
    """
    last: dict[str, Approval] = {}
    for one in signed:
        person = people.get(one.signer)
        if person is None or not may_approve(person, requester, people, role):
            continue
        try:
            word = approval(one, person, genesis)
        except (Tampered, Malformed, Refused):
            # A word of a key that the person no longer has is no word; the others still count.
            continue
        if (word.warrant, word.number, word.hash) == (meant.warrant, meant.number, meant.hash):
            last.pop(person.name, None)
            last[person.name] = word
    yes, held = list[Approval](), frozenset[bytes]()
    for name, word in last.items():
        if word.approves and not people[name].held & held:
            yes.append(word)
            held |= people[name].held
    return tuple(yes)


def approving(kind: WarrantKind) -> Role:
    """The role of those who approve warrants of `kind`."""
    return Role.CLERK if kind is WarrantKind.SUBJECT_ACCESS else Role.APPROVER


def may_approve(person: Person, requester: str, people: Mapping[str, Person], role: Role = Role.APPROVER) -> bool:
    """Whether this person's approval can count: of that role, and not `requester`, under no name."""
    asking = people.get(requester)
    same_key = asking is not None and bool(asking.held & person.held)
    return role in person.roles and person.name != requester and not same_key


def check(
    approvals: Sequence[Approval],
    *,
    people: Mapping[str, Person],
    genesis: Genesis,
    kind: WarrantKind = WarrantKind.ORDINARY,
    clerks: int = 0,
) -> None:
    """Raise Refused, with what is missing, unless these approvals are a quorum for a warrant of `kind`."""
    least = needed(genesis, kind, clerks)
    if len(approvals) < least:
        by = "" if genesis.demo else ", by hardware keys"
        raise Refused(f"{len(approvals)} of the {least} approvals needed are there{by}: ask more approvers to sign it")
    if kind in (WarrantKind.URGENT, WarrantKind.SUBJECT_ACCESS):
        return
    if len({people[word.person].organisation for word in approvals}) < LEAST_ORGANISATIONS:
        raise Refused("all approvals come from one organisation: ask an approver of another to sign it")


def check_judicial(approvals: Sequence[Approval], requester: str, people: Mapping[str, Person]) -> None:
    """Raise Refused unless a person of the role judicial, of another organisation than `requester`, approves."""
    asking = people.get(requester)
    home = asking.organisation if asking else ""
    signed = [people[word.person] for word in approvals]
    if not any(Role.JUDICIAL in person.roles and person.organisation != home for person in signed):
        raise Refused("real time needs an approver of the role judicial, of another organisation than who asks")
