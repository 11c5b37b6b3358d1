"""The desk: somebody asks about themselves with their face; clerks approve, reviewers decide, nobody else learns."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from countenance.errors import CountenanceError, Malformed, Refused
from countenance.log import policy_rules, rules, subject_rules
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.rights import Reply, Statement, Wish
from countenance.vocabulary.warrants import Limits, Role, Scope, Subject, Verdict, Warrant
from countenance.zones.custodian import alarms, backups, cases, edges, epochs, restricting, retention, review
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.rights import desk, questions, replies
from simulator.asker import Asker
from simulator.court import LAST_HOUR, Court, sitting
from simulator.kiosk import CONSENT, Capture, Filing, Kiosk, of_custodian
from simulator.people import HOUR, NOW, SUBJECT, near, person, unit
from simulator.zone import sighting

DAY = 24 * MILLISECONDS_AN_HOUR
CODE = secrets.token_bytes(16)


@dataclass
class Desk:
    """A court with a kiosk, and somebody who passed once among strangers."""

    court: Court
    kiosk: Kiosk
    mine: str

    def file(self, wish: Wish = Wish.TELL, code: bytes = CODE, **changed: object) -> Warrant:
        filing = self.kiosk.filing(self.kiosk.text(code, Capture.of(SUBJECT), wish, **changed), Capture.of(SUBJECT))
        return self.filed(filing)

    def filed(self, filing: Filing) -> Warrant:
        self.kiosk.file(filing)
        self.court.filed[filing.text.warrant, 1] = filing.papers
        return filing.text

    def searched(self, wish: Wish = Wish.TELL) -> tuple[Warrant, list[str]]:
        text = self.file(wish)
        self.court.say("clerk-1", text)
        answer = self.court.search(text, "clerk-1")
        found = self.to_review(text)
        # The clerk is told how many there are, and reviewers alone which.
        assert answer["candidates"] == [""] * len(found)
        return text, found

    def line(self, name: str, text: Warrant) -> dict:
        listed = self.court.ask(name, Verb.WARRANTS, Nothing())["warrants"]
        return next(line for line in listed if line["warrant"] == text.warrant)

    def to_review(self, text: Warrant) -> list[str]:
        return list(self.line("reviewer-1", text)["candidates"])

    def told(self, code: bytes = CODE) -> Statement:
        return self.kiosk.look_up(code)

    def restricted(self) -> frozenset[str]:
        return restricting.restricted(self.court.zone.opened)


@pytest.fixture
def hall() -> Iterator[Desk]:
    with sitting() as court:
        mine = court.pass_by(near(SUBJECT, 0.8, 99))
        for seed in range(6):
            court.pass_by(unit(seed + 100), ("hall-east", "hall-west")[seed % 2])
        court.tell()
        kiosk = Kiosk(court.zone.genesis, of_custodian(lambda: court.zone.opened), court.zone.clock)
        edges.enrol(court.zone.opened, kiosk.identity)
        yield Desk(court, kiosk, mine)


def test_who_asks_is_told_when_they_passed_once_two_reviewers_have_said_so(hall: Desk) -> None:
    text, found = hall.searched()
    assert found == [hall.mine]
    assert hall.told().outcome == ""
    hall.court.look("reviewer-1", text, hall.mine)
    hall.court.judge("reviewer-1", text, hall.mine)
    assert hall.told().outcome == ""
    hall.court.look("reviewer-2", text, hall.mine)
    hall.court.judge("reviewer-2", text, hall.mine)
    said = hall.told()
    assert (said.outcome, said.gone_by) == ("met", 0)
    (passed,) = said.passed
    assert (passed.camera, passed.start) == ("hall-east", LAST_HOUR * HOUR + 1000)
    assert hall.restricted() == frozenset()


def test_a_stranger_whom_the_machine_took_for_the_asker_is_neither_told_of_nor_erased(hall: Desk) -> None:
    text, _ = hall.searched(Wish.DELETE)
    assert hall.restricted() == {hall.mine}
    for name in ("reviewer-1", "reviewer-2"):
        hall.court.look(name, text, hall.mine)
        hall.court.judge(name, text, hall.mine, Verdict.DIFFERENT)
    assert hall.restricted() == frozenset()
    said = hall.told()
    assert (said.outcome, said.passed) == ("met", ())
    hall.court.zone.clock.now += 8 * DAY
    retention.tick(hall.court.zone.opened)
    assert Kind.ERASED not in hall.court.zone.kinds()


def test_deletion_restricts_at_once_and_erases_what_reviewers_confirm(hall: Desk) -> None:
    text, _ = hall.searched(Wish.DELETE)
    assert hall.restricted() == {hall.mine}
    hall.court.confirm(text, hall.mine)
    assert hall.restricted() == {hall.mine}
    said = hall.told()
    assert said.gone_by > hall.court.zone.clock()
    hall.court.zone.clock.now += 8 * DAY
    retention.tick(hall.court.zone.opened)
    assert hall.court.zone.opened.sequencer.entry(hall.told().entries[-1].proof.index).kind is Kind.ERASED
    with pytest.raises(Refused):
        hall.court.look("reviewer-3", text, hall.mine)


def test_nothing_is_gone_before_the_newest_backup_is(hall: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    lives = backups.make(hall.court.zone.opened, tmp_path / "backup", tmp_path / "elsewhere" / "piece", days=60)
    text, _ = hall.searched(Wish.DELETE)
    hall.court.confirm(text, hall.mine)
    assert hall.told().gone_by >= lives.until


def test_who_was_not_found_is_told_so_and_the_log_names_nobody(hall: Desk) -> None:
    nobody = Capture.of(unit(4242))
    filing = hall.kiosk.filing(hall.kiosk.text(CODE, nobody, Wish.DELETE), nobody)
    text = hall.filed(filing)
    hall.court.say("clerk-1", text)
    assert hall.court.search(text, "clerk-1")["candidates"] == []
    said = hall.told()
    assert (said.outcome, said.passed, said.gone_by) == ("met", (), 0)
    assert hall.restricted() == frozenset()
    assert Kind.ERASURE_ORDERED not in hall.court.zone.kinds()


def test_what_nobody_judges_is_let_go_and_the_question_answered(hall: Desk) -> None:
    _, found = hall.searched(Wish.DELETE)
    hall.court.zone.clock.now += 9 * HOUR
    retention.tick(hall.court.zone.opened)
    assert hall.restricted() == frozenset()
    assert hall.told().outcome == "met"
    assert hall.told().passed == ()
    assert found == [hall.mine]
    assert Kind.LIFTED in hall.court.zone.kinds()


def test_what_no_clerk_approves_is_searched_by_nobody(hall: Desk) -> None:
    text = hall.file()
    with pytest.raises(Refused, match="approved it"):
        hall.court.search(text, "clerk-1")
    for name in ("officer-1", "supervisor-1", "court-b/judge-1"):
        with pytest.raises(Refused):
            hall.court.say(name, text)
    hall.court.say("clerk-1", text)
    for name in ("clerk-2", "officer-1"):
        with pytest.raises(Refused):
            hall.court.search(text, name)
    assert hall.court.search(text, "clerk-1")["candidates"] == [""]
    assert hall.to_review(text) == [hall.mine]
    with pytest.raises(Refused, match="no use left"):
        hall.court.search(text, "clerk-1")


def test_for_a_child_or_an_agent_two_clerks_approve(hall: Desk) -> None:
    text = hall.kiosk.text(CODE, Capture.of(SUBJECT))
    assert text.subject is not None
    text = replace(text, subject=replace(text.subject, assisted=True))
    hall.filed(hall.kiosk.filing(text, Capture.of(SUBJECT)))
    hall.court.say("clerk-1", text)
    with pytest.raises(Refused, match="1 of the 2"):
        hall.court.search(text, "clerk-1")
    hall.court.say("clerk-2", text)
    assert hall.court.search(text, "clerk-1")["candidates"] == [""]
    assert hall.to_review(text) == [hall.mine]


def test_the_clerk_who_met_them_does_not_review(hall: Desk) -> None:
    text, _ = hall.searched()
    opened, both = hall.court.zone.opened, (Role.CLERK, Role.REVIEWER)
    review.may_review(opened, replace(person("clerk-2"), roles=both), cases.state(opened, text.warrant))
    with pytest.raises(Refused, match="met somebody"):
        review.may_review(opened, replace(person("clerk-1"), roles=both), cases.state(opened, text.warrant))


def test_the_desk_is_no_trap_for_whoever_is_looked_for(hall: Desk) -> None:
    """An officer looks for the very person who comes to ask: neither side's alarm rings, nobody is frozen."""
    hall.court.approved()
    before = hall.court.zone.kinds().count(Kind.ALARMED)
    text, _ = hall.searched()
    assert hall.court.zone.kinds().count(Kind.ALARMED) == before
    assert hall.court.frozen() == {}
    assert text.warrant not in [state.warrant for state in alarms.running(hall.court.zone.opened)]


