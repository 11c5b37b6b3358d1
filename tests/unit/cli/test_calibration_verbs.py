"""calibration, and drafts that say how rarely they may be wrong: as people type them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from countenance.formats import records
from countenance.vocabulary.calibration import Source
from countenance.vocabulary.entries import Kind
from countenance.warrants.built_in import BUILT_IN
from simulator.counted import counted
from simulator.counter import Counter
from simulator.people import EXTRACTOR

Run = Callable[..., dict]


def draft(run: Run, photo: Path, *more: object, code: int = 0, plain: bool = False) -> dict:
    words = ("--case", "case 7", "--purpose", "missing person", "--basis", "law 2", "--from", "-2h", "--to", "+1h")
    asked = ("warrant", "draft", *words, "--probe", photo, "--camera", "hall-east", *more)
    return run(*asked, person="officer-1", code=code, plain=plain)


def test_a_draft_says_how_rarely_it_may_be_wrong(run: Run, desk: Counter, photo: Path) -> None:
    desk.pass_by()
    usual = draft(run, photo)
    assert (usual["one_in"], usual["threshold"]) == (10, 430)
    rare = draft(run, photo, "--one-in", 10_000)
    assert (rare["one_in"], rare["threshold"]) == (10_000, 440)
    shown = run("warrant", "show", rare["warrant"], person="supervisor-1", plain=True)["said"]
    assert "strangers   at most one false candidate in 10000 searches" in shown
    said = draft(run, photo, "--one-in", 100, plain=True)["said"]
    assert "1 sightings in its scope now; threshold 0.430 (evaluation calibration); of 1,000 persons" in said
    for wrong in (9, 10_001, -1):
        assert "at most one false candidate in 10" in draft(run, photo, "--one-in", wrong, code=1)["message"]


def test_a_bare_threshold_takes_an_operators_word(run: Run, desk: Counter, photo: Path) -> None:
    assert "--one-in" in draft(run, photo, "--threshold", 520, code=1)["message"]
    assert "not both" in draft(run, photo, "--threshold", 520, "--one-in", 10, code=2)["message"]
    words = ("--threshold", 500, "--one-in", 50_000, "--reason", "the maker says so", "--extractor", EXTRACTOR.hex())
    assert "operator" in run("calibration", "bare", *words, person="officer-1", code=1)["message"]
    done = run("calibration", "bare", *words, person="operator-1")
    assert desk.court.zone.opened.sequencer.entry(done["entry"]).kind is Kind.CALIBRATION
    drafted = draft(run, photo, "--threshold", 520)
    assert (drafted["one_in"], drafted["threshold"]) == (0, 520)
    shown = run("warrant", "show", drafted["warrant"], person="supervisor-1", plain=True)["said"]
    assert "a bare threshold, which an operator signed for" in shown
    listed = run("calibration", "list", plain=True)["said"]
    assert "a bare threshold: nobody counted, an operator signed for it: the maker says so" in listed


def test_set_listed_shown_withdrawn(run: Run, desk: Counter, tmp_path: Path) -> None:
    path = tmp_path / "counted.json"
    path.write_bytes(records.write(counted(group="hall", cameras=("hall-east",))) + b"\n")
    done = run("calibration", "set", path)
    listed = run("calibration", "list")["calibrations"]
    assert [one["source"] for one in listed] == ["evaluation", "evaluation", "built-in"]
    assert listed[0]["calibration"] == done["calibration"]
    shown = run("calibration", "show", done["calibration"][:10], "--rows", 5000, "--one-in", 10, plain=True)["said"]
    assert "Group hall (hall-east): an evaluation's report, set by the operator: made up for a test" in shown
    assert "at 0.460, of 1,000,000 comparisons with strangers at most 32.9 pass" in shown
    assert "a search of 5000 rows with at most one false candidate in 10 takes 0.480 or more" in shown
    assert run("calibration", "show", path)["group"] == "hall"
    assert run("calibration", "show")["calibration"] == records.digest(BUILT_IN).hex()
    assert "no calibration of this hash" in run("calibration", "show", "feed", code=1)["message"]
    run("calibration", "withdraw", done["calibration"][:10])
    assert len(run("calibration", "list")["calibrations"]) == 2
    assert "report of an evaluation" in _set(run, tmp_path, replace(counted(), source=Source.SITE))
    path.write_text("{}")
    run("calibration", "set", path, code=2)
    path.write_bytes(records.write(counted(points=())))
    assert "1 to 200 points" in run("calibration", "show", path, code=2)["message"]
    for wrong in (0, -5, 9):
        assert "choose a number" in run("calibration", "show", "--one-in", wrong, code=1)["message"]
    run("calibration", "set", tmp_path / "nowhere", code=1)
    assert desk.court.facts(Kind.CALIBRATION)[-1]["change"] == "withdrawn"


def _set(run: Run, folder: Path, one: object) -> str:
    path = folder / "other.json"
    path.write_bytes(records.write(one))
    return run("calibration", "set", path, code=1)["message"]


def test_measured_at_the_terminal(run: Run, desk: Counter) -> None:
    desk.pass_by()
    words = ("--name", "hall", "--camera", "hall-east", "--from", "-1h", "--to", "-1h")
    assert "no rows of this extractor" in run("calibration", "measure", *words, code=1)["message"]
    done = run("calibration", "measure", *words, "--extractor", EXTRACTOR.hex())
    assert done["sheets"] == 1
    assert "group hall is being counted: 1 sheets are left" in run("calibration", "list", plain=True)["said"]
    desk.court.zone.clock.now += 3_600_000
    listed = run("calibration", "list", plain=True)["said"]
    assert "a count of group hall came to nothing: unknown" in listed
    for wrong in (("--extractor", "zz"), ("--from", "tomorrow"), ("--from", "+1h")):
        run("calibration", "measure", *words, *wrong, code=2)
