"""What waits for somebody's word at a kiosk is there after a new start, is done once, and dies with the flight."""

from pathlib import Path
from unittest.mock import patch

import pytest

from countenance.errors import Refused, Unavailable
from countenance.gates.calls import Calls, Owed
from countenance.gates.deciding import Gate
from countenance.gates.outbox import Outbox
from countenance.gates.passes import Passes
from countenance.vocabulary.gates import Boarded, OfficersWord, Outcome, Reason, Word
from simulator.gate import FLIGHT, PASS, AtGate

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


def word(at: AtGate, number: int, said: Word = Word.THROUGH) -> OfficersWord:
    return OfficersWord(NAME, at.name, number, at.time.now, "officer-1", said)


def anew(at: AtGate) -> AtGate:
    """The kiosk after a new start; the one before is dead."""
    at.passes.close()
    at.flights.outbox(NAME).close()
    at.flights.calls(NAME).close()
    return AtGate(at.folder, at.time, signing=at.signing)


def telling(at: AtGate) -> tuple[Gate, list[Boarded]]:
    told: list[Boarded] = []
    return Gate(at.gate._house, at.flights, at.time.clock, tell=told.append), told


def test_an_officers_word_marks_and_tells_after_a_new_start_too(at: AtGate) -> None:
    token = at.token()
    number = at.decide(token, lambda: Reason.POOR).decision.number
    again = anew(at)
    gate, told = telling(again)
    gate.say(word(again, number))
    assert [(one.sequence, one.outcome) for one in told] == [("0025", Outcome.PASS)]
    assert again.decide(token, lambda: Reason.NOBODY).decision.reasons == (Reason.USED,)


def test_a_word_that_was_kept_before_a_kill_is_told_once_it_starts_anew(at: AtGate) -> None:
    first, second = (at.decide(at.token(), lambda: Reason.POOR).decision.number for _ in range(2))
    with patch.object(Calls, "done", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        at.gate.say(word(at, first))
    again = anew(at)
    gate, told = telling(again)
    gate.say(word(again, second, Word.BACK))
    assert [(one.sequence, one.outcome, one.moment) for one in told] == [("0025", Outcome.PASS, at.time.now)]
    last = anew(again)
    gate, told = telling(last)
    with pytest.raises(Refused, match="already"):
        gate.say(word(last, first))
    assert not told
    assert Calls(last.flights, NAME).numbers() == ()


def test_a_word_that_cannot_be_kept_leaves_the_call_open(at: AtGate) -> None:
    number = at.decide(at.token(), lambda: Reason.POOR).decision.number
    gate, told = telling(at)
    with patch.object(Passes, "say", side_effect=Unavailable("full")), pytest.raises(Unavailable):
        gate.say(word(at, number))
    gate.say(word(at, number))
    assert len(told) == 1


def test_a_call_that_the_disk_does_not_take_is_known_until_the_next_start(at: AtGate) -> None:
    gate, told = telling(at)
    with patch.object(Outbox, "put", side_effect=Unavailable("full")):
        number = gate.decide(PASS, at.token(), lambda: Reason.POOR).decision.number
    told.clear()
    gate.say(word(at, number))
    assert [one.sequence for one in told] == ["0025"]


def test_a_word_that_is_kept_is_said_whether_or_not_the_disk_takes_that_all_is_done(at: AtGate) -> None:
    first, second = (at.decide(at.token(), lambda: Reason.POOR).decision.number for _ in range(2))
    gate, told = telling(at)
    with patch.object(Outbox, "settle", side_effect=Unavailable("full")):
        gate.say(word(at, first))
    assert len(told) == 1
    # After a new start it is done again, with the same bytes, and keeps nobody from a decision if it cannot be.
    again = anew(at)
    gate, repeated = telling(again)
    with patch.object(Outbox, "settle", side_effect=Unavailable("full")):
        gate.say(word(again, second, Word.BACK))
    assert repeated == told
    last = anew(again)
    gate, repeated = telling(last)
    gate.decide(PASS, last.token(), lambda: Reason.POOR)
    assert [one.outcome for one in repeated] == [Outcome.PASS, Outcome.OFFICER]
    assert len(Calls(last.flights, NAME).numbers()) == 1


def test_who_is_to_be_struck_out_is_known_after_a_new_start_until_they_are(at: AtGate) -> None:
    owed = Owed(at.flights)
    owed.owe(NAME, "0025")
    owed.owe(NAME, "0025")
    owed.owe(NAME, "0031")
    owed.owe("AC834-227-YUL-FRA", "0025")
    again = anew(at)
    owed = Owed(again.flights)
    assert owed.every() == {(NAME, "0025"), (NAME, "0031")}
    owed.paid(NAME, "0025")
    owed.paid(NAME, "0099")
    assert owed.every() == {(NAME, "0031")}
    assert Owed(anew(again).flights).every() == {(NAME, "0031")}


def test_after_the_flight_nobody_is_owed_and_nothing_of_it_is_told_as_unsent(at: AtGate) -> None:
    owed = Owed(at.flights)
    with patch.object(Outbox, "put", side_effect=Unavailable("full")):
        owed.owe(NAME, "0031")
    owed.owe(NAME, "0025")
    at.decide(at.token(), lambda: Reason.POOR)
    assert owed.every() == {(NAME, "0025"), (NAME, "0031")}
    assert at.flights.end(NAME).unsent == 0
    assert owed.every() == frozenset()
    assert not owed._unwritten
    owed.owe(NAME, "0025")
    owed.paid(NAME, "0025")
    assert not list(at.folder.iterdir())


def test_no_check_in_number_is_on_the_disk_readable(at: AtGate) -> None:
    Owed(at.flights).owe(NAME, "SEQUENCE")
    Calls(at.flights, NAME).put(3, "SEQUENCE")
    written = (at.folder / NAME / "calls").read_bytes()
    assert b"Waiting" in written
    assert b"SEQUENCE" not in written
    assert b"SEQUENCE".hex().encode() not in written
