"""A simulated boarding: what queueing theory and arithmetic say of it holds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.cli.main import run
from countenance.errors import Malformed
from countenance.gates import charts, simulating
from countenance.gates.simulating import Plan, board

QUIET = Plan(missed=0, fnmr=0, opt_out=0, spread=0, face_seconds=5)


def test_everybody_gets_through_and_the_same_seed_draws_the_same() -> None:
    found = board(Plan(), 3)
    assert found == board(Plan(), 3) != board(Plan(), 4)
    assert found.through[-1] == found.face.travellers + found.other.travellers == 300
    assert list(found.through) == sorted(found.through)
    assert found.called == found.missed + found.rejected


def test_without_errors_and_spread_a_kiosk_lets_twelve_through_a_minute() -> None:
    found = board(QUIET)
    assert found.per_minute == pytest.approx(12)
    assert (found.called, found.other.travellers, found.busy) == (0, 0, 0)
    assert found.face.served == (5.0, 5.0)


def test_too_few_kiosks_make_a_queue_and_more_make_it_short() -> None:
    slow, quick = board(replace(QUIET, kiosks=1)), board(replace(QUIET, kiosks=4))
    assert slow.face.queue > 5 * quick.face.queue
    assert slow.last > 25
    assert quick.last < 20.5


def test_everybody_missed_goes_to_the_officers() -> None:
    found = board(replace(QUIET, missed=1))
    assert (found.missed, found.called, found.per_minute) == (300, 300, 0)
    assert found.through[-1] == 300
    nobody = board(replace(Plan(), opt_out=1))
    assert (nobody.face.travellers, nobody.other.travellers, nobody.per_minute) == (0, 300, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"missed": 1.1}, {"face_seconds": 0}, {"travellers": 0}, {"kiosks": 0}, {"spread": 3}, {"fnmr": float("nan")}],
)
def test_a_plan_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Malformed):
        board(replace(Plan(), **wrong))


def test_the_command_draws_a_page_a_chart_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "boarding.html"
    assert run(["gate", "simulate", "--travellers", "50", "--out", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["plan"]["travellers"] == 50
    assert facts["rally"] == {"goal_per_minute": 12.0, "least_per_minute": 6.0}
    assert set(facts["sources"]) <= set(facts["plan"])
    page = out.read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "an assumption" in page
    assert run(["gate", "simulate", "--out", str(tmp_path / "boarding.svg")]) == 0
    assert "travellers are through after" in capsys.readouterr().out
    assert run(["gate", "simulate", "--missed", "7"]) == 2


def test_the_charts_say_what_the_numbers_say() -> None:
    found = board(Plan())
    assert charts.text(found).splitlines()[-1].endswith("300 of 300")
    assert simulating.SOURCES.keys() <= vars(Plan).get("__dataclass_fields__", {}).keys()
