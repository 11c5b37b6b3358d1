"""Make the vectors of masked templates, or with `--check` say whether the files here are what it would make.

Computed by `second.py` beside it, which is written from docs/formats/masked-templates.md alone, so that they do not
repeat the code under test. Templates are made from SHA-256 in counter mode; no face was used.
"""

import hashlib
import json
import math
import struct
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import second  # noqa: E402 - it lies beside this file, which is no package

DIMENSIONS = (128, 512)


def seeded(label: str, length: int) -> bytes:
    blocks = (hashlib.sha256(f"masked-templates {label} {n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def unit(label: str, dimension: int) -> list[float]:
    raw = [value - 128 for value in seeded(label, dimension)]
    length = math.sqrt(sum(value * value for value in raw))
    return [struct.unpack("<f", struct.pack("<f", value / length))[0] for value in raw]


def score(label: str, why: str, template: list[float], probe: list[float]) -> dict[str, object]:
    d, key, nonce = len(template), seeded(label + " key", 32), seeded(label + " nonce", 16)
    m, q = second.code(template), second.code(probe)
    row = second.mask(m, key, nonce)
    return {
        "expect": "accept",
        "why": why,
        "dimension": d,
        "template": struct.pack(f"<{d}f", *template).hex(),
        "coded": struct.pack(f"<{d}h", *m).hex(),
        "block_key": key.hex(),
        "nonce": nonce.hex(),
        "row": struct.pack(f"<{d}h", *row).hex(),
        "probe": struct.pack(f"<{d}h", *q).hex(),
        "product": second.product(q, row),
        "score": second.product(q, m),
    }


def tagged(label: str, why: str, d: int, rows: int, *, altered: int = 0) -> dict[str, object]:
    """A sheet of `rows` rows with its tags, MACs and products, of which the first is off by `altered`."""
    tag_key, mac_key = seeded(label + " tag key", 32), seeded(label + " mac key", 32)
    data = seeded(label + " rows", 2 * d * rows)
    sheet = [list(struct.unpack(f"<{d}h", data[2 * d * k : 2 * d * (k + 1)])) for k in range(rows)]
    q, multipliers = second.code(unit(label, d)), second.multipliers(tag_key, rows)
    products = [second.product(q, row) for row in sheet]
    return {
        "expect": "reject" if altered else "accept",
        "why": why,
        "dimension": d,
        "probe": struct.pack(f"<{d}h", *q).hex(),
        "rows": data.hex(),
        "tag_key": tag_key.hex(),
        "multipliers": multipliers,
        "tags": second.tags(multipliers, sheet),
        "products": [products[0] + altered, *products[1:]],
        "mac_key": mac_key.hex(),
        "macs": [second.mac(mac_key, position, row).hex() for position, row in enumerate(sheet)],
    }


def refused(why: str, numbers: list[int]) -> dict[str, object]:
    return {"expect": "reject", "why": why, "probe": struct.pack(f"<{len(numbers)}h", *numbers).hex()}


def vectors() -> dict[str, dict[str, object]]:
    made: dict[str, dict[str, object]] = {}
    for d in DIMENSIONS:
        one, other = unit("one", d), unit("other", d)
        made[f"strangers-{d}"] = score(f"strangers {d}", "two unrelated templates", one, other)
        made[f"same-{d}"] = score(f"same {d}", "a template and itself: the largest score", one, one)
        made[f"opposite-{d}"] = score(f"opposite {d}", "a template and its negative", one, [-v for v in one])
        axis = [1.0] + [0.0] * (d - 1)
        made[f"axis-{d}"] = score(f"axis {d}", "everything in one component", axis, axis)
        made[f"tagged-{d}"] = tagged(f"tagged {d}", "a sheet's tags, MACs and honest products", d, 5)
    made["one-product-off-by-one"] = tagged("altered", "products that are not the rows'", 128, 5, altered=1)
    made["unit-vector-of-an-oracle"] = refused("one component of 1 reads a stored component out", [1] + [0] * 127)
    made["too-long"] = refused("every component 16: length 181.02, its square is 2^15", [16] * 128)
    made["too-short"] = refused("every component 14: shorter than a unit template can be coded", [14] * 128)
    made["out-of-range"] = refused("one component beyond the scale", [177] + [0] * 127)
    made["zero"] = refused("no direction", [0] * 128)
    made["nothing"] = refused("no components", [])
    return made


def main() -> int:
    made = {f"{name}.json": json.dumps(vector, indent=1) + "\n" for name, vector in vectors().items()}
    if "--check" in sys.argv:
        return 0 if {path.name: path.read_text() for path in HERE.glob("*.json")} == made else 1
    for name, text in made.items():
        (HERE / name).write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
