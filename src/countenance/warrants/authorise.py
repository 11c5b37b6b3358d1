"""Authorise: the one place where a warrant becomes permission. The policy is asked last, and its yes lifts nothing.

Invariants:

* Only `authorise` makes an `Authorisation`, and what searches or discloses takes one: the proof is in the type.
* It checks everything anew at every act; nothing that was true at approval is taken to be true still.

Pure: who, what, when and how many uses are left are arguments. Writing the *authorised* entry, and spending the use,
come after it and before any work; they are the custodian's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from typing import Final

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Named
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Person, Warrant, WarrantKind
from countenance.warrants import content, facts, kinds, quorum
from countenance.warrants import policy as policies
from countenance.warrants.facts import Matter
from countenance.warrants.policy import Policy, Step

_TOKEN: Final = object()


class Act(StrEnum):
    """What is done under a warrant. Only a search spends a use."""

    SEARCH = "search"
    STILL = "still"
    DISCLOSURE = "disclosure"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a warrant is held against. `people`: the roster now, by name; `helpers`: Ed25519 keys of enrolled probe
    helpers, by name; `cameras`: all that were ever declared, by name; `policy`: the one that stands, if any does;
    `kiosks`: keys of enrolled kiosks, by name.
    """

    genesis: Genesis
    now: Moment
    people: Mapping[str, Person]
    helpers: Mapping[str, bytes]
    cameras: Mapping[str, Camera]
    uses_left: int
    policy: Policy | None
    kiosks: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Permission for one act under one version of a warrant. Made by `authorise` and nowhere else."""

    warrant: Warrant
    hash: bytes
    act: Act
    approvals: tuple[Approval, ...]
    token: InitVar[object]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("only warrants.authorise.authorise makes an Authorisation")


def lawful(text: bytes, *, template: bytes, circumstances: Circumstances) -> Warrant:
    """The warrant written in `text`, if approvals could make it permission; steps 1 to 4 of `authorise`.

    Raises Refused with what no approval can lift, Malformed if `text` is no warrant.
    """
    warrant = records.read(Warrant, text)
    content.check(warrant, genesis=circumstances.genesis, now=circumstances.now)  # (1)
    kinds.check(warrant, circumstances.cameras, circumstances.now)  # (2)
    # What an officer's photo gave is no subject's own, nor a kiosk's capture an officer's.
    known = circumstances.kiosks if warrant.subject is not None else circumstances.helpers
    helper = known.get(warrant.probe.helper)
    if helper is None:
        raise Refused("the probe helper that signed this probe is not enrolled here: extract the probe again")
    content.check_probe(warrant.probe, helper)  # (3)
    if hashlib.sha256(template).digest() != warrant.probe.template_digest:
        raise Refused("the template beside this warrant is not the one its text names: draft the warrant again")
    if warrant.subject is not None:
        return warrant
    policy = standing_policy(warrant.policy, circumstances)  # (4)
    policies.require(policy, matter(warrant, circumstances).question(Step.DRAFT, {}))
    return warrant


def standing_policy(named: bytes, circumstances: Circumstances) -> Policy:
    """The policy that stands, if its hash is the one `named`. Raises Refused, with what to do, if not."""
    policy = circumstances.policy
    if policy is None:
        raise Refused("no policy stands here: 'countenance policy set' at the custodian's terminal sets one")
    if policy.hash != named:
        raise Refused("this warrant is under another policy than the one that stands: draft it again, under this one")
    return policy


def matter(warrant: Warrant, circumstances: Circumstances) -> Matter:
    """What questions to the policy about `warrant` are about."""
    asking = circumstances.people.get(warrant.requester, facts.NOBODY)
    return Matter(warrant, asking, circumstances.cameras, circumstances.now)


def authorise(
    text: bytes, approvals: Sequence[Signed], *, template: bytes, act: Act, circumstances: Circumstances
) -> Authorisation:
    """Permission for `act` under the warrant that is written in `text`, or Refused with what is missing.

    `text`: canonical JSON of a `Warrant`; `approvals`: signed asks of the verb `approve`, in order of arrival;
    `template`: the coded probe, little-endian int16. Raises Malformed if `text` is no warrant. Procedure:

    1. The text is a warrant of this deployment, within the limits that no approval can lift, and has not expired.
    2. It is what its kind asks for; the scope is not real-time identification in a publicly accessible place, unless
       the warrant is of that kind. Nothing is exported under an urgent one, nor under a subject's own that asks
       for no copy.
    3. An enrolled probe helper signed that this photo gave this template, and `template` is the one.
    4. The policy that stands is the one it names, and permits what the text says; it is not asked of a subject's own
       request, see `subjects`.
    5. Persons enough, of two organisations, never the requester, have approved this very text and not taken it back,
       with credentials in hardware, or key files where those count, which is in demo deployments only: one if it is
       urgent; for real time a judicial one of another organisation is among them.
    6. For a search: a use is left.
    7. The policy permits this act by these approvals.
    """
    warrant = lawful(text, template=template, circumstances=circumstances)  # (1) (2) (3) (4)
    if act is Act.DISCLOSURE and warrant.kind is WarrantKind.URGENT:
        raise Refused("nothing is exported under an urgent warrant: draft an ordinary one for this candidate")
    if act is Act.DISCLOSURE and warrant.subject is not None and not warrant.subject.copy:
        raise Refused("nobody asked for a copy with this request: let its subject ask for one at the kiosk")
    genesis, digest = circumstances.genesis, hashlib.sha256(text).digest()
    standing = quorum.standing(  # (5)
        approvals,
        meant=Named(warrant.warrant, warrant.number, digest),
        requester=warrant.requester,
        people=circumstances.people,
        genesis=genesis,
        role=quorum.approving(warrant.kind),
    )
    clerks = warrant.subject.clerks if warrant.subject else 0
    quorum.check(standing, people=circumstances.people, genesis=genesis, kind=warrant.kind, clerks=clerks)
    if warrant.kind is WarrantKind.REAL_TIME:
        quorum.check_judicial(standing, warrant.requester, circumstances.people)
    if act is Act.SEARCH and circumstances.uses_left < 1:  # (6)
        raise Refused("this warrant has no use left: draft a new one")
    if warrant.subject is not None:
        return Authorisation(warrant, digest, act, standing, _TOKEN)
    context = facts.approved(matter(warrant, circumstances), standing, circumstances.people)
    policies.require(  # (7)
        standing_policy(warrant.policy, circumstances),
        matter(warrant, circumstances).question(Step(act.value), context),
    )
    return Authorisation(warrant, digest, act, standing, _TOKEN)
