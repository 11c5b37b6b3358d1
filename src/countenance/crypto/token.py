"""Travellers' tokens: a reference that its holder carries, which opens only where the flight's key is.

A token (bytes): 1 version, 4 the key's id, 12 nonce, then AES-256-GCM of what it holds and of the issuing kiosk's
Ed25519 signature over it; bound to the flight. What it holds: 16 id of its own, 1 how it was checked, 4 issued and 4
expires (seconds since 1970), 8 extractor, 16 keyed hash of the booking, then the template, a byte a component.
With 128 components it is 274 bytes.

* Who has a token and no key learns which key it is under, and so which others are of that flight: nothing else. Two
  tokens of one person are two random strings (ISO/IEC 24745, unlinkability).
* Who has the key reads tokens and makes none: a token also bears the signature of a kiosk.
* A key that a phone's passkey has a part in opens nothing without that part.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from typing import Final

from countenance.crypto import derive, record
from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import verify
from countenance.errors import Malformed, Tampered
from countenance.formats import canonical
from countenance.vocabulary.gates import Checked, Sealed

VERSION: Final = 1
ROOT: Final = 32
ID, SINGLE, MARK, BOOKING, ADDRESS, EXTRACTOR = 4, 16, 16, 16, 16, 8
SIGNATURE: Final = 64
_HEAD: Final = 1 + ID
_FIXED: Final = SINGLE + 1 + 4 + 4 + EXTRACTOR + BOOKING
OVERHEAD: Final = _HEAD + record.NONCE + _FIXED + SIGNATURE + 16
"""Bytes of a token beside its template."""

MOST: Final = 320
"""Bytes of a token, so that its letters fit a QR code of version 13 at level M (483, ISO/IEC 18004 table 7)."""

_CHECKED: Final = (Checked.CHIP, Checked.PRINTED, Checked.UNVERIFIED)


class FlightKey:
    """What a flight's kiosks share, from `root` (32 random bytes). `id`: 4 bytes, in every token under it.

    `phone`: what a passkey's PRF extension gave (32 bytes, W3C WebAuthn level 3 section 10.1.4); then tokens open with
    both alone.
    """

    __slots__ = ("_address", "_booking", "_letter", "_mark", "_sealing", "_waiting", "flight", "id")

    def __init__(self, root: bytes, flight: str, *, phone: bytes | None = None) -> None:
        if len(root) != ROOT or (phone is not None and len(phone) != ROOT):
            raise Malformed(f"a flight's key, and a phone's part, are {ROOT} bytes")
        self.flight = flight
        own = derive.subkey(root, "token")
        self._sealing = own if phone is None else derive.combined(own, derive.subkey(phone, "token of a phone"))
        self._booking = derive.subkey(root, "booking of a token")
        self._mark = derive.subkey(root, "mark of a token")
        self._letter = derive.subkey(root, "letter between a flight's kiosks")
        self._waiting = derive.subkey(root, "what waits to be sent")
        self._address = derive.subkey(root, "address of a flight's kiosks")
        self.id = derive.subkey(root, "id of a flight's key")[:ID]

    def booking(self, *words: str) -> bytes:
        """The keyed hash (16 bytes) of what a ticket says; the flight is part of it."""
        return _keyed(self._booking, [self.flight, *words])[:BOOKING]

    def mark(self, of: bytes) -> bytes:
        """What a kiosk's list has (16 bytes) for a booking that went through, or a token's own id that was revoked.

        It says nothing once the key is gone.
        """
        return _keyed(self._mark, [self.flight, of.hex()])[:MARK]

    def address(self, *words: str) -> bytes:
        """Where the flight's kiosks, or one of them, leave letters (16 bytes): it tells nothing without the key."""
        return _keyed(self._address, [self.flight, *words])[:ADDRESS]

    def wrap(self, letter: bytes, sender: str, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
        """A letter between this flight's kiosks, encrypted. `sender`: the kiosk whose address it lies at."""
        return record.encrypt(self._letter, letter, self._enclosed(sender), random=random)

    def unwrap(self, wrapped: bytes, sender: str) -> bytes:
        """What `wrap` was given. Raises Tampered for another flight's, or another sender's, and for changed bytes."""
        return record.decrypt(self._letter, wrapped, self._enclosed(sender))

    def put_by(self, body: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
        """What waits at a kiosk to be sent, encrypted, so that it ends with the flight wherever it was written."""
        return record.encrypt(self._waiting, body, self._enclosed("outbox"), random=random)

    def taken_out(self, kept: bytes) -> bytes:
        """What `put_by` was given. Raises Tampered."""
        return record.decrypt(self._waiting, kept, self._enclosed("outbox"))

    def seal(self, held: Sealed, signing: SigningKey, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
        """The token of `held`, signed by a kiosk. Raises Malformed for a template too long for a QR code."""
        body = _written(held)
        if OVERHEAD - _FIXED + len(body) > MOST:
            raise Malformed("this extractor's templates do not fit a code that can be carried: use the other lane")
        head = bytes([VERSION]) + self.id
        signature = signing.sign(self._context(head) + body)
        return head + record.encrypt(self._sealing, body + signature, self._context(head), random=random)

    def open(self, token: bytes, issuers: Iterable[bytes]) -> Sealed:
        """What a token holds, if one of `issuers` (public keys of enrolled kiosks) signed it. Raises Tampered."""
        head = token[:_HEAD]
        if not OVERHEAD < len(token) <= MOST or head != bytes([VERSION]) + self.id:
            raise Tampered("this is no token of this flight: enrol again, or go by the other lane")
        plain = record.decrypt(self._sealing, token[_HEAD:], self._context(head))
        body, signature = plain[:-SIGNATURE], plain[-SIGNATURE:]
        for public in issuers:
            try:
                verify(public, self._context(head) + body, signature)
            except Tampered:
                continue
            return _read(body)
        raise Tampered("no kiosk that is enrolled made this token: enrol again, or go by the other lane")

    def _enclosed(self, sender: str) -> bytes:
        return canonical.write(["countenance", "letter of a kiosk", sender, self.flight])

    def _context(self, head: bytes) -> bytes:
        return canonical.write(["countenance", "token", head.hex(), self.flight])

    def __repr__(self) -> str:
        return f"FlightKey({self.flight}, {self.id.hex()})"


def _keyed(key: bytes, words: list[str]) -> bytes:
    return hmac.new(key, canonical.write(words), hashlib.sha256).digest()


def _written(held: Sealed) -> bytes:
    sizes = (len(held.single), len(held.booking), len(held.extractor))
    if sizes != (SINGLE, BOOKING, EXTRACTOR) or not held.code:
        raise Malformed("a token has an id and a booking of 16 bytes, an extractor of 8, and a template")
    try:
        times = b"".join((moment // 1000).to_bytes(4) for moment in (held.issued, held.expires))
    except OverflowError as error:
        raise Malformed("a token's times are between 1970 and 2106: set the clock") from error
    checked = bytes([_CHECKED.index(held.checked)])
    return held.single + checked + times + held.extractor + held.booking + held.code


def _read(body: bytes) -> Sealed:
    single, rest = body[:SINGLE], body[SINGLE:]
    if rest[0] >= len(_CHECKED):
        raise Tampered("this token is of a later version: enrol again, or go by the other lane")
    issued, expires = (1000 * int.from_bytes(rest[at : at + 4]) for at in (1, 5))
    extractor, booking, code = rest[9:17], rest[17:33], rest[33:]
    return Sealed(single, booking, _CHECKED[rest[0]], issued, expires, extractor, code)
