"""Copies: who asked at the desk for the pictures of them is given those that two reviewers confirmed, and no others."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Refused
from countenance.evidence import instructions
from countenance.formats import records
from countenance.log import policy_rules, rules, subject_rules
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Person, Role, Subject, Verdict, Warrant
from countenance.zones.custodian import retention, roster
from countenance.zones.custodian.rights import questions
from simulator.court import EVIDENCE, Court, evidence_process
from simulator.kiosk import CONSENT, Capture
from simulator.people import HOUR, SUBJECT, key_of, near

from .test_desk import CODE, DAY, Desk
from .test_desk import hall as hall  # noqa: PLC0414 - a fixture


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Path, list[Message]]]:
    with evidence_process(tmp_path / "evidence") as heard:
        yield tmp_path / "evidence", heard


def asked(hall: Desk, wish: Wish = Wish.TELL, *, copy: bool = True) -> Warrant:
    """A request for this, approved by two clerks and searched by the first."""
    text = hall.kiosk.text(CODE, Capture.of(SUBJECT), wish)
    assert text.subject is not None
    text = replace(text, subject=replace(text.subject, copy=copy))
    hall.filed(hall.kiosk.filing(text, Capture.of(SUBJECT)))
    hall.court.say("clerk-1", text)
    hall.court.say("clerk-2", text)
    hall.court.search(text, "clerk-1")
    return text


def copied(court: Court, name: str) -> list[str]:
    """What this clerk is told can be copied."""
    (line,) = court.ask(name, Verb.QUESTIONS, Nothing())["questions"]
    return list(line["copied"])


def refused(hall: Desk, text: Warrant, path: Path, name: str = "clerk-1", match: str | None = None) -> None:
    before = hall.court.zone.kinds()
    with pytest.raises(Refused, match=match):
        hall.court.disclose(text, hall.mine, path, name)
    assert hall.court.zone.kinds() == [*before, Kind.REFUSED]


def test_a_clerk_who_approved_is_given_what_two_reviewers_confirmed_and_the_log_is_regular(hall, process):
    path, heard = process
    text = asked(hall)
    assert copied(hall.court, "clerk-1") == []
    hall.court.confirm(text, hall.mine)
    assert copied(hall.court, "clerk-1") == copied(hall.court, "clerk-2") == [hall.mine]
    answer, _ = hall.court.disclose(text, hall.mine, path, "clerk-2")
    assert (answer["evidence"], answer["copy"]) == (EVIDENCE.hex(), 1)
    # The evidence process has the two clerks' words, the kiosk's key, and entries of this request alone.
    task = instructions.read(heard[0].body["instructions"], heard[0].blobs)
    assert {signed.signer for signed in task.instructions.approvals} == {"clerk-1", "clerk-2"}
    assert task.instructions.helper_key == hall.kiosk.signing.public
    assert task.sighting.sighting == hall.mine
    entries = list(hall.court.zone.opened.sequencer.entries())
    assert rules.check(entries, hall.court.zone.genesis)[0] == ()
    assert policy_rules.check(entries, hall.court.zone.genesis) == ()
    assert subject_rules.check(entries) == ()


@pytest.mark.parametrize("wish", [Wish.DELETE, Wish.OBJECT])
def test_a_copy_is_made_before_the_erasure_and_never_after(hall, process, wish):
    path, _ = process
    text = asked(hall, wish)
    hall.court.confirm(text, hall.mine)
    assert hall.restricted() == {hall.mine}
    assert hall.court.disclose(text, hall.mine, path, "clerk-1")[0]["copy"] == 1
    assert hall.restricted() == {hall.mine}
    hall.court.zone.clock.now += 8 * DAY
    retention.tick(hall.court.zone.opened)
    with pytest.raises(CountenanceError):
        hall.court.disclose(text, hall.mine, path, "clerk-1")


def test_what_is_restricted_for_its_subject_is_disclosed_to_nobody_else(hall, process):
    path, _ = process
    court = hall.court
    # Given an officer whose reviewers confirmed the same sighting,
    theirs = court.approved()
    assert hall.mine in court.search(theirs)["candidates"]
    court.confirm(theirs, hall.mine)
    # when its subject has it restricted, and is given a copy,
    text = asked(hall, Wish.DELETE)
    court.confirm(text, hall.mine)
    assert court.disclose(text, hall.mine, path, "clerk-1")[0]["copy"] == 1
    # then the officer is not.
    refused(hall, theirs, path, "officer-1", match="deletion was asked for")


def test_what_was_not_confirmed_is_copied_by_nobody(hall, process):
    path, heard = process
    text = asked(hall)
    refused(hall, text, path, match="two reviewers")
    hall.court.look("reviewer-1", text, hall.mine)
    hall.court.judge("reviewer-1", text, hall.mine)
    refused(hall, text, path, match="two reviewers")
    hall.court.look("reviewer-2", text, hall.mine)
    hall.court.judge("reviewer-2", text, hall.mine, Verdict.DIFFERENT)
    hall.court.look("reviewer-3", text, hall.mine)
    hall.court.judge("reviewer-3", text, hall.mine, Verdict.DIFFERENT)
    refused(hall, text, path, match="two reviewers")
    assert copied(hall.court, "clerk-1") == []
    assert heard == []


def test_nobody_but_a_clerk_who_approved_is_given_it(hall, process):
    path, heard = process
    text = asked(hall)
    hall.court.confirm(text, hall.mine)
    for name in ("officer-1", "supervisor-1", "reviewer-1"):
        refused(hall, text, path, name)
    # Nor one who takes their approval back, whereupon there are too few for the other, too.
    hall.court.say("clerk-2", text, approves=False)
    refused(hall, text, path, "clerk-2", match="approve it first")
    refused(hall, text, path, "clerk-1")
    assert copied(hall.court, "clerk-2") == []
    assert heard == []


def test_no_copy_is_made_of_a_request_that_asked_for_none(hall, process):
    path, heard = process
    text = asked(hall, copy=False)
    hall.court.confirm(text, hall.mine)
    refused(hall, text, path, match="nobody asked for a copy")
    assert copied(hall.court, "clerk-1") == []
    assert heard == []


def test_pictures_take_two_clerks(hall):
    text = hall.kiosk.text(CODE, Capture.of(SUBJECT))
    assert text.subject is not None
    text = replace(text, subject=replace(text.subject, copy=True))
    hall.filed(hall.kiosk.filing(text, Capture.of(SUBJECT)))
    hall.court.say("clerk-1", text)
    with pytest.raises(Refused, match="1 of the 2"):
        hall.court.search(text, "clerk-1")


def test_probe_and_photo_are_kept_until_the_copy_is_made_or_the_request_expires(hall, process):
    path, _ = process
    opened = hall.court.zone.opened
    text = asked(hall)
    hall.court.confirm(text, hall.mine)
    assert hall.told().outcome == "met"
    assert text.warrant not in questions.answered(opened)
    hall.court.disclose(text, hall.mine, path, "clerk-1")
    hall.court.zone.clock.now += 8 * HOUR
    assert text.warrant in questions.answered(opened)
    assert copied(hall.court, "clerk-1") == []
    with pytest.raises(CountenanceError):
        hall.court.disclose(text, hall.mine, path, "clerk-1")


def test_of_a_request_that_found_nobody_nothing_is_kept(hall):
    text = asked(hall)
    for name in ("reviewer-1", "reviewer-2"):
        hall.court.look(name, text, hall.mine)
        hall.court.judge(name, text, hall.mine, Verdict.DIFFERENT)
    assert text.warrant in questions.answered(hall.court.zone.opened)


def test_each_passing_is_a_copy_of_its_own(hall, process):
    path, _ = process
    second = hall.court.pass_by(near(SUBJECT, 0.8, 98), "hall-west")
    hall.court.tell()
    text = asked(hall)
    for one in (hall.mine, second):
        hall.court.confirm(text, one)
    assert set(copied(hall.court, "clerk-1")) == {hall.mine, second}
    for one in (hall.mine, second):
        assert hall.court.disclose(text, one, path, "clerk-1")[0]["copy"] == 1


def test_requests_of_before_copies_are_written_as_they_were():
    before = Subject("tell", bytes(32), CONSENT, False)
    written = records.write(before)
    assert b"copy" not in written
    assert records.read(Subject, written) == before
    assert before.clerks == 1
    assert records.read(Subject, records.write(replace(before, copy=True))).clerks == 2


def test_who_reviewed_it_does_not_become_a_clerk_who_approved_it(hall, process):
    path, heard = process
    both = Person("reviewer-9", "court-c", (Role.REVIEWER, Role.CLERK), key_of("reviewer-9").public)
    roster.add(hall.court.zone.opened, both)
    text = asked(hall)
    for name in ("reviewer-9", "reviewer-2"):
        hall.court.look(name, text, hall.mine)
        hall.court.judge(name, text, hall.mine)
    with pytest.raises(Refused, match="another clerk"):
        hall.court.say("reviewer-9", text)
    refused(hall, text, path, "reviewer-9", match="approve it first")
    assert heard == []
