from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.errors import CountenanceError, Refused
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Filing, Named, Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope, Warrant
from countenance.zones.custodian.cases import WarrantState
from simulator.court import PHOTO_KEY, Court, sitting
from simulator.people import HOUR, NOW, SUBJECT, TEMPLATE, limits, probe, unit


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def refused(court: Court, act, match: str | None = None) -> None:
    before = list(court.zone.opened.store.all(WarrantState))
    entries = court.zone.opened.sequencer.size
    with pytest.raises(Refused, match=match):
        act()
    assert list(court.zone.opened.store.all(WarrantState)) == before
    assert court.zone.opened.sequencer.size == entries + 1
    assert court.zone.kinds()[-1] is Kind.REFUSED


def read(court: Court, name: str, text: Warrant) -> dict:
    named = Named(text.warrant, text.number, records.digest(text))
    return court.ask(name, Verb.READ, named, papers=court.filed[text.warrant, text.number])


def test_a_draft_is_an_entry_and_keeps_no_words(court):
    text = court.text()
    answer = court.file(text)
    assert answer["hash"] == records.digest(text).hex()
    (facts,) = court.facts(Kind.DRAFTED)
    assert facts["hash"] == answer["hash"]
    assert facts["uses"] == "3"
    state = court.zone.opened.store.get(WarrantState, text.warrant)
    assert text.case.encode() not in records.write(state)
    # The policy's own words, and no others: see test_strangers.
    assert state.purpose == text.purpose


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"purpose": ""}, "purpose"),
        ({"scope": Scope(("roof",), NOW - HOUR, NOW)}, "was declared"),
        ({"limits": limits(threshold=400)}, "threshold"),
        ({"limits": limits(expires=NOW)}, "expired"),
        ({"made": NOW + HOUR}, "future"),
        ({"requester": "officer-2"}, "own name"),
        ({"narrowed_by": "officer-1"}, "own name"),
        ({"probe": probe()}, "probe helper"),
    ],
)
def test_drafts_that_no_approval_makes_lawful(court, changed, match):
    refused(court, lambda: court.file(court.text(**changed)), match)


def test_who_may_not_draft(court):
    for name in ("clerk-1", "reviewer-1", "supervisor-1"):
        refused(court, lambda name=name: court.file(court.text(requester=name), name), "officer")


def test_a_draft_is_what_lies_beside_it(court):
    text, other = court.text(), court.text(case="case 8")
    filing = Filing(text.warrant, 1, records.digest(text))

    def file(papers):
        return court.ask("officer-1", Verb.DRAFT, filing, papers=papers)

    refused(court, lambda: file(court.sealed(other)), "not the one it names")
    refused(court, lambda: file(court.sealed(text, encode.to_bytes(encode.encode(unit(2))))), "template")
    refused(court, lambda: file(court.sealed(replace(text, warrant="f" * 16))))
    with pytest.raises(CountenanceError):
        file(court.sealed(text)[:2])
    hostile = b"\1\0" + bytes(254)
    signed = replace(text, probe=probe(hostile, court.zone.probe.signing))
    with pytest.raises(CountenanceError, match="not a coded template"):
        court.file(signed, template=hostile)


def test_an_id_is_used_once(court):
    court.file(court.text())
    refused(court, lambda: court.file(court.text()), "filed before")
    refused(court, lambda: court.file(court.text(case="case 8")), "filed before")


def test_approvals_count_persons(court):
    text = court.text()
    court.file(text)
    assert court.say("supervisor-1", text)["approvals"] == 1
    refused(court, lambda: court.say("supervisor-1", text), "already")
    assert court.say("court-b/judge-1", text, approves=False)["approvals"] == 1
    assert court.say("court-b/judge-1", text) | {"entry": 0} == {"approvals": 2, "needed": 2, "entry": 0, "settles": 0}
    assert court.facts(Kind.DECLINED)[0]["person"] == "court-b/judge-1"
    assert court.facts(Kind.APPROVED)[-1]["organisation"] == "court-b"


def test_who_may_not_approve(court):
    text = court.text(requester="officer-2")
    court.file(text, "officer-2")
    refused(court, lambda: court.say("officer-2", text), "never approves")
    refused(court, lambda: court.say("reviewer-1", text), "approver")
    refused(court, lambda: court.say("supervisor-1", text, person="court-b/judge-1"), "own name")


def test_only_the_text_that_stands_is_approved(court):
    text = court.text()
    court.file(text)
    for changed in ({"hash": bytes(32)}, {"number": 2}, {"warrant": "f" * 16}):
        refused(court, lambda changed=changed: court.say("supervisor-1", text, **changed))
    refused(court, lambda: court.say("supervisor-1", text, approves=False, reason=" "), "reason")
    court.zone.clock.now = text.limits.expires
    refused(court, lambda: court.say("supervisor-1", text), "expired")


