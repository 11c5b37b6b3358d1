"""Values of stills, patches and footage leave the second for acts that people signed, within a warrant's limits."""

from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto import derive
from countenance.errors import Malformed, Refused, Unavailable
from countenance.log import policy_rules, rules
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Verdict, Warrant
from countenance.zones.custodian import roster
from countenance.zones.custodian.cases import Candidate
from simulator.court import LAST_HOUR, THIS_HOUR, Court, evidence_process
from simulator.people import SUBJECT, near
from simulator.second import Pair, Second
from simulator.zone import only


def found(court: Court) -> tuple[Warrant, str]:
    court.pass_by(near(SUBJECT, 0.8, 5))
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    return text, candidate


def test_a_still_takes_both_values_and_is_an_entry_of_both(court: Court, pair: Pair, second: Second) -> None:
    text, candidate = found(court)
    given = court.look("reviewer-1", text, candidate)
    lease, nonce = court.leases["hall-east", LAST_HOUR], court.rows["hall-east", LAST_HOUR][0].sighting.nonce
    parts = [derive.still_key(one.block_key, nonce, candidate) for one in pair.values(court.edge, lease)]
    assert given["still_key"] == derive.combined(*parts).hex()
    assert given["still_key"] not in {part.hex() for part in parts}
    assert [entry.kind for entry in second.log()][-2:] == [Kind.AUTHORISED, Kind.DELIVERED]


def test_locked_nobody_is_shown_anything_and_nothing_is_remembered(court: Court, pair: Pair, second: Second) -> None:
    text, candidate = found(court)
    size = pair.opened.sequencer.size
    second.crash()
    with pytest.raises(Unavailable, match="custodian open --second"):
        court.look("reviewer-1", text, candidate)
    with pytest.raises(Unavailable, match="custodian open --second"):
        court.ask("operator-1", Verb.LOOK, Look("hall-east", LAST_HOUR, THIS_HOUR, "a reason"))
    assert pair.opened.sequencer.size == size
    assert [known.viewers for _, known in pair.opened.store.all(Candidate)] == [()]
    second.open()
    assert court.look("reviewer-1", text, candidate)["still_key"]


def test_reviewers_are_those_of_its_own_roster(court: Court, second: Second) -> None:
    text, candidate = found(court)
    roster.revoke(second.opened, "reviewer-1")
    assert "roster" in str(second.refused(lambda: court.look("reviewer-1", text, candidate)))


def test_a_disclosure_takes_two_signed_verdicts_there_too(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    text, candidate = found(court)
    court.confirm(text, candidate)
    with evidence_process(tmp_path / "evidence") as heard:
        court.disclose(text, candidate, tmp_path / "evidence")
    lease, nonce = court.leases["hall-east", LAST_HOUR], court.rows["hall-east", LAST_HOUR][0].sighting.nonce
    values = pair.values(court.edge, lease)
    _, still, patches, footage = heard[0].blobs[:4]
    assert still == derive.combined(*(derive.still_key(one.block_key, nonce, candidate) for one in values))
    assert patches == derive.combined(*(derive.patches_key(one.block_key, nonce, candidate) for one in values))
    assert footage == derive.combined(*(one.footage_key for one in values))
    assert rules.check(second.log(), second.genesis) == ((), 0)
    assert policy_rules.check(second.log(), second.genesis) == ()
    assert [entry.kind for entry in second.log()].count(Kind.REVIEWED) == 3


def test_a_disclosure_is_for_whose_camera_it_is_by_its_own_roster(court: Court, second: Second, tmp_path: Path) -> None:
    text, candidate = found(court)
    court.confirm(text, candidate)
    only(second.opened, "officer-1", "yard")
    with evidence_process(tmp_path / "evidence") as heard:
        told = second.refused(lambda: court.disclose(text, candidate, tmp_path / "evidence"))
    assert "not among those" in str(told)
    assert not heard


def test_a_disclosure_while_it_is_locked_gives_the_evidence_process_nothing(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    text, candidate = found(court)
    court.confirm(text, candidate)
    size = pair.opened.sequencer.size
    second.crash()
    with evidence_process(tmp_path / "evidence") as heard:
        with pytest.raises(Unavailable, match="custodian open --second"):
            court.disclose(text, candidate, tmp_path / "evidence")
        assert not heard
    assert pair.opened.sequencer.size == size


def test_the_first_cannot_make_up_verdicts(court: Court, pair: Pair, second: Second, tmp_path: Path) -> None:
    text, candidate = found(court)
    for name, verdict in (("reviewer-1", Verdict.SAME), ("reviewer-2", Verdict.DIFFERENT)):
        court.look(name, text, candidate)
        court.judge(name, text, candidate, verdict)
    (key, known) = next(iter(pair.opened.store.all(Candidate)))
    with evidence_process(tmp_path / "evidence") as heard:
        for verdicts in (known.verdicts, known.verdicts[:1], known.verdicts[:1] * 2):
            pair.opened.store.put(replace(known, outcome="confirmed", verdicts=verdicts), key)
            second.refused(lambda: court.disclose(text, candidate, tmp_path / "evidence"))
        assert not heard


def test_a_third_reviewer_takes_two_signed_verdicts_that_disagree(
    court: Court, pair: Pair, second: Second, tmp_path: Path
) -> None:
    text, candidate = found(court)
    for name, verdict in (("reviewer-1", Verdict.SAME), ("reviewer-2", Verdict.DIFFERENT)):
        court.look(name, text, candidate)
        court.judge(name, text, candidate, verdict)
    (key, known) = next(iter(pair.opened.store.all(Candidate)))
    for verdicts in (known.verdicts[:1] * 2, known.verdicts[1:] * 2):
        pair.opened.store.put(replace(known, verdicts=verdicts), key)
        second.refused(lambda: court.look("reviewer-3", text, candidate))
    pair.opened.store.put(known, key)
    assert court.look("reviewer-3", text, candidate)["still_key"]
    assert court.judge("reviewer-3", text, candidate)["outcome"] == "confirmed"
    with evidence_process(tmp_path / "evidence") as heard:
        court.disclose(text, candidate, tmp_path / "evidence")
    assert len(heard[0].body["instructions"]["verdicts"]) == 3
    for log, genesis in ((second.log(), second.genesis), (tuple(pair.opened.sequencer.entries()), pair.genesis)):
        assert rules.check(log, genesis) == ((), 0)


def test_a_look_is_an_entry_of_both_and_takes_both_values(court: Court, pair: Pair, second: Second) -> None:
    answer = court.ask("operator-1", Verb.LOOK, Look("hall-east", LAST_HOUR, THIS_HOUR, "a reason"))
    for hour in (LAST_HOUR, THIS_HOUR):
        values = pair.values(court.edge, court.leases["hall-east", hour])
        assert answer["keys"][str(hour)] == derive.combined(*(one.footage_key for one in values)).hex()
    assert second.log()[-1].kind is Kind.LOOKED
    roster.revoke(second.opened, "operator-1")
    second.refused(lambda: court.ask("operator-1", Verb.LOOK, Look("hall-east", LAST_HOUR, THIS_HOUR, "again")))


def test_what_no_person_signed_is_not_given(court: Court, pair: Pair, second: Second) -> None:
    caller = pair.opened.second
    assert caller is not None
    place = {"camera": "hall-east", "hour": LAST_HOUR}
    for verb in ("still", "disclosure", "look", "search.begin"):
        with pytest.raises((Malformed, Refused)):
            caller.ask(verb, {**place, "verdicts": 0})
    second.refused(lambda: caller.ask("still", dict(place), b"no ask", b"text", b"template", bytes(16)))
