"""Intake: row nonces, sealed by an edge to an hour's epoch key, become rows that can be searched, once each.

A sighting is taken in if, in this order:

1. it is signed by the enrolled edge that holds the partition's lease, and the partition may have sightings;
2. it was not erased (a tombstone), and its id is not in use for anything else;
3. the sealed nonce is the one that was signed for, and the hour's epoch key still exists and opens it;
4. its nonce was never taken in before for this partition: two rows under one pad would betray both;
5. the masked row is the one that was signed for. It goes into the tags of a sheet and is not kept.

The same presentation again is taken again, with the same place and MAC. A manifest continues the one before it and
drops nothing that one listed; so the custodian, not the repository, fixes which rows exist.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from countenance.crypto import verify
from countenance.crypto.seal import binding
from countenance.crypto.unseal import unseal
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Manifest, SightingRecord
from countenance.zones.custodian import edges, epochs
from countenance.zones.custodian.filling import Filling, Placed
from countenance.zones.custodian.opened import Opened, keyed_hash
from countenance.zones.custodian.records import (
    ManifestHead,
    PartitionKeys,
    Place,
    Row,
    SpentNonce,
    Tombstone,
    partition_key,
)
from countenance.zones.custodian.sheets import NewRow

NONCE = 16
_DIGEST = 32
_SIGHTING = re.compile(r"[0-9a-f]{32}")
_LARGEST_DIMENSION = 4096

Refusal = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one presentation: where the rows are, in order, and (id, reason) of sightings that were refused."""

    placed: list[Placed]
    refused: list[Refusal]


def sightings(opened: Opened, blobs: Sequence[bytes]) -> Taken:
    """Take in triples of written `Signed` SightingRecord, sealed nonce and masked row.

    One durable transaction: on return everything taken is kept. Raises Malformed if blobs are no triples, Unavailable
    if the store cannot be written, and then nothing was taken. A record whose id cannot be read is named `#position`.
    """
    if len(blobs) % 3:
        raise Malformed("sightings are presented as record, sealed nonce and masked row")
    done = Taken([], [])
    with opened.lock, opened.store.together():
        filling = Filling(opened)
        for position, triple in enumerate(zip(blobs[::3], blobs[1::3], blobs[2::3], strict=True)):
            name = f"#{position}"
            try:
                signed = records.read(Signed, triple[0])
                sighting = records.read(SightingRecord, signed.body)
                name = sighting.sighting
                done.placed.append(_take(opened, filling, signed, sighting, triple[1:]))
            except Unavailable:
                raise
            except CountenanceError as error:
                done.refused.append((name, str(error)))
        filling.finish()
    return done


def manifest(opened: Opened, record: bytes) -> None:
    """Take in a written `Signed` Manifest; one older than the newest changes nothing. Raises Refused, Tampered."""
    with opened.lock:
        signed = records.read(Signed, record)
        new = records.read(Manifest, signed.body)
        _leased(opened, signed, new.edge, new.camera, new.hour)
        key, digest = partition_key(new.camera, new.hour), records.digest(new)
        head = opened.store.get(ManifestHead, key)
        if head is not None and head.digest == digest:
            return
        if not _continues(head, new):
            return
        taken = ManifestHead(
            edge=new.edge,
            camera=new.camera,
            hour=new.hour,
            number=new.number,
            digest=digest,
            made=new.made,
            received=opened.clock(),
            closed=new.closed,
            extractor=new.extractor,
            sightings=new.sightings,
            segments=new.segments,
        )
        opened.store.put(taken, key)


def tombstone_key(opened: Opened, camera: str, hour: int, sighting: str) -> str:
    """Where the tombstone of a sighting lies, if there is one."""
    return f"{partition_key(camera, hour)}/{sighting_hash(opened, sighting).hex()}"


def sighting_hash(opened: Opened, sighting: str) -> bytes:
    """A keyed hash (32 bytes) that stands for a sighting which must not be named any more."""
    return keyed_hash(opened, "sightings", sighting.encode())


