import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.crypto import derive, verify
from countenance.errors import Refused
from countenance.formats import records
from countenance.log import rules
from countenance.vocabulary.acts import Nothing, Order, Restriction, Review, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Verdict, Warrant
from countenance.zones.custodian import cases, roster
from countenance.zones.custodian.cases import Candidate, candidate_key
from simulator.court import LAST_HOUR, PHOTO_KEY, Court, sitting
from simulator.people import PHOTO, SUBJECT, limits
from simulator.second import Pair
from simulator.zone import Zone


@pytest.fixture(params=[Zone, Pair])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    with sitting(kind=request.param) as court:
        yield court


def found(court: Court) -> tuple[Warrant, str]:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    return text, candidate


def kept(court: Court, text: Warrant, candidate: str) -> Candidate:
    return court.zone.opened.store.get(Candidate, candidate_key(text.warrant, text.number, candidate))


def refused(court: Court, act, match: str | None = None) -> None:
    before = list(court.zone.opened.store.all(Candidate))
    entries = court.zone.opened.sequencer.size
    with pytest.raises(Refused, match=match):
        act()
    assert list(court.zone.opened.store.all(Candidate)) == before
    assert court.zone.opened.sequencer.size == entries + 1
    assert court.zone.kinds()[-1] is Kind.REFUSED


def test_a_reviewer_is_given_the_stills_key_and_the_log_says_so(court):
    text, candidate = found(court)
    answer = court.look("reviewer-1", text, candidate)
    made = court.rows["hall-east", LAST_HOUR][0].sighting
    values = court.zone.values(court.edge, court.leases["hall-east", LAST_HOUR])
    key = derive.combined(*(derive.still_key(one.block_key, made.nonce, candidate) for one in values))
    assert answer["still_key"] == key.hex()
    assert answer["still_digest"] == made.record.still_digest.hex()
    assert answer["photo_key"] == PHOTO_KEY.hex()
    assert answer["photo_digest"] == hashlib.sha256(PHOTO).hexdigest()
    delivered = court.zone.opened.sequencer.entry(answer["entry"])
    authorised = court.zone.opened.sequencer.entry(delivered.of)
    assert (authorised.kind, delivered.kind) == (Kind.AUTHORISED, Kind.DELIVERED)
    assert dict(authorised.facts)["act"] == "still"
    assert dict(authorised.facts)["candidate"] == candidate


def test_two_say_same(court):
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    first = court.judge("reviewer-1", text, candidate)
    assert (first["verdicts"], first["outcome"]) == (1, "")
    court.look("reviewer-2", text, candidate)
    second = court.judge("reviewer-2", text, candidate)
    assert (second["verdicts"], second["outcome"]) == (2, "confirmed")
    assert [facts.get("outcome") for facts in court.facts(Kind.REVIEWED)] == [None, None, "confirmed"]
    for signed in kept(court, text, candidate).verdicts:
        person = roster.person(court.zone.opened, signed.signer)
        ask = verify.opened(Ask, signed, person.key)
        assert records.read(Review, ask.body).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Verdict.UNSURE, Verdict.UNSURE),
        (Verdict.DIFFERENT, Verdict.UNSURE),
        (Verdict.DIFFERENT, Verdict.DIFFERENT),
    ],
)
def test_two_who_both_do_not_say_same_end_it(court, one, other):
    text, candidate = found(court)
    for name in ("reviewer-1", "reviewer-2"):
        court.look(name, text, candidate)
    assert court.judge("reviewer-1", text, candidate, one) | {"entry": 0} == {
        "recorded": True,
        "verdicts": 1,
        "outcome": "",
        "entry": 0,
    }
    assert court.judge("reviewer-2", text, candidate, other)["outcome"] == "not confirmed"
    for name in ("reviewer-1", "reviewer-2", "reviewer-3"):
        refused(court, lambda name=name: court.look(name, text, candidate), "not confirmed")


DISAGREEING = [
    (Verdict.SAME, Verdict.DIFFERENT),
    (Verdict.DIFFERENT, Verdict.SAME),
    (Verdict.SAME, Verdict.UNSURE),
    (Verdict.UNSURE, Verdict.SAME),
]


