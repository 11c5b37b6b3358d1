"""Sessions: what edges may say to the gallery custodian, and how little it says back.

Invariants:

* A session is of an enrolled edge, for a camera of its own before which a gallery stands now; one a camera, the newest.
  An offer begins one session: who recorded one ends nobody else's with it.
* A gate's kiosk has one as an edge does; only it is told whom a probe is of, and only by its flight's gallery
  (`identifying`). What follows is of probes for any other.
* A probe is acknowledged before it is decrypted, with the same bytes whatever it is, and waits in a bounded queue;
  where the queue is full it is dropped and counted, and acknowledged all the same. This path takes no lock that
  comparing or alerting holds, so that nothing which depends on a score goes back, in bytes or in waiting.
* What waits is ciphertext. Sessions live in memory and end with the opening.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.crypto import verify
from countenance.crypto.session import OVERHEAD, Receiving, Sending
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.formats.probes import LARGEST
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import SessionOffer
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import edges
from countenance.zones.custodian.gallery import masking
from countenance.zones.custodian.gallery.standing import Galleries, Live
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import FRESH_MINUTES, MINUTE

WAITING = 256
"""Probes that may wait: at 100 a second two and a half seconds of them."""

MOST_SESSIONS = 256
LONGEST_ASK = 64 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Attending:
    """The custodian's end of one session."""

    edge: str
    camera: str
    probes: Receiving
    asks: Receiving
    answers: Sending

    def __repr__(self) -> str:
        return f"Attending({self.camera})"


@dataclass(frozen=True, slots=True, repr=False)
class Waiting:
    """One probe as it came, ciphertext."""

    session: Attending
    data: bytes

    def __repr__(self) -> str:
        return f"Waiting({len(self.data)} bytes)"


@dataclass(slots=True)
class Counts:
    """Since the process began. `received` probes were acknowledged; `dropped` found the queue full.

    `rejected` were no probes of a gallery that stands; `compared` were; `alerts` came of them. `noted`: how many had
    been dropped when the log was last told.
    """

    received: int = 0
    dropped: int = 0
    rejected: int = 0
    compared: int = 0
    alerts: int = 0
    noted: int = 0


