"""What the custodian keeps of warrants and candidates: no text, no photo, no template, no subject's name.

Keys of records: a warrant's state by its id; a candidate by `warrant/number/sighting`; seen nonces by
`minute/nonce`, so that the old ones come first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Named, Review
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Verdict, Warrant, WarrantKind
from countenance.warrants.narrowing import Standing
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Row

CONFIRMED = "confirmed"
NOT_CONFIRMED = "not confirmed"

VIEWERS = 2
"""Persons who are shown a candidate first, and judge it; one more where they disagree."""


@dataclass(frozen=True, slots=True)
class WarrantState:
    """The version of a warrant that stands, who signed it, and the uses that are left of all its versions.

    `approvals`: signed asks of the verb `approve`, yes and no, in order of arrival, over this version only. `entry`: of
    its draft or narrowing. `probe`: keyed hash of its coded template (`alarms.mark`); `extractor`, `policy`: digests.
    `purpose`: as the policy's text names it, or empty: other words are the officer's own and are not kept.
    `settles`: until when the approvals may be taken back before any search begins. `clerks`: how many a subject's own
    request needs; `epoch`: the hour to whose epoch key its probe and photo are sealed.
    """

    warrant: str
    requester: str
    standing: Standing
    approvals: tuple[Signed, ...]
    uses_left: int
    entry: int
    probe: bytes
    extractor: bytes
    settles: Moment = field(default=0, metadata=LATER)
    kind: WarrantKind = field(default=WarrantKind.ORDINARY, metadata=LATER)
    policy: bytes = field(default=b"", metadata=LATER)
    purpose: str = field(default="", metadata=LATER)
    clerks: int = field(default=0, metadata=LATER)
    epoch: int = field(default=0, metadata=LATER)

    @property
    def named(self) -> Named:
        """The version that stands, as asks name it."""
        return Named(self.warrant, self.standing.number, self.standing.hash)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sighting that a search returned, and what people, blind to each other, said of it.

    `viewers`: to whom its still was given, under all versions of the warrant: two, and a third if they disagree.
    `verdicts`: signed asks of the verb `review`, one a viewer. `outcome`: empty until it is decided. `threshold`:
    thousandths, that the search used.
    """

    warrant: str
    number: int
    sighting: str
    camera: str
    hour: int
    search_entry: int
    threshold: int
    viewers: tuple[str, ...]
    verdicts: tuple[Signed, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class SeenNonce:
    """A request that was admitted; the same one is never admitted again."""

    person: str


@dataclass(frozen=True, slots=True)
class Presented:
    """What a restored second custodian's log knows of a warrant (the key) and its store does not.

    `number`, `hash`, `entry`: of the newest version; `spent`: uses, of a warrant that the store does not know at all.
    """

    number: int
    hash: bytes
    entry: int
    spent: int


def state(opened: Opened, warrant: str) -> WarrantState:
    """The state of a warrant. Raises Refused if no such warrant was filed here."""
    found = opened.store.get(WarrantState, warrant)
    if found is None:
        raise Refused("no warrant of this id was filed here: 'countenance warrant list' shows those that were")
    return found


def current(opened: Opened, warrant: str, number: int) -> WarrantState:
    """The state of version `number` of a warrant. Raises Refused if another version stands."""
    found = state(opened, warrant)
    if found.standing.number != number:
        raise Refused("another version of this warrant stands now: read the warrant again")
    return found


def candidate_key(warrant: str, number: int, sighting: str) -> str:
    """Where a candidate lies in the store."""
    return f"{warrant}/{number}/{sighting}"


def candidate(opened: Opened, warrant: str, number: int, sighting: str) -> Candidate:
    """One candidate of one version. Raises Refused if no search under that version returned it."""
    found = opened.store.get(Candidate, candidate_key(warrant, number, sighting))
    if found is None:
        raise Refused("no search under this version of the warrant returned this sighting")
    return found


def keep(opened: Opened, warrant: Warrant, row: Row, search_entry: int, threshold: int) -> None:
    """Remember a candidate. One that an earlier search returned keeps who saw it and what they said.

    Of one that a version before this returned, who saw it and that it was not confirmed stay too; a verdict names its
    version, so confirming is done anew, by the same two.
    """
    key = candidate_key(warrant.warrant, warrant.number, row.sighting)
    if opened.store.get(Candidate, key) is None:
        earlier = before(opened, warrant.warrant, warrant.number, row.sighting)
        made = Candidate(
            warrant=warrant.warrant,
            number=warrant.number,
            sighting=row.sighting,
            camera=row.camera,
            hour=row.hour,
            search_entry=search_entry,
            threshold=threshold,
            viewers=earlier.viewers if earlier else (),
            verdicts=(),
            outcome=NOT_CONFIRMED if ended(earlier) else "",
        )
        opened.store.put(made, key)


def before(opened: Opened, warrant: str, number: int, sighting: str) -> Candidate | None:
    """The candidate that `sighting` was under the newest version before `number` whose search returned it."""
    keys = (candidate_key(warrant, earlier, sighting) for earlier in range(number - 1, 0, -1))
    found = (opened.store.get(Candidate, key) for key in keys)
    return next((one for one in found if one is not None), None)


def candidates(opened: Opened, warrant: str, number: int) -> Iterator[Candidate]:
    """All candidates of one version."""
    return (found for _, found in opened.store.all(Candidate, f"{warrant}/{number}/"))


def said(known: Candidate) -> list[Verdict]:
    """The verdicts on a candidate, in order of arrival."""
    return [records.read(Review, records.read(Ask, signed.body).body).verdict for signed in known.verdicts]


def different(known: Candidate) -> bool:
    """Whether anybody said of a candidate that it is another person."""
    return Verdict.DIFFERENT in said(known)


def places(known: Candidate) -> int:
    """How many persons may be shown a candidate: two, and a third once two verdicts are in that decide nothing."""
    return VIEWERS + (len(known.verdicts) >= VIEWERS and not known.outcome)


def ended(known: Candidate | None) -> bool:
    """Whether nobody judges this sighting under a later version: it was not confirmed, or two disagreed and know it."""
    return known is not None and (known.outcome == NOT_CONFIRMED or places(known) > VIEWERS)


def to_review(opened: Opened, found: WarrantState, reviewer: str) -> Iterator[str]:
    """Sightings that wait for this reviewer's verdict: neither judged by them, nor ended, nor others' to judge."""
    for one in candidates(opened, found.warrant, found.standing.number):
        judged = any(signed.signer == reviewer for signed in one.verdicts)
        if not one.outcome and not judged and (reviewer in one.viewers or len(one.viewers) < places(one)):
            yield one.sighting


def progress(opened: Opened, found: WarrantState) -> Iterator[dict[str, Json]]:
    """How far the review of each candidate is, for who asked: verdicts given, how many it takes, what came of them."""
    for one in candidates(opened, found.warrant, found.standing.number):
        yield {
            "sighting": one.sighting,
            "verdicts": len(one.verdicts),
            "needed": max(places(one), len(one.verdicts)),
            "outcome": one.outcome,
        }
