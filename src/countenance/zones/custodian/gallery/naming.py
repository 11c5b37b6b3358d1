"""Naming: who asked for a gallery states who one of its references is, for the day when it is no secret any more."""

from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.afterwards import Naming
from countenance.vocabulary.galleries import StandingGallery
from countenance.zones.custodian.gallery.records import GalleryText, state
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.rights import afterwards
from countenance.zones.custodian.rights.afterwards import Later


def name(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """NAME by a gallery's requester, while its text is there. Raises Refused, Malformed."""
    naming = records.read(Naming, admitted.ask.body)
    with opened.lock:
        known, kept = state(opened, naming.matter), opened.store.get(GalleryText, naming.matter)
        if admitted.person.name != known.standing.requester:
            raise Refused("who is on a list is stated by the officer who asked for it, and by nobody else")
        if kept is None:
            raise Refused("this gallery has ended, and its text with it: whom it watched for cannot be stated now")
        text = records.read(StandingGallery, kept.text)
        if naming.reference not in {one.reference for one in text.references}:
            raise Refused("this gallery has no such reference: 'countenance gallery show' lists those it has")
        since = max(known.standing.limits.secrecy_end, known.standing.end)
        later = Later(naming.matter, b"", b"", since, text.legal_basis, listed=True, drafted=known.entry)
        return afterwards.keep(opened, admitted, naming, later)
