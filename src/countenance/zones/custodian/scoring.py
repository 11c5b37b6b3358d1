"""Scoring: from the repository's products to the rows whose comparison score reaches a threshold.

Invariants:

* A row counts only if the custodian took it in itself, its bytes had the digest that the edge signed, and it is of the
  probe's extractor, in the warrant's span and not restricted.
* Scores stay in this module: what leaves it is rows, at most as many as the warrant allows.
* `wipe` overwrites the arrays of scores; a few Python numbers made from the highest of them are not overwritten.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.errors import Malformed
from countenance.formats.canonical import Json
from countenance.matching import unmask
from countenance.vocabulary.cameras import Partition
from countenance.warrants import scope
from countenance.zones.custodian import completeness, intake
from countenance.zones.custodian.desk import Running
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, Row, Tombstone, partition_key

DIGEST = hashlib.sha256().digest_size
PRODUCT = 4


@dataclass(frozen=True, slots=True, repr=False)
class Products:
    """What the repository says of one partition: sighting ids, products of their rows, digests of the rows it used."""

    sightings: tuple[str, ...]
    products: NDArray[np.int32]
    digests: tuple[bytes, ...]


@dataclass(slots=True, repr=False)
class Tally:
    """What a search has found so far. `restricted`: sightings no search may return; `rows`: how many were compared."""

    restricted: frozenset[str]
    rows: int = 0
    scored: list[tuple[NDArray[np.int16], list[Row]]] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)

    def wipe(self) -> None:
        """Overwrite every score."""
        for scores, _ in self.scored:
            scores.fill(0)
        self.scored.clear()


def read(message: Message, asked: Sequence[Partition]) -> dict[Partition, Products]:
    """The products in a `search.finish`. Raises Malformed for partitions not asked for, or sizes that do not fit."""
    stated = message.body.get("partitions")
    if not isinstance(stated, list) or len(message.blobs) != 2 * len(stated):
        raise Malformed("products come as two blobs for each partition that the message names")
    found: dict[Partition, Products] = {}
    for position, item in enumerate(stated):
        partition, sightings = _stated(item)
        products, digests = message.blobs[2 * position : 2 * position + 2]
        if partition not in asked or partition in found:
            raise Malformed("products are of the partitions that were asked for, each once, and of no others")
        count = len(sightings)
        if len(set(sightings)) != count or len(products) != PRODUCT * count or len(digests) != DIGEST * count:
            raise Malformed("each sighting has one product of 4 bytes and one digest of 32")
        each = tuple(digests[start : start + DIGEST] for start in range(0, len(digests), DIGEST))
        found[partition] = Products(sightings, np.frombuffer(products, dtype="<i4").astype(np.int32), each)
    return found


def compare(opened: Opened, running: Running, partition: Partition, given: Products | None, *, tally: Tally) -> None:
    """Add to `tally` the scores of one partition's rows, and a sentence for whatever should be there and is not."""
    key = partition_key(partition.camera, partition.hour)
    rows = {row.sighting: row for _, row in opened.store.all(Row, f"{key}/")}
    keys = opened.store.get(PartitionKeys, key)
    if keys is None:
        tally.incomplete.append(f"{partition}: its retention ended while the search ran")
        return
    given = given or Products((), np.empty(0, dtype=np.int32), ())
    wanted = {name: row for name, row in rows.items() if _in_question(running, row, tally.restricted)}
    alike = {name: row for name, row in wanted.items() if _comparable(running, row)}
    chosen = [
        position
        for position, (name, digest) in enumerate(zip(given.sightings, given.digests, strict=True))
        if name in alike and digest == alike[name].row_digest
    ]
    compared = [alike[given.sightings[position]] for position in chosen]
    doubts = (
        completeness.unlisted(opened, partition, rows.values(), running.began),
        _counted(partition, len(alike.keys() - set(given.sightings)), "rows are missing from the repository"),
        _counted(partition, len(alike.keys() & set(given.sightings)) - len(compared), "rows were altered"),
        _counted(partition, len(wanted) - len(alike), "rows are of another extractor than the probe"),
        _counted(partition, _strange(opened, partition, given, rows), "rows are unknown to the custodian"),
    )
    tally.incomplete.extend(doubt for doubt in doubts if doubt)
    block_key = derive.block_key(opened.root, keys.block_salt, str(partition))
    scores = unmask.scores(given.products[chosen], running.q, block_key, [row.nonce for row in compared])
    given.products.fill(0)
    tally.rows += len(compared)
    tally.scored.append((scores, compared))


def best(tally: Tally, least: int, most: int) -> tuple[list[Row], bool]:
    """The rows whose coded score is at least `least`, the `most` highest of them, and whether there were more."""
    hits = [
        (int(scores[position]), row)
        for scores, rows in tally.scored
        for position, row in enumerate(rows)
        if scores[position] >= least
    ]
    hits.sort(key=lambda hit: hit[0], reverse=True)
    return [row for _, row in hits[:most]], len(hits) > most


def _stated(item: Json) -> tuple[Partition, tuple[str, ...]]:
    if not isinstance(item, Mapping):
        raise Malformed("each partition of a search is an object")
    camera, hour, sightings = item.get("camera"), item.get("hour"), item.get("sightings")
    if not isinstance(camera, str) or type(hour) is not int or not isinstance(sightings, list):
        raise Malformed("each partition of a search has a camera, an hour and sightings")
    if not all(isinstance(name, str) for name in sightings):
        raise Malformed("sightings are named by their ids")
    return Partition(camera, hour), tuple(str(name) for name in sightings)


def _in_question(running: Running, row: Row, restricted: frozenset[str]) -> bool:
    return row.sighting not in restricted and scope.covers(running.authorisation.warrant.scope, row.start, row.end)


def _comparable(running: Running, row: Row) -> bool:
    return row.extractor == running.authorisation.warrant.probe.extractor and row.dimension == len(running.q)


def _strange(opened: Opened, partition: Partition, given: Products, rows: Mapping[str, Row]) -> int:
    """Rows that the repository holds and the custodian neither took in nor erased."""
    unknown = (name for name in given.sightings if name not in rows)
    keys = (intake.tombstone_key(opened, partition.camera, partition.hour, name) for name in unknown)
    return sum(opened.store.get(Tombstone, key) is None for key in keys)


def _counted(partition: Partition, count: int, what: str) -> str:
    return f"{partition}: {count} {what}, and were not compared" if count else ""
