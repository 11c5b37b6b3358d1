"""What auditors give back: the published entries, opened with their key, as a log folder like the custodian's own.

A custodian whose log was lost with its disk is restored with it: a backup alone is older than what was published.
"""

from pathlib import Path

from countenance.cli.log_source import Source
from countenance.durable import files, journal
from countenance.errors import Refused, Tampered, Unavailable
from countenance.log import leaf, tiles
from countenance.log.audit import Unseal
from countenance.log.checkpoint import read_note
from countenance.log.merkle import Tree


def write(folder: Path, source: Source, unseal: Unseal) -> int:
    """Write `journal` and `checkpoint` into the new `folder`; returns how many entries.

    Raises Refused if it exists, Unavailable if something is missing, Tampered if the entries are not the checkpoint's.
    """
    if folder.exists():
        raise Refused("the folder to export into exists already; name a new one")
    note = source.fetch("checkpoint")
    if note is None:
        raise Unavailable("there is no published checkpoint to export the entries of")
    genesis = source.genesis
    head = read_note(note.decode(errors="replace"), genesis.log_origin, genesis.log_key)
    every: list[bytes] = []
    tree = Tree()
    for index in range(head.size):
        sealed = source.fetch(tiles.preimage_path(index))
        if sealed is None:
            raise Unavailable(f"the sealed preimage of entry {index} is missing: nothing was exported")
        preimage = leaf.unsealed(unseal(leaf.sealed_info(genesis.log_origin, index), sealed))
        tree.append(leaf.leaf_data(preimage))
        every.append(leaf.to_bytes(preimage))
    if tree.root() != head.root:
        raise Tampered("the entries do not lead to the checkpoint's root: nothing was exported")
    files.make_directory(folder.absolute())
    copy = journal.Journal(folder / "journal")
    copy.append_many(every)
    copy.close()
    files.write(folder / "checkpoint", note)
    return head.size
