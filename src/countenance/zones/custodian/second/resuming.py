"""Resuming: what a restored second custodian repeats from its log, besides what any repeats.

Invariants:

* An hour that was leased after the backup, whose salts are lost, is never leased again: rows under the lost share would
  be compared under another, and give scores of nothing.
* The uses that a warrant spent after the backup stay spent, also of one that the backup does not know, and no version
  comes back that is older than the newest one presented.

It keeps no nonce and no row: what is erased is erased in the first, and there is nothing of it to repeat here.
"""

from collections import Counter
from collections.abc import Sequence

from countenance.vocabulary.entries import Entry, Kind
from countenance.zones.custodian.cases import Presented, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import ExpiredPartition, PartitionKeys, partition_key


def repeat(opened: Opened, history: Sequence[Entry], had: int) -> None:
    """Carry out what `history` says beyond its first `had` entries."""
    with opened.lock, opened.store.together():
        _lost(opened, history[had:])
        _warrants(opened, history, had)


def _lost(opened: Opened, since: Sequence[Entry]) -> None:
    for facts in (dict(entry.facts) for entry in since if entry.kind is Kind.LEASED):
        for hour in range(int(facts["first"]), int(facts["last"]) + 1):
            key = partition_key(facts["camera"], hour)
            if opened.store.get(PartitionKeys, key) is None:
                opened.store.put(ExpiredPartition(facts["camera"], hour, opened.clock()), key)


def _warrants(opened: Opened, history: Sequence[Entry], had: int) -> None:
    newest: dict[str, tuple[int, int, bytes]] = {}
    spent: Counter[str] = Counter()
    for index, entry in enumerate(history[had:], had):
        facts = dict(entry.facts)
        if entry.kind is Kind.PRESENTED:
            newest[facts["warrant"]] = (int(facts["number"]), index, bytes.fromhex(facts["hash"]))
        elif entry.kind is Kind.AUTHORISED and facts["act"] == "search":
            spent[facts["warrant"]] += 1
    for warrant, (number, index, digest) in newest.items():
        # Of a warrant that is known, restoring has taken the uses off already.
        known = opened.store.get(WarrantState, warrant) is not None
        opened.store.put(Presented(number, digest, index, 0 if known else spent[warrant]), warrant)
