"""Verify an evidence folder, offline, believing nobody but the log key in the deployment's genesis record.

1. Folder: exactly the files that `disclosure.json` lists, each with its digest.
2. Deployment: the genesis record is the one given (`--genesis`), and entry 0 of the log carries its digest.
3. Warrant: the text has the hash that everything else names; the request for this disclosure is signed by a person and
   made before the warrant expired.
4. Approvals: over that hash, by at least the quorum's number of approvers, of at least two organisations, each with a
   key of their own, none of them the requester; with credentials in hardware, unless the deployment is a demo. Of a
   copy that somebody asked for of themselves: by the two clerks that it takes, one of whom asked for this disclosure.
5. Verdicts: two reviewers signed that this sighting shows the same person, in the same way; or two of three did, where
   the first two disagreed.
6. Sighting: signed by the edge, within the warrant's cameras and times, with the probe's extractor, or the log says
   that its template was made anew by it; the footage is signed by the same edge.
7. Log: every entry is in the tree of a checkpoint that the log key signed, in order, and says what 3 to 5 say; nobody
   gave a verdict whose verdict is not here; the calibrations that the search was made under are here.
8. Delivery: the log's delivered entry names the digest of `disclosure.json` and follows this disclosure's authorised.
9. Probe: the helper signed that this template was extracted from this photo.
10. Extraction: done again here, it gives this template.
11. Pictures: the stills and every frame of the clip can be read, and are as many as stated.
12. Manifest: the clip carries a C2PA manifest that is intact, of this copy, signed under the evidence authority that
    this disclosure's authorised entry names; unless that entry, as older versions made it, names none.

The keys of persons, edge and helper are the custodian's word, given in `disclosure.json`, whose digest the log holds.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from countenance.crypto import authorship
from countenance.crypto.verify import opened, verify
from countenance.errors import CountenanceError, Tampered
from countenance.evidence import calibrated, manifest
from countenance.evidence.entries import authorised, trail
from countenance.evidence.folder import Folder
from countenance.evidence.repeat import Repeat
from countenance.faces import image
from countenance.formats import records
from countenance.log.trail import Trail
from countenance.video import segments
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.sightings import SegmentRecord, SightingRecord
from countenance.vocabulary.warrants import Approval, Person, ProbeBinding, Role, Verdict, WarrantKind
from countenance.warrants import quorum

T = TypeVar("T")

ORGANISATIONS = 2
REVIEWERS = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One step of the procedure: whether it holds, and what was seen or is wrong, in one sentence."""

    number: int
    name: str
    holds: bool
    detail: str


def check(folder: Folder, repeat: Repeat, pinned: Genesis | None = None) -> tuple[Check, ...]:
    """Every step after the first, which `folder.read` is. A step that fails does not stop the others."""
    steps: tuple[tuple[int, str, Callable[[], str]], ...] = (
        (2, "deployment", lambda: _deployment(folder, pinned)),
        (3, "warrant", lambda: _warrant(folder)),
        (4, "approvals", lambda: _approvals(folder)),
        (5, "verdicts", lambda: _verdicts(folder)),
        (6, "sighting", lambda: _sighting(folder)),
        (7, "log", lambda: _log(folder)),
        (8, "delivery", lambda: delivery(folder)),
        (9, "probe", lambda: _probe(folder)),
        (10, "extraction", lambda: repeat(folder.photo, folder.files["probe-template.bin"], _extractor(folder))),
        (11, "pictures", lambda: _pictures(folder)),
        (12, "manifest", lambda: _manifest(folder)),
    )
    return tuple(_held(number, name, step) for number, name, step in steps)


def _held(number: int, name: str, step: Callable[[], str]) -> Check:
    try:
        return Check(number, name, True, step())
    except CountenanceError as error:
        return Check(number, name, False, str(error))


