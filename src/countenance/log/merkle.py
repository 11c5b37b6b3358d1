"""The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962's), kept so that any root or proof costs log(n) hashes.

Invariant: leaves and inner nodes are hashed under different prefixes, so none is ever taken for the other.
"""

import hashlib
from collections.abc import Iterable

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data), 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size` (at least 2): how many leaves the left subtree has."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """A growing tree of which only the hashes of its complete subtrees are kept, from left to right: log(n) of them."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise IndexError(size)

    def append_hash(self, digest: bytes) -> None:
        """Add a leaf by its `leaf_hash`."""
        number = self.size
        while number & 1:
            digest, number = node_hash(self.peaks.pop(), digest), number >> 1
        self.peaks.append(digest)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        digest = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            digest = node_hash(peak, digest)
        return digest


class Tree:
    """A growing tree. 64 bytes a leaf in memory: every complete subtree's hash, level by level."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for data in leaves:
            self.append(data)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // HASH

    def append(self, leaf_data: bytes) -> int:
        """Add a leaf and return its index."""
        self.append_hash(leaf_hash(leaf_data))
        return self.size - 1

    def append_hash(self, digest: bytes) -> None:
        """Add a leaf by its `leaf_hash`."""
        for level in self._levels:
            level.extend(digest)
            count = len(level) // HASH
            if count % 2:
                return
            digest = node_hash(bytes(level[-2 * HASH : -HASH]), digest)
        self._levels.append(bytearray(digest))

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves (all, if None). Raises IndexError if there are fewer."""
        size = self.size if size is None else size
        return self.subtree(0, size) if size else EMPTY_ROOT

    def subtree(self, start: int, end: int) -> bytes:
        """The hash over leaves `start` to `end` (not included); `start` is where a subtree of that size may begin."""
        if not 0 <= start < end <= self.size:
            raise IndexError(end)
        count = end - start
        if count & (count - 1) == 0:
            at = start // count * HASH
            return bytes(self._levels[count.bit_length() - 1][at : at + HASH])
        middle = start + split(count)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))
