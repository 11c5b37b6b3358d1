"""The copied login, as far as approvals go: whatever somebody copied or was tricked into making, it approves nothing.

What the attacker may have: recorded assertions, the repository and its sign-in page, an authenticator of their own, a
copy of somebody else's, a person's key file. After every refusal nothing has changed.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Approval, Person, Role, Warrant
from countenance.zones.custodian import acts, enrolling, requests, roster
from countenance.zones.custodian.cases import WarrantState
from simulator.authenticator import (
    APPROVAL,
    MAY_BE_COPIED,
    PRESENT,
    VERIFIED,
    Authenticator,
    Maker,
    enrolment,
)
from simulator.court import Court, sitting
from simulator.people import key_of, person

JUDGE, OTHER_JUDGE, SUPERVISOR = "court-b/judge-1", "court-b/judge-2", "supervisor-1"
CONSOLE = "https://console.localhost:8443"


class Bench:
    """A court that is no demo, whose approvers have authenticators and no key files."""

    def __init__(self, court: Court) -> None:
        self.court, self.opened = court, court.zone.opened
        self.keys = {name: Authenticator() for name in (JUDGE, OTHER_JUDGE, SUPERVISOR)}
        for name, own in self.keys.items():
            roster.revoke(self.opened, name)
            made = own.register(enrolment(court.zone.genesis.deployment, name))
            enrolling.add(self.opened, replace(person(name), key=b""), [records.write(made)])

    def ask(self, name: str, verb: Verb, body: object, **changed: object) -> Ask:
        deployment, nonce = self.court.zone.genesis.deployment, secrets.token_bytes(16)
        self.own = OwnKey.generate()
        made = Ask(deployment, name, verb.value, records.write(body), self.court.zone.clock(), nonce, self.own.public)
        return replace(made, **changed)

    def word(self, name: str, text: Warrant, **changed: object) -> Ask:
        digest = records.digest(text)
        said = Approval(text.warrant, text.number, digest, name, True, "", self.court.zone.clock())
        return self.ask(name, Verb.APPROVE, replace(said, **changed))

    def send(self, signed: Signed) -> Message:
        info = binding("ask", self.court.zone.genesis.deployment)
        sealed = seal(self.court.zone.genesis.custodian_key, info, records.write(signed))
        return acts.answer(self.opened, Message("ask", {}, (sealed,)))

    def approve(self, name: str, text: Warrant, own: Authenticator | None = None, **lies: object) -> Message:
        return self.send((own or self.keys[name]).signed(self.word(name, text), **lies))

    def state(self, text: Warrant) -> WarrantState | None:
        return self.opened.store.get(WarrantState, text.warrant)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with sitting(demo=False, approval=APPROVAL) as court:
        yield Bench(court)


@pytest.fixture
def text(bench: Bench) -> Warrant:
    made = bench.court.text()
    bench.court.file(made)
    return made


def refused(bench: Bench, text: Warrant, act: Callable[[], object], kind: type[CountenanceError], match: str) -> None:
    before = bench.state(text), roster.members(bench.opened)
    with pytest.raises(kind, match=match):
        act()
    assert (bench.state(text), roster.members(bench.opened)) == before


def test_two_people_at_their_authenticators_are_a_quorum(bench: Bench, text: Warrant) -> None:
    bench.approve(JUDGE, text)
    bench.approve(SUPERVISOR, text)
    refused(bench, text, lambda: bench.court.search(text), Refused, "may still be taken back")
    bench.court.zone.clock.now += 10 * 60_000
    bench.court.tell()
    assert bench.court.search(text)["candidates"] == []


def test_an_approval_taken_back_within_the_period_stops_the_search(bench: Bench, text: Warrant) -> None:
    bench.approve(JUDGE, text)
    bench.approve(SUPERVISOR, text)
    bench.court.zone.clock.now += 9 * 60_000
    bench.send(bench.keys[SUPERVISOR].signed(bench.word(SUPERVISOR, text, approves=False, reason="withdrawn")))
    bench.court.zone.clock.now += 2 * 60_000
    refused(bench, text, lambda: bench.court.search(text), Refused, "1 of the 2 approvals needed")
    # Whoever completes the quorum again has the whole period again.
    bench.approve(SUPERVISOR, text)
    refused(bench, text, lambda: bench.court.search(text), Refused, "may still be taken back")
    bench.court.zone.clock.now += 10 * 60_000
    bench.court.tell()
    assert bench.court.search(text)["candidates"] == []


def test_a_recorded_assertion_is_refused(bench: Bench, text: Warrant) -> None:
    recorded = bench.keys[JUDGE].signed(bench.word(JUDGE, text))
    bench.send(recorded)
    refused(bench, text, lambda: bench.send(recorded), Refused, "made before")
    bench.court.zone.clock.now += requests.FRESH_MINUTES * 60_000 + 1
    refused(bench, text, lambda: bench.send(recorded), Refused, "last five minutes")


def test_a_recorded_assertion_moved_to_another_ask_is_refused(bench: Bench, text: Warrant) -> None:
    recorded = bench.keys[JUDGE].signed(bench.word(JUDGE, text, approves=False, reason="no"))
    moved = replace(recorded, body=records.write(bench.word(JUDGE, text)))
    refused(bench, text, lambda: bench.send(moved), Tampered, "does not verify")
    other = bench.court.text(warrant="f" * 16)
    refused(
        bench, text, lambda: bench.send(replace(recorded, body=records.write(bench.word(JUDGE, other)))), Tampered, "."
    )


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": CONSOLE},
        {"origin": CONSOLE, "rp_id": "console.localhost"},
        {"rp_id": "console.localhost"},
        {"rp_id": "localhost"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | MAY_BE_COPIED},
        {"kind": "webauthn.create"},
        {"crossOrigin": True},
        {"crossOrigin": True, "topOrigin": CONSOLE},
    ],
    ids=str,
)
def test_an_assertion_made_elsewhere_or_without_the_person(bench: Bench, text: Warrant, lie: dict) -> None:
    refused(bench, text, lambda: bench.approve(JUDGE, text, **lie), Tampered, ".")


def test_a_sign_in_whose_challenge_is_the_warrants_hash_approves_nothing(bench: Bench, text: Warrant) -> None:
    """A hostile repository shows its own sign-in page and uses what should be approved as the challenge."""
    ask = bench.word(JUDGE, text)
    for challenge in (records.digest(text), hashlib.sha256(records.write(ask)).digest()):
        lies = {"origin": CONSOLE, "rp_id": "console.localhost", "challenge": challenge}
        made = bench.keys[JUDGE].signed(ask, **lies)
        refused(bench, text, lambda made=made: bench.send(made), Tampered, "does not verify")
        # Nor with the sign-in credential, which is another, however alike.
        sign_in = Authenticator()
        made = sign_in.signed(ask, **lies)
        refused(bench, text, lambda made=made: bench.send(made), Tampered, "not on the roster")


def test_a_challenge_that_is_the_bare_hash_of_the_warrant_is_no_ask(bench: Bench, text: Warrant) -> None:
    made = bench.keys[JUDGE].signed(bench.word(JUDGE, text), challenge=records.digest(text))
    refused(bench, text, lambda: bench.send(made), Tampered, "does not verify")


def test_a_copy_of_an_authenticator_shows_by_its_counter(bench: Bench, text: Warrant) -> None:
    own = bench.keys[JUDGE]
    copy = Authenticator(key=own.key, id=own.id)
    bench.approve(JUDGE, text)
    bench.send(own.signed(bench.word(JUDGE, text, approves=False, reason="thought again")))
    before = bench.state(text)
    refused(bench, text, lambda: bench.approve(JUDGE, text, copy), Refused, "counted fewer")
    said = dict(bench.court.zone.last(Kind.REFUSED).facts)
    assert (said["verb"], said["person"]) == ("approve", JUDGE)
    # Nor does it help the copy not to count at all.
    copy.counts = False
    refused(bench, text, lambda: bench.approve(JUDGE, text, copy), Refused, "counted fewer")
    assert bench.state(text) == before


def test_an_authenticator_that_never_counts_still_signs(bench: Bench, text: Warrant) -> None:
    bench.keys[JUDGE].counts = False
    bench.approve(JUDGE, text)
    bench.send(bench.keys[JUDGE].signed(bench.word(JUDGE, text, approves=False, reason="no")))
    state = bench.state(text)
    assert state is not None
    assert len(state.approvals) == 2


def test_another_persons_credential(bench: Bench, text: Warrant) -> None:
    own = bench.keys[OTHER_JUDGE]
    refused(bench, text, lambda: bench.approve(JUDGE, text, own), Tampered, "not on the roster for this person")
    claimed = replace(own.signed(bench.word(JUDGE, text)), signer=OTHER_JUDGE)
    refused(bench, text, lambda: bench.send(claimed), Tampered, "another person")


def test_a_stolen_key_file_approves_reviews_and_orders_nothing(bench: Bench, text: Warrant) -> None:
    court = bench.court
    for name in ("court-b/judge-5", "police/judge-4"):
        roster.add(bench.opened, Person(name, name.split("/")[0], (Role.APPROVER,), key_of(name).public))
        refused(bench, text, lambda name=name: court.say(name, text), Refused, "hardware keys")
        refused(bench, text, lambda name=name: court.say(name, text, approves=False), Refused, "hardware keys")
    for name, verb, body in (
        ("clerk-1", Verb.RESTRICT, Restriction(("0" * 32,), "x")),
        ("court-b/judge-5", Verb.ORDER, Order("0" * 64, bytes(32))),
    ):
        with pytest.raises(Refused, match="hardware keys"):
            court.ask(name, verb, body)


def test_a_lost_credential_is_void_and_so_is_what_waits(bench: Bench, text: Warrant) -> None:
    spare = Authenticator()
    made = spare.register(enrolment(bench.court.zone.genesis.deployment, JUDGE))
    enrolling.add(bench.opened, replace(person(JUDGE), key=b""), [records.write(made)])
    bench.approve(JUDGE, text)
    bench.approve(SUPERVISOR, text)
    bench.court.zone.clock.now += 10 * 60_000
    bench.court.tell()
    enrolling.revoke(bench.opened, JUDGE, bench.keys[JUDGE].id.hex()[:16])
    refused(bench, text, lambda: bench.court.search(text), Refused, "1 of the 2 approvals needed")
    refused(bench, text, lambda: bench.approve(JUDGE, text), Tampered, "or no longer")
    bench.approve(JUDGE, text, spare)
    bench.court.zone.clock.now += 10 * 60_000
    assert bench.court.search(text)["candidates"] == []
    # The lost one comes back under no name.
    for name in (JUDGE, OTHER_JUDGE):
        again = bench.keys[JUDGE].register(enrolment(bench.court.zone.genesis.deployment, name))
        with pytest.raises(Refused, match=r"revoked|somebody else"):
            enrolling.add(bench.opened, replace(person(name), key=b""), [records.write(again)])


@pytest.mark.parametrize(
    ("lie", "match"),
    [
        ({"flags": PRESENT | VERIFIED | MAY_BE_COPIED}, "copied to other devices"),
        ({"chain": ()}, "certificate of its maker"),
        ({"origin": CONSOLE}, "does not verify"),
        ({"rp_id": "console.localhost"}, "does not verify"),
        ({"flags": PRESENT}, "does not verify"),
    ],
    ids=str,
)
def test_a_credential_that_may_not_be_enrolled(bench: Bench, text: Warrant, lie: dict, match: str) -> None:
    made = Authenticator().register(enrolment(bench.court.zone.genesis.deployment, JUDGE), **lie)

    def enrol() -> object:
        return enrolling.add(bench.opened, replace(person(JUDGE), key=b""), [records.write(made)])

    refused(bench, text, enrol, CountenanceError, match)


def test_an_authenticator_of_a_maker_that_is_not_listed(bench: Bench, text: Warrant) -> None:
    made = Authenticator(maker=Maker("other")).register(enrolment(bench.court.zone.genesis.deployment, JUDGE))
    add = lambda: enrolling.add(bench.opened, replace(person(JUDGE), key=b""), [records.write(made)])  # noqa: E731
    refused(bench, text, add, Refused, "allow-list")


def test_one_credential_for_two_persons_or_a_registration_for_another(bench: Bench, text: Warrant) -> None:
    deployment = bench.court.zone.genesis.deployment
    new = Person("court-c/judge", "court-c", (Role.APPROVER,), b"")
    twice = bench.keys[JUDGE].register(enrolment(deployment, new.name))
    refused(bench, text, lambda: enrolling.add(bench.opened, new, [records.write(twice)]), Refused, "somebody else")
    for told in (enrolment(deployment, JUDGE), enrolment("0" * 16, new.name)):
        made = records.write(Authenticator().register(told))
        refused(bench, text, lambda made=made: enrolling.add(bench.opened, new, [made]), Refused, "another name")


def test_where_there_is_no_approval_origin_no_assertion_counts(tmp_path: Path) -> None:
    with sitting() as court:
        text = court.text()
        court.file(text)
        own = Authenticator()
        ask = Ask(
            court.zone.genesis.deployment,
            JUDGE,
            Verb.APPROVE.value,
            records.write(Approval(text.warrant, 1, records.digest(text), JUDGE, True, "", court.zone.clock())),
            court.zone.clock(),
            bytes(16),
            OwnKey.generate().public,
        )
        info = binding("ask", court.zone.genesis.deployment)
        sealed = seal(court.zone.genesis.custodian_key, info, records.write(own.signed(ask)))
        with pytest.raises(Tampered, match="no approval origin"):
            acts.answer(court.zone.opened, Message("ask", {}, (sealed,)))
