"""New key pairs to seal to: the custodian's, the auditors', and one an hour for row nonces."""

from dataclasses import dataclass

from countenance.crypto import hybrid


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """Raw keys for `unseal` (`private`, 96 bytes) and `seal` (`public`, 1,216 bytes)."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return f"KeyPair(public={len(self.public)} bytes, {self.public.hex()[:8]})"


def generate() -> KeyPair:
    """A new pair from the operating system's randomness."""
    return from_private(hybrid.generate())


def from_private(private: bytes) -> KeyPair:
    """The pair of a stored private key. Raises Malformed if it is none."""
    return KeyPair(private, hybrid.public_of(private))
