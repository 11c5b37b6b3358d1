"""Leasing: the second custodian's share of a lease, sealed to the edge; the first passes it on unread.

The second checks by itself what the first has checked: that the edge is enrolled with it and signed the request, that
an operator on its roster declared the camera, and for that edge. What it keeps of an hour are two salts, until the
camera's retention is over.
"""

from countenance.crypto import derive, sign
from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused
from countenance.formats import canonical, records
from countenance.vocabulary.acts import Declaration, Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.second import Share
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import cameras, leases, requests, roster
from countenance.zones.custodian.leases import Granted
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState, Declared, PartitionKeys
from countenance.zones.custodian.second.calls import Heard


def lease(opened: Opened, call: Heard) -> bytes:
    """Blobs: the edge's signed request, the operator's signed declaration -> {hour: share sealed to it, in hex}."""
    if len(call.blobs) != 2:
        raise Malformed("leases are asked for with an edge's request and a camera's declaration")
    request, declaration = call.blobs
    with opened.lock:
        learn(opened, declaration, call.first)
        granted = leases.allowed(opened, request)
        held = leases.keys(opened, granted)
        return canonical.write({str(keys.hour): _sealed(opened, granted, keys).hex() for keys in held})


def learn(opened: Opened, declaration: bytes, first: Genesis) -> None:
    """Take in a camera's signed declaration, unless it is known. Raises Refused for an older one, or a stranger's."""
    signed = records.read(Signed, declaration)
    camera = records.read(Declaration, records.read(Ask, signed.body).body).camera
    known = opened.store.get(Declared, camera.name)
    if known is not None and known.signed == signed:
        return
    admitted = requests.signed_by(opened, declaration, first)
    if admitted.ask.verb != Verb.DECLARE.value:
        raise Refused("this is no declaration of a camera")
    roster.require(admitted.person, Role.OPERATOR)
    cameras.check(camera)
    if known is not None and requests.made(known.signed) >= admitted.ask.made:
        raise Refused("this camera was declared anew since: ask with the newer declaration")
    entry = cameras.changed(opened, camera, "declared")
    with opened.store.together():
        opened.store.put(CameraState(camera, 0, entry), camera.name)
        opened.store.put(Declared(admitted.signed), camera.name)


def _sealed(opened: Opened, granted: Granted, keys: PartitionKeys) -> bytes:
    partition, edge = str(Partition(keys.camera, keys.hour)), granted.edge
    share = Share(
        camera=keys.camera,
        hour=keys.hour,
        edge=edge.name,
        block_key=derive.block_key(opened.root, keys.block_salt, partition),
        footage_key=derive.footage_key(opened.root, keys.footage_salt, partition),
    )
    signed = sign.signed(share, "second", opened.signing)
    return seal(
        edge.sealing_key, binding("share", opened.genesis.deployment, edge.name, partition), records.write(signed)
    )
