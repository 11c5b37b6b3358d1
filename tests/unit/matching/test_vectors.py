"""Vectors of docs/formats/masked-templates.md, made by tests/vectors/masked-templates/make.py."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import Malformed
from countenance.matching import encode, mask, matcher, unmask

VECTORS = Path(__file__).parents[2] / "vectors" / "masked-templates"


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path):
    vector = json.loads(path.read_text())
    probe = bytes.fromhex(vector["probe"])
    if vector["expect"] == "reject":
        with pytest.raises(Malformed):
            encode.from_bytes(probe)
        return
    q = encode.from_bytes(probe)
    key, nonce, row = (bytes.fromhex(vector[name]) for name in ("block_key", "nonce", "row"))
    coded = encode.encode(np.frombuffer(bytes.fromhex(vector["template"]), dtype="<f4"))
    assert encode.to_bytes(coded).hex() == vector["coded"]
    assert mask.mask(coded, key, nonce) == row
    products = matcher.products(q, mask.rows(row, vector["dimension"]))
    assert products.tolist() == [vector["product"]]
    assert unmask.scores(products, q, key, [nonce]).tolist() == [vector["score"]]


def test_vectors_are_what_their_maker_makes():
    assert subprocess.run([sys.executable, VECTORS / "make.py", "--check"], check=False).returncode == 0
