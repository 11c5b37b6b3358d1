"""Somebody who holds one person's key, or one person who wants more than the rules give."""

from dataclasses import replace

import pytest

from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.vocabulary.acts import Look, Nothing, Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Person, Role, Scope, Verdict, Warrant
from countenance.zones.custodian import requests, restricting, roster
from countenance.zones.custodian.cases import Candidate, WarrantState, candidate_key
from countenance.zones.custodian.records import Row
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import HOUR, NOW, SUBJECT, limits, person

SUBJECTS_NAME = "Given Family-Name"


@pytest.fixture
def court():
    with sitting() as court:
        yield court


def found(court: Court) -> tuple[Warrant, str]:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    return text, candidate


def narrowed(court: Court, text: Warrant) -> Warrant:
    after = replace(
        text, number=text.number + 1, narrowed_from=records.digest(text), limits=replace(text.limits, candidates=1)
    )
    court.file(after)
    court.say("supervisor-1", after)
    court.say("court-b/judge-1", after)
    return after


def test_a_long_name_does_not_keep_a_refusal_out_of_the_log(court: Court) -> None:
    for name in ("x" * 60_000, SUBJECTS_NAME):
        before = court.zone.opened.sequencer.size
        with pytest.raises(Refused):
            court.file(court.text(scope=Scope((name,), NOW - HOUR, NOW)))
        assert court.zone.opened.sequencer.size == before + 1
        assert court.zone.kinds()[-1] is Kind.REFUSED
        assert name not in str(court.facts(Kind.REFUSED))


def test_a_refusal_whose_reason_is_long_is_an_entry_too(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    def long(*_: object) -> None:
        raise Refused("x" * 60_000)

    monkeypatch.setattr(roster, "within", long)
    with pytest.raises(Refused):
        court.ask("operator-1", Verb.LOOK, Look("hall-east", THIS_HOUR, THIS_HOUR, "why"))
    assert court.zone.kinds()[-1] is Kind.REFUSED


def test_why_somebody_looks_is_not_in_the_log(court: Court) -> None:
    court.ask("operator-1", Verb.LOOK, Look("hall-east", THIS_HOUR, THIS_HOUR, f"theft by {SUBJECTS_NAME}"))
    assert SUBJECTS_NAME not in str(court.facts(Kind.LOOKED))
    assert len(court.facts(Kind.LOOKED)[-1]["reason_digest"]) == 64


def test_a_scope_beyond_the_calendar_is_refused_and_costs_nothing(court: Court) -> None:
    far = 2**53 - 10 * HOUR
    with pytest.raises(Refused):
        court.file(court.text(scope=Scope(("hall-east",), far, far + HOUR)))


def test_nothing_is_authorised_that_then_fails(monkeypatch: pytest.MonkeyPatch, court: Court) -> None:
    text = court.approved()

    def fails(*_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("countenance.zones.custodian.completeness.not_recorded", fails)
    with pytest.raises(RuntimeError):
        court.begin(text)
    assert Kind.AUTHORISED not in court.zone.kinds()
    state = court.zone.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    assert state.uses_left == text.limits.uses


def test_narrowing_shows_a_still_to_nobody_new(court: Court) -> None:
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    court.look("reviewer-2", text, candidate)
    after = narrowed(court, text)
    assert court.search(after)["candidates"] == [candidate]
    with pytest.raises(Refused, match="other reviewers"):
        court.look("reviewer-3", after, candidate)
    court.confirm(after, candidate)


def test_narrowing_does_not_bring_back_a_candidate_that_was_not_confirmed(court: Court) -> None:
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    court.look("reviewer-2", text, candidate)
    court.judge("reviewer-1", text, candidate, Verdict.SAME)
    court.judge("reviewer-2", text, candidate, Verdict.DIFFERENT)
    after = narrowed(court, text)
    court.search(after)
    for name in ("reviewer-1", "reviewer-2", "reviewer-3"):
        with pytest.raises(Refused, match="not confirmed"):
            court.look(name, after, candidate)
        with pytest.raises(Refused):
            court.judge(name, after, candidate)


def test_a_verdict_comes_too_late_when_the_warrant_has_expired(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved(limits=replace(limits(), expires=NOW + HOUR))
    (candidate,) = court.search(text)["candidates"]
    court.look("reviewer-1", text, candidate)
    court.zone.clock.now += HOUR
    with pytest.raises(Refused, match="expired"):
        court.judge("reviewer-1", text, candidate)
    kept = court.zone.opened.store.get(Candidate, candidate_key(text.warrant, text.number, candidate))
    assert kept is not None
    assert kept.verdicts == ()


def test_a_clock_set_back_brings_nothing_back(court: Court) -> None:
    text = court.approved(limits=replace(limits(), expires=NOW + HOUR))
    court.tell()
    court.zone.clock.now += 2 * HOUR
    with pytest.raises(Refused, match="expired"):
        court.search(text)
    court.zone.clock.now -= 2 * HOUR
    with pytest.raises(Refused):
        court.search(text)
    court.zone.crash()
    with pytest.raises(Unavailable):
        court.zone.open()


def test_a_key_that_was_replaced_is_nobody_elses(court: Court) -> None:
    opened, old = court.zone.opened, person("officer-1")
    roster.revoke(opened, "officer-1")
    roster.add(opened, replace(old, key=SigningKey.generate().public))
    size = opened.sequencer.size
    with pytest.raises(Refused, match="somebody else"):
        roster.add(opened, Person("supervisor-9", "court-b", (Role.APPROVER,), old.key))
    assert opened.sequencer.size == size


def test_an_order_signed_with_a_replaced_key_does_not_count(court: Court) -> None:
    sighting = court.pass_by(SUBJECT)
    name = court.ask("clerk-1", Verb.RESTRICT, Restriction((sighting,), "asked for"))["request"]
    order = Order(name, bytes.fromhex(name))
    court.ask("supervisor-1", Verb.ORDER, order)
    roster.revoke(court.zone.opened, "supervisor-1")
    roster.add(court.zone.opened, replace(person("supervisor-1"), key=SigningKey.generate().public))
    assert court.ask("court-b/judge-1", Verb.ORDER, order)["receipt"] is None
    assert court.zone.opened.store.get(Row, f"hall-east/{LAST_HOUR}/{sighting}") is not None
    assert court.ask("supervisor-2", Verb.ORDER, order)["receipt"] is not None
    assert sighting not in restricting.restricted(court.zone.opened)


def test_a_request_is_admitted_once_over_restarts(court: Court) -> None:
    letter = court.letter("supervisor-2", Verb.WARRANTS, Nothing())
    requests.admit(court.zone.opened, letter.sealed)
    court.zone.reopen()
    with pytest.raises(Refused, match="before"):
        requests.admit(court.zone.opened, letter.sealed)


def test_one_organisation_in_two_spellings_is_no_second_organisation(court: Court) -> None:
    size = court.zone.opened.sequencer.size
    for spelling in ("Police", "po lice".replace(" ", "\u200b"), "\uff50olice", "court-b ".strip().upper()):
        with pytest.raises((Refused, Malformed)):
            roster.add(
                court.zone.opened,
                Person("supervisor-9", spelling, (Role.APPROVER,), SigningKey.generate().public),
            )
    assert court.zone.opened.sequencer.size == size
    new = Person("supervisor-9", "ministry of the interior", (Role.APPROVER,), SigningKey.generate().public)
    roster.add(court.zone.opened, new)
