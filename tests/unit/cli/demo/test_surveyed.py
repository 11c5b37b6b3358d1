"""The survey of a demo: its first wave is closed and reported, its second open, by the verbs that a user types."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from countenance.cli.demo import surveyed
from countenance.cli.demo.stage import Stage
from countenance.survey import instrument, starting, waves
from countenance.vocabulary.survey import LANGUAGES, Admission, Privacy


def test_its_questionnaire_is_the_one_that_ships_for_two_waves_and_whoever_comes() -> None:
    asked = instrument.read(surveyed._questionnaire().encode())
    assert (asked.survey, asked.waves, asked.admission) == (surveyed.NAME, 2, Admission.OPEN)
    assert (asked.privacy, asked.epsilon) == (Privacy.LOCAL, 3_000_000)
    shipped = instrument.read(starting.made_up())
    assert asked.items == shipped.items
    assert all(asked.title.said(language) != shipped.title.said(language) for language in LANGUAGES)


@pytest.mark.timeout(120)
def test_people_who_were_made_up_are_reported_as_such_and_the_next_wave_is_open(tmp_path: Path) -> None:
    stage = Stage(tmp_path, as_json=True, console=Console(file=io.StringIO()))
    page = surveyed.begun(stage)
    told = json.loads((page.parent / "report.json").read_text())
    assert "made up" in json.dumps(told)
    assert "made up" in page.read_text(encoding="utf-8")
    assert (page.parent / "report.pdf").is_file()
    first, second = waves.all_of(stage.deployment / "survey" / surveyed.NAME)
    assert first.wave.closed
    assert not second.wave.closed
    assert not second.answers
