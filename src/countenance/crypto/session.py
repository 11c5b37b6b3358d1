"""One direction of a session between two processes: AES-256-GCM, a fresh key for every message, each used once.

Every message advances a chain: AES-256 in counter order under the chain's key gives the next chain key and this
message's key (a pseudorandom generator with feedback, as in NIST SP 800-90A section 10.2). Invariants:

* The old chain key and the message's key are overwritten when the message is done: who takes this process's buffers
  later cannot decrypt what went before, even with a recording of it.
* A message opens once, and never after a later one: no replay, no reordering. Messages that never came are skipped.
* What fails to authenticate changes nothing.

The session secret itself comes and goes as an immutable object, which Python does not let us overwrite.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB

from countenance.errors import Malformed, Tampered

KEY = 32
COUNTER = 8
TAG = 16
OVERHEAD = COUNTER + TAG

MOST_SKIPPED = 65_536
"""Messages that may be missing before one that is taken: bounds what a forged counter makes us compute."""

# Blocks 0 and 1 give the next chain key, 2 and 3 the message's key. ECB of distinct counters is counter mode.
_BLOCKS = b"".join(number.to_bytes(16) for number in range(4))
# A message key is used once, so its nonce need not change.
_NONCE = bytes(12)


class _Chain:
    """The chain's key, and room for the next one. `number`: of the next message."""

    __slots__ = ("context", "key", "number", "room")

    def __init__(self, key: bytes, context: bytes) -> None:
        if len(key) != KEY:
            raise Malformed(f"a session key is {KEY} bytes")
        self.key = bytearray(key)
        self.context = context
        self.number = 0
        self.room = bytearray(4 * 16 + 15)

    def step(self, key: bytearray, message: bytearray) -> None:
        """Replace `key` by the next chain key and `message` by this step's message key."""
        Cipher(AES256(key), ECB()).encryptor().update_into(_BLOCKS, self.room)  # noqa: S305 - distinct counters, one key each
        key[:], message[:] = self.room[:KEY], self.room[KEY : 2 * KEY]
        wipe(self.room)

    def bound(self, number: int) -> bytes:
        return self.context + number.to_bytes(COUNTER)


class Sending:
    """The sender's end. `key`: 32 bytes, of this direction alone; `context` is authenticated with every message."""

    __slots__ = ("_chain",)

    def __init__(self, key: bytes, context: bytes) -> None:
        self._chain = _Chain(key, context)

    def encrypt(self, plaintext: bytes | bytearray | memoryview) -> bytes:
        """The next message: its counter (8 bytes, big-endian) and ciphertext, 24 bytes longer than `plaintext`."""
        chain, message = self._chain, bytearray(KEY)
        chain.step(chain.key, message)
        number, chain.number = chain.number, chain.number + 1
        sealed = AESGCM(message).encrypt(_NONCE, plaintext, chain.bound(number))
        wipe(message)
        return number.to_bytes(COUNTER) + sealed

    def __repr__(self) -> str:
        return f"Sending({self._chain.number} messages)"


class Receiving:
    """The receiver's end, with the same `key` and `context`."""

    __slots__ = ("_chain",)

    def __init__(self, key: bytes, context: bytes) -> None:
        self._chain = _Chain(key, context)

    def decrypt_into(self, data: bytes, room: bytearray) -> int:
        """Decrypt a message into the beginning of `room`, which may be longer; returns the plaintext's length.

        Raises Tampered for anything but a later message of this session than the last, Malformed if it has no room.
        """
        chain, number, length = self._chain, int.from_bytes(data[:COUNTER]), len(data) - OVERHEAD
        if length > len(room):
            raise Malformed("a session's message is longer than was agreed")
        if length < 0 or not 0 <= number - chain.number <= MOST_SKIPPED:
            raise _tampered()
        key, message = bytearray(chain.key), bytearray(KEY)
        for _ in range(number - chain.number + 1):
            chain.step(key, message)
        try:
            with memoryview(room) as view, memoryview(data) as sealed:
                AESGCM(message).decrypt_into(_NONCE, sealed[COUNTER:], chain.bound(number), view[:length])
        except InvalidTag as error:
            wipe(key)
            raise _tampered() from error
        finally:
            wipe(message)
        chain.key[:] = key
        chain.number = number + 1
        wipe(key)
        return length

    def __repr__(self) -> str:
        return f"Receiving({self._chain.number} messages)"


def wipe(buffer: bytearray) -> None:
    """Overwrite every byte of `buffer` with zero, in place."""
    buffer[:] = bytes(len(buffer))


def _tampered() -> Tampered:
    return Tampered("a message is not this session's next: it was altered, sent before, or is another session's")
