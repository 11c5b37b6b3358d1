"""A flight with a gallery: the way is offered beside the others, asked for, and nobody is held by it."""

import time
from pathlib import Path

import pytest

from countenance.errors import Unavailable
from countenance.vocabulary.faces import Template
from countenance.vocabulary.gates import Outcome, Reason
from countenance.web.gate.watching import AWAY
from simulator.at_gate_page import GatePage, visit_of
from simulator.gate import FLIGHT, ME, OTHER_PASS, PASS

NAME = str(FLIGHT)


class Listed:
    """A gallery that answers as it is told."""

    def __init__(self) -> None:
        self.law, self.says, self.down = "Border Act, section 7", "", False
        self.struck: list[str] = []

    def basis(self, flight: str) -> str:
        return self.law if flight == NAME else ""

    def identify(self, flight: str, template: Template) -> str | None:
        assert flight == NAME
        if self.down:
            raise Unavailable("the gallery custodian does not answer")
        return self.says or None

    def strike(self, flight: str, sequence: str) -> bool:
        if self.down:
            raise Unavailable("the gallery custodian does not answer")
        self.struck.append(sequence)
        return True


@pytest.fixture
def listed() -> Listed:
    return Listed()


@pytest.fixture
def at(tmp_path: Path, listed: Listed, monkeypatch: pytest.MonkeyPatch) -> GatePage:
    made = GatePage(tmp_path)
    made.kiosk.gallery = listed
    # Whoever steps before the camera here is ME at once; how a face is watched is another test's.
    monkeypatch.setattr("countenance.web.gate.crossing.Crossing._look", _seen)
    return made


def _seen(crossing: object) -> Template:
    crossing._asked.set()  # type: ignore[attr-defined]
    return ME


def last(at: GatePage) -> tuple[Outcome, tuple[Reason, ...]]:
    decision = at.kiosk.flights.passes(NAME).decisions()[-1]
    return decision.outcome, decision.reasons


def test_it_is_offered_last_and_only_where_one_stands(at: GatePage, listed: Listed) -> None:
    first = at.page.get("/en/").text
    assert first.index('id="other"') < first.index('id="through"') < first.index('id="face"')
    page = at.page.get("/en/face").text
    assert listed.law in page
    assert 'href="/en/other"' in page
    listed.law = ""
    assert 'id="face"' not in at.page.get("/en/").text
    for answer in (
        at.page.get("/en/face"),
        at.page.get("/en/strike"),
        at.sent("/en/facing", {"agreed": "yes"}),
        at.sent("/en/struck", {"ticket": PASS}),
    ):
        assert answer.status == 403
    assert at.kiosk.flights.passes(NAME).decisions() == ()
    assert listed.struck == []


def test_nobody_is_looked_at_before_they_agree(at: GatePage) -> None:
    answer = at.sent("/en/facing", {})
    assert answer.status == 400
    assert "/static/look.js" not in answer.text
    assert at.kiosk.flights.passes(NAME).decisions() == ()


def test_who_is_named_goes_through_once_and_not_by_a_code_afterwards(at: GatePage, listed: Listed) -> None:
    listed.says = "25"
    for language in ("en", "zh", "ru"):
        answer = at.sent(f"/{language}/facing", {"agreed": "yes"})
    assert 'data-reason="used"' in answer.text
    assert "код" not in answer.text.partition('data-reason="used"')[2].partition("<")[0], "nobody showed a code here"
    outcomes = [one.outcome for one in at.kiosk.flights.passes(NAME).decisions()]
    assert outcomes == [Outcome.PASS, Outcome.OFFICER, Outcome.OFFICER]
    assert last(at)[1] == (Reason.USED,)


@pytest.mark.parametrize(("down", "reason"), [(False, "unknown"), (True, "gallery")])
def test_a_gallery_that_knows_nobody_or_is_not_there_calls_an_officer(
    at: GatePage, listed: Listed, *, down: bool, reason: str
) -> None:
    listed.down = down
    answer = at.sent("/ru/facing", {"agreed": "yes"})
    assert f'data-reason="{reason}"' in answer.text
    assert last(at) == (Outcome.OFFICER, (Reason(reason),))


def test_a_stopped_lane_looks_at_nobody(at: GatePage, listed: Listed) -> None:
    listed.says = "25"
    at.kiosk.gate().stop(stopped=True)
    answer = at.sent("/en/facing", {"agreed": "yes"})
    assert 'data-reason="stopped"' in answer.text


def test_striking_out_takes_a_boarding_pass_and_no_reason(at: GatePage, listed: Listed) -> None:
    for wrong in ("", "nothing", PASS.replace("226F", "227F")):
        answer = at.sent("/en/struck", {"ticket": wrong})
        assert (answer.status, 'id="struck"' in answer.text) == (400, False)
    assert listed.struck == []
    assert 'id="struck"' in at.sent("/zh/struck", {"ticket": PASS}).text
    assert listed.struck == ["0025"]
    listed.down = True
    answer = at.sent("/en/struck", {"ticket": PASS})
    assert 'id="struck"' not in answer.text


def test_the_other_lane_strikes_out_without_being_asked_and_goes_on_without(at: GatePage, listed: Listed) -> None:
    desk = at.officer()
    desk.act("other", ticket=PASS, milliseconds="4000", through="yes")
    assert listed.struck == ["0025"]
    listed.down = True
    assert desk.act("other", ticket=OTHER_PASS, milliseconds="4000", through="yes").status == 200
    assert last(at) == (Outcome.PASS, ())


def test_who_goes_away_is_nobody(tmp_path: Path, listed: Listed) -> None:
    at = GatePage(tmp_path)
    at.kiosk.gallery = listed
    listed.says = "25"
    visit = visit_of(at.sent("/en/facing", {"agreed": "yes"}))
    at.time.on(AWAY)
    assert 'data-reason="nobody"' in at.sent("/en/outcome", {"visit": visit}).text
    assert last(at) == (Outcome.OFFICER, (Reason.NOBODY,))


def test_a_flight_that_is_begun_anew_knows_nobody_of_before(at: GatePage, listed: Listed) -> None:
    desk = at.officer()
    assert desk.act("other", ticket=PASS, milliseconds="4000", through="no").status == 200
    for act, given in (("over", {"flight": NAME}), ("begin", {"flight": NAME, "hours": "3"})):
        assert desk.act(act, **given).status == 200
    at.sent("/en/facing", {"agreed": "yes"})
    assert last(at) == (Outcome.OFFICER, (Reason.UNKNOWN,))
    assert desk.act("word", number="0", word="through").status == 200
    desk.act("other", ticket=PASS, milliseconds="4000", through="yes")
    assert last(at) == (Outcome.PASS, ()), "whom an officer was called for before is nobody of now"


def test_who_goes_away_while_the_gallery_is_asked_has_not_gone_through(at: GatePage, listed: Listed) -> None:
    listed.says = "25"

    def leaving(flight: str, template: Template) -> str:
        at.kiosk.end()
        return "25"

    listed.identify = leaving  # type: ignore[method-assign]
    at.sent("/en/facing", {"agreed": "yes"})
    # Whose visit is over is answered at once; the decision is made by a thread of its own.
    deadline = time.monotonic() + 60
    while not at.kiosk.flights.passes(NAME).decisions() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert last(at) == (Outcome.OFFICER, (Reason.NOBODY,))
    del listed.identify  # type: ignore[method-assign]
    at.sent("/en/facing", {"agreed": "yes"})
    assert last(at) == (Outcome.PASS, ())
