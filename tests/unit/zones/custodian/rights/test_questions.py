"""Questions from the door: asked without a name, told to who has the code, answered no further than they reach."""

import hashlib
import secrets
from dataclasses import dataclass, replace

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.rights import receipts
from countenance.vocabulary.acts import Look, Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.rights import Asked, Reply, Statement, Wish
from countenance.zones.custodian import cameras, erasure, intake, restricting, retention
from countenance.zones.custodian.records import Place, Row
from countenance.zones.custodian.rights import questions, replies
from countenance.zones.custodian.rights.records import Asking
from simulator.asker import Asker
from simulator.people import NOW
from simulator.zone import Edge, Zone, presented, sighting

HERE = Hour.of(NOW).number
DAY = 24 * MILLISECONDS_AN_HOUR
MINUTE = 60_000


@dataclass
class Hall:
    """A custodian with three sightings, and somebody who asks about one of them."""

    zone: Zone
    names: tuple[str, ...]
    asker: Asker

    def reply(self, *sightings: str, met: bool = False, ground: str = "", reason: str = "") -> dict[str, Json]:
        said = Reply(self.asked, sightings, met, ground, reason)
        return replies.reply(self.zone.opened, self.zone.ask("clerk-1", Verb.REPLY, said))

    @property
    def asked(self) -> str:
        (one,) = questions.every(self.zone.opened)
        return one.request

    def rows(self) -> set[str]:
        return {row.sighting for _, row in self.zone.opened.store.all(Row)}


@pytest.fixture
def hall(zone: Zone, edge: Edge) -> Hall:
    lease = zone.lease(edge, "hall-1", HERE)
    made = [sighting(zone, edge, lease) for _ in range(3)]
    intake.sightings(zone.opened, presented(*made))
    return Hall(zone, tuple(one.record.sighting for one in made), Asker(zone))


def kinds(zone: Zone) -> list[Kind]:
    return [entry.kind for entry in zone.opened.sequencer.entries()]


def test_a_question_is_an_entry_and_its_statement_proves_it(hall: Hall) -> None:
    said = hall.asker.ask()
    assert said == replace(hall.asker.look_up(), entries=said.entries)
    assert (said.outcome, said.passed, said.gone_by) == ("", (), 0)
    assert said.due == said.recorded + 30 * DAY
    (logged,) = said.entries
    assert kinds(hall.zone)[logged.proof.index] is Kind.ASKED
    written = logged.preimage.entry
    assert hall.asked.encode() in written
    assert b"hall-1" not in written
    assert b"scarf" not in written


def test_what_was_asked_changes_nothing_by_itself(hall: Hall) -> None:
    hall.asker.ask()
    assert restricting.restricted(hall.zone.opened) == frozenset()
    assert hall.rows() == set(hall.names)


def test_the_custodian_keeps_neither_words_nor_code(hall: Hall) -> None:
    hall.asker.ask()
    (kept,) = questions.every(hall.zone.opened)
    assert "scarf" not in records.write(kept).decode()
    assert hall.asker.code.hex() not in records.write(kept).decode()


def test_another_code_opens_nothing(hall: Hall) -> None:
    hall.asker.ask()
    with pytest.raises(Refused, match="no question with this code"):
        hall.asker.look_up(secrets.token_bytes(16))
    with pytest.raises(Malformed, match="26 letters"):
        hall.asker.look_up(bytes.fromhex(hall.asked))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"end": NOW + 5 * MINUTE}, Malformed),
        ({"end": NOW - 26 * MINUTE}, Malformed),
        ({"start": NOW + 1, "end": NOW + 2}, Malformed),
        ({"start": NOW - 500 * DAY, "end": NOW - 500 * DAY + 1}, Malformed),
        ({"words": "x" * 501}, Malformed),
        ({"language": "xx"}, Malformed),
        ({"code_hash": b"short"}, Malformed),
        ({"nonce": b""}, Malformed),
        ({"deployment": "elsewhere"}, Malformed),
        ({"camera": "nowhere-9"}, Refused),
        ({"made": NOW - 6 * MINUTE}, Refused),
    ],
)
def test_a_question_that_cannot_be_one_is_refused(
    hall: Hall, changed: dict[str, object], error: type[CountenanceError]
) -> None:
    before = hall.zone.opened.sequencer.size
    with pytest.raises(error):
        hall.asker.ask(hall.asker.question(**changed))
    assert list(questions.every(hall.zone.opened)) == []
    assert hall.zone.opened.sequencer.size == before


def test_the_same_question_again_is_refused(hall: Hall) -> None:
    hall.asker.ask()
    with pytest.raises(Refused, match="asked before"):
        questions.ask(hall.zone.opened, Message("door.ask", {}, (hall.asker.sealed,)))


def test_who_floods_the_door_is_stopped_and_others_are_told_where_to_go(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "DAILY_CAP", 3)
    for _ in range(3):
        Asker(hall.zone).ask()
    with pytest.raises(Unavailable, match="at the desk"):
        hall.asker.ask()
    hall.zone.clock.now += DAY
    lately = hall.asker.question(start=hall.zone.clock.now - MINUTE, end=hall.zone.clock.now)
    hall.asker.ask(lately)


