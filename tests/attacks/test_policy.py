"""Attacks on the rules: a policy exchanged before, under and after a warrant; budgets split; urgency used twice; a
frozen person who goes on. Each is refused, nothing is compared, and what shows only afterwards the audit finds.
"""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Refused
from countenance.formats import records
from countenance.log import policy_rules, rules
from countenance.matching import encode
from countenance.vocabulary.acts import Clearance, Named, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope, Warrant, WarrantKind
from countenance.warrants import policy, ready
from countenance.zones.custodian import acts, freezing, governing
from countenance.zones.custodian.freezing import Cause, Frozen
from countenance.zones.custodian.governing import KEY, PolicyText
from countenance.zones.custodian.requests import SeenNonce
from simulator.court import Court, sitting
from simulator.people import HOUR, NOW, SUBJECT, limits, near, probe

EVERYTHING = '@id("all") @says("everything") @source("no law") permit (principal, action, resource);'
NARROW = ready.text("eu").replace("resource.cameras <= 64", "resource.cameras <= 1")
BOTH = Scope(("hall-east", "hall-west"), NOW - 3 * HOUR, NOW)


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        court.pass_by(SUBJECT)
        court.tell()
        yield court


def searches(court: Court) -> int:
    return sum(facts["act"] == "search" for facts in court.facts(Kind.AUTHORISED))


def irregular(court: Court) -> list[str]:
    entries = list(court.zone.opened.sequencer.entries())
    broken, _ = rules.check(entries, court.zone.genesis)
    return [one.what for one in (*broken, *policy_rules.check(entries, court.zone.genesis))]


def test_a_file_exchanged_on_the_disk_changes_nothing(court: Court, tmp_path: Path) -> None:
    """The policy is text in the custodian's store, not a file that it reads again."""
    governing.set_policy(court.zone.opened, NARROW)
    kept = policy.read(NARROW).hash
    for path in court.zone.directory.rglob("*"):
        assert not path.is_file() or b"permit (principal" not in path.read_bytes(), path.name
    with pytest.raises(Refused, match="no rule of the policy permits"):
        court.approved(policy=kept, scope=BOTH)
    assert court.approved(policy=kept, scope=replace(BOTH, cameras=("hall-east",)))


def test_a_warrant_that_brings_its_own_policy(court: Court) -> None:
    """Naming another hash, that of a text that permits everything: it is not the one that stands."""
    governing.set_policy(court.zone.opened, NARROW)
    with pytest.raises(Refused, match="draft it again"):
        court.approved(policy=policy.read(EVERYTHING).hash, scope=BOTH)
    assert not court.facts(Kind.DRAFTED)


def test_nobody_sets_a_policy_through_the_repository(court: Court) -> None:
    for name in ("operator-1", "supervisor-1", "court-b/judge-1"):
        letter = court.letter(name, Verb.POLICY, Clearance(name, 0), verb="policy.set")
        with pytest.raises(CountenanceError):
            acts.answer(court.zone.opened, Message("ask", {"text": EVERYTHING}, (letter.sealed,)))
    assert len(court.facts(Kind.POLICY)) == 1


def test_a_policy_replaced_under_a_running_warrant(court: Court) -> None:
    """Two persons signed under one policy; whoever widens it afterwards finds that nothing they signed counts."""
    governing.set_policy(court.zone.opened, NARROW)
    text = court.approved(policy=policy.read(NARROW).hash, scope=replace(BOTH, cameras=("hall-east",)))
    governing.set_policy(court.zone.opened, EVERYTHING)
    wider = replace(text, policy=policy.read(EVERYTHING).hash)
    court.filed[text.warrant, 1] = court.sealed(wider)
    with pytest.raises(Refused):
        court.search(wider)
    court.filed[text.warrant, 1] = court.sealed(text)
    with pytest.raises(Refused, match="draft it again"):
        court.search(text)
    # Nor does it come back to life unnoticed: the same text set again is an entry more.
    governing.set_policy(court.zone.opened, NARROW)
    assert len(court.search(text)["candidates"]) == 1
    assert len(court.facts(Kind.POLICY)) == 4
    assert irregular(court) == []


def test_a_policy_written_into_the_store_is_found(court: Court) -> None:
    """Who can write the store of an open custodian can do more; what they searched under is on record."""
    store = court.zone.opened.store
    store.put(PolicyText(EVERYTHING, 0), KEY)
    court.approved(policy=policy.read(EVERYTHING).hash, purpose="curiosity")
    assert any("another policy than the one that stood" in one for one in irregular(court))
    court.zone.reopen()
    assert governing.stands(court.zone.opened) is None


def test_a_policy_that_permits_everything_lifts_nothing(court: Court) -> None:
    governing.set_policy(court.zone.opened, EVERYTHING)
    text = court.text(policy=policy.read(EVERYTHING).hash)
    forged = (
        {"scope": Scope(("hall-east",), NOW - 73 * HOUR, NOW)},
        {"scope": Scope((), NOW - HOUR, NOW)},
        {"limits": limits(candidates=51)},
        {"limits": limits(threshold=429)},
        {"limits": limits(secrecy_end=0)},
        {"requester": "officer-2"},
        {"kind": WarrantKind.URGENT, "limits": limits(expires=NOW + 25 * HOUR)},
        {"kind": WarrantKind.REAL_TIME},
    )
    for changed in forged:
        with pytest.raises(Refused):
            court.file(replace(text, **changed))
    court.file(text)
    court.say("supervisor-1", text)
    with pytest.raises(Refused, match="1 of the 2"):
        court.search(text)
    court.say("supervisor-2", text)
    with pytest.raises(Refused, match="one organisation"):
        court.search(text)
    assert searches(court) == 0