def disagreed(court: Court, one: Verdict = Verdict.SAME, other: Verdict = Verdict.DIFFERENT) -> tuple[Warrant, str]:
    text, candidate = found(court)
    for name in ("reviewer-1", "reviewer-2"):
        court.look(name, text, candidate)
    refused(court, lambda: court.look("reviewer-3", text, candidate), "other reviewers")
    court.judge("reviewer-1", text, candidate, one)
    refused(court, lambda: court.look("reviewer-3", text, candidate), "other reviewers")
    assert court.judge("reviewer-2", text, candidate, other)["outcome"] == ""
    return text, candidate


@pytest.mark.parametrize(("one", "other"), DISAGREEING)
@pytest.mark.parametrize(
    ("third", "outcome"),
    [(Verdict.SAME, "confirmed"), (Verdict.DIFFERENT, "not confirmed"), (Verdict.UNSURE, "not confirmed")],
)
def test_a_third_decides_where_two_disagree(court, one, other, third, outcome):
    text, candidate = disagreed(court, one, other)
    for name in ("reviewer-1", "reviewer-2"):
        refused(court, lambda name=name: court.look(name, text, candidate), "given your verdict")
        refused(court, lambda name=name: court.judge(name, text, candidate), "final")
    refused(court, lambda: court.judge("reviewer-3", text, candidate), "not shown")
    shown = court.look("reviewer-3", text, candidate)
    assert set(shown) == {"still_key", "still_digest", "photo_key", "photo_digest", "entry"}
    refused(court, lambda: court.look("reviewer-4", text, candidate), "other reviewers")
    assert [facts.get("outcome") for facts in court.facts(Kind.REVIEWED)] == [None, None]
    assert court.judge("reviewer-3", text, candidate, third)["outcome"] == outcome
    assert court.facts(Kind.REVIEWED)[-1]["outcome"] == outcome
    refused(court, lambda: court.look("reviewer-4", text, candidate), outcome)
    refused(court, lambda: court.judge("reviewer-4", text, candidate), outcome)
    entries = tuple(court.zone.opened.sequencer.entries())
    assert rules.check(entries, court.zone.genesis) == ((), 0)


def test_a_third_is_listed_the_candidate_as_the_first_two_were(court):
    text, candidate = disagreed(court)
    opened, state = court.zone.opened, cases.state(court.zone.opened, text.warrant)
    listed = {f"reviewer-{one}": list(cases.to_review(opened, state, f"reviewer-{one}")) for one in range(1, 5)}
    assert listed == {"reviewer-1": [], "reviewer-2": [], "reviewer-3": [candidate], "reviewer-4": [candidate]}
    court.look("reviewer-3", text, candidate)
    assert list(cases.to_review(opened, state, "reviewer-4")) == []


def test_who_disagreed_do_not_judge_it_anew_under_a_narrower_version(court):
    text, candidate = disagreed(court)
    narrower = replace(text, number=2, narrowed_from=records.digest(text), narrowed_by="supervisor-1")
    court.file(narrower, "supervisor-1")
    court.say("supervisor-1", narrower)
    court.say("court-b/judge-1", narrower)
    assert court.search(narrower)["candidates"] == [candidate]
    for name in ("reviewer-1", "reviewer-3"):
        refused(court, lambda name=name: court.look(name, narrower, candidate), "not confirmed")


def test_the_log_tells_no_verdict_until_both_are_in(court):
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    court.judge("reviewer-1", text, candidate, Verdict.DIFFERENT)
    (facts,) = court.facts(Kind.REVIEWED)
    assert set(facts) == {"warrant", "number", "policy", "candidate", "person"}


def test_two_see_it_and_nobody_else(court):
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    assert court.look("reviewer-1", text, candidate)
    court.look("reviewer-2", text, candidate)
    refused(court, lambda: court.look("reviewer-3", text, candidate), "other reviewers")
    refused(court, lambda: court.judge("reviewer-3", text, candidate), "not shown")


