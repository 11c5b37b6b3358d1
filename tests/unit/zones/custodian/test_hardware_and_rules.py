"""Credentials in hardware with urgent warrants, freezes and their clearing, in a deployment that is no demo."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import Refused
from countenance.formats import canonical, records
from countenance.log import policy_rules, rules
from countenance.log.lives import figures, lives
from countenance.vocabulary.acts import Clearance, Nothing, Verb
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval, Warrant, WarrantKind
from countenance.zones.custodian import acts, enrolling, freezing, roster
from countenance.zones.custodian.freezing import Cause
from simulator.authenticator import APPROVAL, Authenticator, enrolment
from simulator.court import Court, sitting
from simulator.people import HOUR, key_of, limits, person

JUDGE, OTHER_JUDGE, SUPERVISOR = "court-b/judge-1", "court-b/judge-2", "supervisor-1"
PERIOD = 10 * 60_000


class Bench:
    """Approvers who have authenticators and no key files."""

    def __init__(self, court: Court) -> None:
        self.court, self.opened = court, court.zone.opened
        self.keys = {name: Authenticator() for name in (JUDGE, OTHER_JUDGE, SUPERVISOR)}
        for name in self.keys:
            roster.revoke(self.opened, name)
            self.enrol(name, self.keys[name])

    def enrol(self, name: str, own: Authenticator) -> None:
        made = own.register(enrolment(self.court.zone.genesis.deployment, name))
        enrolling.add(self.opened, replace(person(name), key=b""), [records.write(made)])

    def send(self, name: str, verb: Verb, body: object) -> dict:
        genesis, own, nonce = self.court.zone.genesis, OwnKey.generate(), secrets.token_bytes(16)
        ask = Ask(genesis.deployment, name, verb.value, records.write(body), self.court.zone.clock(), nonce, own.public)
        letter = records.write(self.keys[name].signed(ask))
        sealed = seal(genesis.custodian_key, binding("ask", genesis.deployment), letter)
        answer = acts.answer(self.opened, Message("ask", {}, (sealed,)))
        return canonical.read(own.open(binding("answer", genesis.deployment, nonce.hex()), answer.blobs[0]))

    def approve(self, name: str, text: Warrant) -> dict:
        now = self.court.zone.clock()
        said = Approval(text.warrant, text.number, records.digest(text), name, True, "", now)
        return self.send(name, Verb.APPROVE, said)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with sitting(demo=False, approval=APPROVAL) as court:
        yield Bench(court)


def urgent(bench: Bench) -> Warrant:
    made = bench.court.zone.clock()
    ends = limits(expires=made + 24 * HOUR, secrecy_end=made + 90 * 24 * HOUR)
    text = bench.court.text(kind=WarrantKind.URGENT, made=made, limits=ends)
    bench.court.file(text)
    return text


def test_an_urgent_warrant_waits_for_no_period_and_an_ordinary_one_does(bench: Bench) -> None:
    bench.court.tell()
    text = urgent(bench)
    assert bench.approve(SUPERVISOR, text)["settles"] == 0
    bench.court.search(text)
    # Confirming it makes nobody wait either.
    assert bench.approve(JUDGE, text)["settles"] == 0
    bench.court.search(text)
    ordinary = bench.court.text(warrant="f" * 16)
    bench.court.file(ordinary)
    bench.approve(SUPERVISOR, ordinary)
    settles = bench.court.zone.clock() + PERIOD
    assert bench.approve(JUDGE, ordinary)["settles"] == settles
    listed = bench.court.ask("officer-1", Verb.WARRANTS, Nothing())["warrants"]
    assert [line["settles"] for line in listed if line["warrant"] == ordinary.warrant] == [settles]


def test_a_key_file_clears_nobody_and_two_credentials_do(bench: Bench) -> None:
    entry = freezing.freeze(bench.opened, "officer-1", Cause.BUDGET, {}, of=-1)
    with pytest.raises(Refused, match="hardware keys"):
        bench.court.ask("supervisor-2", Verb.CLEAR, Clearance("officer-1", entry), key=key_of("supervisor-2"))
    assert bench.send(SUPERVISOR, Verb.CLEAR, Clearance("officer-1", entry))["signatures"] == 1
    # Neither has a key file: they are two persons all the same.
    done = bench.send(JUDGE, Verb.CLEAR, Clearance("officer-1", entry))
    assert (done["cleared"], done["signatures"]) == (True, 2)
    assert not freezing.is_frozen(bench.opened, "officer-1")
    entries = list(bench.opened.sequencer.entries())
    assert policy_rules.check(entries, bench.court.zone.genesis) == ()


def test_what_a_lost_credential_signed_clears_nobody(bench: Bench) -> None:
    entry = freezing.freeze(bench.opened, "officer-1", Cause.BUDGET, {}, of=-1)
    bench.send(SUPERVISOR, Verb.CLEAR, Clearance("officer-1", entry))
    lost, bench.keys[SUPERVISOR] = bench.keys[SUPERVISOR], Authenticator()
    bench.enrol(SUPERVISOR, bench.keys[SUPERVISOR])
    roster.lose(bench.opened, SUPERVISOR, lost.id)
    done = bench.send(JUDGE, Verb.CLEAR, Clearance("officer-1", entry))
    assert (done["cleared"], done["signatures"]) == (False, 1)
    done = bench.send(SUPERVISOR, Verb.CLEAR, Clearance("officer-1", entry))
    assert done["cleared"]


def test_the_audits_figures_know_what_was_urgent_and_what_for(bench: Bench) -> None:
    bench.court.tell()
    text = urgent(bench)
    bench.approve(SUPERVISOR, text)
    bench.approve(JUDGE, text)
    bench.court.search(text)
    ordinary = bench.court.text(warrant="f" * 16)
    bench.court.file(ordinary)
    entries = list(bench.opened.sequencer.entries())
    told = lives(entries)
    assert [(life.urgent, life.purpose, life.cameras) for life in told] == [
        (True, "missing person", 2),
        (False, "missing person", 2),
    ]
    counted = figures(entries, told)
    assert (counted["urgent_share"], counted["searches_by_purpose"]) == (0.5, {"missing person": 1})
    assert rules.check(entries, bench.court.zone.genesis)[0] == ()
