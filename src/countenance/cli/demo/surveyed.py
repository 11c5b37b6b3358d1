"""A survey in the demo that stays: made-up people answered its first wave, and the second is open at the portal.

Nobody is behind the first wave's answers, and its title says that people were made up. They are drawn with fixed
chance, answer as browsers do, and are counted, closed and reported by what counts, closes and reports everybody's.
"""

from pathlib import Path
from typing import Final

import numpy as np

from countenance.cli.demo.stage import Stage
from countenance.survey import budget, collecting, responses, simulating, starting, waves
from countenance.vocabulary.survey import Way

NAME: Final = "demo"
PEOPLE: Final = 6152
"""As many as the survey of 2019 asked, so that both are as sure."""
_SEED: Final = 2019
_CHANGED: Final = (
    ("survey: site\n", f"survey: {NAME}\n"),
    ("en: Cameras that recognise faces at this place\n", "en: A demo, and people who were made up\n"),
    ("zh: 本场所的人脸识别摄像头\n", "zh: 演示：虚构的人\n"),
    ("ru: Камеры, распознающие лица, в этом месте\n", "ru: Демонстрация и вымышленные люди\n"),
    ("epsilon: 1.5\n", "epsilon: 3\n"),
    ("waves: 1\n", "waves: 2\n"),
    ("admission: invited\n", "admission: open\n"),
)
"""Two waves, each with as much of epsilon as one has in the questionnaire that ships, and open to whoever comes."""


def begun(stage: Stage) -> Path:
    """Ask and report once, and open the next wave; the report's page."""
    place = stage.out / "survey"
    place.mkdir(exist_ok=True)
    file = place / "survey.yaml"
    file.write_text(_questionnaire(), encoding="utf-8")
    stage.verb("survey", "open", file)
    _answered(stage)
    stage.verb("survey", "close", NAME)
    stage.verb(
        *("survey", "report", NAME, "--out", place / "report", "--by", "the demo", "--paid", "nobody"),
        *("--whom", f"{PEOPLE:,} people who were made up"),
    )
    stage.verb("survey", "open", file)
    return place / "report" / "index.html"


def _questionnaire() -> str:
    made = starting.made_up().decode()
    for before, after in _CHANGED:
        made = made.replace(before, after)
    return made


def _answered(stage: Stage) -> None:
    """Answers of people who are drawn, each randomised, into the open wave."""
    opened = waves.current(stage.deployment / "survey" / NAME)
    draw = np.random.default_rng(_SEED)
    cells, truths = simulating.answered(simulating.world(opened.instrument, draw), PEOPLE, draw)
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, responses.packed(cells, budget.randomise(opened.instrument, truths, draw)))
        collector.flush(waves.today())
