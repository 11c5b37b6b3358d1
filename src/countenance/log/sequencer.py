"""The sequencer: gives every entry its place, durably, before anything is done about it. One a deployment, one process.

Two files: the journal, a record an entry (nonce || entry), and beside it `checkpoint`, the signed note over the journal
so far, replaced after every append. Invariants:

* `append` returns when entry and checkpoint are both on the disk (fsynced), in this order. It costs one fsync for the
  journal and two for the checkpoint: slower than one, but what an answer rests on is then never behind the answer.
* At start, a journal longer than the checkpoint by whole entries is a crash between the two, or a checkpoint that found
  the disk full, and the log goes on. One that is shorter, or differs before the checkpoint's size, is Tampered, and the
  log stays shut. That includes a flipped bit in the last record, which the journal alone takes for a torn write.
* Time never goes back: an entry is made no earlier than the one before it, and a clock behind the last entry at start
  is Unavailable until it is set.

Who can modify both files and has no log key can cut nothing and change nothing unseen, but can add entries behind the
checkpoint. Who restores both to an older state together is found out by whoever has seen a later checkpoint.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.log import leaf, proof
from countenance.log.checkpoint import read_note, write_note
from countenance.log.merkle import Tree
from countenance.vocabulary.entries import Checkpoint, Entry, Kind, Preimage, Proof
from countenance.vocabulary.moments import Moment

# Bytes of one entry's JSON.
MAXIMUM_ENTRY = 48 * 1024


class Sequencer:
    """The log at `path` (its journal), signed as `origin` with `key`. `random` makes the leaves' nonces."""

    def __init__(
        self,
        path: Path,
        origin: str,
        key: SigningKey,
        clock: Callable[[], Moment],
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._origin = origin
        self._key = key
        self._clock = clock
        self._random = random
        self._lock = threading.RLock()
        self._saved = path.parent / "checkpoint"
        self._begin(path)
        self._journal = Journal(path)
        try:
            self._tree = Tree(leaf.leaf_data(leaf.from_bytes(data)) for data in self._journal)
            self._last: Moment = self._verified_end()
            if self._clock() < self._last:
                raise Unavailable("the clock is behind the log's last entry; set it, then open again")
            self._sign()
        except BaseException:
            self._journal.close()
            raise

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._tree.size

    def append(self, kind: Kind, facts: Mapping[str, str], of: int = -1) -> int:
        """Add an entry and return its index; it is durable then. `of`: the entry it follows from, or -1.

        Raises Unavailable if the disk will not take it. If only the checkpoint was not taken, the entry stands
        nevertheless; the caller must not act on it, and the log says more than was done, never less.
        """
        with self._lock:
            if not -1 <= of < self.size:
                raise Malformed("an entry follows from one that is in the log")
            made = max(self._clock(), self._last)
            entry = records.write(Entry(kind, made, of, tuple(sorted(facts.items()))))
            if len(entry) > MAXIMUM_ENTRY:
                raise Malformed(f"an entry has at most {MAXIMUM_ENTRY} bytes; log a digest of the rest")
            preimage = Preimage(self._random(leaf.NONCE), entry)
            index = self._journal.append(leaf.to_bytes(preimage))
            self._tree.append(leaf.leaf_data(preimage))
            self._last = made
            self._sign()
            return index

    def pad(self, multiple: int, after: int) -> int:
        """Fill up with padding to the next multiple of `multiple` beyond `after` entries; the new size, durable then.

        Padding tells nobody anything; only who can read the entries tells it from others.
        """
        with self._lock:
            goal = max(self.size + -self.size % multiple, after + multiple - after % multiple)
            made = max(self._clock(), self._last)
            entry = records.write(Entry(Kind.PADDING, made, -1, ()))
            fresh = [Preimage(self._random(leaf.NONCE), entry) for _ in range(goal - self.size)]
            if fresh:
                self._journal.append_many([leaf.to_bytes(one) for one in fresh])
                for one in fresh:
                    self._tree.append(leaf.leaf_data(one))
                self._last = made
                self._sign()
            return goal

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """The log's head, signed; or its head when it had `size` entries, signed again, which gives the same note.

        Raises IndexError if it never had as many.
        """
        with self._lock:
            if size is None or size == self._checkpoint.size:
                return self._checkpoint
            root = self._tree.root(size)
            return Checkpoint(self._origin, size, root, write_note(self._origin, size, root, self._key))

    def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """That the log of `second` entries extends that of `first`. Raises IndexError for an impossible size."""
        with self._lock:
            return proof.consistency(self._tree, first, second)

    def entry(self, index: int) -> Entry:
        """The entry at `index`. Raises IndexError if there is none."""
        return records.read(Entry, self.preimage(index).entry)

    def preimage(self, index: int) -> Preimage:
        """Nonce and bytes of the entry at `index`. Raises IndexError if there is none."""
        return leaf.from_bytes(self._journal.read(index))

    def entries(self) -> Iterator[Entry]:
        """All entries, in order."""
        for index in range(self.size):
            yield self.entry(index)

    def prove(self, index: int, size: int | None = None) -> Proof:
        """That the entry at `index` is in the log as it is, or was at `size`. Raises IndexError if it is not."""
        with self._lock:
            head = self.checkpoint(size)
            return Proof(index, proof.inclusion(self._tree, index, head.size), head.note)

    def close(self) -> None:
        """Give the journal back."""
        self._journal.close()

    def _begin(self, path: Path) -> None:
        """A new log begins with a checkpoint of nothing, so that a missing one always means that it was taken away."""
        if not self._saved.exists():
            if path.exists() and path.stat().st_size:
                raise Tampered("the log's checkpoint is missing; restore the whole log folder from a copy")
            files.write(self._saved, write_note(self._origin, 0, Tree().root(), self._key).encode())

    def _verified_end(self) -> Moment:
        """Hold the journal against the saved checkpoint, and return when its last entry was made."""
        try:
            saved = read_note(self._saved.read_text(encoding="utf-8"), self._origin, self._key.public)
        except (OSError, ValueError, Malformed) as error:
            raise Tampered("the log's checkpoint cannot be read; restore the whole log folder from a copy") from error
        if saved.size > self.size or self._tree.root(saved.size) != saved.root:
            raise Tampered("the log is not the one its checkpoint was made of; restore the log folder from a copy")
        made = 0
        for index in range(max(0, saved.size - 1), self.size):
            try:
                entry = self.entry(index)
            except Malformed as error:
                raise Tampered("the log holds a record that is no entry; restore the log folder from a copy") from error
            if entry.made < made:
                raise Tampered("time goes back in the log behind its checkpoint; restore the log folder from a copy")
            made = entry.made
        return made

    def _sign(self) -> None:
        size, root = self._tree.size, self._tree.root()
        note = write_note(self._origin, size, root, self._key)
        self._checkpoint = Checkpoint(self._origin, size, root, note)
        files.write(self._saved, note.encode())
