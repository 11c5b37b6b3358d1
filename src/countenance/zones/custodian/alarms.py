"""Alarms: the probe of a new warrant is held against those of the warrants that run, and who signs is told.

Whoever may ask with one probe after another, each a little changed, climbs from one matching photo to the person's
template (attack A4), or asks more often than one warrant allows. Invariants:

* A draft is held against the MOST_RUNNING warrants filed last that have not expired, whether uses are left or not.
* The custodian keeps no template. What the repository puts beside the draft counts for a warrant if its keyed hash is
  the one kept when that warrant was filed; where nothing counts, or it is of another extractor, that is an alarm too.
* A draft is not refused for an alarm. The alarm is an entry and durable with the draft, before anybody can sign it;
  whoever drafts with a nearly identical probe is frozen until a quorum has looked (`suspicious`).
* An alarm names warrants and nothing else. A requester is told of their own warrants only: else a draft, which needs no
  approval, would tell whether somebody is being looked for.
* Templates opened here are overwritten, as far as they lie in our arrays.

Who can write the store can drop an alarm; its entry stays. Probes less alike than NEAR, or more than MOST_RUNNING
drafts apart, raise none: what bounds those is the quorum and the uses.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import CountenanceError
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role, Warrant, WarrantKind
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened, keyed_hash
from countenance.zones.custodian.requests import Papers

NEAR = 900
"""Comparison score, in thousandths, from which two probes count as nearly identical.

By the default extractor 15 of 3,986 pairs of photos of one person (aligned photographs of Labeled Faces in the Wild)
reach it, and one photo recompressed, brightened or mirrored nearly always does (benchmarks/near_probes.py).
"""

MOST_RUNNING = 256
"""Warrants that a draft is held against: about half a millisecond each."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Kept for each of two warrants: `other` is nearly identical to it, or, if not `compared`, could not be held
    against it. `entry`: of the alarm; `requester`: of `other`.
    """

    other: str
    requester: str
    compared: bool
    entry: int


@dataclass(frozen=True, slots=True)
class Findings:
    """Warrants that run, by what came of holding a draft against them."""

    near: tuple[WarrantState, ...]
    not_compared: tuple[WarrantState, ...]


def named(opened: Opened, message: Message) -> Message:
    """`warrants.running` -> {warrants}: the ids whose sealed templates the repository is to put beside a draft."""
    with opened.lock:
        return Message(message.verb, {"warrants": [state.warrant for state in running(opened)]})


def running(opened: Opened) -> list[WarrantState]:
    """The warrants that a draft is held against now, at most MOST_RUNNING."""
    now = opened.clock()
    # Somebody who asks about themselves at a desk is nobody's alarm: the door is no trap for whoever is looked for.
    living = [
        state
        for _, state in opened.store.all(WarrantState)
        if state.standing.limits.expires > now and state.kind is not WarrantKind.SUBJECT_ACCESS
    ]
    return sorted(living, key=lambda state: state.entry)[-MOST_RUNNING:]


def mark(opened: Opened, template: bytes) -> bytes:
    """What is kept of a warrant's coded template: its keyed hash, 32 bytes."""
    return keyed_hash(opened, "probes", template)


def held(opened: Opened, warrant: Warrant, papers: Papers) -> Findings:
    """What holding the drafted `warrant` against the others gives. The caller has the lock."""
    near, not_compared = [], []
    own = encode.from_bytes(papers.template)
    try:
        for state in running(opened):
            other = _presented(opened, state, papers) if state.extractor == warrant.probe.extractor else None
            if other is None:
                not_compared.append(state)
                continue
            if alike(own, other):
                near.append(state)
            other.fill(0)
    finally:
        own.fill(0)
    return Findings(tuple(near), tuple(not_compared))


def alike(one: NDArray[np.int16], other: NDArray[np.int16], least: int = NEAR) -> bool:
    """Whether the comparison score of two coded templates, (d,) each, is at least `least`, in whole thousandths."""
    if one.shape != other.shape:
        return False
    a, b, product = (int(np.dot(x.astype(np.int64), y)) for x, y in ((one, one), (other, other), (one, other)))
    return product > 0 and 1_000_000 * product * product >= least * least * a * b


def raised(opened: Opened, found: Findings, warrant: Warrant, entry: int) -> None:
    """Make the alarm an entry that follows the draft's, `entry`, and keep it for both sides; nothing found, nothing."""
    if not (found.near or found.not_compared):
        return
    facts = {"warrant": warrant.warrant, "policy": warrant.policy.hex()}
    for name, states in (("near", found.near), ("not_compared", found.not_compared)):
        if states:
            facts[name] = " ".join(state.warrant for state in states)
    alarm = opened.sequencer.append(Kind.ALARMED, facts, of=entry)
    for states, compared in ((found.near, True), (found.not_compared, False)):
        for state in states:
            here = Alarm(state.warrant, state.requester, compared, alarm)
            there = Alarm(warrant.warrant, warrant.requester, compared, alarm)
            opened.store.put(here, f"{warrant.warrant}/{state.warrant}")
            opened.store.put(there, f"{state.warrant}/{warrant.warrant}")


def suspicious(found: Findings, own: WarrantState) -> bool:
    """Whether a draft, `own`, is to freeze its requester: its probe is nearly that of a warrant that runs.

    Not for the very same probe of the same requester: asking again with one photo, to mend a draft or to follow an
    urgent warrant, climbs nowhere, and budgets count it. Nor where nothing could be compared: a repository that
    withholds templates would freeze everyone.
    """
    return any((near.probe, near.requester) != (own.probe, own.requester) for near in found.near)


def told(opened: Opened, state: WarrantState, person: Person) -> list[Json]:
    """The alarms of a warrant, as `person`, who may read it, is told: warrant, compared and entry of each."""
    every = person.name != state.requester and bool({Role.APPROVER, Role.REVIEWER} & set(person.roles))
    kept: Iterable[tuple[str, Alarm]] = opened.store.all(Alarm, f"{state.warrant}/")
    return [
        {"warrant": alarm.other, "compared": alarm.compared, "entry": alarm.entry}
        for _, alarm in kept
        if every or alarm.requester == person.name
    ]


def _presented(opened: Opened, state: WarrantState, papers: Papers) -> NDArray[np.int16] | None:
    """The coded template of a warrant that runs, if it is among what the repository put beside the draft."""
    info = binding("probe", opened.genesis.deployment, state.warrant)
    for warrant, sealed in papers.beside:
        if warrant == state.warrant:
            try:
                template = unseal(opened.sealing_private, info, sealed)
                if hmac.compare_digest(mark(opened, template), state.probe):
                    return encode.from_bytes(template)
            except CountenanceError:
                continue
    return None
