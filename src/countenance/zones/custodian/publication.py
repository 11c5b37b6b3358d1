"""Publication: what the repository shows of the log: leaves, a signed checkpoint, and preimages only auditors can open.

Invariants:

* Whatever the custodian answered had its entry durable in its own log before; publishing may lag, not lie.
* Nothing is given beyond the newest tick: what came since waits in the journal, which is the queue.
"""

import re

from countenance.errors import Malformed
from countenance.log import leaf
from countenance.zones.custodian import ticks, witnesses
from countenance.zones.custodian.opened import Opened

# Entries in one answer: each is a blob of its own, and a message has at most 4096.
MOST_ENTRIES = 4000
_NUMBERED = r"(x[0-9]{3}/){0,6}[0-9]{3}"
_PLACE = re.compile(rf"checkpoint|tile/(entries|[0-9]{{1,2}})/{_NUMBERED}(\.p/[0-9]{{1,3}})?|preimages/{_NUMBERED}")


def since(opened: Opened, have: int) -> tuple[int, str, tuple[bytes, ...]]:
    """Size and checkpoint note, and blobs: leaf data (32 bytes each) joined, then one sealed preimage an entry.

    From entry `have` on, up to the newest tick and at most MOST_ENTRIES; the checkpoint is of what is given. Raises
    Malformed if there are fewer entries than `have`.
    """
    if not 0 <= have <= opened.sequencer.size:
        raise Malformed("the log has fewer entries than the repository says it has; run 'countenance audit'")
    tick = ticks.last(opened)
    shown = max(have, tick.size if tick else 0)
    size = min(shown, have + MOST_ENTRIES)
    preimages = [opened.sequencer.preimage(index) for index in range(have, size)]
    genesis = opened.genesis
    sealed = (
        leaf.sealed(preimage, genesis.auditors_key, genesis.log_origin, index)
        for index, preimage in enumerate(preimages, have)
    )
    leaves = b"".join(leaf.leaf_data(preimage) for preimage in preimages)
    note = tick.note if tick and size == tick.size else opened.sequencer.checkpoint(size).note
    return size, note, (leaves, *sealed)


def damaged(opened: Opened, place: str) -> None:
    """The repository found `place`, a file of the public copy, damaged: an entry, and it is given all of it again."""
    if not _PLACE.fullmatch(place):
        raise Malformed("this is no place in a public log")
    witnesses.alarm(opened, f"published {place}", "the public copy was damaged here, and is made anew")
