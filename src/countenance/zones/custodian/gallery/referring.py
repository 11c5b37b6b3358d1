"""Referring: the people of a gallery to be, brought before its text is: sealed templates and encrypted photos.

Invariants:

* Only officers bring references, and only for a gallery that was not drafted yet.
* A template is kept as it came, sealed; it is opened once, when the gallery is masked.
* What no text names within an hour is dropped.
"""

import re

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.formats.probes import MAXIMUM_ROWS
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Alert, Pictured, Reference, Referral
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Role
from countenance.warrants import content
from countenance.zones.custodian import present, roster
from countenance.zones.custodian.gallery.records import GalleryState, PhotoKey, SealedTemplate, photos, state
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

MOST_AT_ONCE = 256
"""References in one request."""

LARGEST_PHOTO = 4 * 1024 * 1024 + 4096
"""Bytes of an encrypted photo: 4 MiB of picture and what encryption adds."""

MOST_PENDING = 4 * MAXIMUM_ROWS
"""References that may wait for their text, of all galleries to be: bounds what one officer's key can fill."""

WAITS_FOR = MILLISECONDS_AN_HOUR
ID = re.compile(r"[0-9a-f]{16}")
_PARTS = 3


def refer(opened: Opened, admitted: Admitted, message: Message) -> dict[str, Json]:
    """REFER by an officer. Blobs behind the ask, three a reference: sealed template, sealed photo key, photo."""
    roster.require(admitted.person, Role.OFFICER)
    referral = records.read(Referral, admitted.ask.body)
    brought = _brought(referral, message.blobs[1:])
    helpers = present.circumstances(opened, 0).helpers
    with opened.lock:
        if opened.store.get(GalleryState, referral.gallery) is not None:
            raise Refused("this gallery was drafted: its references do not change; draft another")
        if opened.store.count(SealedTemplate) + len(brought) > MOST_PENDING:
            raise Refused("too many references wait for their text; try again in an hour")
        now = opened.clock()
        files.make_directory(photos(opened.directory, referral.gallery))
        with opened.store.together():
            for reference, (template, key, photo) in brought:
                helper = helpers.get(reference.probe.helper)
                if helper is None:
                    raise Refused("the probe helper that signed a reference is not enrolled here: enrol it first")
                content.check_probe(reference.probe, helper)
                name = f"{referral.gallery}/{reference.reference}"
                files.write(photos(opened.directory, referral.gallery) / reference.reference, photo)
                opened.store.put(SealedTemplate(reference.probe, template, now), name)
                opened.store.put(PhotoKey(key), name)
    return {"gallery": referral.gallery, "references": len(brought)}


def picture(opened: Opened, admitted: Admitted) -> tuple[dict[str, Json], bytes]:
    """PICTURE by the requester, an approver, or, once there is an alert, a reviewer: photo key, and the photo as it is.

    Every look is an entry.
    """
    asked = records.read(Pictured, admitted.ask.body)
    with opened.lock:
        known = state(opened, asked.gallery)
        _may_see(opened, admitted, known, asked)
        kept = opened.store.get(PhotoKey, f"{asked.gallery}/{asked.reference}")
        if kept is None:
            raise Refused("this gallery has no such reference, or has ended and its photos with it")
        key = _opened(opened, "photo", asked.reference, kept.sealed)
        try:
            photo = (photos(opened.directory, asked.gallery) / asked.reference).read_bytes()
        except OSError as error:
            raise Unavailable("the photo cannot be read; restore the gallery custodian's directory") from error
        facts = {"warrant": asked.gallery, "person": admitted.person.name, "what": "photo"}
        opened.sequencer.append(Kind.READ, facts, of=known.entry)
        return {"photo_key": key.hex()}, photo


def template(opened: Opened, gallery: str, reference: str) -> tuple[SealedTemplate, bytes]:
    """A reference's template as it was brought, and opened. Raises Refused if it is not there, Tampered."""
    kept = opened.store.get(SealedTemplate, f"{gallery}/{reference}")
    if kept is None:
        raise Refused("a reference of this gallery was not brought, or not within the last hour: draft it again")
    return kept, _opened(opened, "probe", reference, kept.sealed)


def forget(opened: Opened, now: Moment) -> None:
    """Drop what was brought more than an hour ago for galleries that were not drafted."""
    with opened.lock:
        old = [name for name, kept in opened.store.all(SealedTemplate) if kept.received <= now - WAITS_FOR]
        drafted = {name for name, _ in opened.store.all(GalleryState)}
        dropped = [name for name in old if name.partition("/")[0] not in drafted]
        with opened.store.together():
            for name in dropped:
                opened.store.drop(SealedTemplate, name)
                opened.store.drop(PhotoKey, name)
        for name in dropped:
            gallery, _, reference = name.partition("/")
            files.destroy(photos(opened.directory, gallery) / reference)
        if dropped:
            opened.store.replace_key()


def _brought(referral: Referral, blobs: tuple[bytes, ...]) -> list[tuple[Reference, tuple[bytes, ...]]]:
    references = referral.references
    if not ID.fullmatch(referral.gallery) or not all(ID.fullmatch(one.reference) for one in references):
        raise Malformed("galleries and references have ids of 16 hex digits")
    if not 1 <= len(references) <= MOST_AT_ONCE or len(blobs) != _PARTS * len(references):
        raise Malformed(f"bring 1 to {MOST_AT_ONCE} references at a time, each with template, photo key and photo")
    parts = [blobs[at : at + _PARTS] for at in range(0, len(blobs), _PARTS)]
    if any(len(photo) > LARGEST_PHOTO for _, _, photo in parts):
        raise Malformed("a reference's photo has at most 4 MiB: use a smaller one")
    return list(zip(references, parts, strict=True))


def _may_see(opened: Opened, admitted: Admitted, known: GalleryState, asked: Pictured) -> None:
    person = admitted.person
    if person.name == known.standing.requester or Role.APPROVER in person.roles:
        return
    alerts = (alert for _, alert in opened.store.all(Alert, f"{asked.gallery}/"))
    if Role.REVIEWER not in person.roles or all(alert.reference != asked.reference for alert in alerts):
        raise Refused("a photo is shown to its requester, to approvers, and to reviewers once there is an alert on it")


def _opened(opened: Opened, purpose: str, reference: str, sealed: bytes) -> bytes:
    try:
        return unseal(opened.sealing_private, binding(purpose, opened.genesis.deployment, reference), sealed)
    except Tampered as error:
        raise Refused("a reference was sealed for something else: extract its photo again") from error