def _deployment(folder: Folder, pinned: Genesis | None) -> str:  # (2)
    genesis = folder.disclosure.instructions.genesis
    digest = records.digest(genesis).hex()
    if pinned is not None and records.digest(pinned) != records.digest(genesis):
        raise Tampered("this evidence is of another deployment than the genesis record given")
    first = trail(folder.disclosure.instructions).first(Kind.GENESIS)
    if first.index != 0 or first.facts.get("digest") != digest:
        raise Tampered("entry 0 of the log does not carry the digest of this genesis record")
    if folder.disclosure.demo is not genesis.demo:
        raise Tampered("the disclosure and the genesis record disagree whether this is a demo")
    source = "as given" if pinned else "compare this digest with the public register, else it proves nothing"
    return f"genesis {digest}: {source}"


def _warrant(folder: Folder) -> str:  # (3)
    told, warrant = folder.disclosure.instructions, folder.warrant
    if hashlib.sha256(folder.files["warrant.json"]).digest() != told.hash:
        raise Tampered("warrant.json does not have the hash that was approved")
    named = (warrant.deployment, warrant.warrant, warrant.number)
    if named != (told.genesis.deployment, told.warrant, told.number):
        raise Tampered("warrant.json is another warrant, or another version, than the one that was used")
    ask, candidacy = _asked(told, told.request, Verb.DISCLOSE, Candidacy)
    sighting = opened(SightingRecord, told.sighting, told.edge_key).sighting
    if (candidacy.warrant, candidacy.number, candidacy.sighting) != (told.warrant, told.number, sighting):
        raise Tampered("the signed request is for another disclosure")
    if ask.made > warrant.limits.expires:
        raise Tampered("the disclosure was asked for after the warrant had expired")
    if (warrant.subject is None) == (warrant.kind is WarrantKind.SUBJECT_ACCESS):
        raise Tampered("only a request made at a desk is a subject's own, and says so")
    if warrant.subject is not None and not warrant.subject.copy:
        raise Tampered("this person asked about themselves, and for no copy: none may be made")
    return f"{told.warrant} version {told.number}, hash {told.hash.hex()}, asked for by {told.request.signer}"


def _approvals(folder: Folder) -> str:  # (4)
    told, approvers = folder.disclosure.instructions, dict[str, Person]()
    for signed in told.approvals:
        _, approval = _asked(told, signed, Verb.APPROVE, Approval)
        named = (approval.warrant, approval.number, approval.hash, approval.person)
        if named != (told.warrant, told.number, told.hash, signed.signer) or not approval.approves:
            raise Tampered(f"what {signed.signer} signed is no approval of this warrant text")
        approvers[signed.signer] = _person(told, signed.signer, quorum.approving(folder.warrant.kind))
    if folder.warrant.requester in approvers:
        raise Tampered("the requester is among the approvers")
    of_themselves = folder.warrant.subject
    needed = max(told.genesis.quorum, ORGANISATIONS) if of_themselves is None else of_themselves.clerks
    organisations = {person.organisation for person in approvers.values()}
    if len(approvers) < needed or _distinct(approvers.values()) < len(approvers):
        raise Tampered(f"fewer than {needed} persons, each with a key of their own, approved this warrant")
    if of_themselves is not None:
        if told.request.signer not in approvers:
            raise Tampered("who asked for this copy is no clerk who approved it")
        return f"{len(approvers)} clerks who met the person, of {needed} needed: {', '.join(sorted(approvers))}"
    if len(organisations) < ORGANISATIONS:
        raise Tampered("all approvers are of one organisation")
    return f"{len(approvers)} of {needed} needed, of {len(organisations)} organisations: {', '.join(sorted(approvers))}"


