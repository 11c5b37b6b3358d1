"""Calibrations that stand here: set by entries, used by searches, back after a restart, and by nobody else's word."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import BareThreshold, Extent, Verb
from countenance.vocabulary.calibration import Point, Source
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope
from countenance.zones.custodian import calibrating, terminal_rules
from simulator.counted import calibrated, counted
from simulator.court import LAST_HOUR, THIS_HOUR, Court, sitting
from simulator.people import EXTRACTOR, HOUR, NOW, SUBJECT, limits, near, unit

BARE = BareThreshold(EXTRACTOR, "", (), 520, 100_000, "measured by the maker")


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def populated(court: Court, strangers: int = 6) -> str:
    found = court.pass_by(near(SUBJECT, 0.8, 9))
    for seed in range(strangers):
        court.pass_by(unit(seed + 100))
    court.tell()
    return found


def withdrawn(court: Court) -> None:
    """Nothing stands any more."""
    for one in court.zone.opened.desk.calibrations:
        calibrating.withdraw(court.zone.opened, records.digest(one).hex())


def test_setting_one_is_an_entry_with_all_of_it_and_it_comes_back_from_the_log(court: Court) -> None:
    entry = calibrated(court.zone.opened, group="hall", cameras=("hall-east",))
    facts = dict(court.zone.opened.sequencer.entry(entry).facts)
    assert records.read(type(counted()), facts["text"].encode()) == court.zone.opened.desk.calibrations[-1]
    before = court.zone.opened.desk.calibrations
    court.zone.crash()
    court.zone.open()
    assert court.zone.opened.desk.calibrations == before
    withdrawn(court)
    court.zone.crash()
    court.zone.open()
    assert court.zone.opened.desk.calibrations == ()


def test_an_extractor_that_nobody_counted_for_is_not_searched_with(court: Court) -> None:
    populated(court)
    text = court.approved(limits=limits(uses=9))
    withdrawn(court)
    before = court.zone.opened.store.count(object), len(court.facts(Kind.AUTHORISED))
    for act in (lambda: court.search(text), lambda: court.file(court.text(warrant="2" * 16))):
        with pytest.raises(Refused, match="nobody has counted"):
            act()
    assert (court.zone.opened.store.count(object), len(court.facts(Kind.AUTHORISED))) == before, "no use is spent"
    calibrated(court.zone.opened)
    assert len(court.search(text)["candidates"]) == 1


def test_an_answer_and_its_entry_name_what_they_are_under(court: Court) -> None:
    populated(court)
    calibrated(court.zone.opened, group="hall", cameras=("hall-west",))
    answer = court.search(court.approved())
    hashes = [records.digest(one).hex() for one in court.zone.opened.desk.calibrations]
    assert sorted(answer["calibrations"]) == sorted(hashes)
    facts = court.facts(Kind.AUTHORISED)[-1]
    assert sorted(facts["calibration"].split()) == sorted(hashes)
    assert facts["calibrated"] == "evaluation evaluation"


def test_one_in_n_raises_the_threshold_and_the_worst_camera_counts(court: Court) -> None:
    found = populated(court, strangers=40)
    usual = court.search(court.approved())
    assert (usual["threshold"], usual["candidates"]) == (440, [found])
    few = court.search(court.approved(warrant="2" * 16, limits=limits(one_in=1_000)))
    assert few["threshold"] == 470
    assert few["expected_false"] <= 2
    worse = (Point(440, 50, 10**6, 100_000, 30), Point(600, 5, 10**6, 12_000, 90))
    calibrated(court.zone.opened, group="hall", cameras=("hall-east",), points=worse)
    both = court.search(court.approved(warrant="3" * 16, limits=limits(one_in=1_000)))
    assert (both["threshold"], both["missed"]) == (600, -1), "the other camera's figures end below"


def test_a_calibration_that_begins_higher_raises_what_was_signed_before(court: Court) -> None:
    found = populated(court)
    text = court.approved()
    calibrated(court.zone.opened, points=(Point(500, 0, 10**6, 3_000, 44),))
    assert (court.search(text)["threshold"], court.search(text)["candidates"]) == (500, [found])
    with pytest.raises(Refused, match="500 to 1000"):
        court.file(court.text(warrant="2" * 16))


def test_what_began_goes_on_under_what_stood_then(court: Court) -> None:
    populated(court)
    letter, begun = court.begin(court.approved())
    withdrawn(court)
    assert len(letter.read(court.finish(begun))["candidates"]) == 1


def test_a_bare_threshold_is_refused_until_an_operator_signs_for_it(court: Court) -> None:
    populated(court)
    bare = court.text(limits=limits(threshold=520, one_in=0))
    with pytest.raises(Refused, match="--one-in"):
        court.file(bare)
    for name in ("officer-1", "supervisor-1", "reviewer-1", "clerk-1"):
        with pytest.raises(Refused, match="operator"):
            court.ask(name, Verb.SIGN_THRESHOLD, BARE)
    assert court.facts(Kind.CALIBRATION)[1:] == []
    done = court.ask("operator-1", Verb.SIGN_THRESHOLD, BARE)
    facts = dict(court.zone.opened.sequencer.entry(done["entry"]).facts)
    assert (facts["person"], facts["source"]) == ("operator-1", "signed")
    court.file(bare)
    for name in ("supervisor-1", "court-b/judge-1"):
        court.say(name, bare)
    answer = court.search(bare)
    assert answer["threshold"] == 520
    assert answer["missed"] == 66, "the figures that were counted go before the word"
    with pytest.raises(Refused, match="--one-in"):
        court.file(court.text(warrant="2" * 16, limits=limits(threshold=519, one_in=0)))
    calibrating.withdraw(court.zone.opened, done["calibration"])
    with pytest.raises(Refused, match="--one-in"):
        court.search(bare)


def test_a_bare_threshold_alone_says_that_nobody_counted(court: Court) -> None:
    populated(court)
    withdrawn(court)
    court.ask("operator-1", Verb.SIGN_THRESHOLD, BARE)
    answer = court.search(court.approved(limits=limits(threshold=520)))
    assert (answer["threshold"], answer["missed"]) == (520, -1)
    assert court.facts(Kind.AUTHORISED)[-1]["calibrated"] == "signed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"one_in": 0},
        {"one_in": -5},
        {"one_in": 499},
        {"threshold": 0},
        {"threshold": 1001},
        {"reason": " "},
        {"extractor": b"short"},
        {"group": "hall"},
        {"cameras": ("b", "a"), "group": "g"},
    ],
)
def test_a_word_that_says_nothing_is_no_calibration(court: Court, wrong: dict[str, object]) -> None:
    before = court.zone.opened.desk.calibrations
    with pytest.raises(Malformed):
        court.ask("operator-1", Verb.SIGN_THRESHOLD, replace(BARE, **wrong))
    assert court.zone.opened.desk.calibrations == before


def test_what_is_set_from_a_file_is_an_evaluations(court: Court) -> None:
    opened, before = court.zone.opened, court.zone.kinds()
    for source in (Source.SITE, Source.BUILT_IN):
        with pytest.raises(Refused, match="report of an evaluation"):
            calibrated(opened, source=source)
    for text in ("", "{}", "x", records.write(counted(points=())).decode()):
        with pytest.raises(Malformed):
            terminal_rules.VERBS["calibration.set"](opened, {"text": text})
    for hashed in ("", "zz", "00"):
        with pytest.raises(Refused, match="no calibration of this hash"):
            terminal_rules.VERBS["calibration.withdraw"](opened, {"calibration": hashed})
    assert court.zone.kinds() == before


def test_so_many_and_no_more(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "MOST", 2)
    calibrated(court.zone.opened, group="a", cameras=("a",))
    with pytest.raises(Refused, match="withdraw one"):
        calibrated(court.zone.opened, group="b", cameras=("b",))


def test_whoever_drafts_is_told_how_many_rows_there_are_and_what_stands(court: Court) -> None:
    populated(court)
    scope = Scope(("hall-east",), LAST_HOUR * HOUR, THIS_HOUR * HOUR)
    told = court.ask("officer-1", Verb.EXTENT, Extent(EXTRACTOR, scope))
    assert told["rows"] == 7
    assert told["calibrations"] == [records.write(counted()).decode()]
    assert court.ask("officer-1", Verb.EXTENT, Extent(bytes(32), scope))["rows"] == 0
    with pytest.raises(Refused, match="longer than"):
        court.ask("officer-1", Verb.EXTENT, Extent(EXTRACTOR, Scope(("hall-east",), 0, NOW)))
