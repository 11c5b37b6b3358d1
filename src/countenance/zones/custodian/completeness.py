"""Completeness: whether a search saw everything that the edges say there is.

The edge's signed manifest of a camera and hour fixes which rows exist; the custodian compares it with the rows it took
in itself, and those with the rows that the repository worked on. What is missing becomes a sentence in the answer: an
incomplete answer is given, and says so.
"""

from collections.abc import Set

from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour, Moment
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    ExpiredPartition,
    ManifestHead,
    PartitionKeys,
    Tombstone,
    partition_key,
)

CLOCKS_DIFFER = 5_000
"""Milliseconds by which an edge's clock may be behind the custodian's."""


def not_recorded(opened: Opened, partition: Partition, now: Moment) -> str:
    """Why this partition of the scope has nothing to search, as a sentence; empty if it has keys to search with."""
    key = partition_key(partition.camera, partition.hour)
    keys = opened.store.get(PartitionKeys, key)
    if Hour(partition.hour).start > now:
        return f"{partition}: has not begun"
    if keys is not None:
        return "" if keys.extracts else f"{partition}: covered footage only, no sightings"
    if opened.store.get(ExpiredPartition, key) is not None:
        return f"{partition}: deleted, its retention is over"
    return f"{partition}: the camera held no lease"


def unlisted(opened: Opened, partition: Partition, taken: Set[bytes], began: Moment) -> str:
    """What the manifest and the custodian's rows of a partition disagree on, as a sentence; empty if they agree.

    `taken`: digests of the signed records of all living rows. `began`: when the search did. A partition whose hour runs
    still needs a manifest made since then.
    """
    key = partition_key(partition.camera, partition.hour)
    head = opened.store.get(ManifestHead, key)
    if head is None:
        return f"{partition}: the edge has sent no manifest, so rows may be missing"
    fresh = Hour(partition.hour).end > began and head.made >= began - CLOCKS_DIFFER and head.received >= began
    if not head.closed and not fresh:
        return f"{partition}: the edge's last manifest is an old one, so later rows may be missing"
    erased = {stone.record_digest for _, stone in opened.store.all(Tombstone, f"{key}/")}
    missing = set(head.sightings) - taken - erased
    if missing:
        return f"{partition}: {len(missing)} of {len(head.sightings)} sightings in the manifest never arrived"
    if head.closed and taken - set(head.sightings):
        return f"{partition}: {len(taken - set(head.sightings))} sightings are in no manifest"
    return ""
