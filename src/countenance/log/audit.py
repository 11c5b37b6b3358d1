"""Audit a log: does the copy that everyone can see prove itself, and did the deployment keep its rules?

The procedure (the numbers are in the code):

1. The checkpoint is signed by the log's key.
2. The entries are as many as it says, every tile is what they hash to, and they lead to its root.
3. The sealed preimage of every entry is there.
4. With the auditors' key: every preimage opens and is that of its leaf.
5. With the custodian's journal: it is that of its own checkpoint and begins with what is published; what comes after
   is not published yet.
6. Where every entry can be read, by key or journal: every rule of `log.rules`, `log.policy_rules`, `log.hold_rules`,
   `log.stop_rules`, `log.subject_rules` and `log.calibrations`.
7. Cosignatures under the checkpoint verify. The assurance level is that of `vocabulary.assurance`: whether zones are on
   hosts of their own no log can show, so the genesis record's word on that stands.

Anything else is an irregularity. Without key and journal, 1 to 3 show order and completeness and nothing of the rules.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.log import (
    calibrations,
    hold_rules,
    leaf,
    lives,
    policy_rules,
    rules,
    stop_rules,
    subject_rules,
    tiles,
    witnesses,
)
from countenance.log.checkpoint import read_note
from countenance.log.lives import Figure, Life
from countenance.log.merkle import Tree
from countenance.log.rules import Irregularity
from countenance.log.stop_rules import Beyond
from countenance.vocabulary.assurance import Assurance, level
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Checkpoint, Entry, Preimage, Witness

Fetch = Callable[[str], bytes | None]
Unseal = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Journal:
    """The custodian's copy: its records, and the note that lies beside them, read before them."""

    preimages: tuple[Preimage, ...]
    checkpoint: str

    def __repr__(self) -> str:
        return f"Journal({len(self.preimages)} entries)"


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found. `published`: entries in the public copy; `entries`: with those that only the journal has.

    `verified`: entries that could be read and are what their leaf says. `rules_checked`: all could be
    read, and were held against the rules. `pending`: acts still under way at the end.
    `figures`: how many entries of each kind, among those read, and what warrants came to; `lives`: every warrant's.
    `cosigned`: witnesses under the published checkpoint, by name.
    """

    entries: int
    published: int
    verified: int
    rules_checked: bool
    pending: int
    assurance: Assurance
    irregularities: tuple[Irregularity, ...]
    figures: tuple[tuple[str, Figure], ...]
    lives: tuple[Life, ...] = ()
    cosigned: tuple[str, ...] = ()


def examine(
    fetch: Fetch,
    genesis: Genesis,
    unseal: Unseal | None = None,
    journal: Journal | None = None,
    named: Sequence[Witness] = (),
    *,
    beyond: Beyond,
) -> Report:
    """Carry out the procedure above.

    `fetch`: a file of the log folder by its path, or None if there is none. `unseal`: opens (info, sealed) with the
    auditors' key, or raises Tampered. `journal`: what the custodian keeps, if it can be read, read after the
    checkpoint that `fetch` gives. `named`: witnesses that the auditor was told of, besides those of the log's entries.
    `beyond`: `evaluation.sequential.beyond`.
    """
    audit = _Audit(fetch, genesis)
    head = audit.checkpoint(required=journal is None)
    leaves = audit.leaves(head) if head else []
    sealed = [audit.preimage_file(index) for index in range(len(leaves))]
    preimages = list(journal.preimages) if journal is not None else []
    if journal is not None:
        audit.compare(leaves, preimages)
        audit.kept(journal)
    if unseal:
        opened = audit.opened(leaves, sealed, unseal)
        preimages = [*opened, *preimages[len(opened) :]] if len(opened) == len(leaves) else preimages
    entries = audit.entries(preimages)
    size = max(head.size if head else 0, len(preimages))
    pending = 0
    if len(entries) == size:
        broken, pending = rules.check(entries, genesis)  # (6)
        audit.found.extend((*broken, *policy_rules.check(entries, genesis), *hold_rules.check(entries, genesis)))
        audit.found.extend(calibrations.check(entries))
        audit.found.extend(stop_rules.check(entries, beyond))
        audit.found.extend(subject_rules.check(entries))
    cosigned, homes = audit.cosigned(head, [*witnesses.standing(entries).witnesses, *named])
    told = lives.lives(entries)
    figures: dict[str, Figure] = dict(sorted(Counter(entry.kind.value for entry in entries).items()))
    if entries:
        figures |= lives.figures(entries, told)
    return Report(
        entries=size,
        published=head.size if head else 0,
        verified=len(entries),
        rules_checked=len(entries) == size,
        pending=pending,
        assurance=level(genesis.assurance, len(homes)),
        irregularities=tuple(audit.found),
        figures=tuple(figures.items()),
        lives=told,
        cosigned=cosigned,
    )


class _Audit:
    """The steps, and what they found. A step that fails leaves what the next ones can still look at."""

    def __init__(self, fetch: Fetch, genesis: Genesis) -> None:
        self._fetch = fetch
        self._genesis = genesis
        self.found: list[Irregularity] = []

    def say(self, index: int, what: str) -> None:
        self.found.append(Irregularity(index, what))

    def checkpoint(self, *, required: bool) -> Checkpoint | None:  # (1)
        note = self._fetch("checkpoint")
        if note is None:
            if required:
                self.say(-1, "there is no checkpoint")
            return None
        try:
            return read_note(note.decode("utf-8"), self._genesis.log_origin, self._genesis.log_key)
        except (Malformed, Tampered, UnicodeDecodeError) as error:
            self.say(-1, "the checkpoint cannot be read" if isinstance(error, UnicodeDecodeError) else str(error))
            return None

    def leaves(self, head: Checkpoint) -> list[bytes]:  # (2)
        leaves: list[bytes] = []
        for number in range(-(-head.size // tiles.WIDTH)):
            width = min(tiles.WIDTH, head.size - number * tiles.WIDTH)
            bundle = self._tile("entries", number, width)
            items = tiles.leaves_in(bundle, width) if bundle is not None else None
            if items is None:
                self.say(number * tiles.WIDTH, f"the {width} entries from here on are missing or damaged")
                return leaves
            leaves += items
        tree = Tree(leaves)
        if tree.root() != head.root:
            self.say(-1, "the entries do not lead to the checkpoint's root: an entry was changed")
        self._hashes(tree)
        return leaves

    def preimage_file(self, index: int) -> bytes | None:  # (3)
        data = self._fetch(tiles.preimage_path(index))
        if data is None:
            self.say(index, "its sealed preimage is missing")
        return data

    def opened(self, leaves: Sequence[bytes], sealed: Sequence[bytes | None], unseal: Unseal) -> list[Preimage]:  # (4)
        opened = []
        for index, (data, letter) in enumerate(zip(leaves, sealed, strict=True)):
            if letter is None:
                continue
            try:
                info = leaf.sealed_info(self._genesis.log_origin, index)
                preimage = leaf.unsealed(unseal(info, letter))
            except (Tampered, Malformed):
                self.say(index, "its preimage does not open with the auditors' key")
                continue
            if leaf.leaf_data(preimage) == data:
                opened.append(preimage)
            else:
                self.say(index, "its preimage is not that of its leaf")
        return opened

    def compare(self, leaves: Sequence[bytes], preimages: Sequence[Preimage]) -> None:  # (5)
        if len(preimages) < len(leaves):
            self.say(len(preimages), "entries from here on are published, but not in the custodian's journal")
        for index, (data, preimage) in enumerate(zip(leaves, preimages, strict=False)):
            if leaf.leaf_data(preimage) != data:
                self.say(index, "is another entry in the custodian's journal than in the published log")
                return

    def kept(self, journal: "Journal") -> None:  # (5)
        try:
            head = read_note(journal.checkpoint, self._genesis.log_origin, self._genesis.log_key)
        except (Malformed, Tampered):
            self.say(-1, "the custodian's own checkpoint cannot be read, or is not signed by the log's key")
            return
        tree = Tree(map(leaf.leaf_data, journal.preimages))
        if head.size > tree.size or tree.root(head.size) != head.root:
            self.say(-1, "the custodian's journal is not the one its checkpoint was made of")

    def cosigned(self, head: Checkpoint | None, of: Sequence[Witness]) -> tuple[tuple[str, ...], frozenset[str]]:  # (7)
        """Names and organisations of the witnesses under the published checkpoint."""
        if head is None:
            return (), frozenset()
        found, wrong = witnesses.cosignatures(head.note, of)
        for name in wrong:
            self.say(-1, f"the cosignature of witness {name} under the checkpoint does not verify")
        return tuple(line.witness for line in found), witnesses.organisations(found, of)

    def entries(self, preimages: Sequence[Preimage]) -> list[Entry]:
        entries = []
        for index, preimage in enumerate(preimages):
            try:
                entries.append(records.read(Entry, preimage.entry))
            except Malformed:
                self.say(index, "is no entry that this version can read")
        return entries

    def _hashes(self, tree: Tree) -> None:  # (2)
        level, span = 0, 1
        while tree.size >= span:
            count = tree.size // span
            for number in range(-(-count // tiles.WIDTH)):
                width = min(tiles.WIDTH, count - number * tiles.WIDTH)
                first = number * tiles.WIDTH
                hashes = (tree.subtree(at * span, (at + 1) * span) for at in range(first, first + width))
                if self._tile(level, number, width) != b"".join(hashes):
                    self.say(-1, f"tile {tiles.tile_path(level, number, width)} is missing or damaged")
            level, span = level + 1, span * tiles.WIDTH

    def _tile(self, level: int | str, number: int, width: int) -> bytes | None:
        return tiles.piece(self._fetch, level, number, width)
