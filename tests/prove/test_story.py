"""The demo, run as a newcomer runs it, and every step's promise read from what it left behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STEPS = [
    "record",
    "thief",
    "alone",
    "approve",
    "search",
    "review",
    "disclose",
    "verify",
    "erase",
    "search-again",
    "restore",
    "audit",
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    out = tmp_path_factory.mktemp("story") / "demo-out"
    done = subprocess.run(
        [sys.executable, "-m", "countenance.cli.main", "demo", "--json", "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    log = out / "processes.log"
    tail = log.read_text()[-3000:] if log.exists() else ""
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}\n{tail}"
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [step["step"] for step in steps] == STEPS
    return out, {step["step"]: step for step in steps}


def test_thief_finds_nothing(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    loot = told[1]["thief"]
    assert (loot["pictures"], loot["playable"], loot["names"]) == (0, 0, 0)
    assert loot["rows"] > 0
    assert loot["best_score"] < 0.45


def test_officer_alone_is_refused(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    assert len(told[1]["alone"]["refusals"]) == 2


def test_search_is_complete_and_finds_the_person(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    assert told[1]["search"]["incomplete"] == []
    assert told[1]["search"]["candidates"] >= 1


def test_evidence_is_left_to_open(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    names = {path.name for path in (told[0] / "evidence").iterdir()}
    assert {"index.html", "disclosure.json", "delivery.json"} <= names


def test_erased_stays_erased_in_a_restored_repository(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    assert told[1]["erase"]["erased"] >= 1
    assert told[1]["search-again"]["candidates"] == 0
    assert told[1]["restore"]["candidates"] == 0


def test_record_is_regular(told: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    assert told[1]["audit"]["irregularities"] == 0
