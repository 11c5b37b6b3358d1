"""Strangers are counted by camera and purpose; what shows surely too many is stopped until a quorum clears it."""

from collections.abc import Iterator

import pytest

from countenance.errors import Refused
from countenance.evaluation import sequential
from countenance.formats import records
from countenance.log import policy_rules, rules, stop_rules
from countenance.matching import encode
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Verdict, Warrant
from countenance.zones.custodian import budgets, freezing, governing, retention, strangers
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.freezing import Frozen
from countenance.zones.custodian.strangers import Compared, Count, Searched
from simulator.counted import counted
from simulator.court import Court, sitting
from simulator.people import HOUR, SUBJECT, near, probe, unit

EAST, WEST, PURPOSE = "camera:hall-east", "camera:hall-west", "purpose:missing person"
DIFFERENT, UNSURE = Verdict.DIFFERENT, Verdict.UNSURE


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def counts(court: Court) -> dict[str, dict]:
    return {one["what"]: one for one in court.ask("court-b/judge-2", Verb.ERRORS, Nothing())["counts"]}


def warranted(court: Court, seed: int, **changed: object) -> Warrant:
    """A signed warrant whose probe is of person `seed`."""
    template = encode.to_bytes(encode.encode(unit(seed)))
    text = court.text(warrant=f"{seed:016x}", probe=probe(template, court.zone.probe.signing), **changed)
    court.file(text, template=template)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, text)
    return text


def judged(court: Court, text: Warrant, candidate: str, *verdicts: Verdict) -> dict:
    said = {}
    for name, verdict in zip(("reviewer-1", "reviewer-2", "reviewer-3"), verdicts, strict=False):
        court.look(name, text, candidate)
        said = court.judge(name, text, candidate, verdict)
    return said


def stranger(
    court: Court, seed: int, *, camera: str = "hall-east", verdicts: tuple = (DIFFERENT, DIFFERENT)
) -> Warrant:
    """A search for person `seed` that shows a look-alike, who is not confirmed."""
    court.pass_by(near(unit(seed), 0.8, 1000 + seed), camera)
    court.tell()
    text = warranted(court, seed)
    (candidate,) = court.search(text)["candidates"]
    judged(court, text, candidate, *verdicts)
    return text


def until_stopped(court: Court, first: int = 10) -> int:
    """Look-alikes until something is stopped; how many there were."""
    for many in range(1, 10):
        stranger(court, first + many)
        if court.facts(Kind.STOPPED):
            return many
    raise AssertionError("nothing was stopped")


def expecting(court: Court, name: str, *, expected: float, widest: float) -> None:
    """As if searches of `name` had been made that were to expect so many strangers, the widest so many."""
    made = Count(0, 0, round(expected * strangers.BILLION), round(widest * strangers.BILLION), 100, -1)
    court.zone.opened.store.put(made, name)


def one_stops(court: Court, stops: str) -> None:
    """Searches as wide as the policy allows, of which only `stops` has surely shown too many strangers."""
    for name in (EAST, PURPOSE):
        expecting(court, name, expected=0.1 if name == stops else 10, widest=0.1)
    until_stopped(court)
    assert [facts["what"] for facts in court.facts(Kind.STOPPED)] == [stops]


def searched(used: int) -> Searched:
    return Searched({}, used, 0.1, (counted(),))


def test_a_search_counts_what_it_was_expected_to_return(court: Court) -> None:
    for seed in range(3):
        court.pass_by(unit(900 + seed))
    court.pass_by(SUBJECT, "hall-west")
    court.tell()
    text = court.approved()
    court.search(text)
    known = counts(court)
    row = searched(440).expected(1, 440)
    assert [known[name]["expected"] for name in (EAST, WEST, PURPOSE)] == [3 * row, row, 4 * row]
    # The widest is of whole searches: a camera has no right to what the others leave.
    assert {one["widest"] for one in known.values()} == {4 * row}
    assert {(one["searches"], one["strangers"], one["undecided"]) for one in known.values() if one["what"] != EAST} == {
        (1, 0, 1)
    }
    assert known[EAST]["undecided"] == 0
    (facts,) = court.facts(Kind.DELIVERED)
    assert (facts["expected"], facts["counted"], facts["limit"]) == (str(4 * row), str(4 * row), "100")


