"""Credentials in hardware before two custodians: the second verifies every assertion by its own roster."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Approval, Verdict, Warrant
from countenance.zones.custodian import acts, enrolling, roster
from countenance.zones.custodian.cases import Candidate
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Counted
from simulator.authenticator import APPROVAL, Authenticator, enrolment
from simulator.court import Court, evidence_process, sitting
from simulator.people import SUBJECT, near, person
from simulator.second import Pair, Second

HANDS = ("court-b/judge-1", "supervisor-1", "reviewer-1", "reviewer-2")


class Bench:
    """A court that is no demo before two custodians. Approvers and reviewers have authenticators on both rosters."""

    def __init__(self, court: Court, second: Second) -> None:
        self.court, self.second = court, second
        self.keys = {name: Authenticator() for name in HANDS}
        for name in HANDS:
            for opened in (court.zone.opened, second.opened):
                self.enrol(opened, name)

    def enrol(self, opened: Opened, name: str) -> None:
        roster.revoke(opened, name)
        made = self.keys[name].register(enrolment(self.court.zone.genesis.deployment, name))
        enrolling.add(opened, replace(person(name), key=b""), [records.write(made)])

    def enrol_more(self, name: str) -> None:
        """Another credential at the second, since the only one that a person signs with is not lost by itself."""
        made = Authenticator().register(enrolment(self.court.zone.genesis.deployment, name))
        enrolling.add(self.second.opened, replace(person(name), key=b""), [records.write(made)])

    def send(self, name: str, verb: Verb, body: object, *papers: bytes) -> Message:
        zone = self.court.zone
        own, nonce = OwnKey.generate(), secrets.token_bytes(16)
        ask = Ask(zone.genesis.deployment, name, verb.value, records.write(body), zone.clock(), nonce, own.public)
        sealed = seal(
            zone.genesis.custodian_key,
            binding("ask", zone.genesis.deployment),
            records.write(self.keys[name].signed(ask)),
        )
        return acts.answer(zone.opened, Message("ask", {}, (sealed, *papers)))

    def approved(self) -> Warrant:
        text = self.court.text()
        self.court.file(text)
        for name in HANDS[:2]:
            now = self.court.zone.clock()
            word = Approval(text.warrant, text.number, records.digest(text), name, True, "", now)
            self.send(name, Verb.APPROVE, word)
        self.court.zone.clock.now += 10 * 60_000
        self.court.tell()
        return text

    def look(self, name: str, text: Warrant, candidate: str) -> Message:
        papers = self.court.filed[text.warrant, text.number]
        return self.send(name, Verb.CANDIDATE, Candidacy(text.warrant, text.number, candidate), *papers)

    def judge(self, name: str, text: Warrant, candidate: str) -> Message:
        return self.send(name, Verb.REVIEW, Review(text.warrant, text.number, candidate, Verdict.SAME))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with sitting(demo=False, approval=APPROVAL, kind=Pair) as court:
        assert isinstance(court.zone, Pair)
        yield Bench(court, court.zone.second)


def found(bench: Bench) -> tuple[Warrant, str]:
    bench.court.pass_by(near(SUBJECT, 0.8, 5))
    text = bench.approved()
    (candidate,) = bench.court.search(text)["candidates"]
    return text, candidate


def test_from_approval_to_evidence_by_credentials_on_both_rosters(bench: Bench, tmp_path: Path) -> None:
    text, candidate = found(bench)
    for name in HANDS[2:]:
        bench.look(name, text, candidate)
        bench.judge(name, text, candidate)
    # What a credential signed before it was lost stays signed, at the second as at the first.
    bench.enrol_more("reviewer-1")
    roster.lose(bench.second.opened, "reviewer-1", bench.keys["reviewer-1"].id)
    with evidence_process(tmp_path / "evidence") as heard:
        bench.court.disclose(text, candidate, tmp_path / "evidence")
    assert len(heard) == 2
    (state,) = (known for _, known in bench.second.opened.store.all(Candidate))
    assert state.outcome == "confirmed"


def test_the_seconds_own_roster_says_whose_credentials_count(bench: Bench) -> None:
    text = bench.approved()
    bench.enrol_more("supervisor-1")
    roster.lose(bench.second.opened, "supervisor-1", bench.keys["supervisor-1"].id)
    said = bench.second.refused(lambda: bench.court.search(text))
    assert isinstance(said, Refused)
    assert "1 of the 2 approvals needed are there, by hardware keys" in str(said)


def test_the_second_refuses_a_copied_authenticator(bench: Bench) -> None:
    text, candidate = found(bench)
    bench.look("reviewer-1", text, candidate)
    credential = bench.keys["reviewer-1"].id.hex()
    assert bench.second.opened.store.get(Counted, credential) == Counted(1)
    bench.second.opened.store.put(Counted(40), credential)
    assert "copy of it" in str(bench.second.refused(lambda: bench.look("reviewer-1", text, candidate)))


def test_a_registration_for_the_deployment_counts_at_the_second_and_at_its_origin_only(bench: Bench) -> None:
    opened, deployment = bench.second.opened, bench.court.zone.genesis.deployment
    someone = replace(person("court-b/judge-2"), key=b"")
    roster.revoke(opened, someone.name)
    for name, lies in ((f"{deployment}/second", {}), (deployment, {"origin": "https://elsewhere.localhost"})):
        made = Authenticator().register(enrolment(name, someone.name), **lies)
        with pytest.raises((Refused, Tampered)):
            enrolling.add(opened, someone, [records.write(made)])
    made = Authenticator().register(enrolment(deployment, someone.name))
    assert enrolling.add(opened, someone, [records.write(made)])["credentials"]


def test_one_custodian_and_no_origin_are_not_spelled_out(bench: Bench) -> None:
    genesis = bench.court.zone.genesis
    assert genesis.custodians == 2
    assert b"custodians" in records.write(genesis)
    plain = replace(genesis, custodians=1, approval=None)
    assert b"custodians" not in records.write(plain)
    assert records.read(Genesis, records.write(plain)) == plain
