"""`countenance survey`: from a questionnaire to a report, and what it says to who makes a mistake."""

import json
from pathlib import Path

import pytest

from countenance.cli import main
from countenance.errors import Malformed
from countenance.survey import paper, starting, waves
from countenance.web.portal import program
from simulator.surveys import OPEN, SMALL, small


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main.run(["survey", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def sheet(people: int) -> str:
    line = "fine,chosen,{}\n"
    return paper.template(small()) + line.format("young") * people + line.format("old") * people


@pytest.fixture
def questionnaire(tmp_path: Path) -> Path:
    path = tmp_path / "q.yaml"
    path.write_text(OPEN, encoding="utf-8")
    return path


def test_from_a_questionnaire_to_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, place = tmp_path / "survey.yaml", ("--deployment", tmp_path / "here")
    assert run(capsys, "new", file)[0] == 0
    # As it ships it says how many people live nowhere: it is asked with once somebody has said how many.
    for words in (("preview", file), ("open", file, "--invitations", 1, *place)):
        code, said = run(capsys, *words)
        assert (code, said["error"]) == (2, "malformed")
        assert "write how many people at your site" in str(said["message"])
    assert not (tmp_path / "here").exists()
    file.write_bytes(starting.made_up())
    code, said = run(capsys, "preview", file, "--language", "ru")
    assert (code, said["items"], said["epsilon"], said["reported"]) == (0, 10, 1.5, 2)
    file.write_text(OPEN, encoding="utf-8")
    code, said = run(capsys, "open", file, *place)
    assert (code, said["wave"]) == (0, 1)
    answers = tmp_path / "paper.csv"
    answers.write_text(sheet(60), encoding="utf-8")
    assert run(capsys, "import", "station", answers, *place)[1]["people"] == 120
    code, said = run(capsys, "import", "station", answers, *place)
    assert (code, said["error"]) == (1, "refused")
    code, said = run(capsys, "report", "station", "--out", tmp_path / "report", *place)
    assert (code, said["people"], said["weighted"], said["pdf"]) == (0, 120, True, True)
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"index.html", "report.json", "report.pdf"}
    code, said = run(capsys, "report", "station", "--out", tmp_path / "report", "--language", "zh", *place)
    assert (code, said["pdf"]) == (0, False)
    assert not (tmp_path / "report" / "report.pdf").exists()
    assert run(capsys, "close", "station", *place)[0] == 0
    assert run(capsys, "import", "station", answers, *place)[0] == 1
    assert run(capsys, "open", file, *place)[1]["wave"] == 2


def test_invitations_are_written_once_and_their_issuer_lies_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "q.yaml"
    file.write_text(SMALL, encoding="utf-8")
    place = ("--deployment", tmp_path)
    assert run(capsys, "open", file, *place)[0] == 2
    assert not (tmp_path / "survey").exists()
    words = ("--invitations", 3, "--codes", tmp_path / "codes", "--issuer", tmp_path / "stick")
    assert run(capsys, "open", file, *words, *place)[0] == 0
    assert len((tmp_path / "codes").read_text().split()) == 3
    assert (tmp_path / "stick" / "issuer.key").stat().st_mode & 0o077 == 0
    opened = waves.current(tmp_path / "survey" / "station")
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in opened.folder.rglob("*") if path.is_file())
    before = (tmp_path / "codes").read_bytes()
    assert run(capsys, "open", file, *words, *place)[0] == 1
    assert (tmp_path / "codes").read_bytes() == before


