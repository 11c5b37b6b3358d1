"""The custodian's store: encrypted records in one SQLite file a generation, under a key that can be destroyed.

Invariants:

* Every value is encrypted (AES-256-GCM) under the generation's store key, bound to its kind and key. Kinds and keys
  lie in clear: which cameras, hours, sightings and names exist.
* The store is the generation with the highest number that has a key file. `replace_key` writes a new file under a new
  key, then the key file (the moment that counts), then destroys the old key and file. A crash at any step leaves
  exactly one valid generation, and opening the store removes what was left over.
* A record that was dropped can be read by nobody once the key of its generation is destroyed, as far as the drive
  overwrites what it is told to overwrite; whoever kept a copy of the old file lacks its key.
* A damaged record, or a damaged name of one, is found when the store is opened.

Who can read it without the root learns when and where cameras saw someone. Who can write it can put back an older
generation, which `opening` finds against the log, or an older record within a generation, which nobody finds.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from countenance.crypto import derive, record
from countenance.durable import files
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats import records

T = TypeVar("T")
Random = Callable[[int], bytes]

_KEY = 32
_FILES = re.compile(r"store-([0-9]{4,})\.(key|db)(-wal|-shm|-journal)?")
_TABLE = """CREATE TABLE records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"""


class Store:
    """Open one with `create` or `open`. Threads may share it; `lock` is held during a transaction."""

    def __init__(self, directory: Path, root: bytes, random: Random) -> None:
        self.lock = threading.RLock()
        self._directory = directory
        self._wrapping = derive.subkey(root, "store")
        self._random = random
        self._depth = 0
        self._key = b""
        self._database: sqlite3.Connection | None = None
        self._generation = 0

    @classmethod
    def create(cls, directory: Path, root: bytes, random: Random) -> "Store":
        """A new, empty store in `directory`. Raises Refused if there is one."""
        store = cls(directory, root, random)
        if _generations(directory, "key"):
            raise Refused("there is a store in this directory already; choose an empty one")
        key = random(_KEY)
        store._write_file(1, key)
        store._write_key(1, key)
        store._use(1)
        return store

    @classmethod
    def open(cls, directory: Path, root: bytes, random: Random) -> "Store":
        """The store in `directory`, what a crash left over removed. Raises Tampered if it is not whole."""
        store = cls(directory, root, random)
        with_key = _generations(directory, "key")
        if not with_key:
            raise Tampered("the custodian's store has no key file; restore the custodian's directory")
        store._use(max(with_key))
        try:
            store._check_whole()
        except BaseException:
            store.close()
            raise
        store._remove_others(max(with_key))
        return store

    @property
    def generation(self) -> int:
        """Which generation this is: 1, and one more each time the key was replaced."""
        return self._generation

    @property
    def is_open(self) -> bool:
        """Whether it can be used; waits while the key is being replaced. One not replaced whole stays closed."""
        with self.lock:
            return self._database is not None

    def get(self, kind: type[T], key: str) -> T | None:
        """The record of this kind under `key`, or None."""
        plain = self.kept(kind, key)
        return None if plain is None else records.read(kind, plain)

    def put(self, value: object, key: str) -> None:
        """Keep `value` under `key`, in place of what was there. Durable on return, or at the end of `together`."""
        self.keep(type(value), key, records.write(value))

    def keep(self, kind: type, key: str, plain: bytes) -> None:
        """As `put`, for kinds that have a written form of their own."""
        with self.together(), self._statements() as database:
            data = record.encrypt(self._key, plain, _context(kind.__name__, key), random=self._random)
            database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind.__name__, key, data))

    def kept(self, kind: type, key: str) -> bytes | None:
        """What `keep` or `put` wrote under `key`, or None."""
        with self._statements() as database:
            found = database.execute(
                "SELECT value FROM records WHERE kind = ? AND key = ?", (kind.__name__, key)
            ).fetchone()
            store_key = self._key
        return None if found is None else record.decrypt(store_key, found[0], _context(kind.__name__, key))

    def drop(self, kind: type, key: str) -> None:
        """Forget the record under `key`, if there is one. Its bytes become unreadable at the next `replace_key`."""
        with self.together(), self._statements() as database:
            database.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind.__name__, key))

    def all(self, kind: type[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Every (key, record) of this kind whose key begins with `prefix`, in order of keys, as of the call."""
        return ((key, records.read(kind, plain)) for key, plain in self.all_kept(kind, prefix))

    def all_kept(self, kind: type, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """As `all`, with what was written instead of the records."""
        with self._statements() as database:
            found = database.execute(
                "SELECT key, value FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key",
                (kind.__name__, prefix, prefix + "\U0010ffff"),
            ).fetchall()
            store_key = self._key
        return ((key, record.decrypt(store_key, value, _context(kind.__name__, key))) for key, value in found)

    def count(self, kind: type, prefix: str = "") -> int:
        """How many records of this kind have a key that begins with `prefix`."""
        with self._statements() as database:
            found = database.execute(
                "SELECT COUNT(*) FROM records WHERE kind = ? AND key >= ? AND key < ?",
                (kind.__name__, prefix, prefix + "\U0010ffff"),
            ).fetchone()
        return int(found[0])

    @contextmanager
    def together(self) -> Iterator[None]:
        """One durable transaction: all changes made inside, or none if anything raises. May be nested."""
        with self.lock:
            if self._depth == 0:
                with self._statements() as database:
                    database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    with self._statements() as database:
                        database.execute("COMMIT")
            except BaseException:
                if self._depth == 1 and self._database is not None and self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def snapshot(self) -> dict[str, bytes]:
        """Names and bytes of the files that are this generation, as of the call; they open with the root alone."""
        with self._statements() as database:
            key, file = self._path(self._generation, "key"), self._path(self._generation, "db")
            return {key.name: key.read_bytes(), file.name: bytes(database.serialize())}

    def replace_key(self, at_least: int = 0) -> None:
        """Write everything anew under a new key and destroy the old one: what was dropped before is gone.

        `at_least`: the new generation's number, where a log knows of higher ones than this store's.

        Raises Refused inside `together`. If it raises, what was dropped may not be gone yet, nothing is lost, and
        calling it again, if need be after opening the store anew, finishes the work.
        """
        with self.lock, _plain_errors():
            if self._depth:
                raise Refused("a store key cannot be replaced in the middle of a transaction")
            number = max(self._generation + 1, at_least)
            key = self._random(_KEY)
            self._write_file(number, key)
            # Once the key file may be on the disk, the old generation may be void: nobody may write to it any more.
            self.close()
            self._write_key(number, key)
            self._use(number)
            self._remove_others(number)

    def close(self) -> None:
        """Close the file and forget the key; every later call raises Unavailable."""
        with self.lock:
            database, self._database, self._key = self._database, None, b""
            if database is not None:
                database.close()

    def _write_file(self, number: int, key: bytes) -> None:
        """Write the file of generation `number`, with what is in the store now. It counts once it has a key."""
        path = self._path(number, "db")
        for leftover in self._directory.glob(f"{path.name}*"):
            leftover.unlink()
        with _plain_errors():
            database = _connect(path)
            try:
                database.execute(_TABLE)
                if self._database is not None:
                    self._copy_into(database, key)
            finally:
                database.close()
        _sync(path)
        files.sync_directory(self._directory)

    def _write_key(self, number: int, key: bytes) -> None:
        wrapped = record.encrypt(self._wrapping, key, _key_context(number), random=self._random)
        files.write(self._path(number, "key"), wrapped)

    def _copy_into(self, new: sqlite3.Connection, key: bytes) -> None:
        with self._statements() as old:
            new.execute("BEGIN IMMEDIATE")
            for kind, name, value in old.execute("SELECT kind, key, value FROM records ORDER BY kind, key"):
                context = _context(kind, name)
                plain = record.decrypt(self._key, value, context)
                again = record.encrypt(key, plain, context, random=self._random)
                new.execute("INSERT INTO records VALUES (?, ?, ?)", (kind, name, again))
            new.execute("COMMIT")

    def _use(self, number: int) -> None:
        path = self._path(number, "db")
        if not path.exists():
            raise Tampered("the custodian's store has a key but no file; restore the custodian's directory")
        wrapped = self._path(number, "key").read_bytes()
        self._key = record.decrypt(self._wrapping, wrapped, _key_context(number))
        with _plain_errors():
            self._database = _connect(path)
        self._generation = number

    def _check_whole(self) -> None:
        """Raise Tampered unless the file is whole and every record opens under its own name.

        Read by name alone, a record whose name was damaged would be one that is not there.
        """
        with self._statements() as database:
            if database.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise Tampered("the custodian's store is damaged: restore the custodian's directory")
            for kind, name, value in database.execute("SELECT kind, key, value FROM records"):
                record.decrypt(self._key, value, _context(kind, name))

    def _remove_others(self, number: int) -> None:
        """Destroy other generations, keys first. Their database files are ciphertext without a key from then on."""
        for other in _generations(self._directory, "key") - {number}:
            files.destroy(self._path(other, "key"))
        for path in self._directory.iterdir():
            match = _FILES.fullmatch(path.name)
            if match and int(match[1]) != number:
                path.unlink()

    def _path(self, number: int, suffix: str) -> Path:
        return self._directory / f"store-{number:04d}.{suffix}"

    @contextmanager
    def _statements(self) -> Iterator[sqlite3.Connection]:
        with self.lock, _plain_errors():
            if self._database is None:
                raise Unavailable("the custodian is locked: open it with 'countenance custodian open'")
            yield self._database


def _generations(directory: Path, suffix: str) -> set[int]:
    matches = (_FILES.fullmatch(path.name) for path in directory.iterdir())
    return {int(match[1]) for match in matches if match and match[2] == suffix and not match[3]}


def _context(kind: str, key: str) -> bytes:
    return f"{kind}\0{key}".encode()


def _key_context(number: int) -> bytes:
    return f"store key\0{number}".encode()


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")
    return database


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise Unavailable("the custodian's store cannot be read or written: check its disk for room") from error
    except sqlite3.DatabaseError as error:
        raise Tampered("the custodian's store is damaged: restore the custodian's directory") from error
