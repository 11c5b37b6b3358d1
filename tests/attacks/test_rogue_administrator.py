"""The rogue administrator: root on the repository, and whoever else reaches the relay socket, forges 1,000 ways.

After each: refused; an entry where the request was well-formed and by somebody who may ask, a count where it was not;
and nothing else has changed, in the store or in what runs.
"""

import random
from collections.abc import Iterator, Sequence

import pytest

from attacks.forged_acts import REFUSED
from attacks.forged_letters import COUNTED
from attacks.forged_records import RELAYED
from attacks.forgeries import Rogue, State
from countenance.channel.message import Message
from countenance.crypto import verify
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Approval
from countenance.warrants import quorum
from countenance.zones.custodian import requests
from countenance.zones.custodian.requests import MINUTE
from simulator.court import sitting

FORGERIES = 1000
KINDS = {**REFUSED, **COUNTED, **RELAYED}


@pytest.fixture(scope="module")
def rogue() -> Iterator[Rogue]:
    with sitting() as court:
        yield Rogue.set_up(court)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_fails_against_product(rogue: Rogue, kind: str) -> None:
    chance, opened = random.Random(kind), rogue.court.zone.opened
    before = State.of(opened)
    for _ in range(-(-FORGERIES // len(KINDS))):
        verb, blobs, body = KINDS[kind](rogue, chance)
        with pytest.raises(CountenanceError) as caught:
            refused_one_by_one(rogue.send(verb, *blobs, **body))
        after = State.of(opened, before)
        assert not isinstance(caught.value, Unavailable), caught.value
        fresh = [entry.kind for entry in after.fresh if entry.kind is not Kind.MALFORMED]
        assert fresh == ([Kind.REFUSED] if kind in REFUSED else []), caught.value
        assert after.counted - before.counted == (kind not in REFUSED), caught.value
        assert after.store == before.store, caught.value
        assert after.running == before.running
        assert opened.sequencer.checkpoint(before.size).root == before.root, "nothing in the log was rewritten"
        before = after


def test_what_is_counted_becomes_one_entry_a_minute(rogue: Rogue) -> None:
    opened = rogue.court.zone.opened
    before = State.of(opened)
    for _ in range(2):
        rogue.court.zone.clock.now += MINUTE
        for _ in range(20):
            with pytest.raises(CountenanceError):
                rogue.send("ask", b"noise")
    after = State.of(opened, before)
    assert [entry.kind for entry in after.fresh] == [Kind.MALFORMED] * 2
    assert after.counted == before.counted + 40


@pytest.mark.parametrize("kind", ["signed by a stranger", "replayed"])
def test_succeeds_without_mitigation(rogue: Rogue, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a signature for granted, or remembers no letter, answers."""
    weakened = {"signed by a stranger": (verify, "verify"), "replayed": (requests, "once")}
    monkeypatch.setattr(*weakened[kind], lambda *_: None)
    verb, blobs, body = KINDS[kind](rogue, random.Random(1))
    assert rogue.send(verb, *blobs, **body).blobs


def test_succeeds_where_keys_are_counted_and_not_persons(rogue: Rogue, monkeypatch: pytest.MonkeyPatch) -> None:
    court, text = rogue.court, rogue.warrants["one organisation"]
    with pytest.raises(Refused):
        court.search(text)
    monkeypatch.setattr(quorum, "check", counts_keys)
    assert court.search(text)["candidates"] == [rogue.candidate]


def counts_keys(approvals: Sequence[Approval], **_: object) -> None:
    if len(approvals) < quorum.LEAST_PERSONS:
        raise Refused("too few")


def refused_one_by_one(answer: Message) -> None:
    """Intake takes what it can of many sightings, and names what it does not take."""
    if answer.body.get("refused") and not answer.body["taken"]:
        raise Refused("no sighting that was presented was taken")