def test_mistakes_are_said(tmp_path: Path, questionnaire: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--deployment", tmp_path)
    for code, words in (
        (1, ("new", questionnaire)),
        (2, ("preview", questionnaire, "--language", "de")),
        (2, ("open", questionnaire, "--invitations", 5, *place)),
        (1, ("report", "station", *place)),
        (2, ("report", "../station", *place)),
        (2, ("power", "--epsilon", "1")),
        (2, ("power", "--epsilon", "ln 3", "--answers", "10")),
        (2, ("power", "--answers", "10", "--margin", "0.1")),
        (2, ("simulate", "--surveys", "0")),
        (2, ("import", "station", questionnaire, "--way", "web", *place)),
    ):
        said = run(capsys, *words)
        assert said[0] == code, words
        assert said[1]["message"]


@pytest.mark.parametrize("option", ["--by", "--paid", "--whom"])
def test_a_byte_that_is_no_letter_is_malformed_and_nothing_is_written(
    option: str, tmp_path: Path, questionnaire: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "open", questionnaire, "--deployment", tmp_path)
    answers = tmp_path / "paper.csv"
    answers.write_text(sheet(60), encoding="utf-8")
    run(capsys, "import", "station", answers, "--deployment", tmp_path)
    place = ("--deployment", tmp_path, "--out", tmp_path / "r")
    # What Python makes of the byte 0xff on a command line.
    code, said = run(capsys, "report", "station", option, "the \udcff station", *place)
    assert (code, said["error"]) == (2, "malformed")
    assert "UTF-8" in str(said["message"])
    assert not (tmp_path / "r").exists()


def test_a_wave_that_is_none_is_named(tmp_path: Path, questionnaire: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "open", questionnaire, "--deployment", tmp_path)
    code, said = run(capsys, "report", "station", "--wave", 7, "--deployment", tmp_path)
    assert (code, said["message"]) == (2, "there are waves 1 to 1: name one of them with --wave")
    assert run(capsys, "report", "station", "--deployment", tmp_path, "--out", tmp_path / "r")[0] == 1
    assert not (tmp_path / "r").exists()


def test_simulate_says_what_machines_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "simulate", "--surveys", 2, "--answers", 600)
    assert code == 0
    assert set(said) == {"coverage", "seconds"}
    lines = said["coverage"]
    assert isinstance(lines, list)
    assert [(line["epsilon"], line["weighted"]) for line in lines] == [
        (epsilon, weighted) for epsilon in (0.5, 1, 1.098612, 3, "infinity") for weighted in (False, True)
    ]
    code, said = run(capsys, "simulate", "--surveys", 20, "--answers", 100)
    assert code == 0
    assert isinstance(said["coverage"], list)
    assert all(0.9 < line["value"] <= 1 for line in said["coverage"])
    assert main.run(["survey", "simulate", "--surveys", "2", "--answers", "600"]) == 0
    assert "95 % bounds" in capsys.readouterr().out


def test_power_answers_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    few = run(capsys, "power", "--epsilon", "infinity", "--reported", 10, "--margin", 0.03)[1]
    assert (few["answers"], few["forged_weighs"], few["epsilon"]) == (1068, 1.0, "infinity")
    assert run(capsys, "power", "--answers", 6152)[1]["margin"] == pytest.approx(0.1, abs=0.002)


def test_a_questionnaire_goes_to_xlsform_and_back(
    tmp_path: Path, questionnaire: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "to-xlsform", questionnaire, tmp_path / "form.xlsx")[0] == 0
    code, said = run(capsys, "from-xlsform", tmp_path / "form.xlsx", tmp_path / "back.yaml")
    assert (code, said["items"], said["epsilon"]) == (0, 2, 2.0)
    assert run(capsys, "from-xlsform", tmp_path / "form.xlsx", questionnaire)[0] == 1


def test_cards_lead_to_the_portal_with_the_code_behind_the_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from countenance.survey import cards

    asked = small(SMALL)
    page = cards.sheet(asked, "https://cameras.example", ["abc2", "def3"], "ru").decode()
    assert page.count("<svg") == 2
    assert "abc2" in page
    assert cards.address("https://cameras.example", "station", "abc2") == "https://cameras.example/s/station#abc2"
    with pytest.raises(Malformed):
        cards.sheet(asked, "https://cameras.example", [], "en")
    file = tmp_path / "q.yaml"
    file.write_text(SMALL, encoding="utf-8")
    given = ("--invitations", 2, "--codes", tmp_path / "codes", "--issuer", tmp_path / "issuer")
    for bad in ("issuer.example", "http://issuer.example", "https://", "https://a;b"):
        assert run(capsys, "open", file, *given, "--issuing", bad, "--deployment", tmp_path)[0] == 2
    code, said = run(capsys, "open", file, *given, "--issuing", "https://issuer.example", "--deployment", tmp_path)
    assert (code, said["program"]) == (0, program.digest().hex())
    assert (
        run(capsys, "issue", tmp_path / "issuer", "--issuing", "https://a.example", "--portal", "https://b.example")[0]
        == 2
    )
