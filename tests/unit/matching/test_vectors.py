"""Vectors of docs/formats/masked-templates.md, made by tests/vectors/masked-templates/make.py."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import Malformed, Tampered
from countenance.matching import encode, mask, matcher, tag, unmask

VECTORS = Path(__file__).parents[2] / "vectors" / "masked-templates"


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path):
    vector = json.loads(path.read_text())
    probe = bytes.fromhex(vector["probe"])
    if "tags" in vector:
        tagged(vector)
        return
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
    assert unmask.cold(products, q, key, nonce).tolist() == [vector["score"]]


def tagged(vector: dict) -> None:
    q, rows = (
        encode.from_bytes(bytes.fromhex(vector["probe"])),
        mask.rows(bytes.fromhex(vector["rows"]), vector["dimension"]),
    )
    multipliers = tag.multipliers(bytes.fromhex(vector["tag_key"]), len(rows))
    assert [int(a) + (int(b) << 21) + (int(c) << 41) for a, b, c in multipliers.T] == vector["multipliers"]
    tags = tag.tags(multipliers, rows)
    assert tags.tolist() == vector["tags"]
    for position, mac in enumerate(vector["macs"]):
        tag.check_mac(bytes.fromhex(vector["mac_key"]), position, rows[position].tobytes(), bytes.fromhex(mac))
    products = np.array(vector["products"], dtype=np.int32)
    if vector["expect"] == "accept":
        assert matcher.products(q, rows).tolist() == vector["products"]
        tag.check(multipliers, tags, q, products)
    else:
        with pytest.raises(Tampered):
            tag.check(multipliers, tags, q, products)


def test_vectors_are_what_their_maker_makes():
    assert subprocess.run([sys.executable, VECTORS / "make.py", "--check"], check=False).returncode == 0
