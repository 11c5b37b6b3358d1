"""The pad that masks a template: the AES-256 counter-mode keystream (NIST SP 800-38A section 6.5).

A nonce is drawn at random for every row and never used twice under one key: two rows under one pad would give away
their difference.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from countenance.errors import Malformed

KEY = 32
NONCE = 16


def pad(block_key: bytes, nonce: bytes, length: int) -> bytes:
    """`length` keystream bytes under `block_key` (32 bytes), the first counter block being `nonce` (16 bytes).

    Raises Malformed for a key or nonce of another length.
    """
    if len(block_key) != KEY or len(nonce) != NONCE:
        raise Malformed(f"a pad takes a key of {KEY} bytes and a nonce of {NONCE}")
    return Cipher(AES256(block_key), CTR(nonce)).encryptor().update(bytes(length))
