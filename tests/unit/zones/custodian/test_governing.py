"""The policy that stands: set at the terminal, named in every entry, held against the log at opening."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import WarrantKind
from countenance.warrants import policy, ready
from countenance.zones.custodian import governing, terminal
from countenance.zones.custodian.governing import KEY, PolicyText
from countenance.zones.custodian.lifecycle import Custodian
from simulator.court import Court, sitting
from simulator.people import HOUR, NOW, POLICY, SUBJECT, limits, unit

OTHER = ready.text("eu") + "// another\n"


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def test_a_new_custodian_has_the_policy_eu(court: Court) -> None:
    shown = court.ask("clerk-1", Verb.POLICY, Nothing())
    assert (shown["text"], shown["policy"]) == (POLICY.text, POLICY.hash.hex())
    assert court.zone.opened.sequencer.entry(shown["entry"]).kind is Kind.POLICY
    (facts,) = court.facts(Kind.POLICY)
    named = "danger to life\nmissing person\nserious crime\nvictim of crime"
    assert facts == {"policy": POLICY.hash.hex(), "rules": "12", "purposes": named}


def test_a_warrant_under_another_is_refused_and_one_under_the_new_is_not(court: Court) -> None:
    found = court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    assert court.search(text)["candidates"] == [found]
    governing.set_policy(court.zone.opened, OTHER)
    with pytest.raises(Refused, match="draft it again"):
        court.search(text)
    with pytest.raises(Refused, match="draft it again"):
        court.look("reviewer-1", text, found)
    with pytest.raises(Refused, match="draft it again"):
        court.file(replace(text, number=2, narrowed_from=records.digest(text), limits=limits(uses=1)))
    with pytest.raises(Refused, match="draft it again"):
        court.say("court-b/judge-2", text)
    with pytest.raises(Refused, match="draft it again"):
        court.file(court.text(warrant="1" * 16))
    after = court.approved(warrant="2" * 16, policy=policy.read(OTHER).hash)
    assert court.search(after)["candidates"] == [found]


def test_a_text_that_is_none_never_stands(court: Court) -> None:
    before = court.zone.opened.sequencer.size
    with pytest.raises(Malformed):
        governing.set_policy(court.zone.opened, "permit (principal, action, resource);")
    assert governing.stands(court.zone.opened) == POLICY
    assert court.zone.opened.sequencer.size == before


def test_every_entry_of_a_warrants_life_names_it(court: Court) -> None:
    found = court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    court.search(text)
    court.confirm(text, found)
    of_warrant = [
        (entry.kind, dict(entry.facts))
        for entry in court.zone.opened.sequencer.entries()
        if dict(entry.facts).get("warrant") == text.warrant
    ]
    assert {kind for kind, _ in of_warrant} >= {
        Kind.DRAFTED,
        Kind.APPROVED,
        Kind.AUTHORISED,
        Kind.DELIVERED,
        Kind.REVIEWED,
    }
    assert all(facts["policy"] == POLICY.hash.hex() for _, facts in of_warrant)


def test_a_crash_after_the_entry_leaves_no_policy_rather_than_the_old_one(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = court.zone.opened
    with monkeypatch.context() as patched:
        patched.setattr(type(opened.store), "put", lambda *_: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            governing.set_policy(opened, OTHER)
    court.zone.reopen()
    assert governing.stands(court.zone.opened) is None
    with pytest.raises(Refused, match="policy set"):
        court.file(court.text())
    governing.set_policy(court.zone.opened, OTHER)
    assert court.file(court.text(policy=policy.read(OTHER).hash))["number"] == 1


def test_a_store_that_holds_an_older_policy_is_found(court: Court) -> None:
    store = court.zone.opened.store
    old = store.get(PolicyText, KEY)
    governing.set_policy(court.zone.opened, OTHER)
    store.put(old, KEY)
    court.zone.reopen()
    assert governing.stands(court.zone.opened) is None


def test_the_terminals_verbs(court: Court) -> None:
    zone = court.zone
    zone.crash()
    custodian = Custodian(zone.directory, clock=zone.clock, random=secrets.token_bytes, log=lambda _: None)
    verbs = terminal.handlers(custodian)
    verbs["open"](Message("open", {"shares": list(zone.shares)}))
    assert verbs["policy.show"](Message("policy.show")).body["policy"] == POLICY.hash.hex()
    done = verbs["policy.set"](Message("policy.set", {"text": OTHER})).body
    assert done["policy"] == policy.read(OTHER).hash.hex()
    for body in ({}, {"text": 3}, {"text": "nonsense"}):
        with pytest.raises(Malformed):
            verbs["policy.set"](Message("policy.set", body))
    custodian.close()


def test_narrowing_keeps_kind_and_policy(court: Court) -> None:
    text = court.text()
    court.file(text)
    after = replace(text, number=2, narrowed_from=records.digest(text), limits=limits(expires=NOW + HOUR))
    with pytest.raises(Refused, match="nothing else"):
        court.file(replace(after, kind=WarrantKind.URGENT))
    assert court.file(after)["number"] == 2


def test_the_threshold_follows_the_policys_limit_on_false_candidates(court: Court) -> None:
    found = court.pass_by(SUBJECT)
    for seed in range(100, 130):
        court.pass_by(unit(seed))
    court.tell()
    assert court.search(court.approved())["threshold"] == 440
    few = ready.text("eu").replace("context.false_candidates <= 100", "context.false_candidates <= 1")
    few = few.replace("context.false_candidates <= 20", "context.false_candidates <= 1")
    governing.set_policy(court.zone.opened, few)
    answer = court.search(court.approved(warrant="2" * 16, policy=policy.read(few).hash))
    assert answer["candidates"] == [found]
    assert answer["threshold"] > 440
    assert answer["expected_false"] <= 1
