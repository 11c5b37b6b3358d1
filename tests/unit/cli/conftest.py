"""A verb, run as somebody types it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from countenance.cli.main import run

Say = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a verb with --json; exit code and answer."""

    def run_verb(*words: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run([*(str(word) for word in words), "--json"])
        shown = capsys.readouterr().out
        return code, json.loads(shown.splitlines()[-1]) if shown else {}

    return run_verb
