"""The files of a store: for each generation a database, the sum of it, and the key that makes it count.

`store-NNNN.db` is SQLite, `store-NNNN.sum` see `summing`, `store-NNNN.key` the store key under the root. The generation
with the highest number that has a key file is the store; others are what a crash left over.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from countenance.crypto import derive, record
from countenance.durable import files
from countenance.errors import Tampered, Unavailable

DAMAGED = "the custodian's store is damaged: restore the custodian's directory"
_FILES = re.compile(r"store-([0-9]{4,})\.(key|sum|db)(-wal|-shm|-journal)?")
_TABLES = """
CREATE TABLE records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE sum (value BLOB NOT NULL);
"""


class Generations:
    """Those in `directory`; their keys are wrapped under a subkey of `root`."""

    def __init__(self, directory: Path, root: bytes, random: Callable[[int], bytes]) -> None:
        self._directory = directory
        self._wrapping = derive.subkey(root, "store")
        self._random = random

    def newest(self) -> int:
        """The number of the one that counts; 0 if there is none."""
        return max(self._with_key(), default=0)

    def path(self, number: int, suffix: str) -> Path:
        """Where the `key`, `sum` or `db` of one lies."""
        return self._directory / f"store-{number:04d}.{suffix}"

    @contextmanager
    def filled(self, number: int) -> Iterator[sqlite3.Connection]:
        """An empty database for one that has no key yet, durable at the end; what a crash left of it is gone."""
        path = self.path(number, "db")
        for leftover in self._directory.glob(f"{path.name}*"):
            leftover.unlink()
        # No journal: what a crash leaves has no key, and is removed.
        database = connect(path, journal="OFF")
        try:
            database.executescript(_TABLES)
            yield database
        finally:
            database.close()
        with path.open("rb") as file:
            os.fsync(file.fileno())
        files.sync_directory(self._directory)

    def key(self, number: int) -> bytes:
        """The store key of one. Raises Tampered if it does not open, or its files are not all there."""
        if not (self.path(number, "db").exists() and self.path(number, "sum").exists()):
            raise Tampered(
                "the custodian's store has a key, but its file or its sum is missing; restore the custodian's directory"
            )
        return record.decrypt(self._wrapping, self.path(number, "key").read_bytes(), _key_context(number))

    def write_key(self, number: int, key: bytes) -> None:
        """Make one count."""
        wrapped = record.encrypt(self._wrapping, key, _key_context(number), random=self._random)
        files.write(self.path(number, "key"), wrapped)

    def remove_others(self, number: int) -> None:
        """Destroy all but one, keys first. Their database files are ciphertext without a key from then on."""
        for other in self._with_key() - {number}:
            files.destroy(self.path(other, "key"))
        for path in self._directory.iterdir():
            match = _FILES.fullmatch(path.name)
            if match and int(match[1]) != number:
                path.unlink()

    def _with_key(self) -> set[int]:
        matches = (_FILES.fullmatch(path.name) for path in self._directory.iterdir())
        return {int(match[1]) for match in matches if match and match[2] == "key" and not match[3]}


def connect(path: Path, journal: str = "WAL") -> sqlite3.Connection:
    """The database at `path`, whose commits are on the disk when they return, if it has a journal."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute(f"PRAGMA journal_mode = {journal}")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")
    return database


@contextmanager
def plain_errors() -> Iterator[None]:
    """SQLite's and the disk's errors as ours."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeError, OSError) as error:
        if _damage(error):
            raise Tampered(DAMAGED) from error
        raise Unavailable("the custodian's store cannot be read or written: check its disk for room") from error


def _damage(error: Exception) -> bool:
    """Whether the file is not what we wrote: no database, none of our tables in it, text that is none."""
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR or "decode" in str(error)
    return not isinstance(error, OSError)


def _key_context(number: int) -> bytes:
    return f"store key\0{number}".encode()
