"""A verb, run as somebody types it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from countenance.cli import ask
from countenance.cli.main import run as run_words
from simulator.counter import Counter, counter, picture, ruled
from simulator.people import NOW

Say = Callable[..., tuple[int, dict[str, Any]]]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a verb with --json; exit code and answer."""

    def run_verb(*words: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run_words([*(str(word) for word in words), "--json"])
        shown = capsys.readouterr().out
        return code, json.loads(shown.splitlines()[-1]) if shown else {}

    return run_verb


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    """A court with sockets, its custodian's terminal among them."""
    monkeypatch.setattr(ask, "now", lambda: NOW)
    with counter() as made, ruled(made):
        yield made


@pytest.fixture
def run(desk: Counter, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb on the desk, as `person` if one is named; its answer with --json, or what is said without."""

    def run_verb(*words: object, person: str = "", code: int = 0, plain: bool = False) -> dict[str, Any]:
        more = ["--deployment", str(desk.deployment), *([] if plain else ["--json"])]
        more += ["--key", str(desk.key(person))] if person else []
        capsys.readouterr()
        assert run_words([*map(str, words), *more]) == code, capsys.readouterr()
        said = capsys.readouterr().out
        return {"said": said} if plain else json.loads(said.strip().splitlines()[-1])

    return run_verb


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("blue", (80, 60)))
    return path
