"""Mutated calls at the second custodian's door: of whoever reaches it, and of a first custodian that is taken over.

The one mutates what goes over the line; the other what people and edges signed, or where it belongs, and signs the call
itself. Nothing crashes; what somebody signed is taken as they signed it or not at all.
"""

import hashlib
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from attacks.forgeries import State
from countenance.channel.message import Message
from countenance.crypto import sign
from countenance.formats import records
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Call
from countenance.zones.custodian import stacking
from countenance.zones.custodian.calling import CALLER, Caller
from countenance.zones.custodian.cases import Candidate, SeenNonce, WarrantState
from countenance.zones.custodian.second import service
from prove.scale import count
from prove.test_fuzz import framed, mutated
from prove.test_fuzz_custodian import answered
from simulator.court import LAST_HOUR, THIS_HOUR, Court, evidence_process, sitting
from simulator.people import SUBJECT
from simulator.second import ROWS, Pair, order, words

HERE = ("hall-east", LAST_HOUR)

NONCES = {"still", "disclosure", "search.pads", "rotate", "remake"}
"""Verbs whose last blob is nonces: any 16 bytes are one, and a value for a wrong one opens nothing."""


@dataclass(frozen=True)
class Said:
    """What the first custodian says in one call, before it signs it."""

    verb: str
    body: bytes
    blobs: tuple[bytes, ...]

    def signed(self, pair: Pair) -> Message:
        """As a call that the second has not heard yet."""
        digests = tuple(hashlib.sha256(blob).digest() for blob in self.blobs)
        number = max(pair.clock(), pair.second.opened.desk.heard + 1)
        call = Call(pair.second.genesis.deployment, self.verb, number, self.body, digests)
        return Message(self.verb, {}, (records.write(sign.signed(call, CALLER, pair.opened.signing)), *self.blobs))

    def turned(self, chance: random.Random) -> tuple["Said", bool]:
        """With one piece mutated, and whether it is a paper that somebody else signed or that a paper names."""
        papers = len(self.blobs) - (self.verb in NONCES)
        at = chance.randrange(-1, papers)
        if at < 0:
            return Said(self.verb, mutated(self.body, chance), self.blobs), False
        piece = mutated(self.blobs[at], chance)
        blobs = (*self.blobs[:at], piece, *self.blobs[at + 1 :])
        return Said(self.verb, self.body, blobs), not piece.startswith(self.blobs[at])


def real(court: Court, pair: Pair, folder: Path) -> list[Said]:
    """One call of each verb that the second answered, and would answer again."""
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    court.confirm(text, candidate)
    with evidence_process(folder / "evidence"):
        court.disclose(text, candidate, folder / "evidence")
    court.ask("operator-1", Verb.LOOK, Look("hall-east", LAST_HOUR, THIS_HOUR, "a reason"))
    caller: Any = pair.opened.second
    caller.ask("rotate", {"camera": HERE[0], "hour": HERE[1], "dimension": 128}, bytes(16))
    about = order(court)
    stacking.renewed(caller, about, words(court, about, "supervisor-1", "court-b/judge-1"), place=HERE, rows=ROWS)
    said = {}
    for message in pair.second.heard:
        call = records.read(Call, records.read(Signed, message.blobs[0]).body)
        said[call.verb] = Said(call.verb, call.body, message.blobs[1:])
    return list(said.values())


def forgetting(pair: Pair) -> Callable[[], None]:
    """What makes the second forget who has asked or judged since: then it is the paper itself that stands between."""
    store = pair.second.opened.store
    states = list(store.all(WarrantState))
    seen = [(name, replace(known, verdicts=(), outcome="")) for name, known in store.all(Candidate)]

    def forget() -> None:
        for name, _ in list(store.all(SeenNonce)):
            store.drop(SeenNonce, name)
        for name, known in (*states, *seen):
            store.put(known, name)

    forget()
    return forget


@pytest.mark.timeout(3000)
def test_no_mutated_call_is_accepted(tmp_path: Path) -> None:
    chance, faults, verbs = random.Random(13), list[str](), set[str]()
    with sitting(kind=Pair) as court:
        pair = court.zone
        assert isinstance(pair, Pair)
        assert isinstance(pair.opened.second, Caller)
        custodian: Any = Door(pair)
        handlers = service.handlers(custodian)
        said = real(court, pair, tmp_path)
        assert {one.verb for one in said} >= set(service.ACTS) - {"ready"}
        forget = forgetting(pair)
        before = State.of(pair.second.opened)
        for at in range(count(200_000, 2_000)):
            one = chance.choice(said)
            if at % 2:
                whole = framed(one.signed(pair))
                data, paper = mutated(whole, chance), True
                if data.startswith(whole):
                    continue
            else:
                forget()
                turned, paper = one.turned(chance)
                data = framed(turned.signed(pair))
            for answer in answered(handlers, data, faults):
                assert not paper or answer.verb == "error", (one.verb, answer)
                verbs.add(answer.verb)
        forget()
        after = State.of(pair.second.opened, before)
        assert faults == []
        assert "error" in verbs
        assert after.store == before.store


@dataclass
class Door:
    """The open second custodian as its socket has it."""

    pair: Pair

    def acting(self) -> Any:
        return nullcontext(self.pair.second.opened)

    def summary(self) -> dict[str, Any]:
        return {"state": "open"}