def _verdicts(folder: Folder) -> str:  # (5)
    told = folder.disclosure.instructions
    sighting = opened(SightingRecord, told.sighting, told.edge_key).sighting
    reviewers, others = dict[str, Person](), dict[str, Person]()
    for signed in told.verdicts:
        _, review = _asked(told, signed, Verb.REVIEW, Review)
        if (review.warrant, review.number, review.sighting) != (told.warrant, told.number, sighting):
            raise Tampered(f"the verdict of {signed.signer} is on something else")
        (reviewers if review.verdict is Verdict.SAME else others)[signed.signer] = _person(
            told, signed.signer, Role.REVIEWER
        )
    if _distinct(reviewers.values()) < REVIEWERS:
        raise Tampered("fewer than two reviewers said that this is the same person")
    if len(others) > 1 or _distinct((*reviewers.values(), *others.values())) > REVIEWERS + len(others):
        raise Tampered("more reviewers judged this than two, and a third where they disagreed")
    dissent = f"; {' and '.join(sorted(others))} did not" if others else ""
    return f"the same person, say {' and '.join(sorted(reviewers))}{dissent}"


def _sighting(folder: Folder) -> str:  # (6)
    told, scope = folder.disclosure.instructions, folder.warrant.scope
    record = opened(SightingRecord, told.sighting, told.edge_key)
    if told.sighting.signer != record.edge or (told.camera.name, told.camera.edge) != (record.camera, record.edge):
        raise Tampered("the sighting is of another camera, or another edge signed it")
    if record.camera not in scope.cameras or record.start >= scope.end or record.end < scope.start:
        raise Tampered("the sighting lies outside the warrant's cameras or times")
    if record.extractor != _extractor(folder) and _extractor(folder) not in _extractors(folder, record):
        raise Tampered("sighting and probe were extracted by two different extractors")
    for signed in folder.disclosure.segments:
        segment = opened(SegmentRecord, signed, told.edge_key)
        if (segment.camera, segment.edge) != (record.camera, record.edge):
            raise Tampered("a segment of footage is of another camera")
    return (
        f"{record.sighting} at {record.camera}, signed by {record.edge}, and {len(folder.disclosure.segments)} segments"
    )


def _log(folder: Folder) -> str:  # (7)
    told = folder.disclosure.instructions
    entries: Trail = trail(told)
    of_warrant = {"warrant": told.warrant, "number": str(told.number), "hash": told.hash.hex()}
    text = entries.first(Kind.DRAFTED if told.number == 1 else Kind.NARROWED, **of_warrant)
    search = entries.first(Kind.AUTHORISED, **of_warrant, act="search")
    disclosure = entries.last(Kind.AUTHORISED, **of_warrant, act="disclosure", person=told.request.signer)
    if search.of != text.index or disclosure.of != text.index:
        raise Tampered("what was authorised does not follow from the entry of this warrant text")
    for signed in told.approvals:
        if entries.first(Kind.APPROVED, **of_warrant, person=signed.signer).index > search.index:
            raise Tampered(f"{signed.signer} approved after the search")
    answers = entries.all(Kind.DELIVERED, warrant=told.warrant, act="search")
    if not any(entry.of >= text.index for entry in answers):
        raise Tampered("no search under this warrant was ever answered")
    sighting = opened(SightingRecord, told.sighting, told.edge_key).sighting
    for signed in told.verdicts:
        reviewed = entries.first(Kind.REVIEWED, warrant=told.warrant, candidate=sighting, person=signed.signer)
        if not search.index < reviewed.index < disclosure.index:
            raise Tampered(f"the verdict of {signed.signer} does not lie between search and disclosure")
    said = entries.all(Kind.REVIEWED, candidate=sighting, number=str(told.number))
    if {line.facts["person"] for line in said if "person" in line.facts} - {one.signer for one in told.verdicts}:
        raise Tampered("the log names a reviewer of this candidate whose verdict is not here")
    if disclosure.facts.get("candidate") != sighting:
        raise Tampered("what was authorised is the disclosure of another sighting")
    calibrated.used(entries)
    return f"{len(entries.entries)} entries, each proved against a checkpoint of {told.genesis.log_origin}"


