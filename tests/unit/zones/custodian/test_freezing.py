"""Who is frozen does nothing, what they signed does not count, and a quorum without them clears it."""

from collections.abc import Iterator

import pytest

from countenance.errors import Refused
from countenance.vocabulary.acts import Clearance, Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import freezing
from countenance.zones.custodian.freezing import Cause, Frozen
from simulator.court import Court, sitting
from simulator.people import SUBJECT


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def freeze(court: Court, name: str = "officer-1") -> int:
    return freezing.freeze(court.zone.opened, name, Cause.HOURS, {"warrant": "a" * 16}, of=-1)


def test_all_they_ask_is_refused_with_an_entry(court: Court) -> None:
    text = court.approved()
    freeze(court)
    asks = (
        lambda: court.ask("officer-1", Verb.WARRANTS, Nothing()),
        lambda: court.ask("officer-1", Verb.POLICY, Nothing()),
        lambda: court.file(court.text(warrant="1" * 16)),
        lambda: court.begin(text),
    )
    for ask in asks:
        before = len(court.facts(Kind.REFUSED))
        with pytest.raises(Refused, match="frozen until a quorum") as told:
            ask()
        assert "hour" not in str(told.value)
        assert len(court.facts(Kind.REFUSED)) == before + 1
    assert not court.facts(Kind.AUTHORISED)


def test_a_search_that_was_running_gets_no_answer(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    _, begun = court.begin(court.approved())
    freeze(court)
    with pytest.raises(Refused, match="frozen"):
        court.finish(begun)
    assert court.facts(Kind.OUTCOME_UNKNOWN)
    assert not court.facts(Kind.DELIVERED)


def test_their_approval_does_not_count_meanwhile(court: Court) -> None:
    court.tell()
    text = court.approved()
    freeze(court, "supervisor-1")
    with pytest.raises(Refused, match="1 of the 2"):
        court.search(text)
    court.clear("supervisor-1", "supervisor-2", "court-b/judge-1")
    assert court.search(text)["candidates"] == []


def test_a_quorum_clears_it(court: Court) -> None:
    entry = freeze(court)
    first = court.clear("officer-1", "supervisor-1")
    assert (first["cleared"], first["signatures"], first["needed"]) == (False, 1, 2)
    with pytest.raises(Refused, match="already"):
        court.clear("officer-1", "supervisor-1")
    assert not court.clear("officer-1", "supervisor-2")["cleared"], "one organisation is not enough"
    assert court.clear("officer-1", "court-b/judge-1")["cleared"]
    (facts,) = court.facts(Kind.CLEARED)
    assert facts == {"person": "officer-1", "persons": "court-b/judge-1 supervisor-1 supervisor-2"}
    assert court.zone.last(Kind.CLEARED).of == entry
    assert court.ask("officer-1", Verb.WARRANTS, Nothing()) == {"warrants": []}


def test_nobody_clears_themselves_nor_does_anyone_who_is_frozen(court: Court) -> None:
    freeze(court, "supervisor-1")
    freeze(court, "court-b/judge-1")
    with pytest.raises(Refused, match="frozen"):
        court.clear("supervisor-1", "court-b/judge-1")
    with pytest.raises(Refused, match="role approver"):
        court.clear("supervisor-1", "officer-1")
    # One who is frozen after they signed no longer counts.
    court.clear("supervisor-1", "supervisor-2")
    freeze(court, "supervisor-2")
    assert not court.clear("supervisor-1", "court-b/judge-2")["cleared"]
    assert "supervisor-1" in court.frozen()


def test_what_was_signed_for_one_freeze_clears_no_other(court: Court) -> None:
    old = freeze(court)
    court.clear("officer-1", "supervisor-1")
    freeze(court)
    for word in (Clearance("officer-1", old), Clearance("officer-2", old)):
        with pytest.raises(Refused, match="by that entry"):
            court.ask("court-b/judge-1", Verb.CLEAR, word)
    assert court.clear("officer-1", "court-b/judge-1")["signatures"] == 1


def test_who_may_see_who_is_frozen(court: Court) -> None:
    freeze(court)
    assert court.frozen()["officer-1"]["cause"] == "unusual hour"
    for name in ("clerk-1", "reviewer-1"):
        with pytest.raises(Refused, match="approver or auditor"):
            court.ask(name, Verb.FREEZES, Nothing())


def test_a_crash_between_entry_and_store_leaves_them_frozen(court: Court) -> None:
    freeze(court)
    court.zone.opened.store.drop(Frozen, "officer-1")
    court.zone.reopen()
    assert freezing.is_frozen(court.zone.opened, "officer-1")
    court.clear("officer-1")
    court.zone.reopen()
    assert not freezing.is_frozen(court.zone.opened, "officer-1")


def test_a_crash_between_clearing_and_store_leaves_them_cleared(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(court)
    court.clear("officer-1", "supervisor-1")
    with monkeypatch.context() as patched:
        patched.setattr(type(court.zone.opened.store), "drop", power_cut)
        with pytest.raises(OSError, match="power cut"):
            court.clear("officer-1", "court-b/judge-1")
    assert len(court.facts(Kind.CLEARED)) == 1
    court.zone.reopen()
    assert court.frozen() == {}


def power_cut(*_: object) -> None:
    raise OSError("power cut")


def test_clearing_counts_in_demo_deployments_only() -> None:
    with sitting(demo=False) as court:
        freeze(court)
        with pytest.raises(Refused, match="hardware keys"):
            court.clear("officer-1", "supervisor-1")
