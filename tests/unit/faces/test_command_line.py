"""`countenance faces …` through the real entry point."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from countenance import faces
from countenance.cli.main import run
from unit.faces import tiny


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("COUNTENANCE_CACHE", str(cache))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "empty.png"
    PIL.Image.new("RGB", (64, 64), (90, 90, 90)).save(path)
    return path


@pytest.fixture
def pair(tmp_path: Path, portrait: faces.Image) -> Path:
    path = tmp_path / "pair.png"
    PIL.Image.fromarray(np.concatenate([portrait, portrait], axis=1)).save(path)
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    """The JSON object on standard output, with the exit code as "exit"."""
    code = run(["faces", *map(str, arguments), "--json"])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return {**found, "exit": code}


def test_detect(capsys: pytest.CaptureFixture[str], portrait_file: Path, empty: Path, tmp_path: Path) -> None:
    found = said(capsys, "detect", portrait_file, "--out", tmp_path / "boxes.png")
    assert (found["exit"], found["width"], len(found["faces"])) == (0, 512, 1)
    assert len(found["faces"][0]["landmarks"]) == 5
    drawn, source = faces.load(tmp_path / "boxes.png"), faces.load(portrait_file)
    assert drawn.shape == source.shape
    assert (drawn != source).any()
    assert said(capsys, "detect", empty) == {"exit": 0, "width": 64, "height": 64, "faces": []}
    assert said(capsys, "detect", portrait_file, "--threshold", 0.99)["faces"] == []


def test_for_people(capsys: pytest.CaptureFixture[str], portrait_file: Path, empty: Path) -> None:
    assert run(["faces", "detect", str(portrait_file)]) == 0
    assert "0.93" in capsys.readouterr().out
    assert run(["faces", "detect", str(empty)]) == 0
    assert "no face found" in capsys.readouterr().out
    assert run(["faces", "quality", str(portrait_file)]) == 0
    assert "sharpness" in capsys.readouterr().out
    assert run(["faces", "compare", str(portrait_file), str(portrait_file)]) == 0
    assert capsys.readouterr().out.startswith("match: comparison score 1.000")


def test_extract_keeps_a_template_that_compare_takes(
    capsys: pytest.CaptureFixture[str], portrait_file: Path, other_file: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "template.json"
    assert run(["faces", "extract", str(portrait_file), "--out", str(kept)]) == 0
    values = json.loads(kept.read_text())["values"]
    assert values not in capsys.readouterr().out
    assert kept.stat().st_mode & 0o777 == 0o600
    same = said(capsys, "compare", kept, portrait_file)
    assert (same["exit"], same["match"], same["score"]) == (0, True, 1.0)
    differs = said(capsys, "compare", kept, other_file)
    assert (differs["exit"], differs["match"], differs["threshold"]) == (1, False, 0.43)
    assert said(capsys, "compare", kept, other_file, "--threshold", -0.5)["exit"] == 0
    assert said(capsys, "extract", portrait_file)["values"] == values


def test_which_face(capsys: pytest.CaptureFixture[str], pair: Path) -> None:
    assert said(capsys, "extract", pair)["exit"] == 2
    assert said(capsys, "extract", pair, "--face", 2)["exit"] == 0
    assert said(capsys, "quality", pair, "--face", 1)["exit"] == 0
    assert "detect finds 2" in str(said(capsys, "quality", pair, "--face", 3)["message"])


def test_own_extractor(capsys: pytest.CaptureFixture[str], portrait_file: Path, tmp_path: Path) -> None:
    card, kept = tiny.card(tmp_path), tmp_path / "own.json"
    found = said(capsys, "extract", portrait_file, "--card", card, "--out", kept)
    assert found["dimension"] == tiny.DIMENSION
    mixed = said(capsys, "compare", kept, portrait_file)
    assert (mixed["exit"], mixed["error"]) == (2, "malformed")
    assert said(capsys, "compare", kept, portrait_file, "--card", card)["threshold"] == 0.25


def test_bad_input(capsys: pytest.CaptureFixture[str], portrait_file: Path, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "broken.json").write_text("{")
    for arguments in (
        ("detect", tmp_path / "none.jpg"),
        ("detect", tmp_path / "text.jpg"),
        ("detect", portrait_file, "--threshold", 7),
        ("detect", portrait_file, "--card", tmp_path / "text.jpg"),
        ("detect", portrait_file, "--out", tmp_path / "boxes.exe"),
        ("extract", empty),
        ("quality", empty),
        ("compare", empty, portrait_file),
        ("compare", tmp_path / "list.json", portrait_file),
        ("compare", tmp_path / "broken.json", portrait_file),
        ("compare", portrait_file, portrait_file, "--threshold", 2),
        ("compare", portrait_file),
        ("guess", portrait_file),
    ):
        answer = said(capsys, *arguments)
        assert (answer["exit"], answer["error"]) == (2, "malformed"), arguments
    assert not (tmp_path / "boxes.exe").exists()
