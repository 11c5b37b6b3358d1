"""Scoring: from the repository's products to the rows whose comparison score reaches a threshold.

Invariants:

* A sheet's products count only if they agree with its linear tags: then they are those of the rows that were taken in,
  each in its place. A sheet that was doubted may be checked once more, after its rows were presented again.
* A row counts only if its nonce is here, it is in the tags and in the warrant's span, and it is not restricted.
* Scores stay in this module: what leaves it is rows, at most as many as the warrant allows.
* A score below the threshold is never kept; those above it are a few Python numbers, forgotten with the tally. `wipe`
  overwrites the products of the pads. The repository's own products are no secret of ours.
"""

import os
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import derive
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.matching import shares, tag, unmask
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.warrants import Scope
from countenance.zones.custodian import sheets, stacking
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.pads import Keys
from countenance.zones.custodian.records import PartitionKeys, partition_key
from countenance.zones.custodian.scoping import Chosen
from countenance.zones.custodian.sheets import LIVING, TAGGED, Sheet

PRODUCT = 4
"""Bytes of a product."""

LEAST_FOR_THREADS = 65_536
"""Rows of a search below which a second thread costs more than it saves."""
MOST_THREADS = 8

Hit = tuple[int, Sheet, int]


class Comparing:
    """One search's sheets, and the products of their pads, which are made while the repository makes its own.

    `q`: the coded probe, shape (d,), whose memory is the caller's. `second`: what a second custodian calls this search.
    """

    def __init__(self, opened: Opened, chosen: Chosen, q: NDArray[np.int16], second: str = "") -> None:
        self.chosen = chosen
        self._second = second
        self._opened = opened
        # Read here: the thread must not wait for the store, whose lock who waits for the thread holds.
        self._salts: dict[Partition, PartitionKeys] = {}
        for sheet in chosen.sheets:
            if (partition := Partition(sheet.camera, sheet.hour)) not in self._salts:
                self._salts[partition] = _salts(opened, sheet)
        self._known: dict[str, Keys] = {}
        self._padded: list[NDArray[np.int32]] = []
        self._fault: list[BaseException] = []
        self._threads = _threads(sum(self.rows))
        self._thread = threading.Thread(target=self._pad, args=(q.copy(),), daemon=True)
        self._thread.start()

    @property
    def rows(self) -> list[int]:
        """How many positions each sheet's products cover."""
        return [sheet.rows for sheet in self.chosen.sheets]

    def read(self, data: bytes) -> list[NDArray[np.int32]]:
        """The products of each sheet: `data` is int32 little-endian, one sheet after the other. Raises Malformed."""
        if len(data) != PRODUCT * sum(self.rows):
            raise Malformed("there must be one product for each row of the sheets that were named, and no more")
        every = np.frombuffer(data, dtype="<i4").astype(np.int32, copy=False)
        bounds = np.cumsum([0, *self.rows])
        return [every[first:last] for first, last in pairwise(bounds.tolist())]

    def doubtful(
        self, products: Sequence[NDArray[np.int32]], q: NDArray[np.int16], sheets: Sequence[Sheet]
    ) -> list[int]:
        """Which sheets' products do not agree with the tags of `sheets`, the same ones as they are now."""
        found: list[int] = []

        def part(indices: range) -> None:
            fit = [at for at in indices if sheets[at].rows == len(products[at])]
            found.extend(set(indices) - set(fit))
            checked = [(self._multipliers(sheets[at]), sheets[at].tags, products[at]) for at in fit]
            found.extend(fit[at] for at in tag.doubtful(checked, q))

        shares.together(shares.of([sheet.rows for sheet in sheets]), part, threads=self._threads)
        return sorted(found)

    def padded(self) -> list[NDArray[np.int32]]:
        """The products of the pads, one array a sheet, when they are ready. Raises what stopped them."""
        self._thread.join()
        if self._fault:
            fault = self._fault[0]
            if isinstance(fault, CountenanceError):
                raise fault
            raise Unavailable("the pads of this search could not be made: search again") from fault
        return self._padded

    def wipe(self) -> None:
        """Overwrite what was made of the probe."""
        self._thread.join()
        self._known.clear()
        for made in self._padded:
            made.fill(0)

    def _pad(self, q: NDArray[np.int16]) -> None:
        try:
            made = self._opened.pads.padded_each(self.chosen.sheets, self._keys, q, threads=self._threads)
            self._padded.extend(made)
            for sheet, padded in zip(self.chosen.sheets, made, strict=True):
                stacking.add_padded(self._opened, self._second, sheet, padded)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            self._fault.append(error)
        finally:
            q.fill(0)

    def _keys(self, sheet: Sheet) -> Keys:
        known = self._known.get(sheet.name)
        if known is None:
            # Derived once a search: pads and tags both ask for them.
            known = _derived(self._opened, self._salts[Partition(sheet.camera, sheet.hour)], sheet)
            self._known[sheet.name] = known
        return known

    def _multipliers(self, sheet: Sheet) -> NDArray[np.int32]:
        multipliers = self._opened.pads.multipliers(sheet, partial(self._keys, sheet))
        if not np.bitwise_and.reduce(sheet.states) & TAGGED:
            multipliers = np.where(sheet.has(TAGGED), multipliers, 0).astype(np.int32)
        return multipliers