def test_the_same_rows_again_count_nothing_new(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    court.search(text)
    first = counts(court)[PURPOSE]["expected"]
    court.search(text)
    assert counts(court)[PURPOSE]["expected"] == first
    # Nor under another warrant for the same probe; what came since does.
    court.pass_by(unit(77))
    court.tell()
    again = court.approved(warrant="f" * 16)
    court.search(again)
    known = counts(court)[PURPOSE]
    assert (known["expected"], known["searches"]) == (2 * first, 3)


def test_a_lower_threshold_counts_the_difference(court: Court) -> None:
    opened, key = court.zone.opened, "camera:x/aa"
    high = strangers._newly(opened, key, {("x", 1): 1000}, searched(500))
    low = strangers._newly(opened, key, {("x", 1): 1000}, searched(440))
    assert (high, high + low) == tuple(searched(used).expected(1000, used) for used in (500, 440))
    assert strangers._newly(opened, key, {("x", 1): 900}, searched(460)) == 0


@pytest.mark.parametrize("verdicts", [(DIFFERENT, DIFFERENT), (UNSURE, DIFFERENT), (Verdict.SAME, DIFFERENT, UNSURE)])
def test_whom_one_calls_different_and_two_do_not_confirm_is_a_stranger(court: Court, verdicts: tuple) -> None:
    stranger(court, 10, verdicts=verdicts)
    known = counts(court)
    assert {(one["strangers"], one["undecided"]) for one in known.values()} == {(1, 0)}
    outcome = [facts for facts in court.facts(Kind.REVIEWED) if "outcome" in facts]
    assert outcome[0]["stranger"] == f"{EAST}; {PURPOSE}"


@pytest.mark.parametrize("verdicts", [(UNSURE, UNSURE), (Verdict.SAME, UNSURE, UNSURE)])
def test_of_whom_nobody_is_sure_stays_undecided(court: Court, verdicts: tuple) -> None:
    stranger(court, 10, verdicts=verdicts)
    assert court.facts(Kind.REVIEWED)[-1]["outcome"] == "not confirmed"
    assert {(one["strangers"], one["undecided"]) for one in counts(court).values()} == {(0, 1)}


def test_what_is_past_its_retention_is_forgotten_and_stays_counted(court: Court) -> None:
    stranger(court, 10)
    before = counts(court)
    assert court.zone.opened.store.count(Compared) == 2
    court.zone.clock.now += 80 * HOUR
    retention.tick(court.zone.opened)
    assert court.zone.opened.store.count(Compared) == 0
    assert counts(court) == before


def test_who_is_confirmed_is_none(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    court.confirm(text, candidate)
    assert {(one["strangers"], one["undecided"]) for one in counts(court).values()} == {(0, 0)}


def test_nothing_moves_with_one_verdict(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    before, entries = counts(court), court.zone.opened.sequencer.size
    judged(court, text, candidate, DIFFERENT)
    assert counts(court) == before
    assert len(list(court.zone.opened.sequencer.entries())[entries:]) == 3, "authorised, delivered, reviewed"


def test_one_probe_shows_one_stranger_however_often(court: Court) -> None:
    for seed in (5, 6, 7):
        court.pass_by(near(SUBJECT, 0.8, seed), "hall-east" if seed < 7 else "hall-west")
    court.tell()
    text = court.approved()
    for candidate in court.search(text)["candidates"]:
        judged(court, text, candidate, DIFFERENT, DIFFERENT)
    again = court.approved(warrant="f" * 16)
    for candidate in court.search(again)["candidates"]:
        judged(court, again, candidate, DIFFERENT, DIFFERENT)
    known = counts(court)
    assert [known[name]["strangers"] for name in (EAST, WEST, PURPOSE)] == [1, 1, 1]
    # It can show no second one, so nothing more is expected of it either.
    court.pass_by(unit(99))
    court.tell()
    court.search(court.approved(warrant="e" * 16))
    assert [counts(court)[name]["expected"] for name in (EAST, WEST, PURPOSE)] == [
        known[name]["expected"] for name in (EAST, WEST, PURPOSE)
    ]


def test_narrow_searches_stop_by_the_policys_limit_not_the_calibration(court: Court) -> None:
    # A thousand searches of ten rows: five strangers are five times what was calibrated, and far from one in ten.
    for name in (EAST, PURPOSE):
        expecting(court, name, expected=1, widest=0.001)
    for seed in range(10, 15):
        stranger(court, seed)
    known = counts(court)[PURPOSE]
    assert known["strangers"] == 5
    assert not court.facts(Kind.STOPPED)
    assert known["high"] < known["limit"]


def test_many_narrow_searches_hide_no_wide_ones(court: Court) -> None:
    # Ten wide searches showed six strangers; two hundred searches of a row each change nothing.
    few = Count(10, 6, round(0.5 * strangers.BILLION), round(0.1 * strangers.BILLION), 100, -1)
    assert strangers.beyond(few)
    row = searched(440).expected(1, 440)
    assert strangers.beyond(Count(210, 6, few.expected + 200 * row, few.widest, 100, -1))


def test_a_stop_is_an_entry_with_what_it_follows_from(court: Court) -> None:
    one_stops(court, EAST)
    (facts,) = court.facts(Kind.STOPPED)
    assert set(facts) == {"what", "searches", "strangers", "expected", "least", "widest", "limit"}
    assert int(facts["least"]) == int(1000 * sequential.least(int(facts["strangers"])))
    of = court.zone.last(Kind.STOPPED).of
    assert "outcome" in dict(court.zone.opened.sequencer.entry(of).facts)
    assert counts(court)[EAST]["stopped"] == court.frozen()[EAST]["entry"]


def test_a_stopped_purpose_is_not_searched(court: Court) -> None:
    court.tell()
    text = court.approved()
    freezing.stopped(court.zone.opened, PURPOSE, {}, of=-1)
    uses = court.zone.opened.store.count(budgets.Spent)
    with pytest.raises(Refused, match="this purpose is stopped"):
        court.search(text)
    assert court.zone.opened.store.count(budgets.Spent) == uses
    assert not court.facts(Kind.AUTHORISED)
    assert "officer-1" not in court.frozen()


def test_a_stopped_camera_is_left_out_and_the_answer_says_so(court: Court) -> None:
    there = court.pass_by(SUBJECT, "hall-west")
    court.pass_by(SUBJECT, "hall-east")
    court.tell()
    text = court.approved()
    freezing.stopped(court.zone.opened, EAST, {}, of=-1)
    answer = court.search(text)
    assert answer["candidates"] == [there]
    assert answer["not_searched"] == ["hall-east: stopped, since it showed more strangers than the policy allows"]
    (facts,) = court.facts(Kind.AUTHORISED)
    assert facts["without"] == "hall-east"
    freezing.stopped(court.zone.opened, WEST, {}, of=-1)
    with pytest.raises(Refused, match="every camera of this warrant is stopped"):
        court.search(text)


@pytest.mark.parametrize(("what", "says"), [(PURPOSE, "this purpose is stopped"), (EAST, "while this search ran")])
def test_a_search_that_was_running_gets_no_answer(court: Court, what: str, says: str) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    _, begun = court.begin(court.approved())
    freezing.stopped(court.zone.opened, what, {}, of=-1)
    with pytest.raises(Refused, match=says):
        court.finish(begun)
    assert court.facts(Kind.OUTCOME_UNKNOWN)
    assert not court.facts(Kind.DELIVERED)


def test_a_quorum_clears_it_and_the_count_begins_anew(court: Court) -> None:
    one_stops(court, EAST)
    assert not court.clear(EAST, "supervisor-1")["cleared"]
    assert not court.clear(EAST, "supervisor-2")["cleared"], "one organisation is not enough"
    done = court.clear(EAST, "court-b/judge-1")
    assert done["cleared"]
    assert court.facts(Kind.CLEARED)[0]["what"] == EAST
    known = counts(court)[EAST]
    assert (known["searches"], known["strangers"], known["expected"], known["since"]) == (0, 0, 0, done["entry"])
    assert known["stopped"] is None
    # A new stranger counts; one of a search from before does not.
    stranger(court, 50)
    assert counts(court)[EAST]["strangers"] == 1


def test_what_was_found_before_the_clearing_does_not_count_after_it(court: Court) -> None:
    court.pass_by(SUBJECT)
    court.tell()
    text = court.approved()
    (candidate,) = court.search(text)["candidates"]
    freezing.stopped(court.zone.opened, EAST, {}, of=-1)
    court.clear(EAST)
    judged(court, text, candidate, DIFFERENT, DIFFERENT)
    known = counts(court)
    assert (known[EAST]["strangers"], known[PURPOSE]["strangers"]) == (0, 1)


def test_what_was_compared_before_the_clearing_is_expected_anew(court: Court) -> None:
    """Else a probe's stranger would count where nothing was expected, and nothing would ever stop it."""
    court.pass_by(near(SUBJECT, 0.8, 5))
    court.tell()
    court.search(court.approved())
    first = counts(court)[EAST]["expected"]
    freezing.stopped(court.zone.opened, EAST, {}, of=-1)
    court.clear(EAST)
    again = court.approved(warrant="f" * 16)
    (candidate,) = court.search(again)["candidates"]
    judged(court, again, candidate, DIFFERENT, DIFFERENT)
    known = counts(court)
    assert (known[EAST]["strangers"], known[EAST]["expected"]) == (1, first) != (1, 0)
    assert known[PURPOSE]["expected"] == first, "what was not cleared goes on"


def test_no_policy_resets_or_lifts_it(court: Court) -> None:
    one_stops(court, PURPOSE)
    before = counts(court)[PURPOSE]
    stands = governing.stands(court.zone.opened)
    governing.set_policy(court.zone.opened, stands.text + "\n// another\n")
    assert counts(court)[PURPOSE] == before
    text = court.text(policy=governing.stands(court.zone.opened).hash, warrant="e" * 16)
    court.file(text)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, text)
    with pytest.raises(Refused, match="stopped"):
        court.search(text)


def test_purposes_that_the_policy_does_not_name_share_one_count(court: Court) -> None:
    assert strangers.purpose_name("") == "purpose:"
    governing.set_policy(
        court.zone.opened,
        """
        @id("all") @says("s") @source("law") permit (principal, action, resource);
        """,
    )
    which = governing.stands(court.zone.opened).hash
    court.tell()
    for number, words in enumerate(("theft by B", "theft, by B.")):
        court.search(court.approved(warrant=f"{number:016x}", purpose=words, policy=which))
        kept = court.zone.opened.store.get(WarrantState, f"{number:016x}")
        assert b"theft" not in records.write(kept)
    assert counts(court)["purpose:"]["searches"] == 2


def test_a_kill_between_outcome_and_stop_is_found_at_opening(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (EAST, PURPOSE):
        expecting(court, name, expected=0.1, widest=0.1)
    with monkeypatch.context() as patched:
        patched.setattr(freezing, "stopped", killed)
        with pytest.raises(OSError, match="killed"):
            until_stopped(court)
    assert not court.facts(Kind.STOPPED)
    court.zone.reopen()
    assert {facts["what"] for facts in court.facts(Kind.STOPPED)} == {EAST, PURPOSE}
    with pytest.raises(Refused, match="stopped"):
        court.search(warranted(court, 90))


def test_a_kill_between_stop_and_store_and_between_clearing_and_store(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_stops(court, EAST)
    court.zone.opened.store.drop(Frozen, EAST)
    court.zone.reopen()
    assert len(court.facts(Kind.STOPPED)) == 1
    assert freezing.is_frozen(court.zone.opened, EAST)
    court.clear(EAST, "supervisor-1")
    with monkeypatch.context() as patched:
        patched.setattr(strangers, "begin_anew", killed)
        with pytest.raises(OSError, match="killed"):
            court.clear(EAST, "court-b/judge-1")
    court.zone.reopen()
    assert court.frozen() == {}
    assert len(court.facts(Kind.STOPPED)) == 1, "the old count would have stopped it again"


def killed(*_: object, **__: object) -> None:
    raise OSError("killed")


def test_a_restored_store_counts_purposes_again_from_the_log(court: Court) -> None:
    for seed in range(10, 13):
        stranger(court, seed)
    opened, before = court.zone.opened, counts(court)[PURPOSE]
    opened.store.drop(Count, PURPOSE)
    opened.sequencer.append(Kind.RESTORED, {"store_generation": str(opened.store.generation), "store_commits": "0"})
    court.zone.reopen()
    now = counts(court)[PURPOSE]
    for name in ("searches", "strangers", "expected", "widest", "limit"):
        assert now[name] == before[name]
    until_stopped(court, 20)
    entries = list(court.zone.opened.sequencer.entries())
    assert stop_rules.check(entries, sequential.beyond) == ()


def test_who_may_see_the_counts(court: Court) -> None:
    for name in ("officer-1", "reviewer-1", "clerk-1"):
        with pytest.raises(Refused, match="approver, operator or auditor"):
            court.ask(name, Verb.ERRORS, Nothing())
    assert court.ask("operator-1", Verb.ERRORS, Nothing())["counts"] == []


def test_what_happened_breaks_no_rule_of_the_audit(court: Court) -> None:
    """A stop as it comes about, searches beside and after it, a clearing: as an auditor reads it."""
    until_stopped(court)
    with pytest.raises(Refused, match="this purpose is stopped"):
        court.search(warranted(court, 90))
    stopped = {facts["what"] for facts in court.facts(Kind.STOPPED)}
    assert stopped == {EAST, PURPOSE}
    court.clear(PURPOSE)
    court.search(warranted(court, 91))
    court.clear(EAST)
    stranger(court, 92)
    court.zone.reopen()
    entries = list(court.zone.opened.sequencer.entries())
    assert stop_rules.check(entries, sequential.beyond) == ()
    assert policy_rules.check(entries, court.zone.genesis) == ()
    broken, _ = rules.check(entries, court.zone.genesis)
    assert broken == ()