def test_the_log_is_regular_and_names_nobody(hall: Desk) -> None:
    text, _ = hall.searched(Wish.DELETE)
    hall.court.confirm(text, hall.mine)
    entries = list(hall.court.zone.opened.sequencer.entries())
    assert rules.check(entries, hall.court.zone.genesis)[0] == ()
    assert policy_rules.check(entries, hall.court.zone.genesis) == ()
    assert subject_rules.check(entries) == ()
    (drafted,) = (dict(entry.facts) for entry in entries if entry.kind is Kind.DRAFTED)
    assert (drafted["kind"], drafted["clerks"]) == ("subject-access", "1")
    for index in range(len(entries)):
        assert hall.mine.encode() not in hall.court.zone.opened.sequencer.preimage(index).entry or (
            entries[index].kind in (Kind.REVIEWED, Kind.AUTHORISED, Kind.DELIVERED)
        )


def test_an_authorisation_by_fewer_clerks_than_the_draft_says_is_irregular(hall: Desk) -> None:
    hall.searched()
    entries = list(hall.court.zone.opened.sequencer.entries())
    without = [one for one in entries if one.kind is not Kind.APPROVED]
    said = [one.what for one in rules.check(without, hall.court.zone.genesis)[0]]
    assert any("fewer clerks" in what for what in said)


