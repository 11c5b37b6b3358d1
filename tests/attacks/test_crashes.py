"""The custodian dies between an entry and its effect: at the next opening, what the log says ended has ended."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.durable.journal import Journal
from countenance.errors import Refused, Unavailable
from countenance.vocabulary.acts import Verb, Withdrawal
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Verdict
from countenance.zones.custodian import cameras, edges, roster
from countenance.zones.custodian.cases import Candidate, WarrantState, candidate_key
from simulator.court import Court, sitting
from simulator.people import SUBJECT, person
from simulator.zone import Zone


@pytest.fixture
def court():
    with sitting() as court:
        yield court


def dies_before_the_store_is_written(monkeypatch: pytest.MonkeyPatch, zone: Zone, act: Callable[[], object]) -> None:
    def full(value: object, key: str) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(zone.opened.store, "put", full)
        with pytest.raises(Unavailable):
            act()
    zone.reopen()


def test_who_is_revoked_in_the_log_is_revoked(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    zone = court.zone
    dies_before_the_store_is_written(monkeypatch, zone, lambda: roster.revoke(zone.opened, "supervisor-1"))
    assert dict(zone.last(Kind.ROSTER).facts)["change"] == "revoke supervisor-1"
    with pytest.raises(Refused):
        roster.person(zone.opened, "supervisor-1")
    assert roster.person(zone.opened, "supervisor-2") == person("supervisor-2")
    # Who comes back afterwards is not revoked again.
    roster.add(zone.opened, person("supervisor-1"))
    zone.reopen()
    assert roster.person(zone.opened, "supervisor-1") == person("supervisor-1")


def test_an_edge_revoked_in_the_log_is_revoked(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    zone = court.zone
    dies_before_the_store_is_written(monkeypatch, zone, lambda: edges.revoke(zone.opened, "edge-1"))
    with pytest.raises(Refused):
        edges.edge(zone.opened, "edge-1")


def test_a_camera_withdrawn_in_the_log_is_withdrawn(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    zone = court.zone
    asked = zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-east"))
    dies_before_the_store_is_written(monkeypatch, zone, lambda: cameras.withdraw(zone.opened, asked))
    with pytest.raises(Refused):
        cameras.camera(zone.opened, "hall-east")
    assert cameras.camera(zone.opened, "hall-west")
    zone.declare("hall-east", court.edge)
    zone.reopen()
    assert cameras.camera(zone.opened, "hall-east")


def test_an_approval_taken_back_in_the_log_is_taken_back(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    text = court.approved()
    with monkeypatch.context() as patched:
        real = court.zone.opened.store.put

        def full(value: object, key: str) -> None:
            if isinstance(value, WarrantState):
                raise Unavailable("the disk is full")
            real(value, key)

        patched.setattr(court.zone.opened.store, "put", full)
        with pytest.raises(Unavailable):
            court.say("court-b/judge-1", text, approves=False)
    assert court.zone.kinds()[-1] is Kind.DECLINED
    court.zone.reopen()
    with pytest.raises(Refused):
        court.search(text)
    # The others' words stand; who took theirs back may give it again.
    court.say("court-b/judge-1", text)
    court.tell()
    assert court.search(text)["candidates"] == []


def test_no_outcome_is_kept_that_the_log_does_not_have(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    court.look("reviewer-1", text, candidate)
    court.look("reviewer-2", text, candidate)
    court.judge("reviewer-1", text, candidate)
    real = court.zone.opened.sequencer.append

    def stops(kind: Kind, facts: dict[str, str], of: int = -1) -> int:
        if "outcome" in facts:
            raise Unavailable("the disk is full")
        return real(kind, facts, of)

    with monkeypatch.context() as patched:
        patched.setattr(court.zone.opened.sequencer, "append", stops)
        with pytest.raises(Unavailable):
            court.judge("reviewer-2", text, candidate)
    kept = court.zone.opened.store.get(Candidate, candidate_key(text.warrant, text.number, candidate))
    assert kept is not None
    assert kept.outcome == ""
    court.zone.reopen()
    said = court.judge("reviewer-2", text, candidate, Verdict.SAME)
    assert said["outcome"] == "confirmed"


def test_a_closed_log_writes_into_nobody_elses_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"first")
    journal.close()
    # The operating system gives the lowest free number: this file gets the one the journal had.
    with (tmp_path / "store").open("w+b") as other:
        other.write(b"x" * 200)
        other.flush()
        with pytest.raises(Unavailable):
            journal.append(b"second")
        other.seek(0)
        assert other.read() == b"x" * 200
        journal.close()
        assert not other.closed
        other.flush()
        assert os.fstat(other.fileno()).st_size == 200
