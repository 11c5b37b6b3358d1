"""Briefing: what the evidence process is told and given for one disclosure, and nothing beside it.

Invariants: keys of one sighting, of the probe photo and of the footage of the sighting's hours; entries of this
warrant, entry 0, those on migrations of the sighting's camera and hour and on the search's calibrations, each with its
proof; what people and the
edge signed, as they signed it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from countenance.crypto import derive
from countenance.errors import Refused, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.disclosures import Instructions, Logged
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Person
from countenance.warrants import quorum
from countenance.warrants.authorise import Act, Authorisation
from countenance.zones.custodian import cameras, cases, present, roster, stacking
from countenance.zones.custodian.cases import CONFIRMED, Candidate, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState, EnrolledEdge, PartitionKeys, Row, partition_key
from countenance.zones.custodian.requests import Admitted, Papers
from countenance.zones.custodian.review import Living
from countenance.zones.custodian.stacking import Released

MARGIN = 2_000
"""Milliseconds of covered footage that a clip shows before and after the sighting."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is disclosed, and by which permission. `second`: a second custodian's values; `entry`: of *authorised*."""

    authorisation: Authorisation
    state: WarrantState
    candidate: Candidate
    alive: Living
    second: Released
    entry: int


@dataclass(frozen=True, slots=True, repr=False)
class Brief:
    """`instructions`: plain `Instructions`. `blobs`: photo, still, patches and footage keys, warrant text, template."""

    instructions: Json
    blobs: tuple[bytes, ...]


def approvals_before(opened: Opened, state: WarrantState, candidate: Candidate) -> tuple[Signed, ...]:
    """The signed approvals that stand now and stood before the search that returned the candidate, one a person.

    Raises Refused if they are no quorum any more.
    """
    before = {
        dict(entry.facts)["person"]
        for index, entry in _of_warrant(opened, state.warrant)
        if entry.kind is Kind.APPROVED
        and index < candidate.search_entry
        and dict(entry.facts)["hash"] == state.standing.hash.hex()
    }
    standing = [word for word in present.standing_approvals(opened, state) if word.person in before]
    try:
        quorum.check(
            standing,
            people=present.people(opened),
            genesis=opened.genesis,
            kind=state.kind,
            clerks=state.clerks,
        )
    except Refused as error:
        raise Refused("approvals were taken back since the search: draft a new warrant for this candidate") from error
    last = {signed.signer: signed for signed in state.approvals}
    return tuple(last[word.person] for word in standing)


def brief(opened: Opened, matter: Matter, *, admitted: Admitted, papers: Papers, shown: tuple[Signed, ...]) -> Brief:
    """The brief of one disclosure. `shown`: of `approvals_before`. Raises Refused or Tampered if a part is gone."""
    candidate, alive, warrant = matter.candidate, matter.alive, matter.authorisation.warrant
    row = alive.row
    covered, footage = _footage_keys(opened, row, matter.second)
    signers = {admitted.person.name, *(signed.signer for signed in (*shown, *candidate.verdicts))}
    every = list(cases.candidates(opened, candidate.warrant, candidate.number))
    instructions = Instructions(
        genesis=opened.genesis,
        made=opened.clock(),
        warrant=candidate.warrant,
        number=candidate.number,
        hash=matter.authorisation.hash,
        request=admitted.signed,
        approvals=shown,
        persons=_persons(opened, signers),
        verdicts=candidate.verdicts,
        sighting=_signed(opened, row),
        edge_key=_edge_key(opened, row.edge),
        helper_key=_edge_key(opened, warrant.probe.helper),
        camera=_camera(opened, row.camera).camera,
        hours=covered,
        entries=tuple(_logged(opened, index) for index in sorted(_told(opened, matter, row))),
        threshold=candidate.threshold,
        not_confirmed=sum(other.outcome != CONFIRMED for other in every),
        searches_without_candidate=_empty_searches(opened, candidate.warrant),
    )
    keys = (
        papers.photo_key,
        derive.combined(derive.still_key(alive.block_key, alive.nonce, row.sighting), *matter.second.still),
        derive.combined(derive.patches_key(alive.block_key, alive.nonce, row.sighting), *matter.second.patches),
        *footage,
    )
    return Brief(records.plain(instructions), (*keys, papers.text, papers.template))


def hours(opened: Opened, row: Row) -> tuple[int, ...]:
    """The hours of footage that a clip of the sighting shows, as far as their keys exist."""
    first, last = Hour.of(max(0, row.start - MARGIN)).number, Hour.of(row.end + MARGIN).number
    kept = (opened.store.get(PartitionKeys, partition_key(row.camera, hour)) for hour in range(first, last + 1))
    return tuple(keys.hour for keys in kept if keys is not None)


