"""What an officer sees and does at a gate's kiosk."""

from pathlib import Path

import pytest

from countenance.gates.lanes import FEW
from countenance.vocabulary.gates import Lane, Reason, Word
from simulator.at_gate_page import OFFICER, AtDesk, GatePage
from simulator.gate import FLIGHT, ME, OTHER_PASS, PASS

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    return GatePage(tmp_path)


@pytest.fixture
def desk(at: GatePage) -> AtDesk:
    return at.officer()


def called(at: GatePage, code: str = PASS) -> None:
    at.sent("/en/look", {"ticket": code, "code": "nothing", "since": "0"})


def test_a_call_is_seen_with_its_reason_and_decided_once(at: GatePage, desk: AtDesk) -> None:
    called(at)
    board = desk.board()
    assert 'data-number="0"' in board
    assert "altered" in board
    assert desk.act("word", number="0", word="maybe").status == 400
    assert desk.act("word", number="1", word="through").status == 403
    assert desk.act("word", number="0", word="back").status == 200
    assert desk.act("word", number="0", word="through").status == 403
    (word,) = at.kiosk.flights.passes(NAME).words()
    assert (word.officer, word.word) == (OFFICER, Word.BACK)
    assert 'data-number="0"' not in desk.board()


def test_the_stop_button_and_what_it_does(at: GatePage, desk: AtDesk) -> None:
    assert desk.act("stop", stopped="yes").status == 200
    assert 'id="stopped"' in desk.board()
    called(at)
    assert at.kiosk.flights.passes(NAME).decisions()[0].reasons == (Reason.STOPPED,)
    assert desk.act("stop", stopped="no").status == 200
    assert 'id="stopped"' not in desk.board()


def test_both_lanes_stand_beside_each_other_and_few_are_not_told(at: GatePage, desk: AtDesk) -> None:
    for number in range(FEW):
        assert desk.act("other", ticket=PASS, milliseconds=str(9000 + number), through="yes").status == 200
        assert 'data-equal=""' in desk.board()
        called(at)
    board = desk.board()
    # Nobody took any time at the face lane: the other is longer by 9 s, where 5 are allowed.
    assert 'data-equal="no"' in board
    assert "9.0 s" in board
    assert desk.act("other", ticket=PASS, milliseconds="-1", through="yes").status == 400
    assert {one.lane for one in at.kiosk.flights.passes(NAME).decisions()} == {Lane.FACE, Lane.OTHER}


def test_nothing_of_a_traveller_is_on_the_page(at: GatePage, desk: AtDesk) -> None:
    called(at)
    desk.act("other", ticket=OTHER_PASS, milliseconds="1", through="no")
    board = desk.board()
    for word in ("DESMARAIS", "ABC123", "GRANDMAIRE", "XYZ789", "0025"):
        assert word not in board


def test_a_booking_is_revoked_by_its_ticket(at: GatePage, desk: AtDesk) -> None:
    token = at.token(PASS, ME)
    assert desk.act("revoke", ticket="nonsense").status == 400
    assert desk.act("revoke", ticket=PASS).status == 200
    assert at.kiosk.gate().decide(PASS, token, lambda: ME).decision.reasons == (Reason.REVOKED,)


def test_a_flight_begins_and_ends_here_and_its_key_with_it(at: GatePage, desk: AtDesk) -> None:
    assert desk.act("begin", flight="LH1-001-FRA-YUL", hours="4").status == 403
    assert desk.act("over", flight="LH1-001-FRA-YUL").status == 400
    assert desk.act("over", flight=NAME).status == 200
    assert not list((at.folder / "flights").iterdir())
    assert "destroyed after 0 decisions" in at.said[-1]
    assert 'id="none"' in desk.board()
    assert desk.act("stop", stopped="yes").status == 403
    for wrong in ({"flight": "LH0001-001-FRA-YUL", "hours": "4"}, {"flight": NAME, "hours": "37"}, {"flight": NAME}):
        assert desk.act("begin", **wrong).status == 400
    assert desk.act("begin", flight="lh1-001-fra-yul", hours="4").status == 200
    assert "LH1-001-FRA-YUL" in desk.board()


def test_acts_that_are_none_change_nothing(at: GatePage, desk: AtDesk) -> None:
    assert desk.act("promote").status == 400
    assert desk.sent("POST", "/officer/act/stop", b"[]").status == 400
    assert desk.sent("POST", "/officer/act/stop", b"\xff").status == 400
    assert desk.act("vouch", number="7").status == 403
    assert desk.sent("GET", "/officer/elsewhere").status == 404
    assert at.kiosk.flights.passes(NAME).decisions() == ()
    assert desk.sent("POST", "/officer/leave", b"{}").status == 200
    assert desk.sent("GET", "/officer/board").status == 401


def test_where_no_boarding_pass_was_read_the_page_asks_for_it_with_the_word(at: GatePage) -> None:
    desk = at.officer()
    for _ in range(2):
        assert desk.act("other", ticket="?", milliseconds="1000", through="yes").status == 200
    assert 'id="pass-0"' in desk.board()
    assert desk.act("word", number="0", word="through", ticket="M1NOBODY").status == 400
    assert desk.act("word", number="0", word="through", ticket=PASS).status == 200
    # Nobody goes through with it again, and who came with it is called for by name.
    assert desk.act("word", number="1", word="through", ticket=PASS).status == 403
    assert desk.act("other", ticket=PASS, milliseconds="1000", through="yes").status == 200
    assert [number for number in range(3) if f'id="pass-{number}"' in desk.board()] == [1]
    assert desk.act("word", number="1", word="through", ticket="").status == 200
