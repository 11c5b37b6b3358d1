"""Retention: what is over its lawful time loses its keys (GDPR Article 5(1)(e)). Runs every minute while open.

Invariants:

* A partition's salts, rows, tombstones and manifest are dropped together, `retention_hours` after its hour; no camera's
  partition is ever leased again after that, so replays of its sightings are refused without a tombstone.
* The entry comes before the drop; a crash in between makes a second entry and the same drop.
* What was dropped is out of reach of every act at once, and unreadable in the store's file when the store key is
  next replaced: at most 24 hours later, or with the next erasure.
* Of what is held, still and patches outlive their partition, and nothing else does: see `keeping`.
* The repository is told for a week what it may sweep. Its sweep is housekeeping: it holds ciphertext without keys.
"""

from collections.abc import Collection

from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import backups, epochs, erasure, holding, keeping, rewriting, strangers
from countenance.zones.custodian.holding import HoldState
from countenance.zones.custodian.keeping import Kept
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import (
    HOUSEKEEPING_KEY,
    CameraState,
    ExpiredPartition,
    Gone,
    Housekeeping,
    MadeAnew,
    ManifestHead,
    PartitionKeys,
    Place,
    Restricted,
    Row,
    SpentNonce,
    Stage,
    Tombstone,
    Touched,
    partition_key,
)
from countenance.zones.custodian.rights import afterwards, desk, questions
from countenance.zones.custodian.sheets import NextSheet, Sheet

# Hours after which a partition expires whose camera is not known any more.
DEFAULT_HOURS = 72
REPLACED_EVERY = 24 * MILLISECONDS_AN_HOUR
TOLD_FOR = 7 * 24 * MILLISECONDS_AN_HOUR
QUESTIONS_EVERY = MILLISECONDS_AN_HOUR // 6
RECEIPTS_FOR = 30 * 24 * MILLISECONDS_AN_HOUR
# One answer names at most this many sightings and as many partitions, the newest first.
MOST_TOLD = 10_000


def tick(opened: Opened) -> None:
    """Do everything that is due now. May be repeated at any time."""
    with opened.lock:
        now = opened.clock()
        epochs.destroy_due(opened.directory, now)
        epochs.report(opened)
        holding.settle(opened)
        erasure.erase_due(opened)
        backups.end_due(opened, now)
        afterwards.settle(opened)
        _expire(opened, now)
        holding.let_go(opened)
        if now - opened.desk.questioned >= QUESTIONS_EVERY:
            desk.settle_due(opened)
            questions.forget_old(opened)
            opened.desk.questioned = now
        _forget(opened, now)
        _replace_key(opened, now)


def drained(opened: Opened, before: Moment) -> None:
    """The repository has nothing left to present from before `before`: epoch keys that only waited for it may go."""
    with opened.lock:
        epochs.destroy_due(opened.directory, opened.clock(), drained=before)
        epochs.report(opened)


def gone(opened: Opened) -> dict[str, Json]:
    """Which ciphertexts the repository may sweep: sightings erased or expired, and footage of expired partitions.

    `kept`: sightings of those partitions that are held, whose stills and patches stay.
    """
    with opened.lock:
        sightings = sorted(((since.since, name) for name, since in opened.store.all(Gone)), reverse=True)
        partitions = sorted(
            ((known.since, known.camera, known.hour) for _, known in opened.store.all(ExpiredPartition)), reverse=True
        )
        return {
            "sightings": [name for _, name in sightings[:MOST_TOLD]],
            "footage": [[camera, hour] for _, camera, hour in partitions[:MOST_TOLD]],
            "kept": sorted(name for name, _ in opened.store.all(Kept)),
            **rewriting.told(opened),
        }


def _expire(opened: Opened, now: Moment) -> None:
    retention = {name: state.camera.retention_hours for name, state in opened.store.all(CameraState)}
    due = [
        keys
        for _, keys in opened.store.all(PartitionKeys)
        if now >= Hour(keys.hour).end + retention.get(keys.camera, DEFAULT_HOURS) * MILLISECONDS_AN_HOUR
    ]
    if not due:
        return
    held = holding.held(opened)
    names = (f"{partition_key(keys.camera, keys.hour)}/" for keys in due)
    rows = sum(row.sighting not in held for name in names for _, row in opened.store.all(Row, name))
    gone = {(keys.camera, keys.hour) for keys in due}
    opened.pads.keep(lambda camera, hour: (camera, hour) not in gone)
    opened.sequencer.append(Kind.EXPIRED, {"partitions": str(len(due)), "rows": str(rows)})
    with opened.store.together():
        for keys in due:
            _drop(opened, keys, now, held)
        strangers.forget(opened, gone)
        replaced = _housekeeping(opened, now).replaced
        opened.store.put(Housekeeping(replaced, True), HOUSEKEEPING_KEY)


def _drop(opened: Opened, keys: PartitionKeys, now: Moment, held: Collection[str]) -> None:
    key = partition_key(keys.camera, keys.hour)
    for name, row in list(opened.store.all(Row, f"{key}/")):
        opened.store.drop(Row, name)
        if row.sighting in held:
            keeping.keep(opened, keys, row)
            continue
        opened.store.drop(Place, row.sighting)
        opened.store.drop(Signed, name)
        opened.store.put(Gone(now), row.sighting)
    for kind in (Tombstone, SpentNonce, Sheet, NextSheet, Touched, MadeAnew):
        for name, _ in list(opened.store.all_kept(kind, f"{key}/")):
            opened.store.drop(kind, name)
    opened.store.drop(ManifestHead, key)
    opened.store.drop(PartitionKeys, key)
    opened.store.put(ExpiredPartition(keys.camera, keys.hour, now), key)


def _forget(opened: Opened, now: Moment) -> None:
    gone_names = [name for name, told in opened.store.all(Gone) if told.since <= now - TOLD_FOR]
    partitions = [name for name, told in opened.store.all(ExpiredPartition) if told.since <= now - TOLD_FOR]
    receipts = [
        name
        for name, state in opened.store.all(Restricted)
        if state.stage is Stage.ERASED and opened.sequencer.entry(state.erased_entry).made <= now - RECEIPTS_FOR
    ]
    if receipts:
        asked_for = {asking.erasure for asking in questions.every(opened)}
        receipts = [name for name in receipts if name not in asked_for]
    holds = [name for name, state in opened.store.all(HoldState) if state.order.until <= now - RECEIPTS_FOR]
    old: tuple[tuple[type, list[str]], ...] = (
        (HoldState, holds),
        (Gone, gone_names),
        (ExpiredPartition, partitions),
        (Restricted, receipts),
    )
    with opened.store.together():
        for kind, names in old:
            for name in names:
                opened.store.drop(kind, name)


def _replace_key(opened: Opened, now: Moment) -> None:
    kept = _housekeeping(opened, now)
    if now - kept.replaced >= REPLACED_EVERY:
        opened.store.replace_key()
        opened.store.put(Housekeeping(now, False), HOUSEKEEPING_KEY)


def _housekeeping(opened: Opened, now: Moment) -> Housekeeping:
    return opened.store.get(Housekeeping, HOUSEKEEPING_KEY) or Housekeeping(now, False)
