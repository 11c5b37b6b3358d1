"""Search: the repository's half, between a warrant it cannot read and scores it never sees.

The procedure, echoed by the marks below:

1. everything that edges have sent is presented to the custodian, which fixes what exists;
2. the custodian checks the warrant, logs, and names the partitions in scope and the coded probe;
3. edges that record in an hour of the scope which is still running are asked for a fresh manifest, for three seconds;
4. per partition: rows are read, their digests computed from the bytes that are used, and multiplied with the probe;
5. the custodian gets products and digests, unmasks, checks completeness, logs, and answers the person, sealed.

Invariants:

* Nothing outside the partitions that the custodian named is read.
* Every taken row of a partition is multiplied and listed; a row that is not of the probe's dimension or has lost bytes
  is left out, and the custodian, which knows it, says "incomplete".
* The probe is in memory from (2) to the end of (4) only: it is not stored, not logged, and its array is zeroed.

Who controls this process sees the probes of running searches and which partitions they concern; never a score.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from countenance.channel.message import MAXIMUM_BLOBS, Message
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.matching import matcher
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour
from countenance.zones.repository import arguments, filings, schema
from countenance.zones.repository.repository import Repository

# Seconds that a search waits for edges to say what exists up to now.
PATIENCE_FOR_MANIFESTS = 3.0
# A sighting's id takes 35 bytes of a message's header, which has at most 1 MiB; partitions need some of it too.
MAXIMUM_ROWS = 25_000


@dataclass(frozen=True, slots=True, repr=False)
class Multiplied:
    """One partition's part of the answer: ids, products (int32, little-endian), row digests (32 bytes each)."""

    partition: Partition
    sightings: tuple[str, ...]
    products: bytes
    digests: bytes

    def __repr__(self) -> str:
        return f"Multiplied({self.partition}, rows={len(self.sightings)})"


def search(repository: Repository, message: Message) -> Message:
    """`search`: {warrant, number} and the sealed ask -> the custodian's sealed answer.

    Raises what the custodian raises; Refused for a scope of too many rows or partitions.
    """
    (sealed_ask,) = arguments.blobs(message.blobs, filings.MAXIMUM_ASK)
    warrant, number = filings.named(message.body)
    filed = filings.find(repository, warrant, number)
    repository.presenter.drain()  # (1)
    begun = repository.custodian.call("search.begin", {}, (sealed_ask, filed.text, filed.template))  # (2)
    began, partitions = repository.clock(), _partitions(begun.body)
    running = [partition for partition in partitions if Hour(partition.hour).end > began]
    repository.wanted.wait(running, began, seconds=PATIENCE_FOR_MANIFESTS)  # (3)
    repository.presenter.drain()
    answer = repository.custodian.call("search.finish", *_multiplied(repository, begun, partitions))  # (4), (5)
    return Message(message.verb, answer.body, answer.blobs)


def _multiplied(
    repository: Repository, begun: Message, partitions: tuple[Partition, ...]
) -> tuple[dict[str, Json], tuple[bytes, ...]]:
    probe = _probe(begun)
    try:
        parts = [multiply(repository, partition, probe) for partition in partitions]
    finally:
        probe.fill(0)
    rows = sum(len(part.sightings) for part in parts)
    repository.log(f"searched: partitions={len(parts)} rows={rows}")
    if rows > MAXIMUM_ROWS or 2 * len(parts) > MAXIMUM_BLOBS:
        raise Refused(f"this scope holds more than {MAXIMUM_ROWS} rows or too many hours: narrow the warrant's scope")
    listed: list[Json] = [
        {"camera": part.partition.camera, "hour": part.partition.hour, "sightings": list(part.sightings)}
        for part in parts
    ]
    blobs = tuple(blob for part in parts for blob in (part.products, part.digests))
    return {"search": begun.body["search"], "partitions": listed}, blobs


def multiply(repository: Repository, partition: Partition, probe: NDArray[np.int16]) -> Multiplied:
    """Products of `probe`, shape (d,), with every taken row of `partition`, in the order of their ids."""
    table = schema.sightings
    question = (
        select(table.c.sighting, table.c.masked_row)
        .where(table.c.camera == partition.camera, table.c.hour == partition.hour)
        .where(table.c.state == schema.TAKEN, table.c.dimension == len(probe))
        .order_by(table.c.sighting)
    )
    with repository.database.reading() as connection:
        found = [(sighting, bytes(row)) for sighting, row in connection.execute(question)]
    whole = [(sighting, row) for sighting, row in found if len(row) == 2 * len(probe)]
    if len(whole) != len(found):
        repository.log(f"damaged rows left out: partition={partition} rows={len(found) - len(whole)}")
    rows = np.frombuffer(b"".join(row for _, row in whole), dtype="<u2").reshape(len(whole), len(probe))
    return Multiplied(
        partition=partition,
        sightings=tuple(sighting for sighting, _ in whole),
        products=matcher.products(probe, rows).astype("<i4").tobytes(),
        digests=b"".join(hashlib.sha256(row).digest() for _, row in whole),
    )


def _probe(begun: Message) -> NDArray[np.int16]:
    dimension = begun.body.get("dimension")
    if len(begun.blobs) != 1 or not isinstance(dimension, int) or len(begun.blobs[0]) != 2 * dimension:
        raise Tampered("the custodian's probe has not the dimension it says: check the channel to the custodian")
    return np.frombuffer(begun.blobs[0], dtype="<i2").astype(np.int16, copy=True)


def _partitions(body: Mapping[str, Json]) -> tuple[Partition, ...]:
    listed = body.get("partitions")
    if not isinstance(listed, list) or "search" not in body:
        raise Unavailable("the custodian's answer cannot be read: run the same version on both sides")
    partitions = []
    for item in listed:
        if not isinstance(item, list) or len(item) != 2 or not isinstance(item[1], int):
            raise Unavailable("the custodian's answer cannot be read: run the same version on both sides")
        partitions.append(Partition(arguments.name(item[0], "a camera's name"), item[1]))
    return tuple(partitions)
