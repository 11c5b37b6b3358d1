"""The backup file: one custodian, encrypted under a key that needs the root and a piece kept apart from the file.

Key = HKDF(root, piece, "backup", id). The root is in no file unwrapped: a passphrase or shares open it. The piece is
32 random bytes in a file of its own, which the custodian destroys when the backup ends. Invariants:

* File and root without the piece open nothing; nor do file and piece without the root, nor root and piece alone.
* Whatever byte of file or piece is changed, reading refuses, and nothing comes out.

Who keeps a copy of the piece keeps the backup alive: no file can prevent that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from countenance.crypto import derive, record
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.zones.custodian import keys
from countenance.zones.custodian.keys import Secret, Sharing
from countenance.zones.custodian.opened import Random

PIECE = 32
LARGEST = 1024**3
"""Bytes of what is encrypted: it is one record, in memory whole."""
_MAGIC = b"countenance backup\x01"
_LENGTH = 4
_MOST_HEADER = 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Header:
    """What lies in clear, and is authenticated. `until`: its end; `entries`: of the log in it, when it was made.

    `sharing`: how the root is shared, or None and `wrapped` is the root under the passphrase.
    """

    backup: str
    genesis: Genesis
    made: Moment
    until: Moment
    entries: int
    sharing: Sharing | None
    wrapped: bytes

    def __repr__(self) -> str:
        return f"Header({self.backup})"


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """What is kept apart from the file and dies at the end. `piece`: 32 random bytes."""

    deployment: str
    backup: str
    until: Moment
    piece: bytes

    def __repr__(self) -> str:
        return f"Piece({self.backup})"


@dataclass(frozen=True, slots=True, repr=False)
class Contents:
    """A backup that was opened. `files`: by their names in the custodian's directory, and `settings`."""

    header: Header
    root: bytes
    files: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"Contents({self.header.backup}, {len(self.files)} files)"


def write(header: Header, root: bytes, piece: Piece, files: Mapping[str, bytes], random: Random) -> bytes:
    """The backup file. Raises Refused for a custodian that is too large for it."""
    index = canonical.write({name: len(data) for name, data in files.items()})
    plain = b"".join((len(index).to_bytes(_LENGTH), index, *(data for _, data in sorted(files.items()))))
    if len(plain) > LARGEST:
        raise Refused(f"a backup holds at most {LARGEST} bytes: copy this custodian's directory by other means")
    front = _front(header)
    return front + record.encrypt(_key(header, root, piece), plain, front, random=random)


def read(data: bytes, piece: bytes, secret: Secret) -> Contents:
    """What `write` made. `piece`: that file's bytes.

    Raises Malformed for other files, Refused for a wrong secret, Tampered for another piece or changed bytes.
    """
    start = len(_MAGIC) + _LENGTH
    size = int.from_bytes(data[len(_MAGIC) : start])
    if data[: len(_MAGIC)] != _MAGIC or not 0 < size <= _MOST_HEADER or len(data) < start + size:
        raise Malformed("this is no backup of a custodian, or it was cut short")
    header = records.read(Header, data[start : start + size])
    front, part = data[: start + size], records.read(Piece, piece)
    if _front(header) != front:
        raise Malformed("this backup's header is not in its one right spelling")
    if (part.deployment, part.backup, part.until) != (header.genesis.deployment, header.backup, header.until):
        raise Tampered(
            "this piece belongs to another backup, or was altered; bring the one that was made with the file"
        )
    root = keys.root_of(header.sharing, header.wrapped, secret)
    try:
        plain = record.decrypt(_key(header, root, part), data[len(front) :], front)
    except Tampered as error:
        raise Tampered(
            "the backup does not open: file or piece was altered, or the shares are another custodian's"
        ) from error
    return Contents(header, root, _files(plain))


def _front(header: Header) -> bytes:
    text = records.write(header)
    return _MAGIC + len(text).to_bytes(_LENGTH) + text


def _key(header: Header, root: bytes, piece: Piece) -> bytes:
    if len(piece.piece) != PIECE:
        raise Malformed(f"the piece of a backup is {PIECE} bytes")
    return derive.backup_key(root, piece.piece, f"{header.genesis.deployment}/{header.backup}")


def _files(plain: bytes) -> dict[str, bytes]:
    size = int.from_bytes(plain[:_LENGTH])
    index, at = canonical.read(plain[_LENGTH : _LENGTH + size]), _LENGTH + size
    found = {}
    for name, length in index.items() if isinstance(index, Mapping) else ():
        if not isinstance(length, int):
            raise Malformed("the backup's index cannot be read; another version wrote it")
        found[name] = plain[at : at + length]
        at += length
    return found