def test_probe_and_photo_cannot_be_opened_once_the_hours_key_is_gone(hall: Desk) -> None:
    text, _ = hall.searched()
    zone = hall.court.zone
    state = zone.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    zone.clock.now = epochs.last_moment(state.epoch) + 1
    retention.tick(zone.opened)
    with pytest.raises(CountenanceError):
        epochs.private_key(zone.opened, state.epoch)


def test_nothing_of_the_probe_is_kept(hall: Desk) -> None:
    text = hall.file()
    state = hall.court.zone.opened.store.get(WarrantState, text.warrant)
    assert state is not None
    assert state.probe != alarms.mark(hall.court.zone.opened, Capture.of(SUBJECT).template)


@pytest.mark.parametrize(
    "changed",
    [
        {"requester": "kiosk-2"},
        {"purpose": "missing person"},
        {"number": 2},
        {"narrowed_by": "clerk-1"},
        {"made": NOW - 6 * 60_000},
        {"made": NOW + 6 * 60_000},
        {"deployment": "elsewhere"},
        {"subject": None},
        {"subject": Subject("everything", bytes(32), CONSENT, False)},
        {"subject": Subject("tell", b"", CONSENT, False)},
        {"subject": Subject("tell", bytes(32), b"", False)},
        {"scope": Scope((), NOW - HOUR, NOW)},
        {"scope": Scope(("nowhere",), NOW - HOUR, NOW)},
        {"scope": Scope(("hall-east",), NOW - HOUR, NOW + 1)},
        {"scope": Scope(("hall-east",), NOW - 25 * HOUR, NOW)},
        {"limits": Limits(11, 1, NOW + HOUR, NOW + HOUR, 440, 20)},
        {"limits": Limits(10, 2, NOW + HOUR, NOW + HOUR, 440, 20)},
        {"limits": Limits(10, 1, NOW + 9 * HOUR, NOW + HOUR, 440, 20)},
        {"limits": Limits(10, 1, NOW + HOUR, NOW + HOUR, 440, 10)},
        {"limits": Limits(10, 1, NOW + HOUR, NOW + HOUR, 1, 20)},
    ],
)
def test_what_is_no_subjects_request_is_not_filed(hall: Desk, changed: dict[str, object]) -> None:
    before = hall.court.zone.opened.sequencer.size
    with pytest.raises((Refused, Malformed, CountenanceError)):
        hall.file(**changed)
    assert hall.court.zone.opened.sequencer.size == before
    assert list(questions.every(hall.court.zone.opened)) == []


