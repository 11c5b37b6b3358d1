"""Possession: the word of a session's key, ECDSA over P-256 with SHA-256 as browsers make it (RFC 7518 section 3.4).

Browsers write points uncompressed and signatures as r ‖ s. A check that fails raises.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from countenance.errors import Tampered

POINT = 65
HALF = 32


def verify(point: bytes, message: bytes, signature: bytes) -> None:
    """Return if `signature` (64 bytes) is of the key with this `point` (65) over `message`; else raise Tampered."""
    try:
        if (len(point), len(signature)) != (POINT, 2 * HALF):
            raise ValueError
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        halves = (int.from_bytes(signature[:HALF]), int.from_bytes(signature[HALF:]))
        key.verify(encode_dss_signature(*halves), message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise Tampered("a session's key did not sign this: it was altered, or is another session's") from error
