"""`countenance register`: what it writes where, and what it says of a folder that is none."""

import json
from pathlib import Path

import pytest

from countenance.cli import main
from simulator import registers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, data in registers.files().items():
        (tmp_path / "register" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "register" / path).write_bytes(data)
    return tmp_path / "register"


def test_a_folder_that_holds_is_said_in_one_line_of_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["register", "check", str(folder), "--genesis", str(folder / "genesis.json"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["pinned"], said["counted_to"], said["entries"], said["cameras"]) == (True, "2026-06", 4096, 2)


def test_without_a_record_from_elsewhere_it_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["register", "check", str(folder)]) == 0
    assert "came with the register" in capsys.readouterr().out


def test_it_is_held_against_an_earlier_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["register", "check", str(folder), "--before", str(folder)]) == 0
    (folder / "en" / "index.html").write_bytes(b"")
    assert main.run(["register", "check", str(folder), "--before", str(folder), "--json"]) == 1
    assert "en/index.html was changed" in capsys.readouterr().out


def test_what_else_lies_there_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "en" / "lists.html").write_bytes(b"no list stands")
    assert main.run(["register", "check", str(folder)]) == 1
    assert "en/lists.html is no page of this register" in capsys.readouterr().err


def test_a_folder_without_one_is_bad_input(tmp_path: Path) -> None:
    assert main.run(["register", "check", str(tmp_path)]) == 2
    assert main.run(["register"]) == 2


def test_it_is_not_written_over_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main.run(["register", "--out", str(tmp_path), "--json"]) == 2
    assert "something else" in capsys.readouterr().out
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
