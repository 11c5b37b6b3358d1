"""Somebody who asks at the door without a face, straight at a custodian."""

import hashlib
import secrets
from dataclasses import dataclass, field, replace

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.formats import records
from countenance.vocabulary.rights import Enquiry, Question, Statement, Wish
from countenance.zones.custodian.rights import questions
from simulator.people import NOW
from simulator.zone import Zone

MINUTE = 60_000


@dataclass
class Asker:
    """Somebody at the portal, with the code that it gave them."""

    zone: Zone
    code: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    own: OwnKey = field(default_factory=OwnKey.generate)
    sealed: bytes = b""

    def question(self, wish: Wish = Wish.DELETE, camera: str = "hall-1", **other: object) -> Question:
        said = Question(
            deployment=self.zone.genesis.deployment,
            wish=wish,
            camera=camera,
            start=NOW - 26 * MINUTE,
            end=NOW - 10 * MINUTE,
            words="a red scarf",
            language="en",
            code_hash=hashlib.sha256(self.code).digest(),
            made=self.zone.clock(),
            nonce=secrets.token_bytes(16),
            reply_key=self.own.public,
        )
        return replace(said, **other)  # type: ignore[arg-type] - what a test makes different

    def ask(self, question: Question | None = None) -> Statement:
        said = question or self.question()
        info = binding("question", self.zone.genesis.deployment)
        self.sealed = seal(self.zone.genesis.custodian_key, info, records.write(said))
        return self.told(questions.ask(self.zone.opened, Message("door.ask", {}, (self.sealed,))), said.nonce)

    def look_up(self, code: bytes | None = None) -> Statement:
        genesis, nonce = self.zone.genesis, secrets.token_bytes(16)
        enquiry = Enquiry(genesis.deployment, code or self.code, self.zone.clock(), nonce, self.own.public)
        sealed = seal(genesis.custodian_key, binding("enquiry", genesis.deployment), records.write(enquiry))
        return self.told(questions.status(self.zone.opened, Message("door.status", {}, (sealed,))), nonce)

    def told(self, answer: Message, nonce: bytes) -> Statement:
        info = binding("answer", self.zone.genesis.deployment, nonce.hex())
        return records.read(Statement, self.own.open(info, answer.blobs[0]))
