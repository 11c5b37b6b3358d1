"""A gate's kiosk and others: the gate's other kiosks, the carrier, the border, the register."""

from pathlib import Path

import pytest

from countenance.crypto.verify import opened
from countenance.formats import records
from countenance.gates.filing import Filing
from countenance.gates.outbox import Addressee
from countenance.gates.sending import Sending
from countenance.vocabulary.gates import Boarded, Departed, LanesSaid, Outcome, Reason
from countenance.vocabulary.requests import Signed
from simulator.at_gate_page import AtDesk, GatePage
from simulator.gate import FLIGHT, PASS
from simulator.gate_relay import Carrier

NAME = str(FLIGHT)
BOTH = (Addressee.CARRIER, Addressee.BORDER)


def posted(at: GatePage) -> list[bytes]:
    """What carrier and border are told now."""
    bodies: list[bytes] = []

    def post(_: Addressee, body: bytes) -> int:
        bodies.append(body)
        return 204

    Sending(at.kiosk.flights, BOTH, post, at.time.clock).step()
    return bodies


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    made = GatePage(tmp_path)
    filing = Filing(tmp_path / "lanes", "gate-a", made.signing, 5000, lambda: made.time.now)
    made.kiosk.beside({}, BOTH, filing)
    return made


@pytest.fixture
def desk(at: GatePage) -> AtDesk:
    return at.officer()


def test_the_carrier_is_told_each_decision_of_either_lane(at: GatePage, desk: AtDesk) -> None:
    at.sent("/en/look", {"ticket": PASS, "code": "nothing", "since": "0"})
    desk.act("other", ticket=PASS, milliseconds="4000", through="yes")
    told = [opened(Boarded, records.read(Signed, one), at.signing.public) for one in posted(at)]
    assert [(one.sequence, one.outcome, one.reasons) for one in told] == [
        ("0025", Outcome.OFFICER, (Reason.ALTERED,)),
        ("0025", Outcome.PASS, ()),
    ]
    assert not posted(at)


def test_the_border_is_told_of_who_went_through_and_of_nobody_else(at: GatePage, desk: AtDesk) -> None:
    at.sent("/en/look", {"ticket": PASS, "code": "nothing", "since": "0"})
    posted(at)
    document = {"state": "uto", "document": "L898902C3"}
    assert desk.act("departed", number="0", **document).status == 403
    assert desk.act("departed", number="1", **document).status == 403
    desk.act("word", number="0", word="through")
    (said,) = (opened(Boarded, records.read(Signed, one), at.signing.public) for one in posted(at))
    assert (said.sequence, said.outcome, said.reasons) == ("0025", Outcome.PASS, (Reason.ALTERED,))
    assert desk.act("departed", number="0", state="UTO", document="no number").status == 400
    assert not posted(at)
    assert desk.act("departed", number="0", **document).status == 200
    (body,) = posted(at)
    assert opened(Departed, records.read(Signed, body), at.signing.public).document == "L898902C3"
    assert "L898902C3" not in desk.sent("GET", "/officer/").text
    assert 'data-act="departed"' in desk.sent("GET", "/officer/").text


def test_where_nobody_is_named_nobody_is_told(tmp_path: Path) -> None:
    at = GatePage(tmp_path)
    desk = at.officer()
    desk.act("other", ticket=PASS, milliseconds="4000", through="yes")
    desk.act("departed", number="0", state="UTO", document="L898902C3")
    assert not posted(at)
    assert 'data-act="departed"' not in desk.sent("GET", "/officer/").text


def test_when_a_flight_is_over_its_lanes_are_put_by(at: GatePage, desk: AtDesk) -> None:
    desk.act("other", ticket=PASS, milliseconds="4000", through="yes")
    assert desk.act("over", flight=NAME).status == 200
    assert "told nobody" in at.said[-1]
    taken: list[bytes] = []
    assert at.kiosk._filing is not None
    at.kiosk._filing.step(taken.append)
    assert [records.read(LanesSaid, records.read(Signed, one).body).lanes.flight for one in taken] == [NAME]


def test_an_officer_joins_the_boarding_of_another_kiosk(at: GatePage, tmp_path: Path) -> None:
    other = GatePage(tmp_path / "other", boards=False, time=at.time, name="gate-b")
    desk, carrier = other.officer(), Carrier(at.time)
    assert 'data-act="join"' not in desk.sent("GET", "/officer/").text
    assert desk.act("join", flight=NAME).status == 403
    at.kiosk.beside({"gate-b": other.signing.public}, ())
    other.kiosk.beside({"gate-a": at.signing.public}, ())
    assert 'data-act="join"' in desk.sent("GET", "/officer/").text
    assert desk.act("join", flight=NAME.lower()).status == 200
    assert NAME in desk.board()
    for _ in range(4):
        at.time.on(500)
        for kiosk in (other.kiosk, at.kiosk):
            kiosk.syncing.step(carrier)
    assert 'id="none"' not in desk.board()
    # What the one decides stands on the other's board, too.
    at.sent("/en/look", {"ticket": PASS, "code": "nothing", "since": "0"})
    for _ in range(2):
        for kiosk in (at.kiosk, other.kiosk):
            kiosk.syncing.step(carrier)
    assert "<td>1</td>" in desk.board()
    assert desk.act("join", flight=NAME).status == 403
