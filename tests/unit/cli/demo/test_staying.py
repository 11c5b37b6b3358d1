"""Whether the demo stays: at a terminal, for somebody, unless they say otherwise."""

import io
import os
import pty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from countenance.cli.demo import staying, story


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard input is a terminal, and nothing says that this is a test machine."""
    controller, end = pty.openpty()
    monkeypatch.delenv("CI", raising=False)
    with os.fdopen(end) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield
    os.close(controller)


def test_it_stays_for_somebody_at_a_terminal(terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert staying.wanted()
    monkeypatch.setenv("CI", "true")
    assert not staying.wanted()


def test_it_stays_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert not staying.wanted()


@pytest.mark.parametrize(("words", "stays"), [([], 1), (["--no-serve"], 0)])
def test_it_ends_where_that_is_asked_for(
    say: Any, tmp_path: Path, terminal: None, monkeypatch: pytest.MonkeyPatch, words: list[str], stays: int
) -> None:
    stayed: list[object] = []
    monkeypatch.setattr(story, "record", lambda *_, **__: "a plot")
    monkeypatch.setattr(story, "ACTS", ())
    monkeypatch.setattr(staying, "stay", stayed.append)
    code, _ = say("demo", "--out", tmp_path / "out", *words)
    assert (code, stayed) == (0, ["a plot"] * stays)
