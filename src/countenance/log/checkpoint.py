"""Checkpoints: signed tree heads as C2SP tlog-checkpoint in a C2SP signed-note, Ed25519.

A note is three lines (origin, size, root in base64), an empty line, and signature lines. Signatures of keys that are
not ours, such as witnesses', are passed over; ours must be there and must verify. Extension lines are refused: nobody
could audit them.
"""

import base64
import binascii
import hashlib

from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import verify
from countenance.errors import Malformed, Tampered
from countenance.log.merkle import HASH
from countenance.vocabulary.entries import Checkpoint

_ED25519 = b"\x01"
_KEY_ID = 4
MAXIMUM_NOTE = 64 * 1024


def write_note(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """The signed note that says: the log `origin` has `size` entries and this root. Malformed for a bad origin."""
    if not origin or any(letter.isspace() or letter == "+" or not letter.isprintable() for letter in origin):
        raise Malformed("a log's origin is a name without spaces and plus signs, such as example.com/log")
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = _key_id(origin, key.public) + key.sign(text.encode())
    return f"{text}\n— {origin} {base64.b64encode(signature).decode()}\n"


def read_note(text: str, origin: str, public: bytes) -> Checkpoint:
    """The checkpoint in `text`, signed by the log `origin` with the key `public` (32 bytes).

    Raises Malformed for no note, Tampered for another log's, or without a signature of that key that verifies.
    """
    found = parsed(text)
    if found.origin != origin:
        raise Tampered("this checkpoint is another log's")
    body, _, signatures = text.rpartition("\n\n")
    expected, verified = _key_id(origin, public), False
    for line in signatures.splitlines():
        name, signature = _signature(line)
        if name == origin and signature[:_KEY_ID] == expected:
            verify(public, f"{body}\n".encode(), signature[_KEY_ID:])
            verified = True
    if not verified:
        raise Tampered("this checkpoint is not signed by the log's key")
    return found


def parsed(text: str) -> Checkpoint:
    """The checkpoint that `text` claims, its signatures not looked at. Raises Malformed."""
    body, gap, signatures = text.rpartition("\n\n")
    lines = body.split("\n")
    if len(text) > MAXIMUM_NOTE or not gap or not signatures.endswith("\n") or len(lines) != 3:
        raise Malformed("this is not a checkpoint: it has three lines, an empty line, and signatures")
    if any(ord(letter) < 0x20 and letter != "\n" for letter in text):
        raise Malformed("this is not a checkpoint: it holds control characters")
    origin, count, root = lines
    if not origin or not (count.isascii() and count.isdigit()) or len(count) > 18 or str(int(count)) != count:
        raise Malformed("this checkpoint has no origin or no size")
    digest = _base64(root)
    if len(digest) != HASH:
        raise Malformed("this checkpoint's root is not 32 bytes")
    return Checkpoint(origin, int(count), digest, text)


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID]


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not name:
        raise Malformed("this checkpoint has a line that is no signature")
    return name, _base64(encoded)


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("this checkpoint's base64 cannot be read") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("this checkpoint's base64 is not in its one right spelling")
    return data
