"""Authorise: the one place where a warrant becomes permission. No policy relaxes what is checked here.

Invariants:

* Only `authorise` makes an `Authorisation`, and what searches or discloses takes one: the proof is in the type.
* It checks everything anew at every act; nothing that was true at approval is taken to be true still.

Pure: who, what, when and how many uses are left are arguments. Writing the *authorised* entry, and spending the use,
come after it and before any work; they are the custodian's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from enum import StrEnum
from typing import Final

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Named
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval, Person, Warrant
from countenance.warrants import content, quorum, scope

_TOKEN: Final = object()


class Act(StrEnum):
    """What is done under a warrant. Only a search spends a use."""

    SEARCH = "search"
    STILL = "still"
    DISCLOSURE = "disclosure"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a warrant is held against. `people`: the roster now, by name; `helpers`: Ed25519 keys of enrolled probe
    helpers, by name; `cameras`: all that were ever declared, by name.
    """

    genesis: Genesis
    now: Moment
    people: Mapping[str, Person]
    helpers: Mapping[str, bytes]
    cameras: Mapping[str, Camera]
    uses_left: int


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
    """The warrant written in `text`, if approvals could make it permission; steps 1 to 3 of `authorise`.

    Raises Refused with what no approval can lift, Malformed if `text` is no warrant.
    """
    warrant = records.read(Warrant, text)
    content.check(warrant, genesis=circumstances.genesis, now=circumstances.now)  # (1)
    scope.check_real_time(warrant.scope, circumstances.cameras, circumstances.now)  # (2)
    helper = circumstances.helpers.get(warrant.probe.helper)
    if helper is None:
        raise Refused("the probe helper that signed this probe is not enrolled here: extract the probe again")
    content.check_probe(warrant.probe, helper)  # (3)
    if hashlib.sha256(template).digest() != warrant.probe.template_digest:
        raise Refused("the template beside this warrant is not the one its text names: draft the warrant again")
    return warrant


def authorise(
    text: bytes, approvals: Sequence[Signed], *, template: bytes, act: Act, circumstances: Circumstances
) -> Authorisation:
    """Permission for `act` under the warrant that is written in `text`, or Refused with what is missing.

    `text`: canonical JSON of a `Warrant`; `approvals`: signed asks of the verb `approve`, in order of arrival;
    `template`: the coded probe, little-endian int16. Raises Malformed if `text` is no warrant. Procedure:

    1. The text is a warrant of this deployment, within the limits that no approval can lift, and has not expired.
    2. The scope is not real-time identification in a publicly accessible place.
    3. An enrolled probe helper signed that this photo gave this template, and `template` is the one.
    4. Persons enough, of two organisations, never the requester, have approved this very text and not taken it back;
       with credentials in hardware, or key files where those count, which is in demo deployments only.
    5. For a search: a use is left.
    """
    warrant = lawful(text, template=template, circumstances=circumstances)  # (1) (2) (3)
    genesis, digest = circumstances.genesis, hashlib.sha256(text).digest()
    standing = quorum.standing(  # (4)
        approvals,
        meant=Named(warrant.warrant, warrant.number, digest),
        requester=warrant.requester,
        people=circumstances.people,
        genesis=genesis,
    )
    quorum.check(standing, people=circumstances.people, genesis=genesis)
    if act is Act.SEARCH and circumstances.uses_left < 1:  # (5)
        raise Refused("this warrant has no use left: draft a new one")
    return Authorisation(warrant, digest, act, standing, _TOKEN)
