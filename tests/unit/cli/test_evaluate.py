"""`countenance evaluate …` through the real entry point."""

import json
from importlib import metadata
from pathlib import Path

import PIL.Image
import pytest

from countenance.cli.main import run
from unit.cli.conftest import Say


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A manifest of five pictures of two packaged portraits and a third made of one, and a missing file."""
    one = Path(str(metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")))
    two = Path(str(metadata.distribution("matplotlib").locate_file("matplotlib/mpl-data/sample_data/grace_hopper.jpg")))
    first, second = (PIL.Image.open(path).convert("RGB") for path in (one, two))
    first.save(tmp_path / "1.png")
    first.rotate(8).save(tmp_path / "1b.png")
    second.save(tmp_path / "2.png")
    second.rotate(-8).save(tmp_path / "2b.png")
    # Nobody: a portrait stretched until it is somebody else to a recogniser.
    first.resize((first.width, first.height * 5 // 3)).save(tmp_path / "3.png")
    lines = ["1.png,a,x", "1b.png,a,x", "2.png,b,y", "2b.png,b,y", "3.png,c,", "none.png,d,x"]
    (tmp_path / "m.csv").write_text("image,subject,side\n" + "\n".join(lines) + "\n")
    return tmp_path / "m.csv"


def test_a_manifest_alone_is_a_report(pictures: Path, tmp_path: Path, say: Say) -> None:
    code, said = say("evaluate", pictures, "--out", tmp_path / "report")
    assert code == 0
    assert Path(said["page"]).read_text().startswith("<!doctype html>")
    record = json.loads(Path(said["record"]).read_text())
    assert record["counts"]["templates"] == 5
    assert record["counts"]["missing"] == 1
    assert record["groups"]["side"]["x"]["subjects"] == 1
    again, same = say("evaluate", "report", pictures, "--out", tmp_path / "again")
    assert (again, Path(same["record"]).read_text()) == (0, Path(said["record"]).read_text())


def test_calibrate_prints_what_it_promises(tmp_path: Path, say: Say) -> None:
    code, said = say("evaluate", "synthetic", "--group", "a:120", "--out", tmp_path / "s")
    assert code == 0
    assert said["gallery"] == 100


def test_calibrate(pictures: Path, say: Say) -> None:
    code, said = say("evaluate", "calibrate", pictures, "--fpir", "0.5", "--gallery", "1")
    assert code == 0
    assert set(said) >= {"threshold", "fpir_low", "fpir_high", "tpir"}
    code, said = say("evaluate", "calibrate", pictures, "--fpir", "0.01", "--gallery", "500")
    assert (code, said["error"]) == (2, "malformed")


def test_compare_two_thresholds(pictures: Path, say: Say) -> None:
    words = ("evaluate", "compare", pictures, "--threshold", "0.3", "--threshold", "0.6", "--gallery", "2")
    code, said = say(*words)
    assert code == 0
    assert [side["threshold"] for side in said["sides"]] == [0.3, 0.6]
    code, said = say("evaluate", "compare", pictures)
    assert (code, said["error"]) == (2, "malformed")
    code, said = say("evaluate", "compare", pictures, "--threshold", "0.3")
    assert (code, said["error"]) == (2, "malformed")


def test_gallery_names_what_to_look_at(pictures: Path, say: Say) -> None:
    code, said = say("evaluate", "gallery", pictures, "--threshold", "0.5")
    assert code == 1
    assert said["without_template"] == {"none.png": "file missing"}


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "none.csv"),
        ("evaluate", "report"),
        ("evaluate", "synthetic", "--group", "a"),
        ("evaluate", "synthetic", "--group", "a:5:wings=2"),
        ("evaluate", "synthetic", "--group", "a:1:alike=x"),
        ("evaluate", "calibrate", "none.csv", "--fpir", "2"),
    ],
)
def test_rubbish_is_one_sentence_and_exit_code_two(words: tuple[str, ...], tmp_path: Path, say: Say) -> None:
    code, said = say(*words)
    assert code == 2
    assert said["error"] == "malformed"


def test_a_report_asks_for_a_rate_that_is_one(pictures: Path, tmp_path: Path, say: Say) -> None:
    code, said = say("evaluate", pictures, "--fpir", "0", "--out", tmp_path / "r")
    assert (code, said["error"]) == (2, "malformed")


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "m.csv", "--out", "m.csv"),
        ("evaluate", "m.csv", "--out", "m.csv/report"),
        ("evaluate", "m.csv", "--templates", "none/kept.npz"),
        ("evaluate", "m.csv", "--templates", "."),
        ("evaluate", "m.csv", "--fpir", "nan"),
        ("evaluate", "calibrate", "m.csv", "--fpir", "0"),
        ("evaluate", "calibrate", "m.csv", "--out", "none/calibration"),
    ],
)
def test_what_cannot_be_written_is_found_before_the_work(
    words: tuple[str, ...], tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.csv").write_text("image,subject\na.png,a\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("countenance.cli.trying.trials.extract", None)
    code, said = say(*words)
    assert (code, said["error"]) in ((1, "unavailable"), (2, "malformed"))
    assert [path.name for path in tmp_path.iterdir()] == ["m.csv"]


def test_a_threshold_that_is_not_what_was_asked_for_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "synthetic", "--group", "a:30:alike=0.9,same=0.95", "--out", str(tmp_path / "s")]
    assert run(words) == 0
    assert "none keeps false alerts as rare as 0.01" in capsys.readouterr().out


def test_help_needs_no_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--help"]) == 0
    assert "calibrate" in capsys.readouterr().out