@dataclass(slots=True, repr=False)
class Sessions:
    """All sessions and the queue behind them. Threads share it."""

    counts: Counts = field(default_factory=Counts)
    _ready: threading.Condition = field(default_factory=threading.Condition)
    _by_name: dict[str, Attending] = field(default_factory=dict)
    _queue: deque[Waiting] = field(default_factory=deque)
    _offered: dict[bytes, Moment] = field(default_factory=dict)

    def begin(self, opened: Opened, galleries: Galleries, message: Message) -> Message:
        """`session.begin`: blobs are the signed offer and the sealed secret; back go challenge and proof.

        Nothing but `stands` false goes back where no gallery stands before this camera of this edge.
        """
        if len(message.blobs) != 2:
            raise Malformed("a session begins with a signed offer and a sealed secret")
        letter, sealed = message.blobs
        offer = _offered(opened, letter, sealed)
        if not galleries.of(offer.edge, offer.camera):
            return Message(message.verb, {"stands": False})
        self._once(offer.sealed_digest, opened.clock())
        info = wire.secret_binding(opened.genesis.deployment, offer.edge, offer.camera)
        secret = unseal(opened.sealing_private, info, sealed)
        challenge = opened.random(wire.CHALLENGE)
        keys = wire.derived(secret, letter, challenge)
        made = Attending(
            offer.edge,
            offer.camera,
            Receiving(keys.probes, keys.name),
            Receiving(keys.asks, keys.name),
            Sending(keys.answers, keys.name),
        )
        proof = made.answers.encrypt(wire.PROOF)
        with self._ready:
            before = [name for name, one in self._by_name.items() if one.camera == offer.camera]
            for name in before:
                del self._by_name[name]
            if len(self._by_name) >= MOST_SESSIONS:
                raise Unavailable("too many cameras have sessions here; stop some that need none")
            self._by_name[keys.name.hex()] = made
        return Message(message.verb, {}, (challenge, proof))

    def listed(self, opened: Opened, galleries: Galleries, message: Message) -> Message:
        """`session.galleries`: what stands before the camera, encrypted, and the masked rows it has not got yet."""
        session, have = self.asked(message)
        known = set(map(str, have)) if isinstance(have, list) else set()
        edges.edge(opened, session.edge, edges.EDGE, edges.GATE)
        stand = galleries.of(session.edge, session.camera)
        listed: list[Json] = [records.plain(one.listed) for one in stand]
        rows = tuple(_given(opened, session, one) for one in stand if one.keys.digest.hex() not in known)
        return self.answered(session, message, listed, *rows)

    def asked(self, message: Message) -> tuple[Attending, Json]:
        """Whose session a message is of, and the one list that it asks with."""
        session = self.of(message)
        if len(message.blobs) != 1 or len(message.blobs[0]) > LONGEST_ASK:
            raise Malformed("this verb comes with one encrypted list")
        room = bytearray(LONGEST_ASK)
        with self._ready:
            return session, canonical.read(bytes(room[: session.asks.decrypt_into(message.blobs[0], room)]))

    def answered(self, session: Attending, message: Message, what: list[Json], *beside: bytes) -> Message:
        """The answer of a session: `what`, encrypted, and what lies beside it."""
        with self._ready:
            answer = session.answers.encrypt(canonical.write(what))
        return Message(message.verb, {}, (answer, *beside))

    def probe(self, message: Message) -> Message:
        """`session.probe`: into the queue, and always the same answer."""
        session = self.of(message)
        with self._ready:
            self.counts.received += 1
            if len(message.blobs) != 1 or len(message.blobs[0]) > LARGEST + OVERHEAD:
                self.counts.rejected += 1
            elif len(self._queue) >= WAITING:
                self.counts.dropped += 1
            else:
                self._queue.append(Waiting(session, message.blobs[0]))
                self._ready.notify()
        return wire.ACKNOWLEDGED

    def next(self, stop: Callable[[], bool], seconds: float) -> Waiting | None:
        """The probe that waits longest, or None if none came within `seconds`, or `stop` says so."""
        with self._ready:
            self._ready.wait_for(lambda: bool(self._queue) or stop(), seconds)
            return self._queue.popleft() if self._queue and not stop() else None

    def close(self) -> None:
        """End every session and forget what waits."""
        with self._ready:
            self.counts.dropped += len(self._queue)
            self._by_name.clear()
            self._queue.clear()
            self._ready.notify_all()

    @property
    def open_now(self) -> int:
        """How many sessions there are."""
        with self._ready:
            return len(self._by_name)

    def _once(self, offer: bytes, now: Moment) -> None:
        with self._ready:
            fresh = now - 2 * FRESH_MINUTES * MINUTE
            for old in [digest for digest, seen in self._offered.items() if seen < fresh]:
                del self._offered[old]
            if offer in self._offered:
                raise Refused("this session was offered before; begin another")
            self._offered[offer] = now

    def of(self, message: Message) -> Attending:
        """Whose session a message is of. Raises Unavailable if it is over."""
        with self._ready:
            found = self._by_name.get(str(message.body.get("session")))
        if found is None:
            raise Unavailable("this session is over: begin another")
        return found

    def __repr__(self) -> str:
        return f"Sessions({self.open_now})"


def _given(opened: Opened, session: Attending, live: Live) -> bytes:
    """A masked gallery leaves; the entry comes first."""
    gallery = live.permission.standing.gallery
    facts = {"warrant": gallery, "edge": session.edge, "camera": session.camera, "what": "masked gallery"}
    opened.sequencer.append(Kind.READ, facts, of=live.keys.entry)
    return masking.rows(opened, gallery, live.keys)


def _offered(opened: Opened, letter: bytes, sealed: bytes) -> SessionOffer:
    """The offer, if an enrolled edge signed it for this custodian, now, over this sealed secret."""
    signed = records.read(Signed, letter)
    offer = verify.opened(SessionOffer, signed, edges.edge(opened, signed.signer, edges.EDGE, edges.GATE).signing_key)
    if offer.edge != signed.signer or offer.deployment != opened.genesis.deployment:
        raise Tampered("this session was offered by another edge than it names, or to another custodian")
    if offer.sealed_digest != hashlib.sha256(sealed).digest():
        raise Tampered("the sealed secret is not the one that was offered")
    if abs(opened.clock() - offer.made) > FRESH_MINUTES * MINUTE:
        raise Refused("this session was not offered within the last five minutes: set this host's clock")
    return offer
