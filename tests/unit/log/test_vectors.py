"""Vectors of docs/formats/log.md, made by an implementation of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import Malformed, Tampered
from countenance.log import leaf, proof, proof_text
from countenance.log.checkpoint import parsed, read_note
from countenance.log.cosignature import of_witness
from countenance.vocabulary.entries import Preimage

VECTORS = Path(__file__).parents[2] / "vectors" / "log"
FILES = sorted(VECTORS.glob("*.json"))


def hashes(vector: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(one) for one in vector["hashes"]]


def inclusion(of: dict[str, Any]) -> None:
    data, root = bytes.fromhex(of["leaf"]), bytes.fromhex(of["root"])
    proof.verify_inclusion(data, of["index"], of["size"], hashes(of), root)


def consistency(of: dict[str, Any]) -> None:
    first, second = bytes.fromhex(of["first_root"]), bytes.fromhex(of["second_root"])
    proof.verify_consistency(of["first"], of["second"], first, second, hashes(of))


def note(of: dict[str, Any]) -> None:
    read_note(of["note"], of["origin"], bytes.fromhex(of["public"]))


def cosigned(of: dict[str, Any]) -> None:
    found = of_witness(of["note"], of["witness"], bytes.fromhex(of["public"]))
    if found is None:
        raise Tampered("not cosigned")
    assert found.made == of["time"] * 1000


def proof_of(of: dict[str, Any]) -> None:
    read = proof_text.read(of["text"])
    assert read.index == of["index"]
    head = parsed(read.checkpoint)
    proof.verify_inclusion(sha256(bytes([read.index])).digest(), read.index, head.size, read.hashes, head.root)
    assert list(read.hashes) == hashes(of)


def leaf_of(of: dict[str, Any]) -> None:
    assert leaf.leaf_data(Preimage(bytes.fromhex(of["nonce"]), of["entry"].encode())).hex() == of["leaf"]


KINDS: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "inclusion": inclusion,
    "consistency": consistency,
    "note": note,
    "leaf": leaf_of,
    "cosignature": cosigned,
    "proof": proof_of,
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    if vector["expect"] == "accept":
        KINDS[vector["kind"]](vector)
    else:
        with pytest.raises((Tampered, Malformed)):
            KINDS[vector["kind"]](vector)


def test_vectors_are_what_their_maker_makes() -> None:
    assert FILES
    command = [sys.executable, str(VECTORS / "make.py"), "--check"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
