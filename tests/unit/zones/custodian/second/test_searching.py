"""A search needs both, is authorised by both, and is counted by both; without the second nothing has happened."""

from dataclasses import replace

import pytest

from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.log import policy_rules, rules
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian import cases, retrieval, roster
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.records import PartitionKeys
from countenance.zones.custodian.second import searching, service
from simulator.court import THIS_HOUR, Court
from simulator.people import SUBJECT, limits, near, unit
from simulator.second import Pair, Second


def populated(court: Court) -> str:
    found = court.pass_by(near(SUBJECT, 0.8, 5))
    for seed in range(4):
        court.pass_by(unit(seed + 100))
    court.tell()
    return found


def regular(second: Second) -> None:
    found, pending = rules.check(second.log(), second.genesis)
    assert (found, pending) == ((), 0)
    assert policy_rules.check(second.log(), second.genesis) == ()


def left(second: Second, text: Warrant) -> int:
    state = second.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    return state.uses_left


def test_the_sum_of_both_pads_is_taken_off_and_the_score_is_exact(court: Court, second: Second) -> None:
    found = populated(court)
    text = court.approved(limits=limits(uses=2, threshold=790))
    assert court.search(text)["candidates"] == [found]
    kinds = [entry.kind for entry in second.log()][-5:]
    assert kinds == [Kind.PRESENTED, Kind.APPROVED, Kind.APPROVED, Kind.AUTHORISED, Kind.DELIVERED]
    assert left(second, text) == 1
    regular(second)


def test_a_version_is_presented_once_and_a_narrowed_one_follows_it(court: Court, second: Second) -> None:
    populated(court)
    text = court.approved(limits=limits(uses=3))
    court.search(text)
    court.search(text)
    narrowed = replace(
        text, number=2, narrowed_from=records.digest(text), limits=replace(text.limits, uses=2, candidates=1)
    )
    court.file(narrowed)
    court.say("supervisor-1", narrowed)
    court.say("court-b/judge-1", narrowed)
    court.search(narrowed)
    kinds = [entry.kind for entry in second.log()]
    assert kinds.count(Kind.PRESENTED) == 2
    assert left(second, text) == 0, "uses of the older version stay spent"
    regular(second)


def test_locked_it_refuses_before_anything_is_spent_or_written(court: Court, pair: Pair, second: Second) -> None:
    populated(court)
    text = court.approved()
    second.crash()
    size, before = pair.opened.sequencer.size, cases.state(pair.opened, text.warrant)
    with pytest.raises(Unavailable, match="custodian open --second"):
        court.search(text)
    assert pair.opened.sequencer.size == size
    assert cases.state(pair.opened, text.warrant) == before
    assert not pair.opened.desk.running
    second.open()
    assert len(court.search(text)["candidates"]) == 1


@pytest.mark.parametrize("verb", ["search.pads", "search.end"])
def test_gone_in_the_middle_there_is_no_answer_and_both_logs_say_so(
    court: Court, pair: Pair, second: Second, verb: str
) -> None:
    populated(court)
    text = court.approved()

    def gone(asked: str) -> None:
        if asked == verb:
            second.between = lambda _: None
            second.crash()

    second.between = gone
    with pytest.raises(Unavailable, match="custodian open --second"):
        court.search(text)
    assert pair.kinds()[-1] is Kind.OUTCOME_UNKNOWN
    second.open()
    assert second.log()[-1].kind is Kind.OUTCOME_UNKNOWN
    assert len(court.search(text)["candidates"]) == 1
    regular(second)


def test_a_search_that_the_first_never_ends_has_an_unknown_outcome(court: Court, pair: Pair, second: Second) -> None:
    populated(court)
    court.begin(court.approved())
    pair.clock.now += 11 * 60_000
    running = next(iter(second.opened.desk.running.values()))
    retrieval.abandon_old(second.opened)
    assert not running.q.any()
    assert second.log()[-1].kind is Kind.OUTCOME_UNKNOWN


def test_its_own_roster_decides(court: Court, pair: Pair, second: Second) -> None:
    populated(court)
    text = court.approved()
    roster.revoke(second.opened, "court-b/judge-1")
    error = second.refused(lambda: court.search(text))
    assert "approvals needed" in str(error)
    assert second.log()[-1].kind is Kind.REFUSED
    roster.revoke(second.opened, "officer-1")
    assert "roster" in str(second.refused(lambda: court.search(text)))
    assert cases.state(pair.opened, text.warrant).uses_left == text.limits.uses


def test_an_approval_taken_back_is_an_entry_there_too(court: Court, second: Second) -> None:
    populated(court)
    text = court.approved(limits=limits(uses=4))
    court.search(text)
    court.say("supervisor-2", text)
    court.say("supervisor-1", text, approves=False)
    court.search(text)
    said = [(entry.kind, dict(entry.facts).get("person")) for entry in second.log()]
    assert (Kind.DECLINED, "supervisor-1") in said
    assert (Kind.APPROVED, "supervisor-2") in said
    regular(second)
    second.crash()
    second.open()
    court.search(text)
    regular(second)


def test_an_hour_that_is_over_there_is_not_searched_in_part(court: Court, pair: Pair, second: Second) -> None:
    populated(court)
    text = court.approved()
    for name, _ in list(second.opened.store.all(PartitionKeys)):
        second.opened.store.drop(PartitionKeys, name)
    with pytest.raises(Refused):
        court.search(text)
    assert pair.opened.store.count(cases.Candidate) == 0


def test_products_of_another_number_of_rows_are_not_believed(
    court: Court, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    populated(court)
    text = court.approved()
    short = {**service.ACTS, "search.pads": lambda opened, call: searching.pads(opened, call)[:-4]}
    monkeypatch.setattr(service, "ACTS", short)
    with pytest.raises(Tampered, match="another number of rows"):
        court.search(text)
    assert pair.kinds()[-1] is Kind.OUTCOME_UNKNOWN


def test_a_camera_that_has_recorded_nothing_yet_is_no_stranger(court: Court, pair: Pair, second: Second) -> None:
    """The second learns of cameras from their operators' declarations, which come with the warrant too."""
    found = populated(court)
    pair.declare("yard", court.edge)
    text = court.approved(scope=replace(court.text().scope, cameras=("hall-east", "yard")))
    assert court.search(text)["candidates"] == [found]
    look = Look("yard", THIS_HOUR, THIS_HOUR, "a reason")
    assert court.ask("operator-1", Verb.LOOK, look)["keys"] == {}
    pair.declare("roof", court.edge)
    assert court.ask("operator-1", Verb.LOOK, replace(look, camera="roof"))["keys"] == {}
    regular(second)