def _take(
    opened: Opened, filling: Filling, signed: Signed, sighting: SightingRecord, parts: tuple[bytes, ...]
) -> Placed:
    sealed, row = parts
    keys = _leased(opened, signed, sighting.edge, sighting.camera, sighting.hour)  # (1)
    _check(sighting, keys)
    if opened.store.get(Tombstone, tombstone_key(opened, sighting.camera, sighting.hour, sighting.sighting)):  # (2)
        raise Refused("this sighting was erased")
    if hashlib.sha256(row).digest() != sighting.row_digest or len(row) != 2 * sighting.dimension:  # (5)
        raise Tampered("the masked row is not the one the edge signed for")
    digest = records.digest(sighting)
    known = _known(opened, sighting, digest)
    if known is not None:
        return filling.again(keys, known, row)
    if hashlib.sha256(sealed).digest() != sighting.sealed_nonce_digest:  # (3)
        raise Tampered("the sealed nonce is not the one the edge signed for")
    nonce = unseal(epochs.private_key(opened, sighting.hour), _nonce_binding(opened, sighting), sealed)
    if len(nonce) != NONCE:
        raise Malformed(f"a row nonce is {NONCE} bytes")
    partition = partition_key(sighting.camera, sighting.hour)
    spent = f"{partition}/{keyed_hash(opened, 'nonces', nonce).hex()}"
    if opened.store.get(SpentNonce, spent):  # (4)
        raise Refused("this nonce was used before")
    new = NewRow(sighting.sighting, nonce, digest, sighting.start, sighting.end, row)
    placed = filling.add(keys, sighting, new)
    opened.store.put(SpentNonce(sighting_hash(opened, sighting.sighting)), spent)
    opened.store.put(Place(sighting.camera, sighting.hour), sighting.sighting)
    opened.store.put(_row(sighting, placed.number, digest, opened.clock()), f"{partition}/{sighting.sighting}")
    # A disclosure hands on what the edge signed, so that anyone can hold the evidence against it.
    opened.store.put(signed, f"{partition}/{sighting.sighting}")
    return placed


def _leased(opened: Opened, signed: Signed, edge_name: str, camera: str, hour: int) -> PartitionKeys:
    edge = edges.edge(opened, signed.signer)
    verify.verify(edge.signing_key, signed.body, signed.signature)
    keys = opened.store.get(PartitionKeys, partition_key(camera, hour))
    if keys is None:
        raise Refused("no lease was issued for this camera and hour, or its retention is over")
    if edge_name != edge.name or keys.edge != edge.name:
        raise Refused("the lease of this camera and hour is another edge's")
    return keys


def _check(sighting: SightingRecord, keys: PartitionKeys) -> None:
    if not keys.extracts:
        raise Refused("this camera records covered footage only")
    if not _SIGHTING.fullmatch(sighting.sighting):
        raise Malformed("a sighting's id is 32 hex digits")
    if Hour.of(sighting.start).number != sighting.hour or sighting.end < sighting.start:
        raise Malformed("a sighting belongs to the hour it starts in and ends after it starts")
    digests = (sighting.extractor, sighting.row_digest, sighting.still_digest, sighting.patches_digest)
    if any(len(digest) != _DIGEST for digest in digests):
        raise Malformed(f"digests are {_DIGEST} bytes")
    if not 1 <= sighting.dimension <= _LARGEST_DIMENSION:
        raise Malformed(f"a template has 1 to {_LARGEST_DIMENSION} components")


def _known(opened: Opened, sighting: SightingRecord, digest: bytes) -> Row | None:
    place = opened.store.get(Place, sighting.sighting)
    if place is None:
        return None
    row = opened.store.get(Row, f"{partition_key(place.camera, place.hour)}/{sighting.sighting}")
    if row is None or row.record_digest != digest:
        raise Refused("this id belongs to another sighting")
    return row


def _nonce_binding(opened: Opened, sighting: SightingRecord) -> bytes:
    partition = str(Partition(sighting.camera, sighting.hour))
    return binding(
        "nonce", opened.genesis.deployment, sighting.edge, partition, sighting.sighting, sighting.extractor.hex()
    )


def _row(sighting: SightingRecord, sheet: int, digest: bytes, now: int) -> Row:
    return Row(
        sighting=sighting.sighting,
        camera=sighting.camera,
        hour=sighting.hour,
        edge=sighting.edge,
        extractor=sighting.extractor,
        dimension=sighting.dimension,
        sheet=sheet,
        record_digest=digest,
        row_digest=sighting.row_digest,
        still_digest=sighting.still_digest,
        patches_digest=sighting.patches_digest,
        start=sighting.start,
        end=sighting.end,
        taken=now,
    )


def _continues(head: ManifestHead | None, new: Manifest) -> bool:
    """Whether `new` takes the place of `head`; False for an older one. Raises Refused for one that contradicts it."""
    if len(set(new.sightings)) != len(new.sightings) or len(set(new.segments)) != len(new.segments):
        raise Malformed("a manifest lists each record once")
    if head is None:
        return True
    if new.number < head.number:
        return False
    # A number left out hides nothing: what the missing one listed, the newest lists too, and the edge signed it.
    if new.number == head.number or (new.number == head.number + 1 and new.previous != head.digest):
        raise Refused(f"this manifest does not continue the last one taken in, which is number {head.number}")
    if not (set(head.sightings) <= set(new.sightings) and set(head.segments) <= set(new.segments)):
        raise Refused("a manifest lists everything that the one before it listed")
    return True
