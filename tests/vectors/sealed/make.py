"""Make the vectors of sealed messages, or with `--check` open those that are here.

HPKE (RFC 9180) base mode, KEM 0x647a (X-Wing: ML-KEM-768 and X25519), HKDF-SHA256, AES-256-GCM, opened here with
SHA-3, HMAC and AES-GCM alone, so as not to repeat the code under test. Sealing draws fresh randomness: files that
exist are kept.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent
PRIVATE = bytes(range(96))
SUITE = b"HPKE" + bytes.fromhex("647a00010002")
INFO = b'["countenance","ask","0123456789abcdef"]'
CIPHERTEXT = 1088


def extracted(salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + SUITE + label + material, "sha256")


def expanded(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
    info = length.to_bytes(2) + b"HPKE-v1" + SUITE + label + context
    return hmac.digest(key, info + b"\x01", "sha256")[:length]


def cipher(secret: bytes, info: bytes) -> tuple[AESGCM, bytes]:
    context = b"\0" + extracted(b"", b"psk_id_hash", b"") + extracted(b"", b"info_hash", info)
    key = extracted(secret, b"secret", b"")
    return AESGCM(expanded(key, b"key", context, 32)), expanded(key, b"base_nonce", context, 12)


def combined(lattice: bytes, curve: bytes, share: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(lattice + curve + share + public + b"\\.//^\\").digest()


def opened(private: bytes, info: bytes, sealed: bytes) -> bytes:
    lattice, curve = MLKEM768PrivateKey.from_seed_bytes(private[:64]), X25519PrivateKey.from_private_bytes(private[64:])
    first, share = sealed[:CIPHERTEXT], sealed[CIPHERTEXT : CIPHERTEXT + 32]
    exchanged = curve.exchange(X25519PublicKey.from_public_bytes(share))
    secret = combined(lattice.decapsulate(first), exchanged, share, curve.public_key().public_bytes_raw())
    aead, nonce = cipher(secret, info)
    return aead.decrypt(nonce, sealed[CIPHERTEXT + 32 :], b"")


def sealed(private: bytes, info: bytes, plaintext: bytes) -> bytes:
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:64]).public_key()
    curve = X25519PrivateKey.from_private_bytes(private[64:]).public_key()
    shared, first = lattice.encapsulate()
    own = X25519PrivateKey.generate()
    share = own.public_key().public_bytes_raw()
    aead, nonce = cipher(combined(shared, own.exchange(curve), share, curve.public_bytes_raw()), info)
    return first + share + aead.encrypt(nonce, plaintext, b"")


def vectors() -> dict[str, tuple[str, bytes, bytes]]:
    """Name to reason, plaintext (or what is wrong), sealed bytes."""
    good = sealed(PRIVATE, INFO, b"text")
    return {
        "text": ("accept", b"text", good),
        "empty": ("accept", b"", sealed(PRIVATE, INFO, b"")),
        "another-purpose": ("reject", b"", sealed(PRIVATE, INFO.replace(b"ask", b"answer"), b"text")),
        "another-key": ("reject", b"", sealed(bytes(96), INFO, b"text")),
        "lattice-part-changed": ("reject", b"", bytes([good[0] ^ 1]) + good[1:]),
        "curve-part-changed": ("reject", b"", good[:1088] + bytes([good[1088] ^ 1]) + good[1089:]),
        "text-changed": ("reject", b"", good[:1120] + bytes([good[1120] ^ 1]) + good[1121:]),
        "tag-cut": ("reject", b"", good[:-1]),
        "share-of-low-order": ("reject", b"", good[:1088] + bytes(32) + good[1120:]),
        "nothing": ("reject", b"", b""),
    }


def agrees(fields: dict[str, str]) -> bool:
    try:
        text = opened(bytes.fromhex(fields["private"]), fields["info"].encode(), bytes.fromhex(fields["sealed"]))
    except (InvalidTag, ValueError):
        return fields["expect"] == "reject"
    return fields["expect"] == "accept" and text.hex() == fields["plaintext"]


def main() -> int:
    wrong = []
    for name, (expect, plaintext, data) in vectors().items():
        path = HERE / f"{name}.json"
        if not path.exists() and "--check" not in sys.argv:
            fields = {"expect": expect, "private": PRIVATE.hex(), "info": INFO.decode(), "plaintext": plaintext.hex()}
            path.write_text(json.dumps({**fields, "sealed": data.hex()}, indent=1) + "\n", encoding="utf-8")
        if not path.exists() or not agrees(json.loads(path.read_text(encoding="utf-8"))):
            wrong.append(name)
    wrong += sorted({path.stem for path in HERE.glob("*.json")} - set(vectors()))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
