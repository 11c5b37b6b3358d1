"""Agents: requests of the Data Rights Protocol (datarightsprotocol.org, version 1.0, the same as 0.9.4).

Somebody's authorized agent asks for them, by a message that the agent signed. The operator lists agents and their keys;
without any, everything here is refused. What an agent may ask is a question as at the door: camera and time in the
claim `countenance`, as nobody is found here by name. Names and addresses in a request are neither used nor kept.

Section 3.07 says in which order a message is checked; the numbers are in the code:

1. It is base64 of a signature and JSON, and the signature is of the agent whose token, or address, came with it.
2. Agent and business are this agent and this operator.
3. It was issued since the portal started, and has not expired; it is valid for an hour at most, and is taken once.

An agent never gets what was found, nor a picture: that is told at the desk. Tokens and how requests stand are in memory
alone. After a restart the person sees the answer with the code that the first answer has.
"""

import base64
import binascii
import datetime
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from typing import Final

from countenance.crypto.verify import verify
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import Moment

SIGNATURE: Final = 64
TOKEN: Final = 32
KEY: Final = 32
LONGEST: Final = 60 * 60_000
"""Milliseconds that a message may be valid; the protocol recommends ten minutes."""

MOST_SEEN: Final = 10_000
"""Messages that are remembered until they expire; beyond, none is taken: forgetting one would let it in again."""


@dataclass(slots=True, repr=False)
class Agents:
    """The agents of one portal. `keys`: Ed25519 public keys, by agent; `business`: how they name this operator.

    `since`: when this portal started. What was taken before is forgotten, so nothing of before is taken.
    """

    keys: dict[str, bytes]
    business: str
    since: Moment
    _tokens: dict[str, bytes] = field(default_factory=dict)
    _seen: dict[bytes, Moment] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return f"Agents({len(self.keys)})"

    def token(self, agent: str, drawn: bytes) -> str:
        """A token for `agent`, from 32 bytes that were drawn; the one before is worth nothing then."""
        spelled = base64.urlsafe_b64encode(drawn).decode()
        self._tokens[agent] = hashlib.sha256(spelled.encode()).digest()
        return spelled

    def of(self, authorization: str) -> str:
        """Whose token `Authorization` is. Raises Refused."""
        kind, _, token = authorization.partition(" ")
        digest = hashlib.sha256(token.encode()).digest()
        found = [agent for agent, known in list(self._tokens.items()) if hmac.compare_digest(known, digest)]
        if kind != "Bearer" or not found:
            raise Refused("this token is not, or no longer, of an agent here: set up a new one with POST /v1/agent/ID")
        return found[0]

    def opened(self, agent: str, body: bytes, now: Moment) -> dict[str, Json]:
        """What `agent` says in a signed message. Raises Malformed, Refused, and Unavailable where too many came."""
        text = self._verified(agent, body)  # (1)
        claims = _claims(text)
        if claims.get("agent-id") != agent or not self.business or claims.get("business-id") != self.business:  # (2)
            raise Refused("this message is of another agent, or to another business")
        issued, expires = moment(claims.get("issued-at")), moment(claims.get("expires-at"))  # (3)
        if not issued <= now < expires or expires - issued > LONGEST:
            raise Refused("this message is not valid now, or for more than an hour: set the clock and sign a new one")
        if issued < self.since:
            raise Refused("this message is from before the portal was started: sign a new one")
        self._once(hashlib.sha256(text).digest(), expires, now)
        return claims

    def _verified(self, agent: str, body: bytes) -> bytes:
        key = self.keys.get(agent)
        if key is None:
            raise Refused("no agent of this name is listed here: ask the operator")
        try:
            signed = base64.b64decode(body.strip(), validate=True)
        except binascii.Error as error:
            raise Malformed("a message is base64 of signature and JSON") from error
        try:
            verify(key, signed[SIGNATURE:], signed[:SIGNATURE])
        except Tampered as error:
            raise Refused("this message is not signed with the key that is listed for the agent") from error
        return signed[SIGNATURE:]

    def _once(self, digest: bytes, expires: Moment, now: Moment) -> None:
        # Requests are answered in threads: of two that bring one message, one is taken.
        with self._one:
            for old in [known for known, until in self._seen.items() if until <= now]:
                del self._seen[old]
            if digest in self._seen:
                raise Refused("this message was sent before: sign a new one")
            if len(self._seen) >= MOST_SEEN:
                raise Unavailable("so many messages came that no more can be taken: try again in an hour")
            self._seen[digest] = expires


def listed(setting: str) -> dict[str, bytes]:
    """Agents and keys from the setting `[portal] agents`: `NAME=KEY`, spaces between, keys in base64. Malformed."""
    found = {}
    for one in setting.split():
        name, _, key = one.partition("=")
        try:
            found[name] = base64.b64decode(key, validate=True)
        except binascii.Error as error:
            raise Malformed("the setting [portal] agents is NAME=KEY, the key in base64, spaces between") from error
        if not name or len(found[name]) != KEY:
            raise Malformed("the setting [portal] agents is NAME=KEY, the key in base64, spaces between")
    return found


def moment(said: Json) -> Moment:
    """An ISO 8601 time with a zone, as a moment. Raises Malformed."""
    try:
        read = datetime.datetime.fromisoformat(str(said))
        if read.tzinfo is None:
            raise ValueError("a time without a zone")
        return int(read.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Malformed("a time is ISO 8601 with its zone, such as 2026-11-22T09:30:00Z") from error


def _claims(text: bytes) -> dict[str, Json]:
    try:
        claims = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("a message is base64 of signature and JSON") from error
    if not isinstance(claims, dict):
        raise Malformed("a message is a JSON object")
    return claims
