"""Entering: who signs in at the console is told who they are and what the roster lets them do; each time is an entry.

The console shows nothing to anybody before this answer, and asks anew every few minutes: so whoever is taken off the
roster is outside by then, and can be given no key from that moment on. What a page refuses for a role or a camera, it
asks for here too, in the person's name: the refusal is this zone's, and an entry.
"""

import hashlib

from countenance.crypto import authorship
from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Wanted
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState
from countenance.zones.custodian.requests import Admitted


def enter(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ENTER by anyone on the roster, in a session: name, organisation, roles, cameras.

    Raises Refused outside a session, and if the roster does not give the person what a page refused.
    """
    session = authorship.session_of(admitted.signed)
    if session is None:
        raise Refused("who enters the console signs in there: a key file alone is no session")
    person = admitted.person
    with opened.lock:
        _check(opened, person, records.read(Wanted, admitted.ask.body))
        facts = {"person": person.name, "session": hashlib.sha256(session).hexdigest()}
        return {
            "person": person.name,
            "organisation": person.organisation,
            "roles": [role.value for role in person.roles],
            "cameras": list(person.cameras),
            "entry": opened.sequencer.append(Kind.ENTERED, facts),
        }


def _check(opened: Opened, person: Person, wanted: Wanted) -> None:
    """Return if the roster gives `person` what is wanted. An entry names no camera that was never declared."""
    if wanted.roles and not set(wanted.roles) & set(person.roles):
        names = " or ".join(role.value for role in Role if role in wanted.roles)
        raise Refused(f"this needs the role {names} on the roster: that you asked is an entry")
    if wanted.camera and person.cameras and wanted.camera not in person.cameras:
        known = opened.store.get(CameraState, wanted.camera) is not None
        name = wanted.camera if known else "that was never declared"
        raise Refused(f"the roster does not give you the camera {name}: that you asked is an entry")
