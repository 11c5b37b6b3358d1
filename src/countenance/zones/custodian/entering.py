"""Entering: who signs in at the console is told who they are and what the roster lets them do; each time is an entry.

The console shows nothing to anybody before this answer, and asks anew every few minutes: so whoever is taken off the
roster is outside by then, and can be given no key from that moment on.
"""

import hashlib

from countenance.crypto import authorship
from countenance.errors import Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted


def enter(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ENTER by anyone on the roster, in a session: name, organisation, roles, cameras. Raises Refused outside one."""
    session = authorship.session_of(admitted.signed)
    if session is None:
        raise Refused("who enters the console signs in there: a key file alone is no session")
    person = admitted.person
    with opened.lock:
        facts = {"person": person.name, "session": hashlib.sha256(session).hexdigest()}
        return {
            "person": person.name,
            "organisation": person.organisation,
            "roles": [role.value for role in person.roles],
            "cameras": list(person.cameras),
            "entry": opened.sequencer.append(Kind.ENTERED, facts),
        }
