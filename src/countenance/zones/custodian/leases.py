"""Leases: the keys of one camera and one hour, handed to one edge, sealed to it, through a repository that cannot read.

How a lease is issued (the numbers are in the code):

1. The request is signed by an enrolled edge, not revoked, and at most five minutes old.
2. The camera is declared for that edge.
3. Hours are kept that begin within 48 hours or ended at most 2 hours ago, whose retention is not over and was not
   over before the camera was declared anew, and which no other edge holds. If none is left, the request is refused.
4. What does not exist yet is made: an epoch key for the hour, salts for the partition, after one entry.
5. Each lease is sealed to the edge's key. The same request again yields the same keys.
"""

from dataclasses import dataclass, replace

from countenance.crypto import derive, verify
from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.cameras import Camera, Partition
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Lease, LeaseRequest
from countenance.zones.custodian import cameras, edges, epochs, stacking
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import EdgeIdentity, ExpiredPartition, PartitionKeys, partition_key

HOURS_BEFORE = 48
HOURS_AFTER = 2
FRESH_MILLISECONDS = 5 * 60 * 1000
_SALT = 32
_MOST_HOURS = 96


@dataclass(frozen=True, slots=True)
class Granted:
    """A request that was checked: for which camera, to which edge, and the hours that are left of it."""

    camera: Camera
    edge: EdgeIdentity
    hours: tuple[int, ...]


def issue(opened: Opened, request: bytes) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Hours and sealed leases, in order, for a written `Signed` LeaseRequest. Raises Refused, Tampered, Malformed.

    Where there are two custodians, of hours that both allow, each with the second's share in it.
    """
    with opened.lock:
        granted = allowed(opened, request)
        second = stacking.shares(opened, request, granted.camera.name, granted.hours)
        granted = replace(granted, hours=tuple(hour for hour in granted.hours if hour in second))
        if not granted.hours:
            raise Refused("the second custodian gives no share for these hours: set the clocks of both hosts")
        for hour in granted.hours:
            epochs.public_key(opened, hour)
        held = keys(opened, granted)
        return granted.hours, tuple(_sealed(opened, granted.edge, one, second[one.hour]) for one in held)


def allowed(opened: Opened, request: bytes) -> Granted:
    """Steps 1 to 3. Raises Refused, Tampered, Malformed."""
    signed = records.read(Signed, request)
    edge = edges.edge(opened, signed.signer)
    asked = verify.opened(LeaseRequest, signed, edge.signing_key)
    if asked.edge != edge.name:
        raise Refused("an edge asks for leases in its own name only")
    if abs(opened.clock() - asked.made) > FRESH_MILLISECONDS:  # (1)
        raise Refused("this request for leases is not of the last five minutes: set the edge's clock")
    camera = cameras.camera(opened, asked.camera)
    if camera.edge != edge.name:  # (2)
        raise Refused("this camera is declared for another edge")
    return Granted(camera, edge, _allowed(opened, asked, camera))


def keys(opened: Opened, granted: Granted) -> list[PartitionKeys]:
    """What the hours' keys are derived from (4): what does not exist yet is made, after one entry."""
    camera, edge, hours = granted.camera, granted.edge, granted.hours
    kept = {hour: opened.store.get(PartitionKeys, partition_key(camera.name, hour)) for hour in hours}
    new = [hour for hour, known in kept.items() if known is None]
    if new:  # (4)
        facts = {"camera": camera.name, "edge": edge.name, "first": str(min(new)), "last": str(max(new))}
        entry = opened.sequencer.append(Kind.LEASED, facts)
        with opened.store.together():
            for hour in new:
                made = PartitionKeys(
                    camera=camera.name,
                    hour=hour,
                    edge=edge.name,
                    block_salt=opened.random(_SALT),
                    footage_salt=opened.random(_SALT),
                    extracts=camera.extracts,
                    leased_entry=entry,
                )
                opened.store.put(made, partition_key(camera.name, hour))
                kept[hour] = made
    return [known for known in kept.values() if known is not None]


def _allowed(opened: Opened, asked: LeaseRequest, camera: Camera) -> tuple[int, ...]:
    if not 0 <= asked.last - asked.first < _MOST_HOURS:
        raise Malformed(f"ask for 1 to {_MOST_HOURS} hours of leases")
    now, hours = opened.clock(), []
    for hour in range(asked.first, asked.last + 1):  # (3)
        early = Hour(hour).start - HOURS_BEFORE * MILLISECONDS_AN_HOUR
        late = Hour(hour).end + min(HOURS_AFTER, camera.retention_hours) * MILLISECONDS_AN_HOUR
        kept = opened.store.get(PartitionKeys, partition_key(camera.name, hour))
        expired = opened.store.get(ExpiredPartition, partition_key(camera.name, hour)) is not None
        if early <= now < late and not expired and (kept is None or kept.edge == camera.edge):
            hours.append(hour)
    if not hours:
        raise Refused("leases are issued from 48 hours before an hour until 2 hours after it: set the edge's clock")
    return tuple(hours)


def _sealed(opened: Opened, edge: EdgeIdentity, keys: PartitionKeys, second: bytes) -> bytes:
    partition = str(Partition(keys.camera, keys.hour))
    lease = Lease(
        camera=keys.camera,
        hour=keys.hour,
        edge=edge.name,
        block_key=derive.block_key(opened.root, keys.block_salt, partition),
        footage_key=derive.footage_key(opened.root, keys.footage_salt, partition),
        epoch_public_key=epochs.public_key(opened, keys.hour),
        extracts=keys.extracts,
        second=second,
    )
    info = binding("lease", opened.genesis.deployment, edge.name, partition)
    return seal(edge.sealing_key, info, records.write(lease))  # (5)
