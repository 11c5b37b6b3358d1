"""Results of a wave, as an operator would publish them: the questionnaire that ships, answered, closed and analysed."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from countenance.survey import (
    analysis,
    budget,
    collecting,
    publishing,
    responses,
    simulating,
    starting,
    waves,
    weighting,
)
from countenance.survey.methods import Sponsor
from countenance.survey.waves import Opened
from countenance.vocabulary.survey import Way
from countenance.vocabulary.surveyed import Results
from simulator.surveys import DAY

ISSUER = bytes(32)
SPONSOR = Sponsor("City of Example", "City of Example", "everybody who passes the station", 9000)


@cache
def results(people: int = 4000, seed: int = 3) -> Results:
    """Of so many people."""
    with tempfile.TemporaryDirectory() as name:
        source = starting.made_up()
        opened = waves.begin(Path(name) / "survey" / "site", source, day=DAY, issuer=ISSUER, program=bytes(32))
        answer(opened, people, seed)
        return of(waves.end(opened, DAY))


def answer(opened: Opened, people: int, seed: int) -> None:
    """Made-up people of the questionnaire's groups answer."""
    draw = np.random.default_rng(seed)
    cells, truths = simulating.answered(simulating.world(opened.instrument, draw), people, draw)
    with collecting.collecting(opened) as collector:
        rows = budget.randomise(opened.instrument, truths, draw)
        collector.add(Way.WEB, responses.packed(cells, rows))
        collector.flush(DAY)


def of(closed: Opened) -> Results:
    """What is published of a closed wave."""
    margins = weighting.declared(closed.instrument)
    return publishing.results(analysis.analyse(closed, margins=margins, language="en"), SPONSOR)
