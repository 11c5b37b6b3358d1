"""Proofs of possession (RFC 9449): every request shows that its sender holds the session's key, for this request only.

A proof counts if, in this order (the numbers are in the code):

1. it is a compact JWS of type `dpop+jwt`, signed with ES256 by the public P-256 key in its header;
2. that key is the session's;
3. it names this request's method and address, without query (`htm`, `htu`), and this token (`ath`);
4. its nonce is one that this process gave out within the last minutes, and `iat` is about now;
5. its `jti` was not used with that nonce before, and there is room to remember it: who is nobody yet takes up none that
   those inside need.

A nonce lives for three minutes; so whoever records a proof can use it nowhere, not even here. Nothing is kept longer.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from countenance.errors import Refused, Unavailable
from countenance.vocabulary.moments import Moment

NONCE_LIFE: Final = 60_000
"""Milliseconds after which another nonce is given out; the two before it still count."""

LIVING = 3
MOST_USED = 200_000
"""Proofs that one nonce may be used for by all who are signed in, and again by all who are not; real ones need a few
thousand."""

LONGEST = 4096
_ABOUT_NOW = 300
_POINT_HALF = 32


class StaleNonce(Refused):
    """The proof's nonce is not one of this process's living ones: prove again with the one that the answer carries."""

    status = 401


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a proof must be for. `address`: scheme, host and path; `token`: the session's, or empty.

    `inside`: whether that session stands.
    """

    method: str
    address: str
    token: str
    inside: bool = True


@dataclass(slots=True)
class _Nonce:
    value: str
    made: Moment
    used: set[str] = field(default_factory=set)
    knocked: set[str] = field(default_factory=set)


class Proofs:
    """Nonces given out, and what they were used for. Any thread."""

    def __init__(self, clock: Callable[[], Moment], random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._nonces: list[_Nonce] = []
        self._lock = threading.Lock()

    def nonce(self) -> str:
        """The one to use now."""
        with self._lock:
            return self._living()

    def _living(self) -> str:
        now = self._clock()
        if not self._nonces or now - self._nonces[-1].made >= NONCE_LIFE:
            self._nonces.append(_Nonce(encoded(self._random(16)), now))
        self._nonces = [one for one in self._nonces if now - one.made < LIVING * NONCE_LIFE]
        return self._nonces[-1].value

    def check(self, proof: str, asked: Asked, point: bytes) -> None:
        """Return if `proof` is by the key with this `point`, for `asked`, now and once.

        Raises StaleNonce for a nonce, Refused for everything else, Unavailable if one nonce was used too often.
        """
        claims, signer = _read(proof)  # (1)
        if signer != point:  # (2)
            raise Refused("this proof is by another key than the session's: sign in again")
        if claims.get("htm") != asked.method or _plain(claims.get("htu")) != _plain(asked.address):  # (3)
            raise Refused("this proof is for another request: load the page again")
        if asked.token and claims.get("ath") != digest(asked.token):
            raise Refused("this proof is for another session: sign in again")
        with self._lock:
            self._use(claims, asked.inside)

    def _use(self, claims: dict[str, object], inside: bool) -> None:
        self._living()
        nonce = next((one for one in self._nonces if one.value == claims.get("nonce")), None)
        if nonce is None:  # (4)
            raise StaleNonce("this proof's nonce is not one of now: load the page again")
        issued, jti = claims.get("iat"), claims.get("jti")
        if type(issued) is not int or abs(self._clock() // 1000 - issued) > _ABOUT_NOW:
            raise Refused("this proof is not of now: set this machine's clock")
        if not isinstance(jti, str) or not 8 <= len(jti) <= 64 or jti in nonce.used or jti in nonce.knocked:  # (5)
            raise Refused("this proof was used before: load the page again")
        used = nonce.used if inside else nonce.knocked
        if len(used) >= MOST_USED:
            raise Unavailable("too much is asked for at once: wait a minute")
        used.add(jti)


def digest(token: str) -> str:
    """SHA-256 of a token, as `ath` has it."""
    return encoded(hashlib.sha256(token.encode()).digest())


def encoded(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(proof: str) -> tuple[dict[str, object], bytes]:
    """Claims, and the point of the key in the header that signed them."""
    try:
        if len(proof) > LONGEST:
            raise ValueError
        header = jws.extract_compact(proof.encode()).headers()
        key = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or not isinstance(key, dict) or set(key) != {"kty", "crv", "x", "y"}:
            raise ValueError
        if (key["kty"], key["crv"]) != ("EC", "P-256"):
            raise ValueError
        claims = json.loads(jws.deserialize_compact(proof, ECKey.import_key(key), algorithms=["ES256"]).payload)
        halves = [base64.urlsafe_b64decode(key[name] + "=") for name in ("x", "y")]
        if not isinstance(claims, dict) or {len(half) for half in halves} != {_POINT_HALF}:
            raise ValueError
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused("this request carries no proof of possession that can be read: load the page again") from error
    return claims, b"\x04" + halves[0] + halves[1]


def _plain(address: object) -> str:
    """An address without query and fragment."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
