"""Vectors of docs/formats/segments.md and requests.md, each made by an implementation of its own."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from countenance.crypto import segment
from countenance.crypto.unseal import unseal
from countenance.errors import Tampered

VECTORS = Path(__file__).parents[2] / "vectors"


def files(folder: str) -> list[Path]:
    return sorted((VECTORS / folder).glob("*.json"))


@pytest.mark.parametrize("path", files("segments"), ids=lambda path: path.stem)
def test_segments(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    key, data = bytes.fromhex(vector["key"]), base64.b64decode(vector["ciphertext"])
    if vector["expect"] == "reject":
        with pytest.raises(Tampered):
            segment.decrypt(key, data)
        return
    text = bytes(at % 251 for at in range(vector["length"]))
    assert segment.decrypt(key, data) == text
    assert segment.encrypt(key, text, random=lambda size: data[:size]) == data


@pytest.mark.parametrize("path", files("sealed"), ids=lambda path: path.stem)
def test_sealed(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    private, info, data = bytes.fromhex(vector["private"]), vector["info"].encode(), bytes.fromhex(vector["sealed"])
    if vector["expect"] == "reject":
        with pytest.raises(Tampered):
            unseal(private, info, data)
    else:
        assert unseal(private, info, data).hex() == vector["plaintext"]


@pytest.mark.parametrize("folder", ["segments", "sealed"])
def test_vectors_are_what_their_maker_makes(folder: str) -> None:
    assert files(folder)
    command = [sys.executable, str(VECTORS / folder / "make.py"), "--check"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
