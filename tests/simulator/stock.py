"""A great many rows at once, as they lie after they were taken in: sheets in the custodian's store and in the files of
the repository, whose processes must not run meanwhile.

Masks, tags, MACs, sheets and files are made by the product's own code. What is left out is what a search never reads of
a row that it does not return: its signed record, which `crowd` makes, its line in the repository's database, and what
the custodian keeps of it outside the sheet. Each row's record digest is random, and stands in the manifest.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from countenance.matching import tag
from countenance.matching.mask import mask
from countenance.vocabulary.moments import Hour
from countenance.zones.custodian import opening, sheets
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import PartitionKeys, partition_key
from countenance.zones.custodian.sheets import NewRow, Sheet
from countenance.zones.edge.leases import Held
from countenance.zones.repository.sheet import Row, SheetId
from countenance.zones.repository.sheets import Sheets
from simulator import crowd

_NONCE, _DIGEST = 16, 32

Made = dict[tuple[str, int], list[bytes]]
"""Digests of records, by camera and hour."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One sheet to be made: an empty one, how many rows, the keys of their pads and MACs, and where its file goes."""

    sheet: Sheet
    count: int
    block_key: bytes
    mac_key: bytes
    rows: Path
    seed: int


def stocked(
    deployment: Path, passphrase: str, wanted: Sequence[tuple[Held, int]], extractor: bytes, say: Callable[[int], None]
) -> Made:
    """Give each partition of `wanted` as many more strangers. `say`: told how many there are so far."""
    made: Made = {}
    written = 0
    with opened_at(deployment / "custodian", passphrase) as opened, ProcessPoolExecutor() as pool:
        for batch, new in pool.map(_made, _batches(opened, deployment, wanted, extractor)):
            sheet = batch.sheet
            keys = _keys(opened, sheet.camera, sheet.hour)
            multipliers = sheets.multipliers(opened, keys, sheet, len(new))
            sheets.put(opened, sheets.extended(sheet, new, multipliers))
            made.setdefault((sheet.camera, sheet.hour), []).extend(one.record for one in new)
            written += len(new)
            say(written)
    return made


@contextmanager
def opened_at(directory: Path, passphrase: str) -> Iterator[Opened]:
    """The custodian of a deployment that does not run, open in this process."""
    secret = Secret(passphrase=passphrase)
    opened = opening.open_custodian(directory, secret, clock=crowd.now, random=secrets.token_bytes)
    try:
        yield opened
    finally:
        opened.store.close()
        opened.sequencer.close()


def _batches(opened: Opened, deployment: Path, wanted: Sequence[tuple[Held, int]], extractor: bytes) -> Iterator[Batch]:
    seed = 2**20
    for held, count in wanted:
        keys = _keys(opened, held.camera, held.hour)
        number = len(sheets.of_partition(opened, held.camera, held.hour))
        for start in range(0, count, tag.ROWS):
            sheet = sheets.begun(held.camera, held.hour, number, extractor=extractor, dimension=crowd.DIMENSION)
            yield Batch(
                sheet=sheet,
                count=min(tag.ROWS, count - start),
                block_key=sheets.block_key(opened, keys, sheet),
                mac_key=sheets.mac_key(opened, keys, sheet),
                rows=deployment / "repository" / "rows",
                seed=seed,
            )
            number, seed = number + 1, seed + 1


def _keys(opened: Opened, camera: str, hour: int) -> PartitionKeys:
    keys = opened.store.get(PartitionKeys, partition_key(camera, hour))
    assert keys is not None
    return keys


def _made(batch: Batch) -> tuple[Batch, list[NewRow]]:
    sheet, began = batch.sheet, Hour(batch.sheet.hour).start
    new, laid = [], []
    for position, coded in enumerate(crowd.strangers(batch.count, batch.seed)):
        nonce, sighting = secrets.token_bytes(_NONCE), secrets.token_hex(_NONCE)
        row = mask(coded, batch.block_key, nonce)
        start = began + 500 * position
        new.append(NewRow(sighting, nonce, secrets.token_bytes(_DIGEST), start, start + 1000, row))
        laid.append(Row(position, sighting, tag.mac(batch.mac_key, position, row), row))
    which = SheetId(sheet.camera, sheet.hour, sheet.number, sheet.generation)
    Sheets(batch.rows, lambda _: None).create(which, sheet.dimension, laid)
    return batch, new
