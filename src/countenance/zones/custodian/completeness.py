"""Completeness: whether a search saw everything that the edges say there is.

The edge's signed manifest of a camera and hour fixes which rows exist; the custodian compares it with the rows it took
in itself, and those with the rows that the repository worked on. What is missing becomes a sentence in the answer: an
incomplete answer is given, and says so.
"""

from collections.abc import Sequence, Set
from itertools import chain

import numpy as np

from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour, Moment
from countenance.zones.custodian import scoring, sheets
from countenance.zones.custodian.desk import Running
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    ExpiredPartition,
    ManifestHead,
    PartitionKeys,
    Tombstone,
    partition_key,
)
from countenance.zones.custodian.sheets import LIVING, Sheet

CLOCKS_DIFFER = 5_000
"""Milliseconds by which an edge's clock may be behind the custodian's."""

_MISSING = "rows are missing from the repository"
_ALTERED = "rows gave products that are not theirs"
_OTHER = "sightings have no template of the probe's extractor"


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
    listed = set(head.sightings)
    if listed == taken:
        return ""
    erased = {stone.record_digest for _, stone in opened.store.all(Tombstone, f"{key}/")}
    missing = listed - taken - erased
    if missing:
        return f"{partition}: {len(missing)} of {len(head.sightings)} sightings in the manifest never arrived"
    if head.closed and taken - listed:
        return f"{partition}: {len(taken - listed)} sightings are in no manifest"
    return ""


def doubts(opened: Opened, running: Running, fresh: Sequence[Sheet], doubtful: Sequence[int]) -> list[str]:
    """A sentence for whatever should have been compared and was not."""
    comparing = running.comparing
    assert comparing is not None
    sentences = []
    for partition in running.asked:
        if opened.store.get(PartitionKeys, partition_key(partition.camera, partition.hour)) is None:
            sentences.append(f"{partition}: its retention ended while the search ran")
            continue
        here = [
            index for index, one in enumerate(fresh) if (one.camera, one.hour) == (partition.camera, partition.hour)
        ]
        unsure = sum(int(np.count_nonzero(fresh[index].has(LIVING))) for index in here if index in doubtful)
        found = (
            unlisted(opened, partition, _taken(opened, partition), running.began),
            _counted(partition, sum(scoring.lost(fresh[index]) for index in here if index not in doubtful), _MISSING),
            _counted(partition, unsure, _ALTERED),
            _counted(partition, comparing.chosen.other_rows.get(partition, 0), _OTHER),
        )
        sentences.extend(doubt for doubt in found if doubt)
    return sentences


def _counted(partition: Partition, count: int, what: str) -> str:
    return f"{partition}: {count} {what}, and were not compared" if count else ""


def _taken(opened: Opened, partition: Partition) -> set[bytes]:
    """Digests of the signed records of all living rows of a partition."""
    here = sheets.of_partition(opened, partition.camera, partition.hour)
    return set(chain.from_iterable(sheet.recorded(LIVING) for sheet in here))