def delivery(folder: Folder) -> str:  # (8)
    """What the log says of this disclosure.json. Raises Tampered or Malformed if it is not its delivery."""
    told = folder.disclosure.instructions
    disclosure = authorised(told)
    delivered = Trail.of(told.genesis, (folder.delivery,)).first(Kind.DELIVERED, warrant=told.warrant, act="disclosure")
    if delivered.of != disclosure.index or delivered.index <= disclosure.index:
        raise Tampered("the delivered entry does not follow from this disclosure's authorised entry")
    if delivered.facts.get("evidence") != folder.digest.hex():
        raise Tampered("the log names another disclosure.json than this one: it was altered")
    return f"entry {delivered.index} names this disclosure.json"


def _probe(folder: Folder) -> str:  # (9)
    probe = folder.warrant.probe
    if hashlib.sha256(folder.photo).digest() != probe.image_digest:
        raise Tampered("the photo is not the one that the warrant names")
    if hashlib.sha256(folder.files["probe-template.bin"]).digest() != probe.template_digest:
        raise Tampered("the template is not the one that the warrant names")
    binding = ProbeBinding(probe.image_digest, probe.template_digest, probe.extractor, probe.helper)
    verify(folder.disclosure.instructions.helper_key, records.write(binding), probe.signature)
    return f"bound by {probe.helper}"


def _pictures(folder: Folder) -> str:  # (11)
    composed = folder.disclosure.composed
    for name in sorted(folder.files):
        if name.endswith(".jpg"):
            image.load(folder.files[name])
    clip = folder.files.get("clip.mp4")
    frames = sum(1 for _ in segments.decode(clip)) if clip is not None else 0
    if frames != composed.frames:
        raise Tampered(f"the clip has {frames} frames where disclosure.json says {composed.frames}")
    return f"{frames} frames, the person uncovered in {composed.uncovered}"


def _manifest(folder: Folder) -> str:  # (12)
    told, clip = folder.disclosure.instructions, folder.files.get("clip.mp4")
    entry = authorised(told)
    named = entry.facts.get("authority")
    if named is None:
        return f"entry {entry.index} names no evidence authority: made by a version before manifests, so there is none"
    if clip is None:
        return "there is no clip that could carry one"
    certificate = folder.files.get(manifest.AUTHORITY, b"")
    if hashlib.sha256(certificate).hexdigest() != named:
        raise Tampered(f"{manifest.AUTHORITY} is not the evidence authority that entry {entry.index} names")
    return manifest.check(clip, certificate.decode(), manifest.stated(told, entry, folder.disclosure.models))


def _extractor(folder: Folder) -> bytes:
    return folder.warrant.probe.extractor


def _extractors(folder: Folder, record: SightingRecord) -> set[bytes]:
    """The extractor that the edge used, and those that the log says made templates of this camera and hour anew."""
    found = {record.extractor.hex()}
    for line in trail(folder.disclosure.instructions).all(Kind.MIGRATED, camera=record.camera, hour=str(record.hour)):
        if line.facts.get("from") in found:
            found.add(line.facts.get("to", ""))
    return {bytes.fromhex(digest) for digest in found if digest}


def _asked(told: Instructions, signed: Signed, verb: Verb, kind: type[T]) -> tuple[Ask, T]:
    """What a person signed, and the record in it. Checks signature, name, deployment and verb."""
    ask = authorship.asked(signed, _person(told, signed.signer), told.genesis)
    authorship.hardware(signed, ask.verb, told.genesis)
    if ask.verb != verb.value:
        raise Tampered(f"what {signed.signer} signed is another act, or for another deployment")
    return ask, records.read(kind, ask.body)


def _person(told: Instructions, name: str, role: Role | None = None) -> Person:
    found = [person for person in told.persons if person.name == name]
    if len(found) != 1 or (role is not None and role not in found[0].roles):
        raise Tampered(f"{name} is not on the list of persons once, with the role that this act needs")
    return found[0]


def _distinct(persons: Iterable[Person]) -> int:
    """How many of them hold no key or credential that another before them holds."""
    count, held = 0, frozenset[bytes]()
    for person in persons:
        if not person.held & held:
            count, held = count + 1, held | person.held
    return count