def _footage_keys(opened: Opened, row: Row, second: Released) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    named = [hour for hour in hours(opened, row) if second.footage is None or hour in second.footage]
    kept = [opened.store.get(PartitionKeys, partition_key(row.camera, hour)) for hour in named]
    there = [keys for keys in kept if keys is not None]
    return tuple(keys.hour for keys in there), tuple(
        stacking.footage_key(cameras.value(opened, keys), keys.hour, second.footage) for keys in there
    )


def _persons(opened: Opened, names: set[str]) -> tuple[Person, ...]:
    """With credentials revoked since they signed: what they signed then stays signed."""
    return tuple(
        replace(member.person, credentials=(*member.person.credentials, *member.lost))
        for member in roster.members(opened)
        if member.person.name in names
    )


def _signed(opened: Opened, row: Row) -> Signed:
    signed = opened.store.get(Signed, f"{partition_key(row.camera, row.hour)}/{row.sighting}")
    if signed is None or hashlib.sha256(signed.body).digest() != row.record_digest:
        raise Tampered("the custodian does not hold what the edge signed of this sighting: audit the deployment")
    return signed


def _edge_key(opened: Opened, name: str) -> bytes:
    known = opened.store.get(EnrolledEdge, name)
    if known is None:
        raise Tampered("the custodian does not know the edge that signed this: audit the deployment")
    return known.identity.signing_key


def _camera(opened: Opened, name: str) -> CameraState:
    known = opened.store.get(CameraState, name)
    if known is None:
        raise Tampered("the custodian does not know the camera of this sighting: audit the deployment")
    return known


def _told(opened: Opened, matter: Matter, row: Row) -> set[int]:
    return {*_entries(opened, matter), *_migrated(opened, row), *_calibrated(opened, matter.candidate.search_entry)}


def _calibrated(opened: Opened, search: int) -> Iterator[int]:
    """Entries that set the calibrations under which the search was authorised, the newest before it of each."""
    named = dict(opened.sequencer.entry(search).facts).get("calibration", "").split()
    entries = enumerate(opened.sequencer.entries())
    facts = ((index, dict(entry.facts)) for index, entry in entries if entry.kind is Kind.CALIBRATION)
    newest = {said.get("calibration"): index for index, said in facts if index < search and said["change"] == "set"}
    return (newest[hashed] for hashed in named if hashed in newest)


def _entries(opened: Opened, matter: Matter) -> Iterator[int]:
    """Entry 0 and this warrant's, in order: texts, approvals of this one, searches, reviews of the candidate."""
    candidate, number = matter.candidate, str(matter.candidate.number)
    yield 0
    for index, entry in _of_warrant(opened, candidate.warrant):
        facts = dict(entry.facts)
        search = facts.get("act") == Act.SEARCH.value and index >= candidate.search_entry
        if (
            (entry.kind in (Kind.DRAFTED, Kind.NARROWED))
            or (entry.kind is Kind.APPROVED and facts["number"] == number)
            or (entry.kind in (Kind.AUTHORISED, Kind.DELIVERED) and search)
            or (entry.kind is Kind.REVIEWED and facts["candidate"] == candidate.sighting and facts["number"] == number)
            or index == matter.entry
        ):
            yield index


def _migrated(opened: Opened, row: Row) -> Iterator[int]:
    """Entries that say by which extractor templates of the sighting's camera and hour were made anew."""
    place = {"camera": row.camera, "hour": str(row.hour)}
    for index, entry in enumerate(opened.sequencer.entries()):
        if entry.kind is Kind.MIGRATED and place.items() <= dict(entry.facts).items():
            yield index


def _empty_searches(opened: Opened, warrant: str) -> int:
    return sum(
        entry.kind is Kind.DELIVERED and facts.get("act") == Act.SEARCH.value and facts.get("candidates") == "0"
        for _, entry in _of_warrant(opened, warrant)
        for facts in (dict(entry.facts),)
    )


def _of_warrant(opened: Opened, warrant: str) -> Iterator[tuple[int, Entry]]:
    for index, entry in enumerate(opened.sequencer.entries()):
        if dict(entry.facts).get("warrant") == warrant:
            yield index, entry


def _logged(opened: Opened, index: int) -> Logged:
    return Logged(opened.sequencer.preimage(index), opened.sequencer.prove(index))
