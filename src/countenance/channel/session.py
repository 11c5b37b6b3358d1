"""A session of an edge with a gallery custodian, mutually authenticated, over the messages of this channel.

1. The edge draws a session secret, seals it to the gallery custodian's key and signs a `SessionOffer` over it.
2. The custodian checks edge and camera, opens the secret, draws a challenge of its own, and answers with both the
   challenge and a message under keys that only who opened the secret can derive: that proves its possession.
3. Three keys are derived from secret, offer and challenge: for probes (edge to custodian), for asks, for answers.

A recorded offer begins nothing: the custodian's challenge is new, and who replays the offer lacks the secret. Probes
are acknowledged by a message that is always the same, before anything is done with them.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.crypto.seal import binding, seal
from countenance.crypto.session import OVERHEAD, Receiving, Sending
from countenance.crypto.sign import SigningKey, signed
from countenance.errors import Malformed, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.galleries import MaskedGallery, SessionOffer
from countenance.vocabulary.moments import Moment

SECRET = CHALLENGE = 32
BEGIN, GALLERIES, PROBE = "session.begin", "session.galleries", "session.probe"
IDENTIFY, STRIKE = "session.identify", "session.strike"

LONGEST_ANSWER = 256 * 1024
"""Bytes of the list of galleries that an answer holds, encrypted."""

PROOF = b"the gallery custodian has the session secret"
ACKNOWLEDGED = Message(PROBE)
"""The one answer to every probe."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The session's three keys, 32 bytes each, and its public name."""

    name: bytes
    probes: bytes
    asks: bytes
    answers: bytes

    def __repr__(self) -> str:
        return f"Keys({self.name.hex()[:8]})"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who begins a session: an edge, for one of its cameras."""

    edge: str
    camera: str
    signing: SigningKey


def derived(secret: bytes, offer: bytes, challenge: bytes) -> Keys:
    """The session's keys. `offer`: the bytes of the signed offer; `challenge`: the custodian's 32 random bytes."""
    name = hashlib.sha256(offer + challenge).digest()
    probes, asks, answers = (
        derive.subkey(secret, f"session {name.hex()} {use}") for use in ("probes", "asks", "answers")
    )
    return Keys(name, probes, asks, answers)


def secret_binding(deployment: str, edge: str, camera: str) -> bytes:
    """What a session secret is sealed for."""
    return binding("session", deployment, edge, camera)


class Session:
    """The edge's end, made by `begin`. One thread at a time."""

    def __init__(self, connection: Connection, keys: Keys, answers: Receiving) -> None:
        self._connection = connection
        self._name: dict[str, Json] = {"session": keys.name.hex()}
        self._probes = Sending(keys.probes, keys.name)
        self._asks = Sending(keys.asks, keys.name)
        self._answers = answers

    def galleries(self, have: Sequence[bytes]) -> tuple[tuple[MaskedGallery, ...], dict[bytes, bytes]]:
        """The galleries that stand for the camera now, and rows by digest of those not in `have` (digests).

        Raises Tampered for an answer that is not this session's, Unavailable if the session is over.
        """
        ask = canonical.write([digest.hex() for digest in have])
        answer = self._connection.call(GALLERIES, self._name, (self._asks.encrypt(ask),))
        if not answer.blobs:
            raise Malformed("the gallery custodian's answer lacks a part: run the same version on both sides")
        listed = _listed(_opened(self._answers, answer.blobs[0]))
        rows = {hashlib.sha256(blob).digest(): blob for blob in answer.blobs[1:]}
        sizes = {one.digest: 2 * one.rows * one.dimension for one in listed}
        if any(sizes.get(digest) != len(blob) for digest, blob in rows.items()):
            raise Tampered("the rows that came are not those of the galleries that were listed")
        return listed, rows

    def probe(self, plain: bytearray | memoryview) -> None:
        """Send one probe with its products (`formats.probes`); returns when it was received, whatever becomes of it."""
        self._connection.call(PROBE, self._name, (self._probes.encrypt(plain),))

    def identify(self, plain: bytearray | memoryview) -> str | None:
        """Whose probe it is, by check-in number, where a flight's gallery stands; None if it is nobody's, or two's.

        Raises Refused where none does, or it was asked too often; Unavailable if the session is over.
        """
        return _named(self._answer(self._connection.call(IDENTIFY, self._name, (self._probes.encrypt(plain),))))

    def strike(self, gallery: str, sequence: str) -> bool:
        """Have whoever has this check-in number struck out of a flight's gallery; whether they were in it."""
        ask = self._asks.encrypt(canonical.write([gallery, sequence]))
        return bool(_named(self._answer(self._connection.call(STRIKE, self._name, (ask,)))))

    def _answer(self, answer: Message) -> bytes:
        if len(answer.blobs) != 1:
            raise Malformed("the gallery custodian's answer lacks a part: run the same version on both sides")
        return _opened(self._answers, answer.blobs[0])


def begin(
    connection: Connection,
    genesis: Genesis,
    caller: Caller,
    now: Moment,
    *,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Session | None:
    """A new session with the custodian of `genesis`; None if no gallery stands before the camera now.

    Raises Tampered if who answers is not that custodian, Refused for an edge it does not know.
    """
    secret = random(SECRET)
    info = secret_binding(genesis.deployment, caller.edge, caller.camera)
    sealed = seal(genesis.custodian_key, info, secret)
    offer = SessionOffer(genesis.deployment, caller.edge, caller.camera, now, hashlib.sha256(sealed).digest())
    letter = records.write(signed(offer, caller.edge, caller.signing))
    answer = connection.call(BEGIN, {}, (letter, sealed))
    if answer.body.get("stands") is False:
        return None
    if len(answer.blobs) != 2 or len(answer.blobs[0]) != CHALLENGE:
        raise Malformed("the gallery custodian's answer lacks a part: run the same version on both sides")
    keys = derived(secret, letter, answer.blobs[0])
    answers = Receiving(keys.answers, keys.name)
    if _opened(answers, answer.blobs[1]) != PROOF:
        raise Tampered("who answered does not have the gallery custodian's key")
    return Session(connection, keys, answers)


def _opened(answers: Receiving, data: bytes) -> bytes:
    if len(data) > LONGEST_ANSWER + OVERHEAD:
        raise Malformed("the gallery custodian's answer is longer than was agreed")
    room = bytearray(len(data))
    return bytes(room[: answers.decrypt_into(data, room)])


def _named(plain: bytes) -> str | None:
    found = canonical.read(plain)
    if not isinstance(found, list) or len(found) > 1:
        raise Malformed("the gallery custodian's answer is no list of one: run the same version on both sides")
    return str(found[0]) if found else None


def _listed(plain: bytes) -> tuple[MaskedGallery, ...]:
    found = canonical.read(plain)
    if not isinstance(found, list):
        raise Malformed("the gallery custodian's answer is no list: run the same version on both sides")
    return tuple(records.read(MaskedGallery, canonical.write(one)) for one in found)
