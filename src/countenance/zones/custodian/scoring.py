"""Scoring: from the repository's products to the rows whose comparison score reaches a threshold.

Invariants:

* A sheet's products count only if they agree with its linear tags: then they are those of the rows that were taken in,
  each in its place. A sheet that was doubted may be checked once more, after its rows were presented again.
* A row counts only if its nonce is here, it is in the tags and in the warrant's span, and it is not restricted.
* Scores stay in this module: what leaves it is rows, at most as many as the warrant allows.
* A score below the threshold is never kept; those above it are a few Python numbers, forgotten with the tally. `wipe`
  overwrites the products of the pads. The repository's own products are no secret of ours.
"""

import operator
import os
import threading
from bisect import bisect_right
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import derive
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.matching import tag, unmask
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
GIVES_WAY = 5
"""How much nicer (setpriority(2)) threads that make pads are than others. The products, if they are made on the same
processors, then come first, and are sent and checked while the rest of the pads is made.
"""

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
        self._salts: dict[tuple[str, int], PartitionKeys] = {}
        for sheet in chosen.sheets:
            if (sheet.camera, sheet.hour) not in self._salts:
                self._salts[sheet.camera, sheet.hour] = _salts(opened, sheet)
        self._known: dict[str, Keys] = {}
        self._padded = np.empty(0, dtype=np.int32)
        self._expected: tag.Expected | None = None
        self._fault: list[BaseException] = []
        self._rows = sum(sheet.rows for sheet in chosen.sheets)
        self._threads = _threads(self._rows)
        self._thread = threading.Thread(target=self._pad, args=(q.copy(),), daemon=True)
        self._thread.start()

    def read(self, data: bytes) -> NDArray[np.int32]:
        """The products of all sheets' positions, one sheet after the other: `data` is int32 little-endian.

        Raises Malformed.
        """
        if len(data) != PRODUCT * self._rows:
            raise Malformed("there must be one product for each row of the sheets that were named, and no more")
        return np.frombuffer(data, dtype="<i4").astype(np.int32, copy=False)

    def doubtful(self, products: NDArray[np.int32], q: NDArray[np.int16], sheets: Sequence[Sheet]) -> list[int]:
        """Which sheets' products do not agree with the tags of `sheets`, the same ones as they are now.

        One that has grown since products were asked for is doubted.
        """
        then = self.chosen.sheets
        grown = [at for at, sheet in enumerate(sheets) if sheet.rows != then[at].rows]
        # As they were where they grew: what is found of them does not count.
        same = [sheet if sheet.rows == was.rows else was for sheet, was in zip(sheets, then, strict=True)]
        known = self._expected if all(map(operator.is_, same, then)) else None
        expected = known or _expected(same, len(q))
        found = self._opened.pads.doubtful(same, self._keys, q, products, expected, threads=self._threads)
        return sorted({*found, *grown})

    def padded(self) -> NDArray[np.int32]:
        """The products of the pads, for all positions, when they are ready. Raises what stopped them."""
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
        self._padded.fill(0)

    def _pad(self, q: NDArray[np.int16]) -> None:
        if self._rows >= LEAST_FOR_THREADS:
            # A thread's own on Linux, and of those that it starts. Where it is not allowed, it gives no way.
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVES_WAY)
        try:
            self._padded = self._opened.pads.padded(self.chosen.sheets, self._keys, q, threads=self._threads)
            place = 0
            for sheet in self.chosen.sheets:
                part = self._padded[place : place + sheet.rows]
                stacking.add_padded(self._opened, self._second, sheet, part)
                place += sheet.rows
            # While products are on their way: they are checked at once when they come.
            self._expected = _expected(self.chosen.sheets, len(q))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            self._fault.append(error)
        finally:
            q.fill(0)

    def _keys(self, sheet: Sheet) -> Keys:
        known = self._known.get(sheet.name)
        if known is None:
            # Derived once a search: pads and tags both ask for them.
            known = _derived(self._opened, self._salts[sheet.camera, sheet.hour], sheet)
            self._known[sheet.name] = known
        return known


@dataclass(slots=True, repr=False)
class Tally:
    """What a search has found. `least`: coded score that counts; `span`: the warrant's scope."""

    least: int
    span: Scope
    restricted: Collection[str]
    hits: list[Hit] = field(default_factory=list)
    _eligible: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def count(
        self,
        sheets: Sequence[Sheet],
        products: NDArray[np.int32],
        padded: NDArray[np.int32],
        *,
        doubtful: Collection[int] = (),
    ) -> None:
        """Add the rows of `sheets`, one after the other in both arrays, but for those whose indices are `doubtful`.

        Raises Malformed unless the arrays are as long as the sheets together: a row would be taken for another.
        """
        places = [0, *accumulate(sheet.rows for sheet in sheets)]
        if not places[-1] == len(products) == len(padded):
            raise Malformed("there must be one product for each row of the sheets that are counted")
        # What lies between sheets that are doubted is looked through in one piece.
        bounds = [-1, *sorted(doubtful), len(sheets)]
        for before, after in pairwise(bounds):
            first, last = places[before + 1], places[after]
            for score, at in unmask.surpassing(products[first:last], padded[first:last], self.least):
                index = bisect_right(places, first + at) - 1
                self._add(score, sheets[index], first + at - places[index])

    def _add(self, score: int, sheet: Sheet, position: int) -> None:
        eligible = self._eligible.get(sheet.name)
        if eligible is None:
            eligible = self._eligible[sheet.name] = in_question(sheet, self.span)
        if eligible[position] and sheet.sighting(position) not in self.restricted:
            self.hits.append((score, sheet, position))

    def best(self, most: int) -> tuple[list[tuple[Sheet, int]], bool]:
        """The `most` rows with the highest scores, as (sheet, position), and whether there were more."""
        self.hits.sort(key=lambda hit: hit[0], reverse=True)
        return [(sheet, position) for _, sheet, position in self.hits[:most]], len(self.hits) > most

    def wipe(self) -> None:
        """Forget the scores."""
        self.hits.clear()


def _expected(sheets: Sequence[Sheet], dimension: int) -> tag.Expected:
    """What the repository's products have to agree with."""
    tags = [sheet.tags for sheet in sheets]
    states = [np.empty(0, dtype=np.uint8), *(sheet.states for sheet in sheets)]
    return tag.Expected(
        np.stack(tags) if tags else np.empty((0, dimension), dtype=np.uint64),
        np.concatenate(states) & np.uint8(TAGGED),
    )


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
