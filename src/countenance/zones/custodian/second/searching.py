"""Searching: the second custodian's half of a search: the products of its own pads, under a warrant it has checked.

Invariants:

* The *authorised* entry is durable, and a use spent here, before anything is computed.
* The probe is the template that the text names and a helper enrolled here signed; every product is of it and no other.
* Products are of partitions in the warrant's scope only. A product without the repository's is a uniform number.
* A search that the first does not end within ten minutes has an unknown outcome, and its probe is overwritten.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Refused
from countenance.formats import records
from countenance.matching import encode, tag, unmask
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.warrants import Role
from countenance.warrants import scope
from countenance.warrants.authorise import Act
from countenance.zones.custodian import outcomes, requests, retrieval, roster
from countenance.zones.custodian.desk import Running
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.second import calls, permitting, values
from countenance.zones.custodian.second.calls import Heard


def begin(opened: Opened, call: Heard) -> bytes:
    """Blobs: the officer's signed ask, text, template, words -> the search's name."""
    with opened.lock:
        retrieval.abandon_old(opened)
        brought = permitting.case(opened, call)
        with requests.logged(opened, brought.admitted):
            named = records.read(Named, permitting.asks(brought, Verb.SEARCH))
            person = brought.admitted.person
            roster.require(person, Role.OFFICER)
            may = permitting.permitted(opened, call, brought, Act.SEARCH, named)
            if person.name != may.state.requester:
                raise Refused("only its requester searches under a warrant: draft one of your own")
            roster.within(person, may.authorisation.warrant.scope.cameras)
            q = encode.from_bytes(brought.template)
            asked = scope.partitions(may.authorisation.warrant.scope)
            entry = outcomes.authorised(opened, may.authorisation, person.name, may.state)
        search = opened.random(16).hex()
        opened.desk.running[search] = Running(brought.admitted, may.authorisation, q, asked, opened.clock(), entry, 0.0)
        return search.encode()


def pads(opened: Opened, call: Heard) -> bytes:
    """{search, camera, hour} and the nonces of one sheet's positions -> <q, pad> of each, int32 little-endian."""
    place = Partition(calls.text(call, "camera"), calls.number(call, "hour"))
    given = call.blobs[0] if len(call.blobs) == 1 else b""
    calls.nonces(given, tag.ROWS)
    with opened.lock:
        running = _running(opened, call)
        if place not in running.asked:
            raise Refused("this camera and hour is not in the warrant's scope")
        block_key = values.block_key(opened, place)
        q: NDArray[np.int16] = running.q.copy()
    try:
        made = unmask.padded_cold(q, block_key, given)
    finally:
        q.fill(0)
    written = made.astype("<i4", copy=False).tobytes()
    made.fill(0)
    return written


def end(opened: Opened, call: Heard) -> bytes:
    """{search} -> nothing: the answer is about to be delivered."""
    with opened.lock:
        running = _running(opened, call)
        del opened.desk.running[calls.text(call, "search")]
        running.wipe()
        outcomes.delivered(opened, running.entry)
        return b""


def _running(opened: Opened, call: Heard) -> Running:
    running = opened.desk.running.get(calls.text(call, "search"))
    if running is None:
        raise Refused("no such search is running at the second custodian: it took too long, or was ended; search again")
    return running
