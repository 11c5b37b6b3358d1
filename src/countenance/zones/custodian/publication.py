"""Publication: what the repository shows of the log: leaves, a signed checkpoint, and preimages only auditors can open.

Invariant: whatever the custodian answered had its entry durable in its own log before; publishing may lag, not lie.
"""

from countenance.crypto.seal import binding, seal
from countenance.errors import Malformed
from countenance.formats import records
from countenance.log import leaf
from countenance.zones.custodian.opened import Opened

# Entries in one answer: each is a blob of its own, and a message has at most 4096.
MOST_ENTRIES = 4000


def since(opened: Opened, have: int) -> tuple[int, str, tuple[bytes, ...]]:
    """Size and checkpoint note, and blobs: leaf data (32 bytes each) joined, then one sealed preimage an entry.

    From entry `have` on. Raises Malformed if there are fewer entries than that.
    """
    with opened.lock:
        checkpoint = opened.sequencer.checkpoint()
        if not 0 <= have <= checkpoint.size:
            raise Malformed("the log has fewer entries than the repository says it has; run 'countenance audit'")
        preimages = [opened.sequencer.preimage(index) for index in range(have, checkpoint.size)]
    leaves = b"".join(leaf.leaf_data(preimage) for preimage in preimages)
    genesis = opened.genesis
    sealed = (
        seal(genesis.auditors_key, binding("preimage", genesis.log_origin, str(have + number)), records.write(preimage))
        for number, preimage in enumerate(preimages)
    )
    return checkpoint.size, checkpoint.note, (leaves, *sealed)
