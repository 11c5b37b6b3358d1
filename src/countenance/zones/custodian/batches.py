"""Batches: what the evidence process is given of a sheet whose templates are made anew, and what it may return.

A batch has the keys of at most 256 stills, a process of its own, the nonces of as many new rows and, where there are
two custodians, the second's pads for them, which the evidence process adds to the first's. What comes back is rows of
the right size, as many as were asked for less those that it names; anything else ends the work.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import mask
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.migration import Batch, MigrationOrder
from countenance.zones.custodian import sheets
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, Row, partition_key
from countenance.zones.custodian.sheets import Sheet
from countenance.zones.custodian.stacking import KEY, Renewed

MOST = 256
"""Sightings of one batch: a few seconds' work, after which the process ends."""

MADE, WITHOUT, ALTERED = 0, 1, 2
"""What became of a sighting: it has a row; no face in its still; its still is gone, or not as the edge signed it."""


@dataclass(frozen=True, slots=True, repr=False)
class Work:
    """One sheet's work. `begun`: its next generation, without rows; `positions`: (n,) old ones of its first n rows.

    `batches`: each with its blobs, in order of those rows.
    """

    order: MigrationOrder
    keys: PartitionKeys
    begun: Sheet
    positions: NDArray[np.intp]
    batches: tuple[tuple[Batch, tuple[bytes, ...]], ...]

    def __repr__(self) -> str:
        return f"Work({self.begun.name}, {len(self.positions)} rows)"


def plan(
    opened: Opened,
    keys: PartitionKeys,
    *,
    begun: Sheet,
    positions: NDArray[np.intp],
    order: MigrationOrder,
    second: Renewed | None,
) -> Work:
    """The work on the first rows of `begun`, whose old positions are `positions`. Raises Tampered if one is gone.

    `second`: what a second custodian gave for them, whose nonces `begun` has.
    """
    # Stills keep the key and nonce they were made with.
    old_key = derive.block_key(opened.root, keys.block_salt, str(Partition(begun.camera, begun.hour)))
    block_key = sheets.block_key(opened, keys, begun)
    found = []
    for first in range(0, len(positions), MOST):
        places = range(first, min(first + MOST, len(positions)))
        names = tuple(begun.sighting(place) for place in places)
        stills = tuple(_row(opened, begun, name).still_digest for name in names)
        opening = (
            derive.combined(derive.still_key(old_key, begun.piece_nonce(at), name), *_still(second, at))
            for at, name in zip(places, names, strict=True)
        )
        blobs = (block_key, b"".join(opening), b"".join(begun.nonce(place) for place in places))
        size = 2 * order.dimension
        pads = () if second is None else (second.pads[size * places.start : size * places.stop],)
        found.append((Batch(order.new, order.dimension, names, stills), (*blobs, *pads)))
    return Work(order, keys, begun, positions, tuple(found))


def prepare(process: Connection, order: MigrationOrder) -> None:
    """Have the networks loaded, before there is an entry or a key. Raises Unavailable for another extractor."""
    process.call("prepare", {"extractor": order.new.hex(), "dimension": order.dimension})


def made(
    work: Work, process: Connection, evidence: Path, *, patience: float
) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Rows (n, d), zeros where there is none, and outcomes (n,). `process`: prepared, for the first batch.

    Raises what the evidence process raises, Malformed if it returns anything but what was asked for.
    """
    rows = np.zeros((len(work.positions), work.order.dimension), dtype=np.int16)
    outcomes = np.zeros(len(work.positions), dtype=np.uint8)
    for number, (batch, blobs) in enumerate(work.batches):
        if number == 0:
            answer = _asked(process, batch, blobs)
        else:
            with Connection(evidence, timeout=patience) as another:
                prepare(another, work.order)
                answer = _asked(another, batch, blobs)
        here = slice(MOST * number, MOST * number + len(batch.sightings))
        outcomes[here] = _outcomes(answer, len(batch.sightings))
        rows[here][outcomes[here] == MADE] = _rows(answer, int((outcomes[here] == MADE).sum()), work.order.dimension)
    return rows, outcomes


def _asked(process: Connection, batch: Batch, blobs: tuple[bytes, ...]) -> Message:
    return process.call("reextract", {"batch": records.plain(batch)}, blobs)


def _outcomes(answer: Message, count: int) -> NDArray[np.uint8]:
    found = np.zeros(count, dtype=np.uint8)
    for name, outcome in (("without", WITHOUT), ("altered", ALTERED)):
        for index in _indices(answer.body.get(name), count):
            if found[index] != MADE:
                raise Malformed("the evidence process named a sighting twice")
            found[index] = outcome
    return found


def _indices(listed: Json, count: int) -> list[int]:
    indices = [index for index in listed if type(index) is int and 0 <= index < count] if type(listed) is list else None
    if indices is None or not isinstance(listed, list) or len(indices) != len(listed):
        raise Malformed("the evidence process named sightings that it was not asked for")
    return indices


def _rows(answer: Message, count: int, dimension: int) -> NDArray[np.int16]:
    if len(answer.blobs) != 1 or len(answer.blobs[0]) != 2 * dimension * count:
        raise Malformed("the evidence process returned other rows than it was asked for")
    return mask.rows(answer.blobs[0], dimension)


def _still(second: Renewed | None, at: int) -> tuple[bytes, ...]:
    return () if second is None else (second.stills[KEY * at : KEY * (at + 1)],)


def _row(opened: Opened, sheet: Sheet, sighting: str) -> Row:
    row = opened.store.get(Row, f"{partition_key(sheet.camera, sheet.hour)}/{sighting}")
    if row is None:
        raise Tampered("a sighting of a sheet is not in the store any more: restore the custodian's directory")
    return row