@dataclass(slots=True, repr=False)
class Tally:
    """What a search has found. `least`: coded score that counts; `span`: the warrant's scope."""

    least: int
    span: Scope
    restricted: Collection[str]
    hits: list[Hit] = field(default_factory=list)

    def count(self, sheet: Sheet, products: NDArray[np.int32], padded: NDArray[np.int32]) -> None:
        """Add one sheet's rows, whose products were checked."""
        found = unmask.surpassing(products, padded, self.least)
        if not found:
            return
        eligible = in_question(sheet, self.span)
        for score, position in found:
            if eligible[position] and sheet.sighting(position) not in self.restricted:
                self.hits.append((score, sheet, position))

    def best(self, most: int) -> tuple[list[tuple[Sheet, int]], bool]:
        """The `most` rows with the highest scores, as (sheet, position), and whether there were more."""
        self.hits.sort(key=lambda hit: hit[0], reverse=True)
        return [(sheet, position) for _, sheet, position in self.hits[:most]], len(self.hits) > most

    def wipe(self) -> None:
        """Forget the scores."""
        self.hits.clear()


def in_question(sheet: Sheet, span: Scope) -> NDArray[np.bool_]:
    """(n,): which rows live, are in the tags, and overlap the span."""
    eligible: NDArray[np.bool_] = sheet.states == LIVING | TAGGED
    hour = Hour(sheet.hour)
    if span.start <= hour.start and hour.end <= span.end:
        return eligible
    first, last = max(0, span.start - hour.start), max(0, span.end - hour.start)
    overlapping: NDArray[np.bool_] = eligible & (sheet.starts < last) & (sheet.ends >= first)
    return overlapping


def lost(sheet: Sheet) -> int:
    """How many rows the repository holds no more, though nobody erased them."""
    return int(np.count_nonzero(sheet.states == LIVING))


def as_now(opened: Opened, sheet: Sheet) -> Sheet:
    """The sheet as it is now, if it is still of the same generation; else as it was."""
    now = sheets.get(opened, sheet.camera, sheet.hour, sheet.number)
    return now if now is not None and now.generation == sheet.generation else sheet


def keys_of(opened: Opened, sheet: Sheet) -> Keys:
    """What the sheet's pads and multipliers are made of. Raises Unavailable if its retention ended."""
    return _derived(opened, _salts(opened, sheet), sheet)


def _threads(rows: int) -> int:
    """How many threads make a search's pads: the processors that this process may use, at most 8."""
    return min(MOST_THREADS, len(os.sched_getaffinity(0))) if rows >= LEAST_FOR_THREADS else 1


def _salts(opened: Opened, sheet: Sheet) -> PartitionKeys:
    keys = opened.store.get(PartitionKeys, partition_key(sheet.camera, sheet.hour))
    if keys is None:
        raise Unavailable("the retention of one of the hours ended while the search ran: search again")
    return keys


def _derived(opened: Opened, salts: PartitionKeys, sheet: Sheet) -> Keys:
    salt = sheet.salt or salts.block_salt
    return Keys(sheets.block_key(opened, salts, sheet), derive.tag_key(opened.root, salt, sheet.name))
