"""Open what was sealed to this process's own key: leases at the edge, answers at the asker.

Invariant: an `OwnKey` opens with the key it carries and takes no other, so a process that imports this module reads its
own mail and nobody else's.
"""

from countenance.crypto import hybrid


class OwnKey:
    """The sealing key of one process. `public`: 1,216 bytes."""

    __slots__ = ("_private", "public")

    def __init__(self, private: bytes) -> None:
        self._private = private
        self.public = hybrid.public_of(private)

    @classmethod
    def generate(cls) -> "OwnKey":
        """A new key from the operating system's randomness."""
        return cls(hybrid.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> "OwnKey":
        """The key that `to_bytes` wrote (96 bytes). Raises Malformed for another length."""
        return cls(data)

    def to_bytes(self) -> bytes:
        """The raw private key, for this process's own identity file."""
        return self._private

    def open(self, info: bytes, sealed: bytes) -> bytes:
        """The plaintext sealed to `public` with the same `info`. Raises Tampered if it does not open."""
        return hybrid.opened(self._private, info, sealed)

    def __repr__(self) -> str:
        return f"OwnKey(public={len(self.public)} bytes, {self.public.hex()[:8]})"
