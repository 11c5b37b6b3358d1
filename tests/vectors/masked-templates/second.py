"""A second implementation of docs/formats/masked-templates.md, written from that page alone.

Whole numbers, struct and HMAC of the standard library, and one AES from `cryptography`; nothing of the product.
"""

import hashlib
import hmac
import math
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

P = 2**61 - 1


def scale(d: int) -> int:
    """The largest whole number below (2^7.5 - sqrt(d)/2) / 1.001."""
    return math.ceil((math.sqrt(2**15) - math.sqrt(d) / 2) / 1.001) - 1


def code(template: list[float]) -> list[int]:
    """Python's `round` takes halves to the even number, as the page says."""
    return [round(scale(len(template)) * value) for value in template]


def accepts(coded: list[int]) -> bool:
    """Whether a unit template may have been coded to these numbers."""
    if not 1 <= len(coded) <= 4096:
        return False
    s, squared = scale(len(coded)), sum(value * value for value in coded)
    least = max(0.0, 0.999 * s - math.sqrt(len(coded)) / 2) ** 2
    return 0 < squared < 2**15 and squared >= least and max(map(abs, coded)) <= s + 1


def keystream(key: bytes, nonce: bytes, length: int) -> bytes:
    return Cipher(AES256(key), CTR(nonce)).encryptor().update(bytes(length))


def pad(key: bytes, nonce: bytes, d: int) -> list[int]:
    return list(struct.unpack(f"<{d}h", keystream(key, nonce, 2 * d)))


def signed(value: int) -> int:
    """`value` modulo 2^16, from -2^15 to 2^15 - 1."""
    return (value + 2**15) % 2**16 - 2**15


def mask(coded: list[int], key: bytes, nonce: bytes) -> list[int]:
    return [signed(m + p) for m, p in zip(coded, pad(key, nonce, len(coded)), strict=True)]


def product(q: list[int], row: list[int]) -> int:
    return sum(a * b for a, b in zip(q, row, strict=True))


def score(c: int, q: list[int], key: bytes, nonce: bytes) -> int:
    return signed(c - product(q, pad(key, nonce, len(q))))


def least_score(thousandths: int, d: int) -> int:
    return -(-thousandths * scale(d) ** 2 // 1000)


def multipliers(tag_key: bytes, rows: int) -> list[int]:
    stream = struct.unpack(f"<{rows}Q", keystream(tag_key, bytes(16), 8 * rows))
    return [(word & P) % P for word in stream]


def tags(multipliers: list[int], rows: list[list[int]]) -> list[int]:
    return [
        sum(r * value for r, value in zip(multipliers, column, strict=True)) % P for column in zip(*rows, strict=True)
    ]


def agrees(multipliers: list[int], tags: list[int], q: list[int], products: list[int]) -> bool:
    given = sum(r * c for r, c in zip(multipliers, products, strict=True)) % P
    return given == product(q, tags) % P


def mac(mac_key: bytes, position: int, row: list[int]) -> bytes:
    data = struct.pack(">I", position) + struct.pack(f"<{len(row)}h", *row)
    return hmac.new(mac_key, data, hashlib.sha256).digest()[:16]
