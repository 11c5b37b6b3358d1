"""Make the vectors of the log, or with `--check` say whether the files here are what it would make.

Trees by their definition in RFC 9162 section 2.1, notes from C2SP signed-note, tlog-checkpoint, tlog-cosignature and
tlog-proof, with hashlib and Ed25519 alone, so that they do not repeat the code under test.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).parent
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "countenance/0123456789abcdef"
LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(11)]
Fields = dict[str, object]


def split(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    half = split(len(leaves))
    return hashlib.sha256(b"\1" + root(leaves[:half]) + root(leaves[half:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*path(index, leaves[:half]), root(leaves[half:])]
    return [*path(index - half, leaves[half:]), root(leaves[:half])]


def subproof(first: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    half = split(len(leaves))
    if first <= half:
        return [*subproof(first, leaves[:half], whole), root(leaves[half:])]
    return [*subproof(first - half, leaves[half:], False), root(leaves[:half])]


def hexes(hashes: list[bytes]) -> list[str]:
    return [digest.hex() for digest in hashes]


def inclusion(index: int, size: int, /, **changed: object) -> Fields:
    fields: Fields = {
        "kind": "inclusion",
        "leaf": LEAVES[index].hex(),
        "index": index,
        "size": size,
        "hashes": hexes(path(index, LEAVES[:size])),
        "root": root(LEAVES[:size]).hex(),
    }
    return {**fields, **changed}


def consistency(first: int, second: int, /, **changed: object) -> Fields:
    fields: Fields = {
        "kind": "consistency",
        "first": first,
        "second": second,
        "first_root": root(LEAVES[:first]).hex(),
        "second_root": root(LEAVES[:second]).hex(),
        "hashes": hexes(subproof(first, LEAVES[:second], True)) if first > 0 else [],
    }
    return {**fields, **changed}


def signature(name: str, text: str, key: Ed25519PrivateKey, kind: bytes = b"\x01") -> str:
    public = key.public_key().public_bytes_raw()
    number = hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]
    return f"— {name} {base64.b64encode(number + key.sign(text.encode())).decode()}\n"


def cosignature(text: str, key: Ed25519PrivateKey, seconds: int, signed: str = "") -> str:
    public = key.public_key().public_bytes_raw()
    number = hashlib.sha256(b"witness.example\n\x04" + public).digest()[:4]
    made = key.sign(f"cosignature/v1\ntime {seconds}\n{signed or text}".encode())
    return f"— witness.example {base64.b64encode(number + seconds.to_bytes(8) + made).decode()}\n"


def cosigned(text: str, *lines: str) -> Fields:
    public = WITNESS.public_key().public_bytes_raw().hex()
    fields = {"kind": "cosignature", "witness": "witness.example", "public": public, "time": 1679315147}
    return {**fields, "note": f"{text}\n{''.join(lines)}"}


def proof(*lines: str) -> Fields:
    return {"kind": "proof", "index": 5, "hashes": hexes(path(5, LEAVES)), "text": "\n".join(lines)}


def note(text: str, *lines: str) -> Fields:
    return {"kind": "note", "origin": ORIGIN, "public": PUBLIC.hex(), "note": f"{text}\n{''.join(lines)}"}


def vectors() -> dict[str, tuple[str, str, Fields]]:
    """Name to expectation, reason, fields."""
    encoded = base64.b64encode(root(LEAVES)).decode()
    text = f"{ORIGIN}\n11\n{encoded}\n"
    ours, theirs = signature(ORIGIN, text, KEY), signature("witness.example", text, WITNESS)
    lines = [
        f"{ORIGIN}\n011\n{encoded}\n",
        f"{ORIGIN}\n11\n{encoded[:-4]}\n",
        f"{text}extension\n",
        f"other\n11\n{encoded}\n",
    ]
    hashes = [base64.b64encode(digest).decode() for digest in path(5, LEAVES)]
    told = f"{text}\n{ours}"
    seconds = 1679315147
    entry = b'{"facts":[["digest","00"]],"kind":"genesis","made":1000,"of":-1,"type":"Entry"}'
    nonce = bytes(range(32))
    return {
        "leaf": (
            "accept",
            "leaf data = SHA-256(nonce || entry)",
            {
                "kind": "leaf",
                "nonce": nonce.hex(),
                "entry": entry.decode(),
                "leaf": hashlib.sha256(nonce + entry).hexdigest(),
            },
        ),
        "inclusion-first": ("accept", "leaf 0 of 11", inclusion(0, 11)),
        "inclusion-last": ("accept", "leaf 10 of 11, which has no sibling for two levels", inclusion(10, 11)),
        "inclusion-middle": ("accept", "leaf 5 of 7", inclusion(5, 7)),
        "inclusion-only": ("accept", "the only leaf: no hashes", inclusion(0, 1)),
        "inclusion-another-leaf": ("reject", "leaf 6 in place of leaf 5", inclusion(5, 7, leaf=LEAVES[6].hex())),
        "inclusion-another-index": ("reject", "index 4", inclusion(5, 7, index=4)),
        "inclusion-outside": ("reject", "index 7 of 7", inclusion(5, 7, index=7)),
        "inclusion-hash-missing": ("reject", "a hash too few", inclusion(5, 7, hashes=hexes(path(5, LEAVES[:7]))[:-1])),
        "inclusion-hash-more": ("reject", "a hash too many", inclusion(0, 1, hashes=["00" * 32])),
        "inclusion-older-root": ("reject", "the root of 6 leaves", inclusion(5, 7, root=root(LEAVES[:6]).hex())),
        "consistency-3-7": ("accept", "7 extend 3", consistency(3, 7)),
        "consistency-8-11": ("accept", "first is a whole subtree", consistency(8, 11)),
        "consistency-6-11": ("accept", "11 extend 6", consistency(6, 11)),
        "consistency-same": ("accept", "nothing new", consistency(7, 7)),
        "consistency-from-nothing": ("accept", "everything extends nothing", consistency(0, 7)),
        "consistency-shorter": ("reject", "7 then 3", {**consistency(3, 7), "first": 7, "second": 3}),
        "consistency-rewritten": (
            "reject",
            "another first root",
            consistency(3, 7, first_root=root(LEAVES[1:4]).hex()),
        ),
        "consistency-forked": ("reject", "another second root", consistency(3, 7, second_root=root(LEAVES[:6]).hex())),
        "consistency-no-proof": ("reject", "no hashes", consistency(3, 7, hashes=[])),
        "consistency-same-size-other-root": ("reject", "one size, two roots", consistency(7, 7, second_root="00" * 32)),
        "note": ("accept", "signed by the log", note(text, ours)),
        "note-witnessed": ("accept", "a witness's signature is passed over", note(text, theirs, ours)),
        "note-empty-log": (
            "accept",
            "size 0",
            note(
                f"{ORIGIN}\n0\n{base64.b64encode(root([])).decode()}\n",
                signature(ORIGIN, f"{ORIGIN}\n0\n{base64.b64encode(root([])).decode()}\n", KEY),
            ),
        ),
        "note-unsigned-by-the-log": ("reject", "the witness alone", note(text, theirs)),
        "note-signed-by-another-key": ("reject", "our name, another key", note(text, signature(ORIGIN, text, WITNESS))),
        "note-signature-of-another-text": (
            "reject",
            "size 10 was signed",
            note(text, signature(ORIGIN, text.replace("\n11\n", "\n10\n"), KEY)),
        ),
        "note-another-signature-type": (
            "reject",
            "type 0x04 in the key id",
            note(text, signature(ORIGIN, text, KEY, b"\x04")),
        ),
        "note-size-with-zero": ("reject", "011", note(lines[0], signature(ORIGIN, lines[0], KEY))),
        "note-root-short": ("reject", "a root of 30 bytes", note(lines[1], signature(ORIGIN, lines[1], KEY))),
        "note-extension": ("reject", "a fourth line", note(lines[2], signature(ORIGIN, lines[2], KEY))),
        "note-another-log": ("reject", "another origin", note(lines[3], signature(ORIGIN, lines[3], KEY))),
        "note-no-newline-at-end": ("reject", "cut", note(text, ours[:-1])),
        "note-no-signature": ("reject", "no signature line", note(text)),
        "cosignature": ("accept", "beside the log's own", cosigned(text, ours, cosignature(text, WITNESS, seconds))),
        "cosignature-of-another-text": (
            "reject",
            "size 10 was signed",
            cosigned(text, ours, cosignature(text, WITNESS, seconds, text.replace("\n11\n", "\n10\n"))),
        ),
        "cosignature-another-key": ("reject", "the log's key", cosigned(text, ours, cosignature(text, KEY, seconds))),
        "cosignature-missing": ("reject", "the log alone", cosigned(text, ours)),
        "cosignature-as-a-log-signs": ("reject", "type 0x01", cosigned(text, ours, theirs)),
        "proof": ("accept", "entry 5 of 11", proof("c2sp.org/tlog-proof@v1", "index 5", *hashes, "", told)),
        "proof-with-extra": (
            "accept",
            "extra data is passed over",
            proof("c2sp.org/tlog-proof@v1", "extra AAEC", "index 5", *hashes, "", told),
        ),
        "proof-another-version": ("reject", "v2", proof("c2sp.org/tlog-proof@v2", "index 5", *hashes, "", told)),
        "proof-index-with-zero": ("reject", "05", proof("c2sp.org/tlog-proof@v1", "index 05", *hashes, "", told)),
        "proof-hash-missing": ("reject", "too few", proof("c2sp.org/tlog-proof@v1", "index 5", *hashes[1:], "", told)),
        "proof-no-gap": ("reject", "no empty line", proof("c2sp.org/tlog-proof@v1", "index 5", *hashes, told[:20])),
    }


def main() -> int:
    wrong = []
    for name, (expect, why, fields) in vectors().items():
        file = HERE / f"{name}.json"
        made = json.dumps({"expect": expect, "why": why, **fields}, indent=1, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv:
            file.write_text(made, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != made:
            wrong.append(name)
    wrong += sorted({file.stem for file in HERE.glob("*.json")} - set(vectors()))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