def test_who_may_not_look(court):
    text, candidate = found(court)
    for name in ("officer-1", "officer-2", "supervisor-1", "clerk-1"):
        refused(court, lambda name=name: court.look(name, text, candidate), "reviewer")
        refused(court, lambda name=name: court.judge(name, text, candidate), "reviewer")


def test_a_verdict_is_final_and_needs_a_look(court):
    text, candidate = found(court)
    refused(court, lambda: court.judge("reviewer-1", text, candidate), "not shown")
    court.look("reviewer-1", text, candidate)
    court.judge("reviewer-1", text, candidate, Verdict.DIFFERENT)
    refused(court, lambda: court.judge("reviewer-1", text, candidate), "final")
    refused(court, lambda: court.look("reviewer-1", text, candidate), "given your verdict")


def test_only_candidates_are_shown(court):
    text, candidate = found(court)
    stranger = court.pass_by(-SUBJECT)
    refused(court, lambda: court.look("reviewer-1", text, stranger), "returned this sighting")
    refused(court, lambda: court.look("reviewer-1", text, "f" * 32), "returned this sighting")
    court.filed["f" * 16, 1] = court.filed[text.warrant, 1]
    refused(court, lambda: court.look("reviewer-1", replace(text, warrant="f" * 16), candidate))


def test_another_text_beside_the_request(court):
    text, candidate = found(court)
    court.filed[text.warrant, 1] = court.sealed(replace(text, case="another"))
    refused(court, lambda: court.look("reviewer-1", text, candidate), "stands now")


def test_what_was_narrowed_taken_back_or_has_expired(court):
    text, candidate = found(court)
    court.say("supervisor-1", text, approves=False)
    refused(court, lambda: court.look("reviewer-1", text, candidate), "1 of the 2")
    court.say("supervisor-1", text)
    after = replace(text, number=2, narrowed_from=records.digest(text), limits=limits(candidates=1))
    court.file(after)
    refused(court, lambda: court.look("reviewer-1", text, candidate), "another version")
    refused(court, lambda: court.look("reviewer-1", after, candidate), "returned this sighting")


def test_an_expired_warrant_shows_nobody(court):
    text, candidate = found(court)
    court.zone.clock.now = text.limits.expires
    refused(court, lambda: court.look("reviewer-1", text, candidate), "expired")


def test_who_asked_for_deletion_is_not_shown(court):
    text, candidate = found(court)
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((candidate,), "asked to"))
    refused(court, lambda: court.look("reviewer-1", text, candidate), "deleted")
    for name in ("supervisor-1", "court-b/judge-1"):
        court.ask(name, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))
    refused(court, lambda: court.look("reviewer-1", text, candidate), "deleted")


def test_a_second_search_keeps_what_was_said(court):
    text, candidate = found(court)
    court.look("reviewer-1", text, candidate)
    court.judge("reviewer-1", text, candidate)
    before = kept(court, text, candidate)
    assert court.search(text)["candidates"] == [candidate]
    assert kept(court, text, candidate) == before


def test_who_asked_sees_how_far_a_review_is_and_nobody_s_word(court):
    text, candidate = found(court)

    def told(name: str = "officer-1") -> dict:
        (line,) = court.ask(name, Verb.WARRANTS, Nothing())["warrants"]
        return line

    court.look("reviewer-1", text, candidate)
    court.judge("reviewer-1", text, candidate)
    one = {"sighting": candidate, "verdicts": 1, "needed": 2, "outcome": ""}
    assert told()["found"] == [one]
    court.look("reviewer-2", text, candidate)
    court.judge("reviewer-2", text, candidate, Verdict.DIFFERENT)
    assert told()["found"] == [one | {"verdicts": 2, "needed": 3}]
    court.look("reviewer-3", text, candidate)
    court.judge("reviewer-3", text, candidate)
    assert told()["found"] == [one | {"verdicts": 3, "needed": 3, "outcome": "confirmed"}]
    # Reviewers and approvers are told nothing of it.
    for name in ("reviewer-1", "court-b/judge-1"):
        assert "found" not in told(name)
