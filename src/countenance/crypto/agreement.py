"""Seal to a P-256 key whose private half lies in a device that agrees (ECDH) and does nothing else for us.

ECIES after SEC 1 v2.0 section 5.1, of the parts used everywhere here: a fresh key pair, ECDH (NIST SP 800-56A), HKDF
over the shared value with both public keys as its salt, AES-256-GCM. Not HPKE: its implementation wants the private key
in memory, and this one never is. Not hybrid either: devices that agree by ML-KEM are not to be had yet, so who stores
what is sealed here and has a quantum computer one day opens it.

Points are uncompressed (SEC 1 section 2.3.3), 65 bytes. The shared value is the x coordinate, 32 bytes: whoever has it
opens that one message.
"""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countenance.crypto import derive, record
from countenance.errors import Malformed

POINT = 65


def seal(public: bytes, plaintext: bytes, purpose: str) -> tuple[bytes, bytes]:
    """The point to agree with, and `plaintext` sealed to the point `public`; 28 bytes longer.

    Raises Malformed if `public` is no point of the curve.
    """
    theirs, ours = _key(public), ec.generate_private_key(ec.SECP256R1())
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key = derive.agreed_key(ours.exchange(ec.ECDH(), theirs), point + public, purpose)
    return point, record.encrypt(key, plaintext, purpose.encode())


def unseal(shared: bytes, public: bytes, point: bytes, sealed: bytes, purpose: str) -> bytes:
    """The plaintext, with the value `shared` that the device agreed on with `point`.

    Raises Tampered if it was altered or sealed to another key, Malformed if `shared` is no such value.
    """
    return record.decrypt(derive.agreed_key(shared, point + public, purpose), sealed, purpose.encode())


def check(point: bytes) -> None:
    """Raise Malformed unless `point` lies on the curve: no device is asked to agree with one that does not."""
    _key(point)


def _key(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        if len(point) == POINT:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        pass
    raise Malformed("this is no public key on the curve P-256; ask for it again")
