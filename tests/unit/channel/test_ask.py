"""ask: what the custodian reads is what the person signed, and only its answer opens."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from countenance.channel.ask import Asker
from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.channel.server import Server
from countenance.crypto import keypair
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.crypto.unseal import unseal
from countenance.crypto.verify import opened
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.vocabulary.acts import Nothing, Verb, Withdrawal
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask, Signed

CUSTODIAN = keypair.generate()
KEY = SigningKey.generate()
GENESIS = Genesis(
    deployment="0123456789abcdef",
    made=0,
    demo=True,
    assurance=Assurance.SINGLE_HOST,
    quorum=2,
    custodian_key=CUSTODIAN.public,
    log_key=bytes(32),
    log_origin="example/log",
    auditors_key=b"",
)
Answering = Callable[[Ask], tuple[bytes, ...]]


def sealed_answer(ask: Ask, value: object) -> bytes:
    info = binding("answer", ask.deployment, ask.nonce.hex())
    return seal(ask.reply_key, info, canonical.write(value))  # type: ignore[arg-type]


class Repository:
    """Passes asks on to a custodian in the same process, and remembers what it saw."""

    def __init__(self) -> None:
        self.seen: list[Message] = []
        self.asks: list[Ask] = []
        self.answering: Answering = lambda ask: (sealed_answer(ask, {"entry": 7}),)

    def relay(self, question: Message) -> Message:
        self.seen.append(question)
        letter = records.read(Signed, unseal(CUSTODIAN.private, binding("ask", GENESIS.deployment), question.blobs[0]))
        assert letter.signer == "officer-1"
        self.asks.append(opened(Ask, letter, KEY.public))
        return Message("answer", {}, self.answering(self.asks[-1]))


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    house, stop = Repository(), threading.Event()
    host = Server(tmp_path / "s", {"ask": house.relay, "search": house.relay}, log=lambda _: None)
    thread = threading.Thread(target=host.serve_forever, args=(stop,))
    thread.start()
    yield house
    stop.set()
    thread.join()


@pytest.fixture
def asker(repository: Repository, tmp_path: Path) -> Iterator[Asker]:
    with Connection(tmp_path / "s", timeout=60) as connection:
        yield Asker(GENESIS, connection, "officer-1", KEY, lambda: 1_700_000_000_000)


def test_the_custodian_reads_what_was_signed(asker: Asker, repository: Repository) -> None:
    assert asker.ask(Verb.WITHDRAW, Withdrawal("gate-1")) == {"entry": 7}
    ask = repository.asks[0]
    assert (ask.person, ask.verb, ask.made) == ("officer-1", "withdraw", 1_700_000_000_000)
    assert records.read(Withdrawal, ask.body) == Withdrawal("gate-1")
    assert b"gate-1" not in b"".join(repository.seen[0].blobs)
    assert repository.seen[0].body == {"warrant": "", "number": 0}


def test_relay_warrant_and_blobs_pass(asker: Asker, repository: Repository) -> None:
    repository.answering = lambda ask: (sealed_answer(ask, {}), b"bundle")
    got = asker.ask_with_blobs(Verb.WARRANTS, Nothing(), warrant="ab", number=2, relay="search", extra_blobs=(b"x",))
    assert got == ({}, (b"bundle",))
    assert repository.seen[0].verb == "search"
    assert repository.seen[0].body == {"warrant": "ab", "number": 2}
    assert repository.seen[0].blobs[1:] == (b"x",)


def test_every_ask_has_its_own_nonce_and_reply_key(asker: Asker, repository: Repository) -> None:
    asker.ask(Verb.WARRANTS, Nothing())
    asker.ask(Verb.WARRANTS, Nothing())
    first, second = repository.asks
    assert first.nonce != second.nonce
    assert first.reply_key != second.reply_key


def test_an_answer_that_is_not_the_custodians_does_not_pass(asker: Asker, repository: Repository) -> None:
    asker.ask(Verb.WARRANTS, Nothing())
    old = sealed_answer(repository.asks[0], {"entry": 7})
    wrong: list[tuple[type[Exception], Answering]] = [
        (Tampered, lambda _: (old,)),
        (Tampered, lambda _: (b"made up",)),
        (Tampered, lambda ask: (seal(keypair.generate().public, b"", b"{}"),)),
        (Malformed, lambda ask: (sealed_answer(ask, ["no object"]),)),
        (Malformed, lambda _: ()),
    ]
    for kind, answering in wrong:
        repository.answering = answering
        with pytest.raises(kind):
            asker.ask(Verb.WARRANTS, Nothing())


def test_a_refusal_arrives(asker: Asker, repository: Repository) -> None:
    def refuse(_: Ask) -> tuple[bytes, ...]:
        raise Refused("ask an approver first")

    repository.answering = refuse
    with pytest.raises(Refused, match="ask an approver first"):
        asker.ask(Verb.WARRANTS, Nothing())
