"""Values: what the second custodian derives for one camera and hour: keys together with the first's, alone nothing."""

from countenance.crypto import derive
from countenance.errors import Refused
from countenance.vocabulary.cameras import Partition
from countenance.zones.custodian import cameras
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, partition_key


def block_key(opened: Opened, place: Partition) -> bytes:
    """The block key of a partition, 32 bytes. Raises Refused if it was never leased, or its retention is over."""
    return derive.block_key(opened.root, _keys(opened, place).block_salt, str(place))


def footage(opened: Opened, camera: str, hours: tuple[int, ...]) -> dict[str, str]:
    """The values of footage of these hours, in hex, as far as they exist."""
    kept = (opened.store.get(PartitionKeys, partition_key(camera, hour)) for hour in hours)
    return {str(keys.hour): cameras.value(opened, keys).hex() for keys in kept if keys is not None}


def _keys(opened: Opened, place: Partition) -> PartitionKeys:
    keys = opened.store.get(PartitionKeys, partition_key(place.camera, place.hour))
    if keys is None:
        raise Refused("the second custodian leased no such hour, or its retention is over: try again in a minute")
    return keys
