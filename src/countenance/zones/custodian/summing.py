"""The sum of a store: what its records add up to, so that no commit that counted goes missing unseen.

A record's *term* is HMAC-SHA256 over nonce and tag of its value, which no other value has, its kind and its key; the
*total* is that of all terms modulo 2^256. Order does not matter, and a change costs the terms it changes. Without the
key, which is the generation's, nobody knows a term, and no other set of values written under it has that total but by
chance (the additive multiset hash of Clarke et al., ASIACRYPT 2003). Invariants:

* The sum, numbered by commits, lies in the store itself, changed by the transaction that changes records; and in a file
  beside it, written after the commit and before anybody is told of it.
* At opening the records add up to the store's own sum, and that is the file's, or a later one: a commit that nobody
  was told of. Anything else is Tampered.

So a store that lost commits, by a bit flipped in SQLite's write-ahead log or by an older record put back, is found.
Who puts back store and file together as they were is found by the log only, as far as `opening` says.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import derive, record
from countenance.durable import slots
from countenance.errors import Tampered

_TAG = 16
_COMMITS, _TOTAL = 8, 32
_LENGTH = record.NONCE + _COMMITS + _TOTAL + _TAG
_CONTEXT = b"store sum"
MODULUS = 1 << (8 * _TOTAL)


@dataclass(frozen=True, slots=True)
class Sum:
    """`commits`: how many this generation has had; `total`: of its records' terms, below 2^256."""

    commits: int = 0
    total: int = 0

    def then(self, change: int) -> "Sum":
        """The sum after one more commit, which changed the total by `change`."""
        return Sum(self.commits + 1, (self.total + change) % MODULUS)


class Summing:
    """Makes, writes and reads the sums of one generation, whose store key is `key`."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._terms = derive.subkey(key, "store sum")

    def term(self, context: bytes, value: bytes) -> int:
        """What an encrypted record adds to the total. `context`: what its value is bound to."""
        message = value[: record.NONCE] + value[-_TAG:] + context
        return int.from_bytes(hmac.digest(self._terms, message, hashlib.sha256))

    def write(self, one: Sum, random: Callable[[int], bytes]) -> bytes:
        """`one` encrypted, always of one length."""
        plain = one.commits.to_bytes(_COMMITS) + one.total.to_bytes(_TOTAL)
        return record.encrypt(self._key, plain, _CONTEXT, random=random)

    def read(self, data: bytes) -> Sum:
        """What `write` wrote. Raises Tampered."""
        plain = record.decrypt(self._key, data, _CONTEXT)
        return Sum(int.from_bytes(plain[:_COMMITS]), int.from_bytes(plain[_COMMITS:]))

    def told(self, path: Path) -> Sum:
        """The newest sum in the file at `path`. Raises Tampered if there is none."""
        found = []
        for data in slots.read(path, _LENGTH):
            try:
                found.append(self.read(data))
            except Tampered:
                # It was being written when the power failed, or is damaged: the other is at most one commit older.
                continue
        if not found:
            raise Tampered("the sum of the custodian's store does not open: restore the custodian's directory")
        return max(found, key=lambda one: one.commits)
