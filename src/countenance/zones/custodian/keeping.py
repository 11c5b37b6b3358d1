"""Keeping: what is left of a held sighting when the retention of its camera and hour ends, and until its hold does.

Invariants:

* Keys of still and patches, and what the edge signed. Row, tags and salts go with their partition: no search can
  compare it any more, held or not.
* What nobody holds any more goes at the next tick, and the repository is told so.

Who steals this beside the root and the repository's objects sees the faces of the sightings that are held.
"""

from dataclasses import dataclass

from countenance.crypto import derive
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    HOUSEKEEPING_KEY,
    Gone,
    Housekeeping,
    PartitionKeys,
    Place,
    Row,
    partition_key,
)


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A held sighting (key: its id) whose partition is gone. `block_key` 32, `nonce` 16 bytes: of still and patches."""

    row: Row
    block_key: bytes
    nonce: bytes

    def __repr__(self) -> str:
        return f"Kept({self.row.sighting})"


def keep(opened: Opened, keys: PartitionKeys, row: Row) -> None:
    """Keep a held sighting of a partition that is about to be dropped."""
    sheet = sheets.the(opened, row.camera, row.hour, row.sheet)
    nonce = sheet.piece_nonce(sheets.place(sheet, row.sighting))
    block_key = derive.block_key(opened.root, keys.block_salt, str(Partition(row.camera, row.hour)))
    opened.store.put(Kept(row, block_key, nonce), row.sighting)


def forget(opened: Opened, kept: Kept) -> None:
    """Drop a sighting that was kept, and have the repository told."""
    row = kept.row
    opened.store.drop(Kept, row.sighting)
    opened.store.drop(Signed, f"{partition_key(row.camera, row.hour)}/{row.sighting}")
    opened.store.drop(Place, row.sighting)
    now = opened.clock()
    opened.store.put(Gone(now), row.sighting)
    known = opened.store.get(Housekeeping, HOUSEKEEPING_KEY) or Housekeeping(now, False)
    opened.store.put(Housekeeping(known.replaced, True), HOUSEKEEPING_KEY)
