"""Warming: hold the pads of sheets that an open warrant or a running search reaches, and of no others.

Done by a thread of the custodian's after people's acts and every minute, so that nobody's search waits for it. An open
warrant has approvals enough, has not expired and has uses left; whether they are a quorum the search finds out. The
newest warrants come first; of one with more rows than a search may compare, the sheets that a search would choose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval
from countenance.warrants import calibrations, quorum, scope, threshold
from countenance.zones.custodian import scoring, sheets
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.sheets import LIVING, Sheet


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The partitions that each open warrant reaches, the newest warrant first, and those that searches compare now.

    `extractors`: of each warrant's probe, in the same order: sheets of others are not searched, so not held. `most`:
    rows that a search under it may compare.
    """

    warrants: tuple[tuple[Partition, ...], ...]
    extractors: tuple[bytes, ...]
    most: tuple[int, ...]
    searched: frozenset[Partition]


def refresh(opened: Opened) -> None:
    """Drop the pads of partitions that are wanted no more, and make those that are, as far as there is room."""
    wanted = _wanted(opened)
    reached = wanted.searched.union(*wanted.warrants)
    opened.pads.keep(lambda camera, hour: Partition(camera, hour) in reached)
    held: set[str] = set()
    for partitions, extractor, most in zip(wanted.warrants, wanted.extractors, wanted.most, strict=True):
        for place in _searchable(opened, partitions, extractor, most):
            if not _warmed(opened, place, held):
                return


def _warmed(opened: Opened, place: tuple[str, int, int], held: set[str]) -> bool:
    """Hold one sheet's pads and add its name to `held`, which make room for nothing; False if there is none left."""
    # Under the lock: whoever destroys a nonce drops the pads before or after this, never in between.
    with opened.lock:
        sheet = sheets.get(opened, *place)
        if sheet is None:
            return True
        if not opened.pads.warm(sheet, scoring.keys_of(opened, sheet), spare=held):
            return False
        held.add(sheet.name)
        return True


def _searchable(
    opened: Opened, partitions: tuple[Partition, ...], extractor: bytes, most: int
) -> Iterator[tuple[str, int, int]]:
    """The sheets of `partitions` in the order in which a search takes them, at most `most` rows."""
    left = most
    for partition in sorted(partitions, key=lambda one: (one.hour, one.camera)):
        for sheet in sheets.of_partition(opened, partition.camera, partition.hour):
            if sheet.extractor != extractor:
                continue
            left -= _living(sheet)
            if left < 0:
                return
            yield sheet.place


def _living(sheet: Sheet) -> int:
    return int(np.count_nonzero(sheet.has(LIVING)))


def _wanted(opened: Opened) -> _Wanted:
    with opened.lock:
        now = opened.clock()
        states = (state for _, state in opened.store.all(WarrantState) if _is_open(opened, state, now))
        newest = sorted(states, key=lambda state: state.entry, reverse=True)
        running = opened.desk.running.values()
        return _Wanted(
            tuple(tuple(scope.partitions(state.standing.scope)) for state in newest),
            tuple(state.extractor for state in newest),
            tuple(_most(opened, state) for state in newest),
            frozenset(partition for search in running for partition in search.asked),
        )


def _most(opened: Opened, state: WarrantState) -> int:
    """Rows that a search under this warrant may compare; none where its cameras have no calibration any more."""
    try:
        of = calibrations.of_scope(opened.desk.calibrations, state.standing.scope.cameras, state.extractor)
    except Refused:
        return 0
    return threshold.most_rows(of, threshold.expected_at_most(threshold.EXPECTED_FALSE, state.standing.limits.one_in))


def _is_open(opened: Opened, state: WarrantState, now: int) -> bool:
    if state.standing.limits.expires <= now or state.uses_left <= 0:
        return False
    words = {signed.signer: records.read(Ask, signed.body).body for signed in state.approvals}
    approving = sum(records.read(Approval, word).approves for word in words.values())
    return approving >= quorum.needed(opened.genesis, state.kind, state.clerks)
