"""Policies before two custodians: each holds a text of its own, and a search takes the yes of both."""

import secrets
from dataclasses import replace

import pytest

from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.log import policy_rules, rules
from countenance.vocabulary.acts import Candidacy, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant, WarrantKind
from countenance.warrants import policy, ready
from countenance.zones.custodian import governing
from countenance.zones.custodian.budgets import Spent
from countenance.zones.custodian.cases import WarrantState
from simulator.court import Court
from simulator.people import HOUR, SUBJECT, limits, near
from simulator.second import Pair, Second

STRICT = policy.read(ready.text("strict"))


def regular(second: Second) -> None:
    assert rules.check(second.log(), second.genesis) == ((), 0)
    assert policy_rules.check(second.log(), second.genesis) == ()


def urgent(court: Court) -> Warrant:
    made = court.zone.clock()
    ends = limits(expires=made + 24 * HOUR, secrecy_end=made + 90 * 24 * HOUR)
    text = court.text(warrant=secrets.token_hex(8), kind=WarrantKind.URGENT, made=made, limits=ends)
    court.file(text)
    return text


def test_it_was_founded_with_the_deployments_policy(court: Court, second: Second) -> None:
    first, other = governing.stands(court.zone.opened), governing.stands(second.opened)
    assert first is not None
    assert other is not None
    assert first.hash == other.hash


def test_under_a_policy_that_does_not_stand_at_the_second_nothing_is_searched(
    court: Court, pair: Pair, second: Second
) -> None:
    court.tell()
    text = court.approved()
    governing.set_policy(second.opened, STRICT.text)
    said = str(second.refused(lambda: court.search(text)))
    assert "the second custodian answers" in said
    assert "another policy than the one that stands" in said
    governing.set_policy(second.opened, ready.text("eu"))
    court.search(text)
    regular(second)


def test_the_seconds_entries_name_the_policy_and_it_follows_its_log_at_opening(
    court: Court, pair: Pair, second: Second
) -> None:
    court.tell()
    text = court.approved()
    court.search(text)
    told = [dict(entry.facts) for entry in second.log() if entry.kind in (Kind.PRESENTED, Kind.APPROVED)]
    assert {facts["policy"] for facts in told} == {text.policy.hex()}
    assert [dict(entry.facts)["policy"] for entry in second.log() if entry.kind is Kind.DELIVERED] == [
        text.policy.hex()
    ]
    second.opened.store.put(governing.PolicyText(STRICT.text, 0), governing.KEY)
    second.crash()
    second.open()
    assert governing.stands(second.opened) is None
    assert "no policy stands" in str(second.refused(lambda: court.search(text)))


def test_locked_it_costs_no_budget_and_freezes_nobody(court: Court, pair: Pair, second: Second) -> None:
    court.tell()
    text = court.approved()
    second.crash()
    for _ in range(30):
        with pytest.raises(Unavailable, match="custodian open --second"):
            court.search(text)
    assert pair.opened.store.count(Spent) == 0
    assert court.frozen() == {}
    second.open()
    court.search(text)
    assert pair.opened.store.count(Spent) == 1


def test_an_urgent_warrant_takes_one_yes_there_and_discloses_nothing(court: Court, pair: Pair, second: Second) -> None:
    court.pass_by(near(SUBJECT, 0.8, 5))
    court.tell()
    text = urgent(court)
    assert "0 of the 1 approvals" in str(second.refused(lambda: court.search(text)))
    court.say("supervisor-1", text)
    (candidate,) = court.search(text)["candidates"]
    state = second.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    assert (state.kind, state.policy) == (WarrantKind.URGENT, text.policy)
    caller = pair.opened.second
    assert caller is not None
    letter = court.zone.ask("officer-1", Verb.DISCLOSE, Candidacy(text.warrant, 1, candidate)).signed
    words = [records.write(word) for word in state.approvals]
    template = second.heard[-1].blobs  # nothing of a template travels with the last call
    assert len(template) == 1
    said = second.refused(
        lambda: caller.ask(
            "disclosure",
            {"camera": "hall-east", "hour": 0, "verdicts": 0, "footage": []},
            records.write(letter),
            records.write(text),
            _template(second),
            *words,
            bytes(16),
        )
    )
    assert isinstance(said, Refused)
    assert "nothing is exported under an urgent warrant" in str(said)
    regular(second)


def test_an_ordinary_text_that_says_it_is_urgent_is_another_text(court: Court, second: Second) -> None:
    court.tell()
    text = court.approved()
    lie = replace(text, kind=WarrantKind.URGENT)
    assert records.digest(lie) != records.digest(text)
    court.filed[text.warrant, 1] = court.sealed(lie)
    second.refused(lambda: court.search(text))


def _template(second: Second) -> bytes:
    begun = next(message for message in reversed(second.heard) if message.verb == "search.begin")
    return begun.blobs[3]
