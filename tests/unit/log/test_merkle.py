"""merkle and proof: RFC 9162, against its definition spelled out, and refusals of everything else."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import Tampered
from countenance.log import proof
from countenance.log.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash

LEAVES = [bytes([number]) * 32 for number in range(40)]
TREE = Tree(LEAVES)


def by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(by_definition(leaves[:half]), by_definition(leaves[half:]))


def test_roots_are_as_defined() -> None:
    assert Tree().root() == EMPTY_ROOT
    for size in range(len(LEAVES) + 1):
        assert TREE.root(size) == by_definition(LEAVES[:size]) == Tree(LEAVES[:size]).root()


def test_known_roots() -> None:
    """Leaves and roots of the reference tests of RFC 6962 (Certificate Transparency)."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = Tree(map(bytes.fromhex, inputs))
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(2).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree.root(8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_every_inclusion_proof_verifies_and_no_other_does() -> None:
    for size in range(1, 18):
        root = TREE.root(size)
        for index in range(size):
            hashes = proof.inclusion(TREE, index, size)
            proof.verify_inclusion(LEAVES[index], index, size, hashes, root)
            wrong = [
                (LEAVES[index + 1], index, size, hashes, root),
                (LEAVES[index], index, size, (*hashes, root), root),
                (LEAVES[index], index, size, hashes, TREE.root(size + 1)),
                (LEAVES[index], size, size, hashes, root),
                (LEAVES[index], -1, size, hashes, root),
            ]
            wrong += [(LEAVES[index], other, size, hashes, root) for other in range(size) if other != index]
            if hashes:
                wrong.append((LEAVES[index], index, size, hashes[:-1], root))
                wrong.append((LEAVES[index], index, size, (bytes(32), *hashes[1:]), root))
            for data, at, total, path, head in wrong:
                with pytest.raises(Tampered):
                    proof.verify_inclusion(data, at, total, path, head)


def test_every_consistency_proof_verifies_and_no_other_does() -> None:
    for second in range(18):
        for first in range(second + 1):
            old, new = TREE.root(first), TREE.root(second)
            hashes = proof.consistency(TREE, first, second)
            proof.verify_consistency(first, second, old, new, hashes)
            wrong = [(first, second, bytes(32), new, hashes), (first, second, old, new, (*hashes, bytes(32)))]
            if first:
                wrong.append((first, second, old, bytes(32), hashes))
            wrong += [(first, second, old, new, hashes[:-1])] if hashes else []
            wrong += [(second, first, new, old, hashes)] if first != second else []
            for a, b, c, d, e in wrong:
                with pytest.raises(Tampered):
                    proof.verify_consistency(a, b, c, d, e)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_flipped_bit_anywhere_in_a_proof_is_noticed(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    hashes = list(proof.inclusion(TREE, index, size))
    at, bit = data.draw(st.integers(0, len(hashes) - 1)), data.draw(st.integers(0, 255))
    hashes[at] = (int.from_bytes(hashes[at]) ^ 1 << bit).to_bytes(32)
    with pytest.raises(Tampered):
        proof.verify_inclusion(LEAVES[index], index, size, hashes, TREE.root(size))


def test_outside_the_tree() -> None:
    for call in (
        lambda: TREE.root(41),
        lambda: proof.inclusion(TREE, 5, 5),
        lambda: proof.inclusion(TREE, 0, 41),
        lambda: proof.consistency(TREE, 3, 41),
        lambda: proof.consistency(TREE, 3, 2),
    ):
        with pytest.raises(IndexError):
            call()