def test_deletion_takes_it_out_of_every_search_at_once_and_erases_in_a_week(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply(hall.names[0])
    assert restricting.restricted(hall.zone.opened) == {hall.names[0]}
    hall.zone.clock.now += 7 * DAY
    erasure.erase_due(hall.zone.opened)
    assert hall.zone.opened.store.get(Place, hall.names[0]) is None
    assert hall.rows() == set(hall.names[1:])


def test_who_was_not_met_is_told_the_same_whether_or_not_there_was_anything(zone: Zone, hall: Hall) -> None:
    other = Asker(zone)
    hall.asker.ask()
    hall.reply(hall.names[0])
    other.ask()
    (waits,) = (one for one in questions.every(zone.opened) if one.waits)
    replies.reply(zone.opened, zone.ask("clerk-1", Verb.REPLY, Reply(waits.request, (), False, "", "")))
    found, nothing = hall.asker.look_up(), other.look_up()

    def open_part(said: Statement) -> Statement:
        return replace(said, request="", entries=())

    assert open_part(found) == open_part(nothing)
    assert len(found.entries) == len(nothing.entries) == 2
    lengths = {tuple(len(one.preimage.entry) for one in said.entries) for said in (found, nothing)}
    assert len(lengths) == 1
    # The log's length tells it neither: entries after the one answer are as many as after the other.
    first, second = (said.entries[1].proof.index for said in (found, nothing))
    between = kinds(zone)[first + 1 : second + 1]
    assert between == [Kind.ASKED, Kind.RESTRICTED, Kind.REPLIED]
    # And a week later, when the one was erased.
    zone.clock.now += 8 * DAY
    retention.tick(zone.opened)
    assert kinds(zone).count(Kind.ERASED) == 2
    assert open_part(hall.asker.look_up()) == open_part(other.look_up())


def test_who_was_met_is_told_what_is_held_and_then_that_it_is_gone(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply(hall.names[0], met=True)
    said = hall.asker.look_up()
    assert said.outcome == "met"
    assert len(said.passed) == 1
    assert said.gone_by > hall.zone.clock()
    hall.zone.clock.now += 7 * DAY
    erasure.erase_due(hall.zone.opened)
    said = hall.asker.look_up()
    assert said.passed == ()
    assert said.entries[-1].proof.index == kinds(hall.zone).index(Kind.ERASED)


def test_what_is_held_is_told_only_to_who_stands_there(hall: Hall) -> None:
    hall.asker.ask(hall.asker.question(Wish.TELL))
    with pytest.raises(Refused, match="stands before you"):
        hall.reply(hall.names[0])
    hall.reply(hall.names[0], met=True)
    said = hall.asker.look_up()
    assert [one.camera for one in said.passed] == ["hall-1"]
    assert said.gone_by == 0
    assert restricting.restricted(hall.zone.opened) == frozenset()


def test_a_reply_reaches_no_other_camera_and_no_other_time(zone: Zone, edge: Edge, hall: Hall) -> None:
    zone.declare("hall-2", edge)
    lease = zone.lease(edge, "hall-2", HERE)
    elsewhere = sighting(zone, edge, lease)
    intake.sightings(zone.opened, presented(elsewhere))
    hall.asker.ask(hall.asker.question(start=NOW - 20 * MINUTE, end=NOW - 10 * MINUTE))
    before = zone.opened.sequencer.size
    for name in (elsewhere.record.sighting, hall.names[0], "0" * 32):
        with pytest.raises(Refused, match="not of this question"):
            hall.reply(name, met=True)
    assert zone.opened.sequencer.size == before
    assert restricting.restricted(zone.opened) == frozenset()


def test_a_question_is_answered_once(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply()
    with pytest.raises(Refused, match="answered before"):
        hall.reply(hall.names[0])


def test_declining_needs_a_ground_of_the_law_and_a_reason_and_touches_nothing(hall: Hall) -> None:
    hall.asker.ask()
    for ground, reason, sightings in (
        ("because", "why", ()),
        ("Art. 11(2)", " ", ()),
        ("Art. 11(2)", "why", hall.names[:1]),
    ):
        with pytest.raises(Malformed):
            hall.reply(*sightings, ground=ground, reason=reason)
    hall.reply(ground="Art. 11(2)", reason="five people in dark coats")
    said = hall.asker.look_up()
    assert (said.outcome, said.ground, said.gone_by) == ("declined", "Art. 11(2)", 0)
    assert all(b"dark coats" not in one.preimage.entry for one in said.entries)


def test_only_clerks_see_and_answer_questions(hall: Hall) -> None:
    hall.asker.ask()
    zone = hall.zone
    for somebody in ("officer-1", "operator-1", "supervisor-1"):
        with pytest.raises(Refused, match="clerk"):
            replies.listed(zone.opened, zone.ask(somebody, Verb.QUESTIONS, Nothing()))
        with pytest.raises(Refused, match="clerk"):
            replies.read(zone.opened, zone.ask(somebody, Verb.QUESTION, Asked(hall.asked)), hall.asker.sealed)
        with pytest.raises(Refused, match="clerk"):
            replies.reply(zone.opened, zone.ask(somebody, Verb.REPLY, Reply(hall.asked, (), False, "", "")))


def test_a_clerk_reads_the_words_and_that_is_an_entry(hall: Hall) -> None:
    hall.asker.ask()
    zone = hall.zone
    said = replies.read(zone.opened, zone.ask("clerk-1", Verb.QUESTION, Asked(hall.asked)), hall.asker.sealed)
    assert said["words"] == "a red scarf"
    assert kinds(zone)[-1] is Kind.READ
    with pytest.raises(Refused, match="words are lost"):
        replies.read(zone.opened, zone.ask("clerk-1", Verb.QUESTION, Asked(hall.asked)), hall.asker.sealed[:-1])


def test_a_clerk_looks_where_a_question_waits_and_nowhere_else(zone: Zone, edge: Edge, hall: Hall) -> None:
    zone.declare("hall-2", edge)

    def look(camera: str, first: int, last: int) -> dict[str, Json]:
        return cameras.look(zone.opened, zone.ask("clerk-1", Verb.LOOK, Look(camera, first, last, "question")))

    with pytest.raises(Refused, match="question that waits"):
        look("hall-1", HERE, HERE)
    hall.asker.ask()
    assert look("hall-1", HERE, HERE)["keys"]
    for camera, first, last in (("hall-2", HERE, HERE), ("hall-1", HERE - 2, HERE), ("hall-1", HERE + 1, HERE + 1)):
        with pytest.raises(Refused, match="question that waits"):
            look(camera, first, last)
    hall.reply()
    with pytest.raises(Refused, match="question that waits"):
        look("hall-1", HERE, HERE)


def test_questions_and_their_erasures_are_forgotten_together(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply(hall.names[0], met=True)
    assert questions.answered(hall.zone.opened) == [hall.asked]
    hall.zone.clock.now += 60 * DAY
    retention.tick(hall.zone.opened)
    assert hall.asker.look_up().outcome == "met"
    hall.zone.clock.now += 60 * DAY
    retention.tick(hall.zone.opened)
    assert list(hall.zone.opened.store.all(Asking)) == []
    assert questions.answered(hall.zone.opened) == []
    with pytest.raises(Refused):
        hall.asker.look_up()


def test_the_reason_that_a_clerk_noted_cannot_be_guessed_from_the_receipt(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply(reason="nothing found")
    said = hall.asker.look_up()
    digest = hashlib.sha256(b"nothing found").hexdigest().encode()
    assert all(digest not in one.preimage.entry and b"nothing found" not in one.preimage.entry for one in said.entries)


def test_a_question_that_nobody_answered_is_not_kept_for_ever(hall: Hall) -> None:
    hall.asker.ask()
    hall.zone.clock.now += 121 * DAY
    retention.tick(hall.zone.opened)
    assert list(questions.every(hall.zone.opened)) == []


def test_after_a_crash_the_question_is_still_there(hall: Hall) -> None:
    hall.asker.ask()
    hall.reply(hall.names[0])
    hall.zone.reopen()
    assert hall.asker.look_up().outcome == "done"
    assert restricting.restricted(hall.zone.opened) == {hall.names[0]}


@pytest.mark.parametrize("met", [False, True])
def test_a_receipt_is_checked_by_anybody_at_every_stage(hall: Hall, met: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    genesis, clock = hall.zone.genesis, hall.zone.clock
    # Not two moments are the same for who asks for them one after the other.
    monkeypatch.setattr(type(clock), "__call__", lambda self: setattr(self, "now", self.now + 1) or self.now)
    stages = [hall.asker.ask()]
    hall.reply(hall.names[0], met=met)
    stages.append(hall.asker.look_up())
    hall.zone.clock.now += 8 * DAY
    retention.tick(hall.zone.opened)
    stages.append(hall.asker.look_up())
    for said in stages:
        receipts.check(said, genesis)
        for changed in (
            {"due": said.due + 1},
            {"wish": Wish.TELL},
            {"request": "0" * 16},
            {"recorded": said.recorded - 1},
            {"outcome": "declined"},
            {"deployment": "elsewhere"},
            {"entries": ()},
            {"entries": (*said.entries, said.entries[-1])},
        ):
            with pytest.raises(Tampered):
                receipts.check(replace(said, **changed), genesis)
    with pytest.raises(Tampered, match="another day"):
        receipts.check(replace(stages[1], gone_by=stages[1].gone_by - 1), genesis)
    with pytest.raises(Tampered):
        receipts.check(replace(stages[1], ground="Art. 12(5)"), genesis)
    with pytest.raises(Tampered):
        receipts.check(stages[1], replace(genesis, log_key=bytes(32)))
