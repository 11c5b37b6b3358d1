"""The pad that masks a template: the AES-256 counter-mode keystream (NIST SP 800-38A section 6.5).

A nonce is drawn at random for every row and never used twice under one key: two rows under one pad would give away
their difference.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

from countenance.errors import Malformed

KEY = 32
NONCE = 16
BLOCK = 16
"""Bytes of a cipher block."""
SLACK = 15
"""Bytes beyond the last block that the cipher wants to see, and does not write."""


def pad(block_key: bytes, nonce: bytes, length: int) -> bytes:
    """`length` keystream bytes under `block_key` (32 bytes), the first counter block being `nonce` (16 bytes).

    Raises Malformed for a key or nonce of another length.
    """
    if len(block_key) != KEY or len(nonce) != NONCE:
        raise Malformed(f"a pad takes a key of {KEY} bytes and a nonce of {NONCE}")
    return Cipher(AES256(block_key), CTR(nonce)).encryptor().update(bytes(length))


class Blocks:
    """The keystream from counter blocks that the caller wrote down: many pads in one call of the cipher.

    Encrypting `nonce`, `nonce + 1`, … block by block is counter mode by definition (SP 800-38A section 6.5), so what
    `into` gives for them is `pad(block_key, nonce, …)`.
    """

    def __init__(self, block_key: bytes) -> None:
        if len(block_key) != KEY:
            raise Malformed(f"a pad takes a key of {KEY} bytes")
        # ECB of counters is counter mode; as a mode for data it would be a fault.
        self._encryptor = Cipher(AES256(block_key), ECB()).encryptor()  # noqa: S305

    def into(self, counters: memoryview, out: memoryview) -> None:
        """The keystream of `counters` (whole blocks) into `out`, which has room for them and SLACK bytes more."""
        self._encryptor.update_into(counters, out)
