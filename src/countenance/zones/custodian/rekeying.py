"""Rekeying: which key a store's records lie under, and how a new generation's file is filled.

What dies with a store key is written anew under the next. The kinds of `LASTING`, four records for each sighting, say
no more than the repository has; they lie under a subkey of the root and are copied with their file, or a deletion would
cost as much as the whole store.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from countenance.crypto import record
from countenance.errors import Tampered
from countenance.zones.custodian.generations import DAMAGED
from countenance.zones.custodian.summing import Summing

Random = Callable[[int], bytes]

LASTING = frozenset({"Place", "Row", "Signed", "SpentNonce"})
"""What is kept of a sighting besides its nonce: where and when, digests, and what its edge signed."""

SPLIT = 1
"""`user_version` of a file whose lasting kinds lie under the lasting key; in one of 0 all lie under the store key."""


class Keyed:
    """A key that records are encrypted under, and what their terms are made with."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.summing = Summing(key)

    def __repr__(self) -> str:
        return "Keyed()"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys of one generation. `split`: whether what lasts has a key of its own."""

    own: Keyed
    lasting: Keyed
    split: bool

    def of(self, kind: str) -> Keyed:
        """What the records of this kind lie under."""
        return self.lasting if self.split and kind in LASTING else self.own

    def __repr__(self) -> str:
        return f"Keys(split={self.split})"


def verified(database: sqlite3.Connection, keys: Keys) -> Iterator[tuple[str, str, bytes, int]]:
    """Kind, key, bytes and term of every record. Raises Tampered for one that does not open."""
    for kind, key, value in database.execute("SELECT kind, key, value FROM records ORDER BY kind, key"):
        context, data, keyed = bound(kind, key), blob(value), keys.of(kind)
        yield kind, key, record.decrypt(keyed.key, data, context), keyed.summing.term(context, data)


def copied(old: sqlite3.Connection, new: sqlite3.Connection, keys: Keys, own: Keyed, random: Random) -> tuple[int, int]:
    """Fill `new` with the file of `old`, all but what lasts under `own`; what that came to before, and comes to now.

    Of what lasts nothing is read: whether it is whole is seen when the store is opened.
    """
    old.backup(new)
    before, after = 0, 0
    new.execute("BEGIN IMMEDIATE")
    for kind in _kinds(new):
        for (key,) in new.execute("SELECT key FROM records WHERE kind = ?", (kind,)).fetchall():
            where, context = (kind, key), bound(kind, key)
            (value,) = new.execute("SELECT value FROM records WHERE kind = ? AND key = ?", where).fetchone()
            data = blob(value)
            anew = record.encrypt(own.key, record.decrypt(keys.own.key, data, context), context, random=random)
            new.execute("UPDATE records SET value = ? WHERE kind = ? AND key = ?", (anew, *where))
            before += keys.own.summing.term(context, data)
            after += own.summing.term(context, anew)
    return before, after


def _kinds(database: sqlite3.Connection) -> Iterator[str]:
    """What does not last. Asked one after the other: the index is jumped over, not read."""
    kind = ""
    while True:
        (found,) = database.execute("SELECT MIN(kind) FROM records WHERE kind > ?", (kind,)).fetchone()
        if found is None:
            return
        if not isinstance(found, str):
            # It sorts after every name, whatever it is called: asked by its name, it would be found for ever.
            raise Tampered(DAMAGED)
        kind = found
        if kind not in LASTING:
            yield kind


def filled(
    new: sqlite3.Connection, found: Iterator[tuple[str, str, bytes, int]], keys: Keys, random: Random
) -> tuple[int, int]:
    """Write all that was `found` into `new`, which is empty, under `keys`; what lasts comes to, and what does not."""
    lasting, others = 0, 0
    new.execute("BEGIN IMMEDIATE")
    for kind, key, plain, _ in found:
        context, keyed = bound(kind, key), keys.of(kind)
        value = record.encrypt(keyed.key, plain, context, random=random)
        new.execute("INSERT INTO records VALUES (?, ?, ?)", (kind, key, value))
        term = keyed.summing.term(context, value)
        lasting, others = (lasting + term, others) if kind in LASTING else (lasting, others + term)
    return lasting, others


def blob(value: object) -> bytes:
    """What SQLite, where any column may hold anything, gives for bytes of ours."""
    if not isinstance(value, bytes):
        raise Tampered(DAMAGED)
    return value


def bound(kind: str, key: str) -> bytes:
    """What a record's value is bound to."""
    return f"{kind}\0{key}".encode()
