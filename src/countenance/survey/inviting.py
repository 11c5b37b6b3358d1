"""Inviting: the issuer signs one token for each invitation, without seeing it; whoever collects answers is another.

An invitation is a code on paper or in a letter. Its holder's browser makes a token, blinds it, and has it signed here
for the code; with the token alone they answer elsewhere, later. Invariants:

* A code is good for one token. Kept are its hash, and once it is used the SHA-256 of code and blinded token: whose
  answer was lost on the way asks again with the same bytes and gets the same signature; with others nobody does.
* What is signed says nothing of the token: issuer and collector together cannot tell whose answers are whose, unless
  they sit at times and addresses of both. The collector keeps neither.

Who can write this folder can issue tokens and stuff the ballot; who can read it, the same, and learns how many codes
were used. Who has the codes as well learns which, in what order; who also wrote down blinded tokens on their way, which
code each was for. Neither leads to a token, of which a blinded one says nothing. What is kept grows with the codes that
were made, and no further.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from countenance.crypto.blind import IssuingKey
from countenance.durable import files, lock
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Refused, Tampered, Unavailable

KEY: Final = "issuer.key"
CODES: Final = "codes"
USED: Final = "used"
LOCK: Final = "issuing.lock"
MOST: Final = 1_000_000
_HASH = 32
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 16


def found(folder: Path, invitations: int) -> tuple[bytes, Sequence[str]]:
    """Make an issuer's folder: its key and codes. Returns the public key and the codes, which are kept nowhere.

    Raises Refused where there is an issuer already.
    """
    if not 1 <= invitations <= MOST:
        raise Malformed(f"a survey with invitations needs 1 to {MOST:,} of them")
    if (folder / KEY).exists():
        raise Refused(f"{folder.name} holds an issuer's key already: a wave has one of its own, name another folder")
    files.make_directory(folder)
    key = IssuingKey.generate()
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(invitations)]
    files.write(folder / CODES, b"".join(sorted(_hashed(code) for code in codes)))
    files.write(folder / KEY, key.to_bytes())
    return key.public, codes


class Issuer:
    """Signs one blinded token a code. Made by `issuing`."""

    def __init__(self, folder: Path, used: Journal) -> None:
        try:
            self._key = IssuingKey.from_bytes((folder / KEY).read_bytes())
            data = (folder / CODES).read_bytes()
        except OSError as error:
            raise Unavailable(f"{folder.name} holds no issuer ({error.strerror}): 'survey open' makes one") from error
        if len(data) % _HASH:
            raise Tampered(f"{folder.name}/{CODES} is cut short: restore it from a copy")
        self._codes = {data[at : at + _HASH] for at in range(0, len(data), _HASH)}
        self._used, self._gone = used, {record[:_HASH]: record[_HASH:] for record in used}

    @property
    def public(self) -> bytes:
        """The key that tokens verify with, DER."""
        return self._key.public

    def sign(self, code: str, blinded: bytes) -> bytes:
        """The blind signature for one code; for the same two again, the same one.

        Raises Refused for a code that is none, or was used for another token.
        """
        hashed = _hashed(code)
        asked = hashlib.sha256(_plain(code) + blinded).digest()
        if hashed not in self._codes or self._gone.get(hashed, asked) != asked:
            raise Refused("this invitation is not known, or was used: each is good for one answer")
        signed = self._key.sign(blinded)
        if hashed not in self._gone:
            # Used before it is handed out: after a crash it is good for this token, and never for another.
            self._used.append(hashed + asked)
            self._gone[hashed] = asked
        return signed


@contextmanager
def issuing(folder: Path) -> Iterator[Issuer]:
    """The issuer of a folder, while no other process is. Raises Unavailable."""
    if not folder.is_dir():
        raise Unavailable(f"{folder.name} holds no issuer: 'survey open' makes one")
    with lock.hold(folder / LOCK):
        used = Journal(folder / USED)
        try:
            yield Issuer(folder, used)
        finally:
            used.close()


def _hashed(code: str) -> bytes:
    return hashlib.sha256(_plain(code)).digest()


def _plain(code: str) -> bytes:
    """A code as it is compared, however it was typed."""
    return "".join(code.split()).replace("-", "").lower().encode()
