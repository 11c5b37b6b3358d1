"""Publication: what the repository shows of the log: leaves, a signed checkpoint, and preimages only auditors can open.

Invariant: whatever the custodian answered had its entry durable in its own log before; publishing may lag, not lie.
"""

from countenance.errors import Malformed
from countenance.log import leaf
from countenance.log.checkpoint import write_note
from countenance.log.merkle import Tree
from countenance.zones.custodian.opened import Opened

# Entries in one answer: each is a blob of its own, and a message has at most 4096.
MOST_ENTRIES = 4000


def since(opened: Opened, have: int) -> tuple[int, str, tuple[bytes, ...]]:
    """Size and checkpoint note, and blobs: leaf data (32 bytes each) joined, then one sealed preimage an entry.

    From entry `have` on, and at most MOST_ENTRIES; the checkpoint is of what is given. Raises Malformed if there are
    fewer entries than `have`.
    """
    head = opened.sequencer.checkpoint()
    if not 0 <= have <= head.size:
        raise Malformed("the log has fewer entries than the repository says it has; run 'countenance audit'")
    size = min(head.size, have + MOST_ENTRIES)
    preimages = [opened.sequencer.preimage(index) for index in range(have, size)]
    genesis = opened.genesis
    sealed = (
        leaf.sealed(preimage, genesis.auditors_key, genesis.log_origin, index)
        for index, preimage in enumerate(preimages, have)
    )
    leaves = b"".join(leaf.leaf_data(preimage) for preimage in preimages)
    note = head.note if size == head.size else _earlier(opened, size)
    return size, note, (leaves, *sealed)


def _earlier(opened: Opened, size: int) -> str:
    """The note of an earlier head, for a repository that is far behind: it goes on from there."""
    tree = Tree(leaf.leaf_data(opened.sequencer.preimage(index)) for index in range(size))
    return write_note(opened.genesis.log_origin, size, tree.root(), opened.signing)
