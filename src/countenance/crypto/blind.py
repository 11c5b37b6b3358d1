"""Blind RSA signatures: who signs does not see what, and cannot tell later which of its signatures this is.

RFC 9474, variant RSABSSA-SHA384-PSS-Randomized: SHA-384, MGF1 with it, 48 bytes of salt, 32 random bytes before each
message. What comes out is an ordinary RSASSA-PSS signature (RFC 8017), and `cryptography` verifies it. It offers no
bare RSA, so that power is taken here, on numbers of its keys. Invariants:

* `IssuingKey.sign` checks its own result before it leaves (RFC 9474, 4.3): a fault gives no half of the key away.
* The secret power is taken of a number that was multiplied with a random one, so its time says nothing of the key.
* One key, one use: whoever verifies with the key of a wave accepts what was signed for that wave.
"""

import hashlib
import secrets
from dataclasses import dataclass
from math import gcd
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from countenance.errors import Malformed, Tampered

BITS: Final = 3072
EXPONENT: Final = 65537
PREFIX: Final = 32
"""Random bytes that come before a message."""
SALT: Final = 48
_HASH: Final = 48
_LEAST, _MOST = 2048, 4096


class IssuingKey:
    """The private key of somebody who signs without seeing what. `public`: its other half, DER."""

    __slots__ = ("_key", "public")

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    def generate(cls, bits: int = BITS) -> "IssuingKey":
        """A new key from the operating system's randomness."""
        return cls(rsa.generate_private_key(EXPONENT, bits))

    @classmethod
    def from_bytes(cls, data: bytes) -> "IssuingKey":
        """The key that `to_bytes` wrote. Raises Malformed for anything else."""
        try:
            key = serialization.load_der_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Malformed("this is no issuing key; give the file that 'survey open' wrote") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise Malformed("this is no issuing key; give the file that 'survey open' wrote")
        return cls(key)

    def to_bytes(self) -> bytes:
        """The private key, DER (PKCS #8), for the issuer's key file."""
        return self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, blinded: bytes) -> bytes:
        """The blind signature of what `blind` made; it says nothing of the message. Raises Malformed for no number."""
        numbers = self._key.private_numbers()
        modulus, exponent = numbers.public_numbers.n, numbers.public_numbers.e
        message = _number(blinded, modulus)
        cover, uncover = _invertible(modulus)
        covered = message * pow(cover, exponent, modulus) % modulus
        signed = _raised(covered, numbers) * uncover % modulus
        if pow(signed, exponent, modulus) != message:
            raise Tampered("a signature did not verify as it was made: check this machine's memory")
        return signed.to_bytes(_length(modulus))

    def __repr__(self) -> str:
        return f"IssuingKey(public={hashlib.sha256(self.public).hexdigest()[:8]})"


@dataclass(frozen=True, slots=True, repr=False)
class Blinding:
    """What the asker keeps until the signature comes back: `prepared`, prefix and message; `blinded`, what is sent."""

    prepared: bytes
    blinded: bytes
    inverse: int

    def __repr__(self) -> str:
        return f"Blinding({len(self.prepared)} bytes)"


def blind(message: bytes, public: bytes) -> Blinding:
    """Hide `message` from whoever will sign it with the private half of `public` (DER)."""
    modulus = _public(public).public_numbers().n
    return blinded_with(
        secrets.token_bytes(PREFIX) + message, public, secrets.token_bytes(SALT), _invertible(modulus)[0]
    )


def blinded_with(prepared: bytes, public: bytes, salt: bytes, cover: int) -> Blinding:
    """As `blind`, of chosen randomness: for the vectors. Raises Malformed for a cover that cannot be taken off."""
    numbers = _public(public).public_numbers()
    encoded = int.from_bytes(_encoded(prepared, numbers.n.bit_length() - 1, salt))
    if gcd(encoded, numbers.n) != 1 or gcd(cover, numbers.n) != 1:
        raise Malformed("this cannot be blinded; begin again with other randomness")
    hidden = encoded * pow(cover, numbers.e, numbers.n) % numbers.n
    return Blinding(prepared, hidden.to_bytes(_length(numbers.n)), pow(cover, -1, numbers.n))


def finish(blinding: Blinding, signed: bytes, public: bytes) -> bytes:
    """The signature over `blinding.prepared`, of a blind one. Raises Tampered if the signer did not sign that."""
    modulus = _public(public).public_numbers().n
    signature = (_number(signed, modulus) * blinding.inverse % modulus).to_bytes(_length(modulus))
    verify(public, blinding.prepared, signature)
    return signature


def verify(public: bytes, prepared: bytes, signature: bytes) -> None:
    """Return if `signature` is over `prepared`, by the key whose public half (DER) is given; else raise Tampered."""
    try:
        _public(public).verify(signature, prepared, padding.PSS(padding.MGF1(hashes.SHA384()), SALT), hashes.SHA384())
    except InvalidSignature as error:
        raise Tampered("this token was not issued for this: ask for another") from error


def modulus(public: bytes) -> int:
    """The number that a browser blinds with. Raises Malformed for what is no issuer's public key."""
    return _public(public).public_numbers().n


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key's modulus, hex: what people compare, so that nobody gets a key of their own."""
    number = modulus(public)
    return hashlib.sha256(number.to_bytes(_length(number))).hexdigest()


def _raised(number: int, key: rsa.RSAPrivateNumbers) -> int:
    """`number` to the secret power, by the remainders of both primes (RFC 8017, 5.1.2), which is less work."""
    one, other = pow(number, key.dmp1, key.p), pow(number, key.dmq1, key.q)
    return other + key.q * (key.iqmp * (one - other) % key.p)


def _public(data: bytes) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("this is no issuer's public key") from error
    if not isinstance(key, rsa.RSAPublicKey) or not _LEAST <= key.key_size <= _MOST:
        raise Malformed(f"an issuer's public key is RSA of {_LEAST} to {_MOST} bits")
    return key


def _length(modulus: int) -> int:
    return (modulus.bit_length() + 7) // 8


def _number(data: bytes, modulus: int) -> int:
    number = int.from_bytes(data)
    if len(data) != _length(modulus) or not 0 < number < modulus:
        raise Malformed("a blinded message is as long as the issuer's key and below its modulus")
    return number


def _invertible(modulus: int) -> tuple[int, int]:
    while True:
        found = 1 + secrets.randbelow(modulus - 1)
        if gcd(found, modulus) == 1:
            return found, pow(found, -1, modulus)


def _encoded(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS (RFC 8017, 9.1.1), with SHA-384."""
    length = (bits + 7) // 8
    hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - _HASH - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mask(hashed, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + hashed + b"\xbc"


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017, B.2.1), with SHA-384."""
    blocks = (hashlib.sha384(seed + number.to_bytes(4)).digest() for number in range(-(-length // _HASH)))
    return b"".join(blocks)[:length]
