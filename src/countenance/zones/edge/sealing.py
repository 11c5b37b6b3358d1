"""Seal: from what was collected of one track to the sighting that leaves, and from a segment to its ciphertext.

Implements the edge's part of DESIGN sections 4.3 to 4.5:

 1. draw the sighting's id and R_k, 16 fresh random bytes each;
 2. code the template and mask it with the pad of block key and R_k, one of each custodian, stacked: the row;
 3. encrypt the padded still and the padded patches under keys derived from all block keys and R_k;
 4. seal R_k to the hour's epoch key, bound to deployment, edge, partition, sighting and extractor;
 5. the record names all of them by digest; R_k is forgotten.

Nothing here can be read back by this process: the pad is known to who holds the lease, R_k to nobody but the custodian.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from countenance.crypto import derive, segment
from countenance.crypto.seal import binding, seal
from countenance.faces.extractor import values
from countenance.formats import patches
from countenance.formats.patches import Piece
from countenance.matching import encode
from countenance.matching.mask import mask, stacked
from countenance.video.encode import Segment
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.faces import Template
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.sightings import SegmentRecord, SightingRecord
from countenance.zones.edge.leases import Held

ID = NONCE = 16


@dataclass(frozen=True, slots=True, repr=False)
class Sighting:
    """One track, ready to be sealed. `quality` 0 to 100. `pieces`: in order of time, 1 to 256."""

    start: Moment
    end: Moment
    quality: int
    template: Template
    still: Piece
    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        return f"Sighting({self.start}-{self.end})"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals for one deployment with `random` (bytes of a given number)."""

    deployment: str
    random: Callable[[int], bytes]

    def sighting(self, it: Sighting, lease: Held) -> tuple[SightingRecord, tuple[bytes, ...]]:
        """The record, and row, sealed nonce, still and patches in the order in which they are sent."""
        name, nonce = self.random(ID).hex(), self.random(NONCE)  # (1)
        keys, extractor = lease.block_keys, it.template.extractor
        row = mask(encode.encode(values(it.template)), keys[0], nonce)  # (2)
        for key in keys[1:]:
            row = stacked(row, key, nonce)
        still_key = derive.combined(*(derive.still_key(key, nonce, name) for key in keys))  # (3)
        patches_key = derive.combined(*(derive.patches_key(key, nonce, name) for key in keys))
        still = segment.encrypt(still_key, patches.write_still(it.still))
        pieces = segment.encrypt(patches_key, patches.write_patches(it.pieces))
        partition = str(Partition(lease.camera, lease.hour))
        info = binding("nonce", self.deployment, lease.edge, partition, name, extractor.hex())
        sealed = seal(lease.epoch_public_key, info, nonce)  # (4)
        record = SightingRecord(  # (5)
            sighting=name,
            edge=lease.edge,
            camera=lease.camera,
            hour=lease.hour,
            start=it.start,
            end=it.end,
            quality=10 * it.quality,
            shots=it.template.shots,
            dimension=it.template.dimension,
            extractor=extractor,
            row_digest=_digest(row),
            still_digest=_digest(still),
            patches_digest=_digest(pieces),
            sealed_nonce_digest=_digest(sealed),
        )
        return record, (row, sealed, still, pieces)

    def footage(self, it: Segment, covered_whole: int, lease: Held) -> tuple[SegmentRecord, bytes]:
        """The record and the ciphertext of one segment, whose moments are UTC milliseconds."""
        name = self.random(ID).hex()
        data = segment.encrypt(derive.subkey(lease.footage_key, name), it.data)
        record = SegmentRecord(
            segment=name,
            edge=lease.edge,
            camera=lease.camera,
            hour=lease.hour,
            start=it.start_ms,
            end=it.end_ms,
            frames=it.frames,
            covered_whole=covered_whole,
            digest=_digest(data),
        )
        return record, data


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
