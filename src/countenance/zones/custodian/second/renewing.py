"""Renewing: other pads for rows, by a rotation or under a migration order. The second draws every new nonce itself.

Invariants:

* Nobody learns the pad of a nonce of their choice: a rotation gives pad' - pad for a pad' of a nonce drawn here, and a
  migration pads of nonces drawn here. Who does not know the one cannot tell the other.
* Rows are made anew only under an order that a quorum on this roster approved, in its cameras and hours, before its
  expiry; the *migrating* entry is durable before a value leaves. Rotations are entries too.
"""

from dataclasses import replace

from countenance.crypto import derive
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.matching import padding, tag
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.requests import Signed
from countenance.warrants import migrations
from countenance.warrants.migrations import LARGEST_DIMENSION, Permission
from countenance.zones.custodian import migration, present
from countenance.zones.custodian.migration import MigrationState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.second import calls, values
from countenance.zones.custodian.second.calls import NONCE, Heard


def rotate(opened: Opened, call: Heard) -> bytes:
    """{camera, hour, dimension} and the nonces of rows -> new nonces, then pad' - pad of each, int16 little-endian."""
    place, dimension = _place(call), calls.number(call, "dimension")
    if not 1 <= dimension <= LARGEST_DIMENSION or len(call.blobs) != 1:
        raise Malformed("a rotation comes with a dimension and the nonces of the rows")
    count = calls.nonces(call.blobs[0], tag.ROWS)
    with opened.lock:
        key = values.block_key(opened, place)
        drawn = opened.random(NONCE * count)
        facts = {"camera": place.camera, "hour": str(place.hour), "rows": str(count)}
        opened.sequencer.append(Kind.ROTATED, facts)
    deltas = padding.pads(key, drawn, dimension)
    before = padding.pads(key, call.blobs[0], dimension)
    deltas -= before
    before.fill(0)
    return drawn + deltas.astype("<i2").tobytes()


def remake(opened: Opened, call: Heard) -> bytes:
    """{camera, hour, sightings}; blobs: order, words, nonces of the stills -> new nonces, stills' values, new pads."""
    place, names = _place(call), _names(call)
    if len(call.blobs) < 2:
        raise Malformed("rows are made anew under an order, with the nonces of their stills")
    order, pieces = records.read(MigrationOrder, call.blobs[0]), call.blobs[-1]
    words = tuple(records.read(Signed, word) for word in call.blobs[1:-1])
    if calls.nonces(pieces, tag.ROWS) != len(names):
        raise Malformed("rows are made anew with one nonce for each sighting")
    with opened.lock:
        people = present.people(opened)
        permission = migrations.permit(order, words, people=people, genesis=call.first, now=opened.clock())
        if place.camera not in order.cameras or not order.first <= place.hour <= order.last:
            raise Refused("this camera and hour is not in the order")
        key = values.block_key(opened, place)
        state = _known(opened, permission, words)
        named = {"warrant": order.migration, "hash": permission.hash.hex(), "camera": place.camera}
        kinds = {"hour": str(place.hour), "from": order.old.hex(), "to": order.new.hex(), "rows": str(len(names))}
        opened.sequencer.append(Kind.MIGRATING, {**named, **kinds}, of=state.entry)
        drawn = opened.random(NONCE * len(names))
    stills = (derive.still_key(key, pieces[NONCE * at : NONCE * (at + 1)], name) for at, name in enumerate(names))
    pads = padding.pads(key, drawn, order.dimension)
    written = drawn + b"".join(stills) + pads.astype("<i2").tobytes()
    pads.fill(0)
    return written


def _known(opened: Opened, permission: Permission, words: tuple[Signed, ...]) -> MigrationState:
    """The order's state here, with entries about what is new in it: the order, and each approver's word."""
    order = permission.order
    state = opened.store.get(MigrationState, order.migration)
    if state is None:
        entry = opened.sequencer.append(Kind.MIGRATION_DRAFTED, migration.naming(order))
        state = MigrationState(order, (), entry)
    elif state.order != order:
        raise Refused("an order of this id has another text here: draft it under a new id")
    now, before = {word.person for word in permission.approvals}, {signed.signer for signed in state.approvals}
    people = present.people(opened)
    for name in sorted(now ^ before):
        facts = {
            "warrant": order.migration,
            "number": str(migrations.NUMBER),
            "hash": permission.hash.hex(),
            "person": name,
        }
        facts["organisation"] = people[name].organisation if name in people else "left"
        opened.sequencer.append(Kind.APPROVED if name in now else Kind.DECLINED, facts, of=state.entry)
    kept = {signed.signer: signed for signed in words if signed.signer in now}
    state = replace(state, approvals=tuple(kept.values()))
    opened.store.put(state, order.migration)
    return state


def _place(call: Heard) -> Partition:
    return Partition(calls.text(call, "camera"), calls.number(call, "hour"))


def _names(call: Heard) -> tuple[str, ...]:
    listed = call.body.get("sightings")
    names = tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()
    if not isinstance(listed, list) or len(names) != len(listed) or len(set(names)) != len(names):
        raise Malformed("sightings are named once each")
    return names