def test_a_revoked_kiosk_files_nothing(hall: Desk) -> None:
    edges.revoke(hall.court.zone.opened, "kiosk-1")
    with pytest.raises(Refused, match="not enrolled"):
        hall.file()


def test_the_same_request_is_filed_once(hall: Desk) -> None:
    filing = hall.kiosk.filing(hall.kiosk.text(CODE, Capture.of(SUBJECT)), Capture.of(SUBJECT))
    hall.filed(filing)
    with pytest.raises(Refused, match="filed before"):
        hall.kiosk.file(filing)
    with pytest.raises(Refused, match="filed before"):
        hall.file()


def test_a_kiosk_and_a_deployment_have_so_many_a_day(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "KIOSK_CAP", 2)
    for _ in range(2):
        hall.file(code=secrets.token_bytes(16))
    with pytest.raises(Refused, match="as many people"):
        hall.file()
    hall.court.zone.clock.now += DAY
    hall.file()


def test_an_officer_drafts_no_subjects_request(hall: Desk) -> None:
    text = hall.kiosk.text(CODE, Capture.of(SUBJECT))
    with pytest.raises(Refused):
        hall.court.file(replace(text, requester="officer-1"))
    assert list(questions.every(hall.court.zone.opened)) == []


def test_what_was_asked_with_a_face_is_not_answered_by_hand(hall: Desk) -> None:
    hall.file()
    (asking,) = questions.every(hall.court.zone.opened)
    with pytest.raises(Refused, match="two reviewers"):
        replies.reply(
            hall.court.zone.opened,
            hall.court.zone.ask("clerk-1", Verb.REPLY, Reply(asking.request, (), True, "", "")),
        )


def test_no_evidence_is_made_of_it(hall: Desk) -> None:
    text, _ = hall.searched()
    hall.court.confirm(text, hall.mine)
    with pytest.raises(Refused):
        hall.court.disclose(text, hall.mine, None, "clerk-1")  # type: ignore[arg-type] - refused before it is looked at


def test_after_a_crash_it_goes_on(hall: Desk) -> None:
    text, _ = hall.searched(Wish.DELETE)
    hall.court.zone.reopen()
    assert hall.restricted() == {hall.mine}
    hall.court.confirm(text, hall.mine)
    hall.court.zone.reopen()
    assert hall.restricted() == {hall.mine}
    assert hall.told().outcome == "met"


def test_a_clerk_is_told_how_many_wait_for_reviewers_and_nothing_of_who(hall: Desk) -> None:
    text, found = hall.searched()
    line = hall.line("clerk-2", text)
    assert (line["to_review"], line["kind"]) == (1, "subject-access")
    assert found[0] not in str(line)
    hall.court.confirm(text, found[0])
    assert hall.line("clerk-2", text)["to_review"] == 0
    # Officers are told of it as little as approvers.
    for name in ("officer-1", "supervisor-1"):
        assert hall.court.ask(name, Verb.WARRANTS, Nothing())["warrants"] == []


