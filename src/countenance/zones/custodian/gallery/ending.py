"""Ending: a gallery's key is destroyed when its time is over or it is withdrawn, and what the log says stays so.

How a gallery ends:

1. *gallery-ended* is an entry, with who and why, and by when the last backup that has the gallery ends.
2. Salt and nonces, templates, photo keys and text are dropped, in one transaction with its state; of a gallery by
   consent its alerts too.
3. The store key is replaced and the old one destroyed: what was dropped can be read by nobody who has no older copy.
4. Masked rows and photos, ciphertext without a key by then, are removed.

A crash in between is finished at the next opening, from the log. Copies of the store from before, with the root key,
still open it: erasure is as good as the drive and as the secrecy of the root.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.galleries import Alert, Ending
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import backups, roster
from countenance.zones.custodian.approvals import LONGEST_REASON
from countenance.zones.custodian.gallery.records import (
    GalleryState,
    GalleryText,
    Identifications,
    MaskingKeys,
    PhotoKey,
    SealedTemplate,
    masked,
    photos,
    state,
)
from countenance.zones.custodian.once import append_once
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

ENDED, WITHDRAWN = "ended", "withdrawn"
BY_SUBJECT = "withdrawn by its subject"

ALERTS_FOR = 72 * MILLISECONDS_AN_HOUR
"""How long an alert is kept: as long as a default camera holds the sighting it names."""


def withdraw(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """END by the requester or any approver: one person is enough to end, with a reason."""
    asked = records.read(Ending, admitted.ask.body)
    with opened.lock:
        known = state(opened, asked.gallery)
        if admitted.person.name != known.standing.requester:
            roster.require(admitted.person, Role.APPROVER)
        if known.ended:
            raise Refused("this gallery has ended already, and its key was destroyed")
        if not asked.reason.strip() or len(asked.reason) > LONGEST_REASON:
            raise Refused(f"a withdrawal needs a reason, of at most {LONGEST_REASON} characters")
        entry = end(opened, known, WITHDRAWN, person=admitted.person.name, reason=asked.reason)
        return {"gallery": asked.gallery, "entry": entry}


def end_due(opened: Opened, now: Moment) -> tuple[str, ...]:
    """End every gallery whose time is over, and forget old alerts; the ids of those that ended."""
    with opened.lock:
        due = [known for _, known in opened.store.all(GalleryState) if not known.ended and known.standing.end <= now]
        for known in due:
            end(opened, known, ENDED)
        old = [name for name, alert in opened.store.all(Alert) if alert.made <= now - ALERTS_FOR]
        with opened.store.together():
            for name in old:
                opened.store.drop(Alert, name)
        if old:
            opened.store.replace_key()
        return tuple(known.standing.gallery for known in due)


def end(opened: Opened, known: GalleryState, why: str, *, person: str = "", reason: str = "") -> int:
    """Carry out the procedure above; returns the entry."""
    kept = known.standing
    gone_by = max(opened.clock(), backups.horizon(opened))
    facts = {"warrant": kept.gallery, "number": str(kept.number), "hash": kept.hash.hex(), "why": why}
    facts |= {"gone_by": str(gone_by)} | ({"person": person} if person else {})
    entry = append_once(opened, Kind.GALLERY_ENDED, facts, known.entry)
    _destroy(opened, replace(known, ended=max(1, opened.clock()), why=why, reason=reason))
    return entry


def repeat(opened: Opened, history: Sequence[Entry], had: int) -> None:
    """Restoring: what ended after the backup's `had` entries has ended, and its keys are in no store that opens."""
    del had
    enforce(opened, history)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: what the log says has ended has ended, whatever an old or half-written store says."""
    with opened.lock:
        for entry in history:
            if entry.kind is not Kind.GALLERY_ENDED:
                continue
            facts = dict(entry.facts)
            known = opened.store.get(GalleryState, facts["warrant"])
            if known is not None and not known.destroyed:
                ended = known.ended or max(1, entry.made)
                _destroy(opened, replace(known, ended=ended, why=facts["why"]))


def _destroy(opened: Opened, after: GalleryState) -> None:
    gallery = after.standing.gallery
    with opened.store.together():  # (2)
        opened.store.drop(MaskingKeys, gallery)
        opened.store.drop(GalleryText, gallery)
        opened.store.drop(Identifications, gallery)
        kinds: tuple[type, ...] = (SealedTemplate, PhotoKey)
        if after.standing.consent:
            kinds = (*kinds, Alert)
        for kind in kinds:
            for name in [name for name, _ in opened.store.all(kind, f"{gallery}/")]:
                opened.store.drop(kind, name)
        opened.store.put(after, gallery)
    opened.store.replace_key()  # (3)
    masked(opened.directory, gallery).unlink(missing_ok=True)  # (4)
    shutil.rmtree(photos(opened.directory, gallery), ignore_errors=True)
    opened.store.put(replace(after, destroyed=True), gallery)
