"""What a hostile repository sends to the custodian's relay socket: forged, replayed, swapped, widened.

It has everything that ever went by or lies in its tables, and can seal anything to the custodian. It has no key of an
honest person or edge; insiders may lend it theirs: the requester, an approver of one organisation, a clerk.
"""

import hashlib
import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from countenance.channel.message import Message
from countenance.crypto import record
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.acts import Named, Order, Restriction, Verb
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Limits, Warrant
from countenance.zones.custodian import roster, service
from countenance.zones.custodian.opened import Opened
from simulator.court import Court
from simulator.people import HOUR, NOW, SUBJECT, limits, probe, unit

STRANGER = SigningKey.from_bytes(hashlib.sha256(b"a stranger").digest())
ANOTHER = encode.to_bytes(encode.encode(unit(77)))
NEVER_KEPT = {"SeenNonce"}
"""What remembers that somebody asked is no effect of what they asked."""


@dataclass
class Rogue:
    """The court's repository. `heard`: sealed asks that were answered. Warrants by what is wrong with them."""

    court: Court
    heard: list[tuple[str, tuple[bytes, ...]]] = field(default_factory=list)
    warrants: dict[str, Warrant] = field(default_factory=dict)
    candidate: str = ""
    stranger: str = ""
    request: str = ""

    @classmethod
    def set_up(cls, court: Court) -> "Rogue":
        rogue = cls(court)
        rogue.candidate, rogue.stranger = court.pass_by(SUBJECT), court.pass_by(unit(5))
        court.pass_by(unit(6), "hall-west")
        court.tell()
        bad = {
            "expired": ("a" * 16, "officer-1", ("supervisor-1", "court-b/judge-1"), NOW + HOUR // 2),
            "good": ("b" * 16, "officer-1", ("supervisor-1", "court-b/judge-1"), NOW + 48 * HOUR),
            "one organisation": ("c" * 16, "officer-1", ("supervisor-1", "supervisor-2"), NOW + 48 * HOUR),
            "one person": ("d" * 16, "officer-1", ("court-b/judge-1",), NOW + 48 * HOUR),
            "revoked": ("e" * 16, "officer-1", ("supervisor-1", "court-b/judge-2"), NOW + 48 * HOUR),
            "own": ("f" * 16, "officer-2", ("court-b/judge-1",), NOW + 48 * HOUR),
        }
        for name, (warrant, requester, by, expires) in bad.items():
            rogue.warrants[name] = rogue.filed(warrant, requester, by, limits(expires=expires))
        court.search(rogue.warrants["good"])
        asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((rogue.stranger,), "asked"))
        rogue.request = str(asked["request"])
        court.ask("supervisor-1", Verb.ORDER, Order(rogue.request, bytes.fromhex(rogue.request)))
        roster.revoke(court.zone.opened, "court-b/judge-2")
        court.zone.clock.now += HOUR
        court.tell()
        for name in ("officer-1", "supervisor-1", "court-b/judge-1"):
            rogue.send("ask", *rogue.letter(name, Verb.READ, rogue.named("good"), papers="good"))
        return rogue

    def filed(self, warrant: str, requester: str, by: Sequence[str], limited: Limits) -> Warrant:
        template = ANOTHER if requester == "officer-2" else encode.to_bytes(encode.encode(SUBJECT))
        bound = probe(template, self.court.zone.probe.signing)
        text = self.court.text(warrant=warrant, requester=requester, probe=bound, limits=limited)
        self.court.file(text, requester, template=template)
        for name in by:
            self.court.say(name, text)
        return text

    def named(self, which: str) -> Named:
        text = self.warrants[which]
        return Named(text.warrant, text.number, records.digest(text))

    def papers(self, which: str) -> tuple[bytes, bytes, bytes]:
        return self.court.filed[self.warrants[which].warrant, 1]

    def letter(
        self, name: str, verb: Verb, body: object, *, papers: str = "", key: SigningKey | None = None, **changed: object
    ) -> tuple[bytes, ...]:
        sealed = self.court.letter(name, verb, body, key=key, **changed).sealed
        return (sealed, *(self.papers(papers) if papers else ()))

    def sealed(self, signed: object, deployment: str = "") -> bytes:
        plain = signed if isinstance(signed, bytes) else records.write(signed)
        genesis = self.court.zone.genesis
        return seal(genesis.custodian_key, binding("ask", deployment or genesis.deployment), plain)

    def asked(self, name: str, verb: str, body: bytes, **changed: object) -> Ask:
        deployment, nonce = self.court.zone.genesis.deployment, secrets.token_bytes(16)
        made = Ask(deployment, name, verb, body, self.court.zone.clock(), nonce, OwnKey.generate().public)
        return replace(made, **changed)

    def send(self, verb: str, *blobs: bytes, **body: Json) -> Message:
        """What anybody who reaches the socket can do; an ask that is answered is remembered."""
        door: Any = Door(self.court)
        answer = service.handlers(door, Path("no evidence process"))[verb](Message(verb, body, blobs))
        self.heard.append((verb, blobs))
        return answer


@dataclass
class Door:
    """The open custodian as the relay socket has it."""

    court: Court

    def acting(self) -> AbstractContextManager[Opened]:
        return nullcontext(self.court.zone.opened)

    def warm(self) -> None:
        """Pads are made when they are needed."""

    def used(self) -> None:
        """It does not lock by itself."""


@dataclass(frozen=True)
class State:
    """All that a forgery must not change: the store and what runs; and the log so far, and what was counted."""

    store: dict[tuple[str, str], bytes]
    running: frozenset[str]
    size: int
    root: bytes
    fresh: tuple[Entry, ...]
    noted: int
    counted: int

    @classmethod
    def of(cls, opened: Opened, before: "State | None" = None) -> "State":
        """As it is; `fresh`: the entries since `before`."""
        store, kept = opened.store, {}
        with store._statements() as database:
            for kind, key, value in database.execute("SELECT kind, key, value FROM records"):
                if kind not in NEVER_KEPT:
                    kept[kind, key] = record.decrypt(store._keys.of(kind).key, value, f"{kind}\0{key}".encode())
        since, size = before.size if before else 0, opened.sequencer.size
        fresh = tuple(opened.sequencer.entry(index) for index in range(since, size))
        said = sum(int(dict(entry.facts)["count"]) for entry in fresh if entry.kind is Kind.MALFORMED)
        noted = said + (before.noted if before else 0)
        root = opened.sequencer.checkpoint().root
        return cls(kept, frozenset(opened.desk.running), size, root, fresh, noted, noted + opened.desk.malformed)


Sent = tuple[str, tuple[bytes, ...], dict[str, Json]]
Forger = Callable[[Rogue, random.Random], Sent]
Forgers = dict[str, Forger]


def forgery(into: Forgers) -> Callable[[Forger], Forger]:
    """Keep a way to forge under its name in words."""

    def kept(act: Forger) -> Forger:
        into[act.__name__.replace("_", " ")] = act
        return act

    return kept


def turned(data: bytes, chance: random.Random) -> bytes:
    """Bytes cut, extended or with a bit turned."""
    at = chance.randrange(len(data))
    bit = bytes([data[at] ^ 1 << chance.randrange(8)])
    return chance.choice([data[:at] + bit + data[at + 1 :], data[:at], data + chance.randbytes(chance.randint(1, 9))])
