"""Sign records with Ed25519 (RFC 8032)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.errors import Malformed
from countenance.formats import records
from countenance.vocabulary.requests import Signed

PRIVATE_BYTES = 32


class SigningKey:
    """A private Ed25519 key. `public`: 32 bytes."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> "SigningKey":
        """The key that `to_bytes` wrote (32 bytes). Raises Malformed for another length."""
        if len(data) != PRIVATE_BYTES:
            raise Malformed(f"a signing key is {PRIVATE_BYTES} bytes; check that it was copied whole")
        return cls(Ed25519PrivateKey.from_private_bytes(data))

    def to_bytes(self) -> bytes:
        """The 32-byte private key, for the owner's key file."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()[:8]})"


def signed(record: object, signer: str, key: SigningKey) -> Signed:
    """`record`, its canonical bytes signed in the name of `signer`. Its type is part of what is signed."""
    body = records.write(record)
    return Signed(signer, body, key.sign(body))
