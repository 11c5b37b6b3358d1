"""Search: the repository's half, between a warrant it cannot read and scores it never sees.

The procedure, echoed by the marks below:

1. everything that edges have sent is presented to the custodian, which fixes what exists;
2. the custodian checks the warrant, logs, and names the partitions in scope;
3. edges that record in an hour of the scope which is still running are asked for a fresh manifest, for three seconds,
   and what came is presented;
4. the custodian names the sheets in scope and the coded probe;
5. the rows of those sheets are multiplied with the probe where they lie: one product for each position;
6. the custodian gets the products, checks them against its tags, unmasks, logs, and answers the person, sealed. Once it
   may doubt sheets: then it is given their rows with their MACs, and the same products again.

Invariants:

* Nothing outside the sheets that the custodian named is opened or read, and nothing of them is copied.
* Every position of a sheet is multiplied; one without a row gives zero, as does a sheet that is not here, which is
  named as missing. No id and nothing else that would tell rows apart goes with the products.
* The probe is in memory from (4) to the end of (5) only: it is not stored, not logged, and its array is zeroed.

Who controls this process sees the probes of running searches and which partitions they concern; never a score.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.matching import matcher, shares
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour
from countenance.zones.repository import arguments, filings, tags
from countenance.zones.repository.maps import Maps
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheet import POSITIONS, SheetId

# Seconds that a search waits for edges to say what exists up to now.
PATIENCE_FOR_MANIFESTS = 3.0
# Products of all sheets travel in one part of 64 MiB, four bytes each.
MAXIMUM_ROWS = 16 * 1024 * 1024
# Rows of a scope below which a second thread costs more than it saves.
LEAST_FOR_THREADS = 65_536
MOST_THREADS = 8
_UNREADABLE = "the custodian's answer cannot be read: run the same version on both sides"

Listed = tuple[SheetId, int]
"""A sheet, and how many of its positions are asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class Multiplied:
    """`products`: int32, one for each position asked for, sheet after sheet. `missing`: indices of sheets not here."""

    products: NDArray[np.int32]
    missing: tuple[int, ...]

    def __repr__(self) -> str:
        return f"Multiplied({len(self.products)} products)"


def search(repository: Repository, message: Message) -> Message:
    """`search`: {warrant, number} and the sealed ask -> the custodian's sealed answer.

    Raises what the custodian raises; Refused for a scope of too many rows.
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
    with repository.turns.searching():
        answer = _compared(repository, begun.body["search"])
    return Message(message.verb, answer.body, answer.blobs)


def _compared(repository: Repository, search: Json) -> Message:
    # A row that the custodian has taken and that is not written yet would have no product.
    with repository.presenter.resting():
        named = repository.custodian.call("search.sheets", {"search": search})  # (4)
    sheets, probe = _sheets(named.body), _probe(named)
    try:
        done = multiply(repository.sheets.maps, probe, sheets, threads=threads())  # (5)
    finally:
        probe.fill(0)
    body: dict[str, Json] = {"search": search, "missing": list(done.missing)}
    products = (done.products.astype("<i4", copy=False).tobytes(),)
    answer = repository.custodian.call("search.finish", body, products)  # (6)
    doubtful = answer.body.get("doubtful", [])
    if doubtful:
        for sheet in _chosen(doubtful, sheets):
            tags.repair(repository, sheet)
        answer = repository.custodian.call("search.finish", body, products)
    repository.log(
        f"searched: sheets={len(sheets)} rows={len(done.products)} missing={len(done.missing)} "
        f"doubtful={len(doubtful) if isinstance(doubtful, list) else 0}"
    )
    if not answer.blobs:
        raise Unavailable(_UNREADABLE)
    return answer


def multiply(maps: Maps, probe: NDArray[np.int16], sheets: Sequence[Listed], *, threads: int = 1) -> Multiplied:
    """Products of `probe`, shape (d,), with every position of `sheets`, into one array; the rows are not copied."""
    counts = [count for _, count in sheets]
    places = [0, *accumulate(counts)]
    products = np.empty(places[-1], dtype=np.int32)
    missing: set[int] = set()

    def part(indices: range) -> None:
        here: dict[int, NDArray[np.int16]] = {}
        for at in indices:
            rows = maps.rows(*sheets[at])
            if rows is None or rows.shape[1] != len(probe):
                missing.add(at)
                products[places[at] : places[at + 1]] = 0
            else:
                here[places[at]] = rows
                products[places[at] + len(rows) : places[at + 1]] = 0
        matcher.several(probe, list(here.values()), list(here), out=products)

    shares.together(shares.of(counts), part, threads=threads if len(products) >= LEAST_FOR_THREADS else 1)
    return Multiplied(products, tuple(sorted(missing)))


def threads() -> int:
    """How many threads multiply: the processors that this process may use, at most 8."""
    return min(MOST_THREADS, len(os.sched_getaffinity(0)))


def _probe(named: Message) -> NDArray[np.int16]:
    dimension = named.body.get("dimension")
    if len(named.blobs) != 1 or not isinstance(dimension, int) or len(named.blobs[0]) != 2 * dimension:
        raise Tampered("the custodian's probe has not the dimension it says: check the channel to the custodian")
    return np.frombuffer(named.blobs[0], dtype="<i2").astype(np.int16, copy=True)


def _sheets(body: Mapping[str, Json]) -> list[Listed]:
    listed = body.get("sheets")
    if not isinstance(listed, list):
        raise Unavailable(_UNREADABLE)
    sheets = []
    for item in listed:
        count = item[4] if isinstance(item, list) and len(item) == 5 else None
        if not isinstance(count, int) or not 0 <= count <= POSITIONS:
            raise Unavailable(_UNREADABLE)
        sheets.append((tags.read(item), count))
    if sum(count for _, count in sheets) > MAXIMUM_ROWS:
        raise Refused(f"this scope holds more than {MAXIMUM_ROWS} rows: narrow the warrant's scope")
    return sheets


def _chosen(doubtful: Json, sheets: Sequence[Listed]) -> list[SheetId]:
    if not isinstance(doubtful, list):
        raise Unavailable(_UNREADABLE)
    chosen = [sheets[at][0] for at in doubtful if isinstance(at, int) and 0 <= at < len(sheets)]
    if len(chosen) != len(doubtful):
        raise Unavailable(_UNREADABLE)
    return chosen


def _partitions(body: Mapping[str, Json]) -> tuple[Partition, ...]:
    listed = body.get("partitions")
    if not isinstance(listed, list) or "search" not in body:
        raise Unavailable(_UNREADABLE)
    partitions = []
    for item in listed:
        if not isinstance(item, list) or len(item) != 2 or not isinstance(item[1], int):
            raise Unavailable(_UNREADABLE)
        try:
            partitions.append(Partition(arguments.name(item[0], "a camera's name"), item[1]))
        except Malformed as error:
            raise Unavailable(_UNREADABLE) from error
    return tuple(partitions)
