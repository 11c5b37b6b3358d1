"""Urgent: one opens it, others are told, a quorum confirms it within a day, or it ends and both are frozen."""

import secrets
from collections.abc import Iterator

import pytest

from countenance.errors import Refused
from countenance.log import policy_rules, rules
from countenance.matching import encode
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant, WarrantKind
from countenance.zones.custodian import urgency
from countenance.zones.custodian.cases import Candidate, WarrantState
from simulator.court import Court, evidence_process, sitting
from simulator.people import HOUR, SUBJECT, limits, near, probe, unit

DAY = 24 * HOUR


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def urgent(court: Court, seed: int = 0, **changed: object) -> Warrant:
    """An urgent draft. `seed`: of its probe; 0 for the subject."""
    vector = unit(1000 + seed) if seed else SUBJECT
    return _drafted(court, vector, **{"case": f"case {seed}", **changed})


def _drafted(court: Court, vector: object, **changed: object) -> Warrant:
    template = encode.to_bytes(encode.encode(vector))
    made = court.zone.clock()
    text = court.text(
        **{
            "warrant": secrets.token_hex(8),
            "kind": WarrantKind.URGENT,
            "made": made,
            "probe": probe(template, court.zone.probe.signing),
            "limits": limits(expires=made + DAY, secrecy_end=made + 90 * DAY),
            **changed,
        }
    )
    court.file(text, text.requester, template=template)
    return text


def lines(court: Court, name: str = "court-b/judge-2") -> dict[str, dict]:
    return {one["warrant"]: one for one in court.ask(name, Verb.WARRANTS, Nothing())["warrants"]}


def test_one_opens_it_and_the_others_are_told_at_once(court: Court) -> None:
    found = court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    assert lines(court)[text.warrant]["urgent"] == "unconfirmed"
    answer = court.say("supervisor-1", text)
    assert (answer["approvals"], answer["needed"]) == (1, 1)
    (facts,) = court.facts(Kind.URGENT)
    assert facts["person"] == "supervisor-1"
    assert facts["told"].split() == [
        "court-b/judge-1",
        "court-b/judge-2",
        "court-b/judge-3",
        "officer-2",
        "supervisor-2",
    ]
    assert court.search(text)["candidates"] == [found]
    assert court.look("reviewer-1", text, found)


def test_nothing_is_exported(court: Court, tmp_path: object) -> None:
    found = court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, text)
    court.search(text)
    court.confirm(text, found)
    with evidence_process(tmp_path / "evidence") as heard, pytest.raises(Refused, match="exported"):
        court.disclose(text, found, tmp_path / "evidence")
    assert heard == []


