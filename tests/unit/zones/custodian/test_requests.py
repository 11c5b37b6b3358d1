from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto import sign
from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Ask
from countenance.zones.custodian import acts, requests, roster
from countenance.zones.custodian.cases import SeenNonce
from simulator.court import Court, sitting
from simulator.people import key_of


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def counted(court: Court) -> int:
    return court.zone.opened.desk.malformed + sum(int(facts["count"]) for facts in court.facts(Kind.MALFORMED))


def not_admitted(court: Court, sealed: bytes, error: type[CountenanceError]) -> None:
    """Refused, counted, and nothing kept."""
    seen, before = list(court.zone.opened.store.all(SeenNonce)), counted(court)
    with pytest.raises(error):
        acts.answer(court.zone.opened, Message("ask", {}, (sealed,)))
    assert list(court.zone.opened.store.all(SeenNonce)) == seen
    assert counted(court) == before + 1
    assert Kind.REFUSED not in court.zone.kinds()


def listing(court: Court, name: str = "officer-1", **changed: object) -> bytes:
    return court.letter(name, Verb.WARRANTS, Nothing(), **changed).sealed


def test_who_asks_is_answered_and_nobody_else_can_read_it(court):
    letter = court.letter("officer-1", Verb.WARRANTS, Nothing())
    answer = acts.answer(court.zone.opened, Message("ask", {}, (letter.sealed,)))
    assert letter.read(answer) == {"warrants": []}
    other = court.letter("officer-1", Verb.WARRANTS, Nothing())
    with pytest.raises(Tampered):
        other.read(answer)
    with pytest.raises(Tampered):
        replace(letter, own=other.own).read(answer)


@pytest.mark.parametrize(
    "changed",
    [
        {"deployment": "f" * 16},
        {"person": "officer-2"},
        {"verb": "everything"},
        {"nonce": bytes(15)},
        {"reply_key": bytes(1216)},
        {"reply_key": b""},
        {"key": key_of("nobody on the roster")},
        {"key": key_of("officer-2")},
    ],
    ids=["deployment", "person", "verb", "nonce", "no point", "no key", "a stranger's key", "another's key"],
)
def test_forgeries(court, changed):
    not_admitted(court, listing(court, **changed), CountenanceError)


def test_noise_and_letters_to_others(court):
    deployment, key = court.zone.genesis.deployment, court.zone.genesis.custodian_key
    ask = Ask(deployment, "officer-1", "warrants", b"{}", court.zone.clock(), bytes(16), key)
    signed = records.write(sign.signed(ask, "officer-1", key_of("officer-1")))
    for sealed in (
        b"",
        b"noise",
        seal(key, binding("ask", "f" * 16), signed),
        seal(key, binding("answer", deployment), signed),
        seal(key, binding("ask", deployment), b"noise"),
        seal(key, binding("ask", deployment), records.write(ask)),
        seal(key, binding("ask", deployment), signed[:-1]),
    ):
        not_admitted(court, sealed, CountenanceError)


def test_a_stranger_and_somebody_who_left(court):
    not_admitted(court, listing(court, "officer-9"), Tampered)
    letter = listing(court)
    roster.revoke(court.zone.opened, "officer-1")
    not_admitted(court, letter, Tampered)


def test_a_request_is_admitted_once(court):
    sealed = listing(court)
    acts.answer(court.zone.opened, Message("ask", {}, (sealed,)))
    not_admitted(court, sealed, Refused)
    court.zone.reopen()
    not_admitted(court, sealed, Refused)


@pytest.mark.parametrize("late", [5 * 60_000 + 1, -5 * 60_000 - 1])
def test_a_request_is_of_now(court, late):
    made = court.zone.clock()
    not_admitted(court, listing(court, made=made - late), Refused)


def test_nonces_are_forgotten_when_their_requests_are_stale(court):
    for minutes in range(0, 30, 3):
        acts.answer(court.zone.opened, Message("ask", {}, (listing(court),)))
        court.zone.clock.now += 3 * 60_000
        assert len(list(court.zone.opened.store.all(SeenNonce))) <= 5, minutes


def test_bad_requests_make_one_entry_a_minute(court):
    for _ in range(5):
        with pytest.raises(Tampered):
            acts.answer(court.zone.opened, Message("ask", {}, (b"noise",)))
    assert court.facts(Kind.MALFORMED) == [{"count": "1"}]
    court.zone.clock.now += 60_000
    with pytest.raises(Tampered):
        acts.answer(court.zone.opened, Message("ask"))
    assert court.facts(Kind.MALFORMED) == [{"count": "1"}, {"count": "5"}]


def test_a_malformed_body_is_counted_and_a_refusal_is_an_entry(court):
    with pytest.raises(Malformed):
        court.ask("officer-1", Verb.APPROVE, Nothing())
    assert len(court.facts(Kind.MALFORMED)) == 1
    with pytest.raises(Refused):
        court.ask("officer-1", Verb.SEARCH, Nothing())
    (refusal,) = court.facts(Kind.REFUSED)
    assert (refusal["verb"], refusal["person"]) == ("search", "officer-1")


def test_nothing_secret_is_shown(court):
    admitted = requests.admit(court.zone.opened, listing(court))
    assert repr(admitted) == "Admitted(officer-1, warrants)"
    assert "text" in repr(requests.Papers(b"text", b"template", b"key"))
    assert "template" not in repr(requests.Papers(b"text", b"template", b"key"))
