"""Make the vectors of masked templates, or with `--check` say whether the files here are what it would make.

Written with whole numbers, struct and an AES-256-CTR of its own call, from docs/formats/masked-templates.md, so that
they do not repeat the code under test. Templates are made from SHA-256 in counter mode; no face was used.
"""

import hashlib
import json
import math
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

HERE = Path(__file__).parent
SCALE = {128: 175, 512: 169}


def seeded(label: str, length: int) -> bytes:
    blocks = (hashlib.sha256(f"masked-templates {label} {n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def unit(label: str, dimension: int) -> list[float]:
    raw = [value - 128 for value in seeded(label, dimension)]
    length = math.sqrt(sum(value * value for value in raw))
    return [struct.unpack("<f", struct.pack("<f", value / length))[0] for value in raw]


def coded(values: list[float]) -> list[int]:
    return [round(SCALE[len(values)] * value) for value in values]


def pad(key: bytes, nonce: bytes, dimension: int) -> list[int]:
    stream = Cipher(AES256(key), CTR(nonce)).encryptor().update(bytes(2 * dimension))
    return list(struct.unpack(f"<{dimension}H", stream))


def score(label: str, why: str, template: list[float], probe: list[float]) -> dict[str, object]:
    d, key, nonce = len(template), seeded(label + " key", 32), seeded(label + " nonce", 16)
    m, q = coded(template), coded(probe)
    row = [(a + b) % 2**16 for a, b in zip(m, pad(key, nonce, d), strict=True)]
    return {
        "expect": "accept",
        "why": why,
        "dimension": d,
        "template": struct.pack(f"<{d}f", *template).hex(),
        "coded": struct.pack(f"<{d}h", *m).hex(),
        "block_key": key.hex(),
        "nonce": nonce.hex(),
        "row": struct.pack(f"<{d}H", *row).hex(),
        "probe": struct.pack(f"<{d}h", *q).hex(),
        "product": sum(a * b for a, b in zip(q, row, strict=True)),
        "score": sum(a * b for a, b in zip(q, m, strict=True)),
    }


def refused(why: str, numbers: list[int]) -> dict[str, object]:
    return {"expect": "reject", "why": why, "probe": struct.pack(f"<{len(numbers)}h", *numbers).hex()}


def vectors() -> dict[str, dict[str, object]]:
    made: dict[str, dict[str, object]] = {}
    for d in SCALE:
        one, other = unit("one", d), unit("other", d)
        made[f"strangers-{d}"] = score(f"strangers {d}", "two unrelated templates", one, other)
        made[f"same-{d}"] = score(f"same {d}", "a template and itself: the largest score", one, one)
        made[f"opposite-{d}"] = score(f"opposite {d}", "a template and its negative", one, [-v for v in one])
        axis = [1.0] + [0.0] * (d - 1)
        made[f"axis-{d}"] = score(f"axis {d}", "everything in one component", axis, axis)
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
