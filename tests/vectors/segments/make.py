"""Make the vectors of encrypted segments, or with `--check` say whether the files here are what it would make.

Written with hmac and AES-GCM alone, from C2SP chunked-encryption (https://c2sp.org/chunked-encryption), SHA-512 and
AES-256-GCM, empty context, so that they do not repeat the code under test. Plaintexts are the bytes 0, 1, 2, … modulo
251.
"""

import base64
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent
KEY = bytes(range(32))
SALT = bytes(range(100, 124))
CHUNK = 16 * 1024
SEALED = CHUNK + 16
HEADER = 56


def expanded(key: bytes, info: bytes, length: int) -> bytes:
    out = block = b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 64 + 1]), "sha512")
        out += block
    return out[:length]


def plaintext(length: int) -> bytes:
    return bytes(at % 251 for at in range(length))


def encrypted(length: int, key: bytes = KEY, name: bytes = b"AEAD_AES_256_GCM", chunks: int | None = None) -> bytes:
    material = expanded(key, b"c2sp.org/chunked-encryption@v1+" + name + b"\0" + SALT, 76)
    cipher, base = AESGCM(material[:32]), int.from_bytes(material[32:44])
    text, parts = plaintext(length), [SALT, material[44:]]
    for number in range(length // CHUNK + 1 if chunks is None else chunks):
        nonce = (base ^ number).to_bytes(12)
        parts.append(cipher.encrypt(nonce, text[number * CHUNK : (number + 1) * CHUNK], None))
    return b"".join(parts)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def vectors() -> dict[str, tuple[int, str, bytes]]:
    """Name to expected length (-1: reject), reason, ciphertext."""
    short, long = encrypted(20), encrypted(CHUNK + 20)
    first, last = long[HEADER : HEADER + SEALED], long[HEADER + SEALED :]
    return {
        "empty": (0, "one empty chunk", encrypted(0)),
        "short": (20, "one chunk", short),
        "one-below-a-chunk": (CHUNK - 1, "the longest single chunk", encrypted(CHUNK - 1)),
        "a-chunk": (CHUNK, "a full chunk, then an empty one", encrypted(CHUNK)),
        "longer": (CHUNK + 20, "a full chunk and a short one", long),
        "no-bytes": (-1, "nothing", b""),
        "header-only": (-1, "no chunk", short[:HEADER]),
        "tag-cut": (-1, "a last chunk shorter than its tag", short[: HEADER + 15]),
        "last-chunk-missing": (-1, "cut at a chunk's end", long[: HEADER + SEALED]),
        "final-chunk-full": (-1, "a full chunk with no shorter one behind it", encrypted(CHUNK, chunks=1)),
        "last-byte-missing": (-1, "cut inside the tag", long[:-1]),
        "a-byte-more": (-1, "something behind the end", short + b"\0"),
        "empty-chunk-more": (-1, "an empty chunk behind a short one", short + encrypted(0)[HEADER:]),
        "chunks-swapped": (-1, "the short chunk first", long[:HEADER] + last + first),
        "salt-changed": (-1, "bit flipped in the salt", flipped(short, 0)),
        "commitment-changed": (-1, "bit flipped in the commitment", flipped(short, 24)),
        "chunk-changed": (-1, "bit flipped in the text", flipped(short, HEADER)),
        "tag-changed": (-1, "bit flipped in the tag", flipped(short, len(short) - 1)),
        "another-key": (-1, "encrypted under another key", encrypted(20, key=bytes(32))),
        "another-cipher": (-1, "derived for another cipher's name", encrypted(20, name=b"AEAD_AES_128_GCM")),
    }


def written(length: int, why: str, data: bytes) -> str:
    fields = {
        "expect": "accept" if length >= 0 else "reject",
        "why": why,
        "key": KEY.hex(),
        "length": length,
        "ciphertext": base64.b64encode(data).decode(),
    }
    return json.dumps(fields, indent=1) + "\n"


def main() -> int:
    wrong = []
    for name, vector in vectors().items():
        path, text = HERE / f"{name}.json", written(*vector)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(name)
    wrong += sorted({path.stem for path in HERE.glob("*.json")} - set(vectors()))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