BUDGET = EVERYTHING + (
    '@id("budget") @says("s") @source("s") forbid (principal, action == Action::"within-budget", resource) '
    "when { context.person_month > 3 || context.organisation_month > 4 };"
)


def test_a_budget_split_over_accounts(court: Court) -> None:
    """More warrants give no more searches, nor does another photo; a second account of the house gives what is left."""
    governing.set_policy(court.zone.opened, BUDGET)
    hashed = policy.read(BUDGET).hash
    first = court.approved(policy=hashed)
    court.search(first)
    court.search(first)
    second = court.approved(policy=hashed, warrant="2" * 16)
    court.search(second)
    with pytest.raises(Refused, match="frozen"):
        court.search(second)
    # The accomplice, with a photo nearly the same: frozen at the draft.
    template = encode.to_bytes(encode.encode(near(SUBJECT, 0.95, 6)))
    bound = probe(template, court.zone.probe.signing)
    third = court.text(policy=hashed, warrant="3" * 16, requester="officer-2", probe=bound)
    court.file(third, "officer-2", template=template)
    assert set(court.frozen()) == {"officer-1", "officer-2"}
    court.clear("officer-2")
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, third)
    court.search(third, "officer-2")
    with pytest.raises(Refused, match="your organisation"):
        court.search(third, "officer-2")
    assert searches(court) == 4
    assert irregular(court) == []


def urgent(court: Court, **changed: object) -> Warrant:
    text = court.text(
        warrant=secrets.token_hex(8), kind=WarrantKind.URGENT, limits=limits(expires=NOW + 23 * HOUR), **changed
    )
    court.file(text)
    return text


def test_urgency_used_twice(court: Court) -> None:
    text, waiting = urgent(court), urgent(court, case="another case, same photo")
    court.say("supervisor-1", text)
    court.search(text)
    before = len(court.facts(Kind.APPROVED))
    for name in ("supervisor-1", "court-b/judge-1"):
        with pytest.raises(Refused, match="urgent before"):
            court.say(name, waiting)
    for changed in ({}, {"case": " Case   7 "}, {"case": "a third"}):
        with pytest.raises(Refused, match="urgent before"):
            urgent(court, **changed)
    # A narrowed version is the same warrant, and the same approver's second word opens nothing new.
    narrower = replace(text, number=2, narrowed_from=records.digest(text), limits=replace(text.limits, uses=1))
    court.file(narrower)
    with pytest.raises(Refused, match="0 of the 1"):
        court.search(narrower)
    assert len(court.facts(Kind.APPROVED)) == before
    assert searches(court) == 1
    assert irregular(court) == []


def test_an_urgent_draft_that_says_it_is_ordinary_needs_two(court: Court) -> None:
    text = urgent(court)
    court.say("supervisor-1", text)
    ordinary = replace(text, kind=WarrantKind.ORDINARY)
    court.filed[text.warrant, 1] = court.sealed(ordinary)
    with pytest.raises(Refused):
        court.search(ordinary)
    other = court.text(warrant="8" * 16)
    court.file(other)
    court.say("supervisor-1", other)
    court.filed["8" * 16, 1] = court.sealed(replace(other, kind=WarrantKind.URGENT))
    for claimed in (other, replace(other, kind=WarrantKind.URGENT)):
        with pytest.raises(Refused):
            court.search(claimed)
    assert searches(court) == 0


def test_a_frozen_person_goes_on(court: Court) -> None:
    """By every verb, with what was signed before, under a letter from before, and by clearing themselves."""
    text = court.approved()
    named = Named(text.warrant, text.number, records.digest(text))
    early = court.letter("officer-1", Verb.READ, named)
    entry = freezing.freeze(court.zone.opened, "officer-1", Cause.CANARY, {}, of=-1)
    freezing.freeze(court.zone.opened, "supervisor-1", Cause.URGENT, {}, of=-1)
    papers = court.filed[text.warrant, 1]
    with pytest.raises(Refused, match="frozen"):
        acts.answer(court.zone.opened, Message("ask", {}, (early.sealed, *papers)))
    for verb in Verb:
        with pytest.raises(Refused, match="frozen"):
            court.ask("officer-1", verb, named, papers=papers)
        with pytest.raises(Refused, match="frozen"):
            court.ask("supervisor-1", verb, Clearance("officer-1", entry))
    with pytest.raises(Refused, match="frozen"):
        court.begin(text)
    court.zone.reopen()
    with pytest.raises(Refused, match="frozen"):
        court.begin(text)
    assert searches(court) == 0
    assert len(court.facts(Kind.REFUSED)) >= 2 * len(Verb)
    assert court.zone.opened.store.count(SeenNonce) > 0
    assert court.zone.opened.store.count(Frozen) == 2
    assert irregular(court) == []
