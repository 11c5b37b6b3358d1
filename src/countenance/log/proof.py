"""Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4): made from a tree, verified without one."""

from collections.abc import Sequence

from countenance.errors import Tampered
from countenance.log.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash, split


def inclusion(tree: Tree, index: int, size: int) -> tuple[bytes, ...]:
    """The path from leaf `index` to the root over the first `size` leaves. Raises IndexError outside them."""
    if not 0 <= index < size <= tree.size:
        raise IndexError(index)
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(tree.subtree(middle, end))
            end = middle
        else:
            path.append(tree.subtree(start, middle))
            start = middle
    return tuple(reversed(path))


def verify_inclusion(leaf_data: bytes, index: int, size: int, hashes: Sequence[bytes], root: bytes) -> None:
    """Return if `leaf_data` is leaf `index` of the tree of `size` leaves and `root`; else raise Tampered."""
    if not 0 <= index < size:
        raise Tampered("this entry's place is outside the log it is said to be in")
    number, last, digest = index, size - 1, leaf_hash(leaf_data)
    for sibling in hashes:
        if last == 0:
            raise Tampered("this inclusion proof is too long; ask for it again")
        if number & 1 or number == last:
            digest = node_hash(sibling, digest)
            number, last = _past_lone_nodes(number, last)
        else:
            digest = node_hash(digest, sibling)
        number, last = number >> 1, last >> 1
    if last or digest != root:
        raise Tampered("this entry is not in the log: its inclusion proof does not lead to the checkpoint")


def consistency(tree: Tree, first: int, second: int) -> tuple[bytes, ...]:
    """The proof that the tree of `second` leaves extends that of `first`. Raises IndexError for an impossible size."""
    if not 0 <= first <= second <= tree.size:
        raise IndexError(second)
    if first in (0, second):
        return ()
    start, end, whole, path = 0, second, True, []
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append(tree.subtree(middle, end))
            end = middle
        else:
            path.append(tree.subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(tree.subtree(start, end))
    return tuple(reversed(path))


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, hashes: Sequence[bytes]) -> None:
    """Return if the log of `second` leaves has that of `first` as its beginning; else raise Tampered."""
    if not 0 <= first <= second:
        raise Tampered("the log has become shorter")
    if first in (0, second):
        if hashes or (first == 0 and first_root != EMPTY_ROOT) or (first == second and first_root != second_root):
            raise Tampered("the log is not the one seen before")
        return
    path = list(hashes)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        raise Tampered("this consistency proof is empty; ask for it again")
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Tampered("this consistency proof is too long; ask for it again")
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            number, last = _past_lone_nodes(number, last)
        else:
            new = node_hash(new, sibling)
        number, last = number >> 1, last >> 1
    if last or old != first_root or new != second_root:
        raise Tampered("the log was rewritten: it does not extend the one seen before")


def _past_lone_nodes(number: int, last: int) -> tuple[int, int]:
    """Climb the levels at which a node at the right edge has no sibling."""
    while number and not number & 1:
        number, last = number >> 1, last >> 1
    return number, last