def test_who_asked_is_told_that_not_everything_could_be_searched(hall: Desk) -> None:
    # Given a camera whose edge lists a sighting that the custodian never took in,
    place = ("hall-east", LAST_HOUR)
    listed = [row.sighting for row in hall.court.rows[place]]
    hall.court.tell(listed={place: [*listed, sighting(hall.court.zone, hall.court.edge, hall.court.leases[place])]})
    text, found = hall.searched()
    assert not hall.told().partly
    # when what was found is answered, then it is said that there may be more.
    hall.court.confirm(text, found[0])
    assert hall.told().partly


def test_who_asked_is_told_nothing_of_gaps_where_there_are_none(hall: Desk) -> None:
    text, found = hall.searched()
    hall.court.confirm(text, found[0])
    assert not hall.told().partly


def test_no_answer_is_made_while_the_search_runs_nor_promised_where_none_came(hall: Desk) -> None:
    """A repository that delays the products, or never sends them, makes nobody believe that there was nothing."""
    text = hall.file(Wish.DELETE)
    hall.court.say("clerk-1", text)
    letter, begun = hall.court.begin(text, "clerk-1")
    retention.tick(hall.court.zone.opened)
    assert hall.told().outcome == ""
    letter.read(hall.court.finish(begun))
    hall.court.confirm(text, hall.mine)
    assert hall.told().gone_by > 0
    assert hall.restricted() == {hall.mine}


def test_what_was_never_searched_is_answered_as_that(hall: Desk) -> None:
    hall.file(Wish.DELETE)
    hall.court.zone.clock.now += 9 * HOUR
    retention.tick(hall.court.zone.opened)
    said = hall.told()
    assert (said.outcome, said.partly, said.gone_by) == ("met", True, 0)


def test_a_clerks_own_cap_stops_no_desk_and_no_clock(hall: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restricting, "DAILY_CAP", 0)
    text, found = hall.searched(Wish.DELETE)
    assert found == [hall.mine]
    hall.court.confirm(text, hall.mine)
    retention.tick(hall.court.zone.opened)
    hall.court.zone.reopen()
    assert hall.restricted() == {hall.mine}


def test_ones_verdict_lifts_nothing_of_anothers_and_both_find_it(hall: Desk) -> None:
    deletes, told = secrets.token_bytes(16), secrets.token_bytes(16)
    one, other = hall.file(Wish.DELETE, deletes), hall.file(Wish.TELL, told)
    for text in (one, other):
        hall.court.say("clerk-1", text)
        assert hall.court.search(text, "clerk-1")["candidates"] == [""]
    for name in ("reviewer-1", "reviewer-2"):
        hall.court.look(name, other, hall.mine)
        hall.court.judge(name, other, hall.mine, Verdict.DIFFERENT)
    assert hall.restricted() == {hall.mine}


def test_what_is_provisionally_restricted_for_one_is_erased_for_another(hall: Desk) -> None:
    """Who pointed at themselves without a face is not told that it is gone because somebody else's request lapsed."""
    hall.searched(Wish.DELETE)
    asker = Asker(hall.court.zone)
    start = LAST_HOUR * HOUR
    asked = asker.ask(asker.question(camera="hall-east", start=start, end=start + 600_000))
    zone = hall.court.zone
    replies.reply(zone.opened, zone.ask("clerk-2", Verb.REPLY, Reply(asked.request, (hall.mine,), True, "", "")))
    zone.clock.now += 8 * DAY
    retention.tick(zone.opened)
    assert questions.row_of(zone.opened, hall.mine) is None


def test_the_same_face_again_and_again_stops_no_camera(hall: Desk) -> None:
    text, _ = hall.searched()
    for name in ("reviewer-1", "reviewer-2"):
        hall.court.look(name, text, hall.mine)
        hall.court.judge(name, text, hall.mine, Verdict.DIFFERENT)
    delivered = hall.court.facts(Kind.DELIVERED)[0]
    assert (delivered["expected"], delivered["counted"]) == ("0", "0")
    assert all("stranger" not in facts for facts in hall.court.facts(Kind.REVIEWED))
