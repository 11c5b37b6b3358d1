"""Checkpoints: signed tree heads as C2SP tlog-checkpoint in a C2SP signed-note, Ed25519.

A note is three lines (origin, size, root in base64), an empty line, and signature lines. Signatures of keys that are
not ours, such as witnesses', are passed over; ours must be there and must verify. Extension lines are refused: nobody
could audit them.
"""

import base64

from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import verify
from countenance.errors import Malformed, Tampered
from countenance.log import note as notes
from countenance.log.merkle import HASH
from countenance.vocabulary.entries import Checkpoint


def write_note(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """The signed note that says: the log `origin` has `size` entries and this root. Malformed for a bad origin."""
    notes.check_name(origin)
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    number = notes.key_id(origin, notes.ED25519, key.public)
    return f"{text}\n{notes.signature_line(origin, number, key.sign(text.encode()))}"


def read_note(text: str, origin: str, public: bytes) -> Checkpoint:
    """The checkpoint in `text`, signed by the log `origin` with the key `public` (32 bytes).

    Raises Malformed for no note, Tampered for another log's, or without a signature of that key that verifies.
    """
    found = parsed(text)
    if found.origin != origin:
        raise Tampered("this checkpoint is another log's")
    body, lines = notes.split(text)
    expected, verified = notes.key_id(origin, notes.ED25519, public), False
    for name, number, signature in notes.signatures(lines):
        if name == origin and number == expected:
            verify(public, body.encode(), signature)
            verified = True
    if not verified:
        raise Tampered("this checkpoint is not signed by the log's key")
    return found


def parsed(text: str) -> Checkpoint:
    """The checkpoint that `text` claims, its signatures not looked at. Raises Malformed."""
    lines = notes.split(text)[0].removesuffix("\n").split("\n")
    if len(lines) != 3:
        raise Malformed("this is not a checkpoint: it has three lines, an empty line, and signatures")
    origin, count, root = lines
    if not origin or not (count.isascii() and count.isdigit()) or len(count) > 18 or str(int(count)) != count:
        raise Malformed("this checkpoint has no origin or no size")
    digest = notes.decoded(root)
    if len(digest) != HASH:
        raise Malformed("this checkpoint's root is not 32 bytes")
    return Checkpoint(origin, int(count), digest, text)
