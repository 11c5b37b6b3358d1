"""Signed notes (C2SP signed-note): text, an empty line, a line a signature; and the names of the keys that sign them.

A verifier key, as notes' tools write it, is `name+key id in hex+base64 of type and key`.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from countenance.errors import Malformed

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
KEY = 32
KEY_ID = 4
MAXIMUM_NOTE = 64 * 1024
LONGEST_NAME = 200
_KINDS = (ED25519, COSIGNATURE)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs, and with which key. `kind`: ED25519 for a log, COSIGNATURE for a witness; `public`: 32 bytes."""

    name: str
    kind: bytes
    public: bytes

    def __str__(self) -> str:
        encoded = base64.b64encode(self.kind + self.public).decode()
        return f"{self.name}+{key_id(self.name, self.kind, self.public).hex()}+{encoded}"


def check_name(name: str) -> None:
    """Raise Malformed unless `name` may stand in a note: no space, no plus sign, nothing that cannot be printed."""
    if not 0 < len(name) <= LONGEST_NAME or any(
        letter.isspace() or letter == "+" or not letter.isprintable() for letter in name
    ):
        raise Malformed("a signer's name has no spaces and no plus signs, such as witness.example/w1")


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """The 4 bytes by which a signature line says which key made it."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:KEY_ID]


def verifier_key(text: str) -> VerifierKey:
    """The key in a line as `VerifierKey` writes it. Raises Malformed."""
    name, _, rest = text.strip().partition("+")
    number, _, encoded = rest.partition("+")
    check_name(name)
    data = decoded(encoded)
    kind, public = data[:1], data[1:]
    if kind not in _KINDS or len(public) != KEY or key_id(name, kind, public).hex() != number:
        raise Malformed("this is no verifier key of type 1 or 4: copy it whole, as 'witness init' printed it")
    return VerifierKey(name, kind, public)


def signature_line(name: str, number: bytes, signature: bytes) -> str:
    """One line, with its end."""
    return f"— {name} {base64.b64encode(number + signature).decode()}\n"


def split(text: str) -> tuple[str, str]:
    """What is signed, with its last line end, and the signature lines. Raises Malformed."""
    body, gap, lines = text.rpartition("\n\n")
    if len(text) > MAXIMUM_NOTE or not gap or not lines.endswith("\n"):
        raise Malformed("this is not a signed note: it has a text, an empty line, and signatures")
    if any(ord(letter) < 0x20 and letter != "\n" for letter in text):
        raise Malformed("this is not a signed note: it holds control characters")
    return f"{body}\n", lines


def signatures(lines: str) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, key id and signature of every line. Raises Malformed for a line that is none."""
    for line in lines.removesuffix("\n").split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—" or not name:
            raise Malformed("this note has a line that is no signature")
        data = decoded(encoded)
        yield name, data[:KEY_ID], data[KEY_ID:]


def decoded(text: str) -> bytes:
    """The bytes in standard base64, in its one right spelling. Raises Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("base64 in this note cannot be read") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64 in this note is not in its one right spelling")
    return data
