"""The custodian's store: encrypted records in one SQLite file a generation, under a key that can be destroyed.

Invariants:

* Every value is encrypted (AES-256-GCM) under the generation's store key, bound to its kind and key. Kinds and keys
  lie in clear: which cameras, hours, sightings and names exist.
* The store is the generation with the highest number that has a key file. `replace_key` writes a new file under a new
  key, then the key file (the moment that counts), then destroys the old key and file. A crash at any step leaves
  exactly one valid generation, and opening the store removes what was left over.
* A record that was dropped can be read by nobody once the key of its generation is destroyed, as far as the drive
  overwrites what it is told to overwrite; whoever kept a copy of the old file lacks its key.
* Not so what lasts (`rekeying.LASTING`): dropped, it is overwritten in the file, and whoever kept an older one and has
  the root can read it. It says no more of a sighting than the repository has.
* When the store is opened, or its key replaced, its records are those of the last commit, each as it was then
  (`summing`). A damaged, missing or older record, or name of one, is found.

Who can read it without the root learns when and where cameras saw someone. Who can write its directory can put back all
of it as it was, which `opening` finds if the log says that there were more commits, or a later generation.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from countenance.crypto import derive, record
from countenance.durable import slots
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.zones.custodian import rekeying
from countenance.zones.custodian.generations import DAMAGED, Generations, connect, plain_errors
from countenance.zones.custodian.rekeying import Keyed, Keys, blob, bound
from countenance.zones.custodian.summing import MODULUS, Sum

T = TypeVar("T")
Random = Callable[[int], bytes]

_KEY = 32
_CLOSED = Keyed(bytes(_KEY))
_LOST = (
    "the custodian's store lost what was written last, or holds older records: restore the custodian's directory, or a "
    "backup"
)


class Store:
    """Open one with `create` or `open`. Threads may share it; `lock` is held during a transaction."""

    def __init__(self, directory: Path, root: bytes, random: Random) -> None:
        self.lock = threading.RLock()
        self._generations = Generations(directory, root, random)
        self._random = random
        self._depth = 0
        self._lasting = Keyed(derive.subkey(root, "store lasting"))
        self._keys = Keys(_CLOSED, self._lasting, split=True)
        self._database: sqlite3.Connection | None = None
        self._generation = 0
        self._sum = Sum()
        self._change = 0
        # What lasting records come to, of the total and of a transaction's change.
        self._lasts, self._lasting_change = 0, 0

    @classmethod
    def create(cls, directory: Path, root: bytes, random: Random) -> "Store":
        """A new, empty store in `directory`. Raises Refused if there is one."""
        store = cls(directory, root, random)
        if store._generations.newest():
            raise Refused("there is a store in this directory already; choose an empty one")
        key = random(_KEY)
        store._write_files(1, key)
        store._generations.write_key(1, key)
        store._use(1)
        return store

    @classmethod
    def open(cls, directory: Path, root: bytes, random: Random) -> "Store":
        """The store in `directory`, what a crash left over removed. Raises Tampered if it is not whole."""
        store = cls(directory, root, random)
        number = store._generations.newest()
        if not number:
            raise Tampered("the custodian's store has no key file; restore the custodian's directory")
        store._use(number)
        try:
            store._check_whole()
        except BaseException:
            store.close()
            raise
        store._generations.remove_others(number)
        return store

    @property
    def generation(self) -> int:
        """Which generation this is: 1, and one more each time the key was replaced."""
        return self._generation

    @property
    def stand(self) -> dict[str, str]:
        """For an entry: the generation, and how many commits it has had. A store with less is older than the entry."""
        return {"store_generation": str(self._generation), "store_commits": str(self._sum.commits)}

    @property
    def is_open(self) -> bool:
        """Whether it can be used; waits while the key is being replaced. One not replaced whole stays closed."""
        with self.lock:
            return self._database is not None

    def get(self, kind: type[T], key: str) -> T | None:
        """The record of this kind under `key`, or None."""
        plain = self.kept(kind, key)
        return None if plain is None else records.own(kind, plain)

    def put(self, value: object, key: str) -> None:
        """Keep `value` under `key`, in place of what was there. Durable on return, or at the end of `together`."""
        self.keep(type(value), key, records.write(value))

    def keep(self, kind: type, key: str, plain: bytes) -> None:
        """As `put`, for kinds that have a written form of their own."""
        with self.together(), self._statements() as database:
            context, keyed = bound(kind.__name__, key), self._keys.of(kind.__name__)
            data = record.encrypt(keyed.key, plain, context, random=self._random)
            change = keyed.summing.term(context, data) - self._term(kind, key)
            database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind.__name__, key, data))
            self._changed(kind, change)

    def kept(self, kind: type, key: str) -> bytes | None:
        """What `keep` or `put` wrote under `key`, or None."""
        with self._statements():
            value, keyed = self._value(kind, key), self._keys.of(kind.__name__)
        return None if value is None else record.decrypt(keyed.key, value, bound(kind.__name__, key))

    def drop(self, kind: type, key: str) -> None:
        """Forget the record under `key`, if there is one. Its bytes become unreadable at the next `replace_key`."""
        with self.together(), self._statements() as database:
            change = -self._term(kind, key)
            database.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind.__name__, key))
            self._changed(kind, change)

    def all(self, kind: type[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Every (key, record) of this kind whose key begins with `prefix`, in order of keys, as of the call."""
        return ((key, records.own(kind, plain)) for key, plain in self.all_kept(kind, prefix))

    def all_kept(self, kind: type, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """As `all`, with what was written instead of the records."""
        with self._statements() as database:
            found = database.execute(
                "SELECT key, value FROM records WHERE kind = ? AND key >= ? AND key < ? ORDER BY key",
                (kind.__name__, prefix, prefix + "\U0010ffff"),
            ).fetchall()
            keyed = self._keys.of(kind.__name__)
        return ((key, record.decrypt(keyed.key, value, bound(kind.__name__, key))) for key, value in found)

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
        """One durable transaction: all changes made inside, or none if anything raises. May be nested.

        If the disk fails so that nobody can say whether they were made, the store closes itself.
        """
        with self.lock:
            if self._depth == 0:
                with self._statements() as database:
                    database.execute("BEGIN IMMEDIATE")
                    self._change, self._lasting_change = 0, 0
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                if self._depth == 1 and self._database is not None and self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def snapshot(self) -> dict[str, bytes]:
        """Names and bytes of the files that are this generation, as of the call; they open with the root alone."""
        with self._statements() as database:
            key, sums, file = (self._generations.path(self._generation, one) for one in ("key", "sum", "db"))
            return {
                key.name: key.read_bytes(),
                sums.name: slots.both(self._keys.own.summing.write(self._sum, self._random)),
                file.name: bytes(database.serialize()),
            }

    def replace_key(self, at_least: int = 0) -> None:
        """Write everything anew under a new key and destroy the old one: what was dropped before is gone.

        `at_least`: the new generation's number, where a log knows of higher ones than this store's.

        Raises Refused inside `together`, Tampered if the store does not hold what was put there. If it raises, what was
        dropped may not be gone yet, nothing is lost, and calling it again, if need be after opening the store anew,
        finishes the work.
        """
        with self.lock, plain_errors():
            if self._depth:
                raise Refused("a store key cannot be replaced in the middle of a transaction")
            number = max(self._generation + 1, at_least)
            key = self._random(_KEY)
            self._write_files(number, key)
            # Once the key file may be on the disk, the old generation may be void: nobody may write to it any more.
            self.close()
            self._generations.write_key(number, key)
            self._use(number)
            self._generations.remove_others(number)

    def close(self) -> None:
        """Close the file and forget the key; every later call raises Unavailable."""
        with self.lock:
            database, self._database, self._keys = self._database, None, Keys(_CLOSED, self._lasting, split=True)
            if database is not None:
                database.close()

    def _commit(self) -> None:
        """Commit with the sum that belongs to it, then tell the sum's file."""
        with self._statements() as database:
            after = self._sum.then(self._change)
            if after.total == self._sum.total:
                database.execute("COMMIT")
                return
            database.execute("UPDATE sum SET value = ?", (self._keys.own.summing.write(after, self._random),))
            try:
                database.execute("COMMIT")
                self._tell(after)
            except BaseException:
                if not database.in_transaction:
                    self.close()
                raise
            self._sum, self._lasts = after, self._lasts + self._lasting_change

    def _changed(self, kind: type, change: int) -> None:
        self._change += change
        self._lasting_change += change if kind.__name__ in rekeying.LASTING else 0

    def _tell(self, one: Sum) -> None:
        file = self._generations.path(self._generation, "sum")
        slots.write(file, one.commits, self._keys.own.summing.write(one, self._random))

    def _term(self, kind: type, key: str) -> int:
        """What the record under `key` adds to the total; 0 if there is none."""
        value = self._value(kind, key)
        return 0 if value is None else self._keys.of(kind.__name__).summing.term(bound(kind.__name__, key), value)

    def _value(self, kind: type, key: str) -> bytes | None:
        with self._statements() as database:
            found = database.execute(
                "SELECT value FROM records WHERE kind = ? AND key = ?", (kind.__name__, key)
            ).fetchone()
        return None if found is None else blob(found[0])

    def _write_files(self, number: int, key: bytes) -> None:
        """Write the files of generation `number`, with what is in the store now. They count once there is a key."""
        own = Keyed(key)
        with plain_errors():
            with self._generations.filled(number) as new:
                if self._database is not None and self._keys.split:
                    before, others = rekeying.copied(self._database, new, self._keys, own, self._random)
                    if self._sum.total != (self._lasts + before) % MODULUS:
                        raise Tampered(_LOST)
                else:
                    found = iter(()) if self._database is None else self._verified(self._database)
                    keys = Keys(own, self._lasting, split=True)
                    self._lasts, others = rekeying.filled(new, found, keys, self._random)
                first = own.summing.write(Sum().then(self._lasts + others), self._random)
                new.execute("DELETE FROM sum")
                new.execute("INSERT INTO sum VALUES (?)", (first,))
                new.execute(f"PRAGMA user_version = {rekeying.SPLIT}")
                new.execute("COMMIT")
            slots.create(self._generations.path(number, "sum"), first)

    def _verified(self, database: sqlite3.Connection) -> Iterator[tuple[str, str, bytes, int]]:
        """Every record. At the end raises Tampered if they do not add up."""
        total, lasts = 0, 0
        for kind, key, plain, term in rekeying.verified(database, self._keys):
            yield kind, key, plain, term
            total += term
            lasts += term if kind in rekeying.LASTING else 0
        if self._sum.total != total % MODULUS:
            raise Tampered(_LOST)
        self._lasts = lasts

    def _use(self, number: int) -> None:
        own = Keyed(self._generations.key(number))
        self._generation = number
        try:
            with plain_errors():
                self._database = connect(self._generations.path(number, "db"))
                row = self._database.execute("SELECT value FROM sum").fetchone()
                split = self._database.execute("PRAGMA user_version").fetchone()[0] == rekeying.SPLIT
            self._keys = Keys(own, self._lasting, split)
            self._sum = own.summing.read(blob(row and row[0]))
        except BaseException:
            self.close()
            raise

    def _check_whole(self) -> None:
        """Raise Tampered unless the file is whole, every record opens under its own name, and none is lost or older.

        Read by name alone, a record whose name was damaged would be one that is not there.
        """
        with self._statements() as database:
            if database.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise Tampered(DAMAGED)
            for _ in self._verified(database):
                pass
            told = self._keys.own.summing.told(self._generations.path(self._generation, "sum"))
            if self._sum.commits < told.commits or (self._sum.commits == told.commits and self._sum != told):
                raise Tampered(_LOST)
            if self._sum != told:
                self._tell(self._sum)

    @contextmanager
    def _statements(self) -> Iterator[sqlite3.Connection]:
        with self.lock, plain_errors():
            if self._database is None:
                raise Unavailable("the custodian is locked: open it with 'countenance custodian open'")
            yield self._database
