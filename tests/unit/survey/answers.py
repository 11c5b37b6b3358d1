"""People who answer the small questionnaire."""

import numpy as np

from countenance.survey import budget, collecting, responses, waves
from countenance.vocabulary.survey import Way
from simulator.surveys import DAY


def answered(opened: waves.Opened, young: tuple[int, int], old: tuple[int, int], *, way: Way = Way.WEB) -> None:
    """Who is fine with it, of how many, among the young and the old; everybody trusts shops."""
    cells = np.repeat(np.array([0, 1], np.uint8), [young[1], old[1]])
    fine = np.concatenate([np.arange(n) < m for m, n in (young, old)]).astype(np.uint8)
    truths = np.column_stack([fine, np.zeros(len(fine), np.uint8)])
    if way is Way.WEB:
        truths = budget.randomise(opened.instrument, truths, np.random.default_rng(2))
    with collecting.collecting(opened) as collector:
        collector.add(way, responses.packed(cells, truths))
        collector.flush(DAY)
