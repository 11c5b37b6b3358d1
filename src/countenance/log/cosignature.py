"""Cosignatures: a witness's statement that a checkpoint extends all it saw before (C2SP tlog-cosignature, Ed25519).

A cosignature is one more signature line of the checkpoint's note: key id of type 4, a time in seconds since 1970 as
u64, and an Ed25519 signature over `cosignature/v1`, the time, and the checkpoint's three lines. It does not sign the
witness's name: a key belongs to one witness.
"""

from collections.abc import Sequence

from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import verify
from countenance.errors import Malformed, Tampered
from countenance.log import note as notes
from countenance.vocabulary.entries import Cosignature

_TIME = 8
_SIGNATURE = 64
_LATEST = 2**63 - 1


def cosign(note: str, name: str, key: SigningKey, seconds: int) -> str:
    """The line by which the witness `name` cosigns `note` at `seconds` since 1970. Raises Malformed."""
    notes.check_name(name)
    body, _ = notes.split(note)
    number = notes.key_id(name, notes.COSIGNATURE, key.public)
    return notes.signature_line(name, number, seconds.to_bytes(_TIME) + key.sign(_message(body, seconds)))


def of_witness(note: str, name: str, public: bytes) -> Cosignature | None:
    """What the witness says in `note`, or None if it says nothing there.

    Raises Tampered for a line of its key that does not verify, Malformed for no note.
    """
    body, lines = notes.split(note)
    expected = notes.key_id(name, notes.COSIGNATURE, public)
    for named, number, signature in notes.signatures(lines):
        if (named, number) == (name, expected):
            if len(signature) != _TIME + _SIGNATURE:
                raise Tampered("a cosignature is not of the length that its type has")
            seconds = int.from_bytes(signature[:_TIME])
            if seconds > _LATEST:
                raise Tampered("a cosignature is of no possible time")
            verify(public, _message(body, seconds), signature[_TIME:])
            return Cosignature(name, seconds * 1000, notes.signature_line(named, number, signature))
    return None


def claimed(note: str) -> tuple[str, ...]:
    """Under which names, besides the log's own, `note` is signed. Nothing is verified: that needs their keys.

    Raises Malformed for no note.
    """
    body, lines = notes.split(note)
    origin = body.partition("\n")[0]
    return tuple(dict.fromkeys(name for name, _, _ in notes.signatures(lines) if name != origin))


def joined(note: str, lines: Sequence[str]) -> str:
    """`note` with these signature lines behind its own. Raises Malformed if it becomes too long."""
    text = note + "".join(lines)
    if len(text) > notes.MAXIMUM_NOTE:
        raise Malformed("a note with so many cosignatures is too long")
    return text


def _message(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()