def test_confirmed_in_time_it_ends_as_others_do(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    court.say("supervisor-1", text)
    court.search(text)
    court.say("supervisor-2", text)
    assert not court.facts(Kind.CONFIRMED), "two of one organisation are no quorum"
    court.say("court-b/judge-1", text)
    assert len(court.facts(Kind.CONFIRMED)) == 1
    assert lines(court)[text.warrant]["urgent"] == "confirmed"
    court.zone.clock.now += 2 * DAY
    urgency.settle(court.zone.opened)
    assert court.frozen() == {}
    assert court.zone.opened.store.count(Candidate) == 1


def test_unconfirmed_its_results_are_destroyed_and_both_are_frozen(court: Court) -> None:
    found = court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    court.say("supervisor-1", text)
    court.search(text)
    court.look("reviewer-1", text, found)
    court.zone.clock.now += DAY
    urgency.settle(court.zone.opened)
    assert court.zone.opened.store.count(Candidate) == 0
    (facts,) = court.facts(Kind.UNCONFIRMED)
    assert (facts["warrant"], facts["openers"]) == (text.warrant, "supervisor-1")
    assert set(court.frozen()) == {"officer-1", "supervisor-1"}
    with pytest.raises(Refused):
        court.look("reviewer-2", text, found)
    with pytest.raises(Refused, match="expired"):
        court.say("court-b/judge-1", text)
    # Once, and not again.
    urgency.settle(court.zone.opened)
    assert len(court.facts(Kind.UNCONFIRMED)) == 1
    court.clear("officer-1", "supervisor-2", "court-b/judge-1")
    assert set(court.frozen()) == {"supervisor-1"}


def test_a_locked_custodian_carries_it_out_when_it_opens(court: Court) -> None:
    text = urgent(court)
    court.say("supervisor-1", text)
    court.zone.crash()
    court.zone.clock.now += DAY
    court.zone.open()
    assert set(court.frozen()) == {"officer-1", "supervisor-1"}
    state = court.zone.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    assert state.uses_left == 0


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_crash_while_it_ends_is_carried_on_at_opening(
    court: Court, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """`after`: how many records are written before the power is cut: none, one freeze, both."""
    court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    court.say("supervisor-1", text)
    court.search(text)
    court.zone.clock.now += DAY
    store, written = court.zone.opened.store, []
    real = type(store).put

    def put(self: object, record: object, key: str) -> None:
        if len(written) >= after:
            raise OSError("power cut")
        written.append(key)
        real(self, record, key)

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "put", put)
        with pytest.raises(OSError, match="power cut"):
            urgency.settle(court.zone.opened)
    court.zone.reopen()
    assert set(court.frozen()) == {"officer-1", "supervisor-1"}
    assert court.zone.opened.store.count(Candidate) == 0
    entries = list(court.zone.opened.sequencer.entries())
    assert [*rules.check(entries, court.zone.genesis)[0], *policy_rules.check(entries, court.zone.genesis)] == []


def test_a_word_taken_back_before_anything_was_searched_freezes_nobody(court: Court) -> None:
    text = urgent(court)
    court.say("supervisor-1", text)
    court.say("supervisor-1", text, approves=False)
    court.zone.clock.now += DAY
    urgency.settle(court.zone.opened)
    assert court.frozen() == {}


def test_never_twice_for_one_case_or_probe(court: Court) -> None:
    court.say("supervisor-1", urgent(court))
    before = court.zone.opened.sequencer.size
    for seed, changed in ((5, {"case": "CASE   0"}), (0, {"case": "another"})):
        with pytest.raises(Refused, match="urgent before"):
            urgent(court, seed, **changed)
    with pytest.raises(Refused, match="urgent before"):
        _drafted(court, near(SUBJECT, 0.95, 4), case="a third")
    assert len(court.facts(Kind.DRAFTED)) == 1
    assert court.zone.opened.sequencer.size == before + 3
    court.zone.clock.now += 400 * DAY
    court.zone.reopen()
    court.clear("officer-1", "supervisor-2", "court-b/judge-1")
    with pytest.raises(Refused, match="urgent before"):
        urgent(court, made=court.zone.clock())


def test_two_drafts_of_one_case_are_opened_once(court: Court) -> None:
    first, second = urgent(court), urgent(court, 7, case="case 0")
    court.say("supervisor-1", first)
    with pytest.raises(Refused, match="urgent before"):
        court.say("court-b/judge-1", second)
    assert len(court.facts(Kind.APPROVED)) == 1


def test_an_approver_opens_two_in_thirty_days(court: Court) -> None:
    for seed in (1, 2):
        court.say("supervisor-1", urgent(court, seed))
    third = urgent(court, 3)
    with pytest.raises(Refused, match="2 urgent warrants in 30 days"):
        court.say("supervisor-1", third)
    # Somebody else may, and then the first confirms: that is no opening.
    court.say("court-b/judge-1", third)
    assert court.say("supervisor-1", third)["approvals"] == 2
    assert len(court.facts(Kind.URGENT)) == 3


def test_an_ordinary_warrant_for_the_same_photo_follows(court: Court) -> None:
    """It is what takes a confirmed candidate to evidence; asking again with one photo climbs nowhere."""
    found = court.pass_by(SUBJECT)
    court.tell()
    text = urgent(court)
    court.say("supervisor-1", text)
    court.search(text)
    after = court.approved(warrant="9" * 16)
    assert court.frozen() == {}
    assert court.search(after)["candidates"] == [found]
