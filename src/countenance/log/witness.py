"""A witness: remembers the newest checkpoint of each log it knows, cosigns only what extends it (C2SP tlog-witness).

`add_checkpoint` (the numbers are in the code):

1. The request is an old size, a consistency proof and a checkpoint, within bounds; else 400.
2. The checkpoint's origin is one that this witness was told of; else 404.
3. The log's key signed it; else 403.
4. The old size is not above the checkpoint's; else 400. It is the size that was cosigned last; else 409 and that size.
5. Of two checkpoints of one size the roots are the same; else 409. The proof leads from the old one to this; else 422.
6. The checkpoint is durable, and only then cosigned and answered, 200.

Steps 4 to 6 are under one lock, and one process serves a directory, so of two checkpoints that contradict each other
at most one is ever signed. A crash after 6 became durable costs nothing: who asks again is told the size, and cosigned.

Who reads the directory can sign as this witness. Who restores an old copy of it makes it sign what it should not: keep
no copies of it, or make a new witness with a new key after a loss.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.log import note as notes
from countenance.log.checkpoint import parsed, read_note
from countenance.log.cosignature import cosign
from countenance.log.merkle import EMPTY_ROOT, HASH
from countenance.log.note import VerifierKey
from countenance.log.proof import verify_consistency
from countenance.vocabulary.moments import Moment

MAXIMUM_REQUEST = 128 * 1024
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True, repr=False)
class _Self:
    """The witness's own name and private key (Ed25519, 32 bytes)."""

    name: str
    private: bytes

    def __repr__(self) -> str:
        return f"_Self({self.name})"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a witness knows of one log: its newest checkpoint. `note`: empty, `size` 0 before the first.

    `made`: when it was cosigned last.
    """

    origin: str
    key: bytes
    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    made: Moment = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: str
    content: str = TEXT_TYPE


def create(directory: Path, name: str) -> VerifierKey:
    """Make a witness in `directory`, which is new or empty; its public key. Raises Malformed, Refused, Unavailable."""
    notes.check_name(name)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Refused(f"{directory.name} is not an empty directory: a witness begins in a new or empty one")
    key = SigningKey.generate()
    files.make_directory(directory / "logs")
    files.write(directory / "witness.json", records.write(_Self(name, key.to_bytes())))
    return VerifierKey(name, notes.COSIGNATURE, key.public)


class Witness:
    """The witness in `directory`. Raises Unavailable if there is none, Malformed if it is damaged."""

    def __init__(self, directory: Path, clock: Callable[[], Moment]) -> None:
        self._logs = directory / "logs"
        self._clock = clock
        self._lock = threading.Lock()
        try:
            kept = records.read(_Self, (directory / "witness.json").read_bytes())
        except OSError as error:
            raise Unavailable(f"{directory.name} holds no witness: 'countenance witness init' makes one") from error
        self._name = kept.name
        self._key = SigningKey.from_bytes(kept.private)

    @property
    def key(self) -> VerifierKey:
        """What logs and auditors need of it."""
        return VerifierKey(self._name, notes.COSIGNATURE, self._key.public)

    def add(self, origin: str, public: bytes) -> None:
        """Know one more log. Raises Refused if its origin is known, Malformed for a bad name or key."""
        notes.check_name(origin)
        if len(public) != notes.KEY:
            raise Malformed("a log's key is 32 bytes, 64 hexadecimal digits")
        with self._lock:
            if self._path(origin).exists():
                raise Refused("this witness knows that log; a log's key never changes under one origin")
            files.write(self._path(origin), records.write(Witnessed(origin, public)))

    def logs(self) -> tuple[Witnessed, ...]:
        """Every log it knows. Raises Malformed if a record of one is damaged."""
        return tuple(records.read(Witnessed, path.read_bytes()) for path in sorted(self._logs.glob("*.json")))

    def add_checkpoint(self, request: bytes) -> Reply:
        """Carry out the procedure above. Raises Unavailable if the disk does not take it; then nothing was signed."""
        try:
            old, hashes, note = _request(request)  # (1)
            claimed = parsed(note)
        except Malformed as error:
            return Reply(400, f"{error}\n")
        with self._lock:
            known = self._known(claimed.origin)
            if known is None:  # (2)
                return Reply(404, "this witness does not know that log\n")
            try:
                read_note(note, known.origin, known.key)  # (3)
            except (Malformed, Tampered) as error:
                return Reply(403, f"{error}\n")
            if old > claimed.size:  # (4)
                return Reply(400, "the old size is above the checkpoint's\n")
            if old != known.size or (old == claimed.size and claimed.root != known.root):  # (4) (5)
                return Reply(409, f"{known.size}\n", SIZE_TYPE)
            try:
                verify_consistency(known.size, claimed.size, known.root, claimed.root, hashes)  # (5)
            except Tampered as error:
                return Reply(422, f"{error}\n")
            made = max(self._clock(), known.made)
            after = replace(known, size=claimed.size, root=claimed.root, note=note, made=made)
            files.write(self._path(known.origin), records.write(after))  # (6)
            return Reply(200, cosign(note, self._name, self._key, made // 1000))

    def _known(self, origin: str) -> Witnessed | None:
        try:
            return records.read(Witnessed, self._path(origin).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, Malformed) as error:
            raise Unavailable("what this witness knows of that log cannot be read; check its disk") from error

    def _path(self, origin: str) -> Path:
        return self._logs / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"


def _request(data: bytes) -> tuple[int, list[bytes], str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("the request is not text") from error
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, number = first.partition(" ")
    if not gap or word != "old" or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise Malformed("the request is 'old SIZE', proof lines, an empty line and a checkpoint")
    hashes = [notes.decoded(line) for line in lines]
    if str(int(number)) != number or len(hashes) > _MOST_HASHES or any(len(digest) != HASH for digest in hashes):
        raise Malformed("the old size has no leading zero, the proof at most 63 hashes of 32 bytes")
    return int(number), hashes, note