def test_narrowing_voids_what_was_signed(court):
    text = court.approved()
    court.search(text)
    after = replace(
        text,
        number=2,
        narrowed_from=records.digest(text),
        narrowed_by="court-b/judge-1",
        scope=Scope(("hall-east",), NOW - 2 * HOUR, NOW - HOUR),
        limits=limits(uses=3, expires=NOW + HOUR),
    )
    answer = court.file(after, "court-b/judge-1")
    assert answer["number"] == 2
    state = court.zone.opened.store.get(WarrantState, text.warrant)
    assert (state.approvals, state.uses_left) == ((), 2)
    refused(court, lambda: court.say("supervisor-1", text), "stands now")
    assert court.say("supervisor-1", after)["approvals"] == 1
    entry = court.zone.opened.sequencer.entry(answer["entry"])
    assert court.zone.opened.sequencer.entry(entry.of).kind is Kind.DRAFTED


def test_who_may_not_narrow_and_what_is_no_narrowing(court):
    text = court.approved()
    after = replace(text, number=2, narrowed_from=records.digest(text), limits=limits(uses=1))
    refused(court, lambda: court.file(after, "reviewer-1"), "approver")
    refused(court, lambda: court.file(after, "supervisor-1"), "own name")
    refused(court, lambda: court.file(replace(after, narrowed_by="supervisor-2"), "supervisor-1"), "own name")
    refused(court, lambda: court.file(replace(after, limits=limits(uses=4))), "limit")
    refused(court, lambda: court.file(replace(after, case="another")), "nothing else")
    refused(court, lambda: court.file(replace(after, number=3)), "follow")
    assert court.file(after)["number"] == 2
    refused(court, lambda: court.file(after), "follow")


def test_who_reads_a_warrant(court):
    court.pass_by(SUBJECT)
    text = court.approved()
    answer = read(court, "officer-1", text)
    assert bytes.fromhex(answer["text"]) == records.write(text)
    assert answer["photo_key"] == PHOTO_KEY.hex()
    assert [word["person"] for word in answer["approvals"]] == ["supervisor-1", "court-b/judge-1"]
    assert (answer["state"], answer["uses_left"]) == ("approved", 3)
    named = {"warrant": text.warrant, "number": "1", "policy": text.policy.hex()}
    assert court.facts(Kind.READ) == [{**named, "person": "officer-1"}]
    assert read(court, "court-b/judge-2", text)
    for name in ("officer-2x", "clerk-1", "operator-1", "reviewer-1"):
        if name in {"clerk-1", "operator-1", "reviewer-1"}:
            refused(court, lambda name=name: read(court, name, text), "is read by")
    court.search(text)
    assert read(court, "reviewer-1", text)
    refused(court, lambda: read(court, "clerk-1", text))


def test_only_what_stands_is_read(court):
    text = court.text()
    court.file(text)
    court.filed[text.warrant, 1] = court.sealed(replace(text, case="another"), TEMPLATE)
    refused(court, lambda: read(court, "officer-1", text), "stands now")


def test_the_list_names_no_case(court):
    text = court.text()
    court.file(text)
    (line,) = court.ask("officer-1", Verb.WARRANTS, Nothing())["warrants"]
    assert line["state"] == "waiting"
    assert (line["approvals"], line["needed"], line["hash"]) == (0, 2, records.digest(text).hex())
    assert text.case not in str(line)
    assert len(court.ask("reviewer-1", Verb.WARRANTS, Nothing())["warrants"]) == 1
    assert court.ask("officer-2", Verb.WARRANTS, Nothing())["warrants"] != []
    assert court.ask("clerk-1", Verb.WARRANTS, Nothing())["warrants"] == []
    court.say("supervisor-1", text)
    court.say("court-b/judge-1", text, approves=False, reason="too wide")
    (line,) = court.ask("officer-1", Verb.WARRANTS, Nothing())["warrants"]
    # A no counts as a word: so who asked knows that there is something to read.
    assert (line["approvals"], line["words"], line["found"]) == (1, 2, [])
    assert "too wide" not in str(line)
    court.say("court-b/judge-1", text)
    assert court.ask("officer-1", Verb.WARRANTS, Nothing())["warrants"][0]["state"] == "approved"
    court.zone.clock.now = text.limits.expires
    assert court.ask("officer-1", Verb.WARRANTS, Nothing())["warrants"][0]["state"] == "expired"
