"""Known answers: scores drawn from populations whose true error rates are known fall inside the bounds as often as
stated; and a manifest of a million rows is read in bounded memory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

from countenance.evaluation import calibrating, rates
from prove.scale import count

TRIALS = count(10_000, 1_500)
SLACK = 0.015
"""What the interval itself may miss of 95 %; beside it four standard errors of the simulation."""

Floats = NDArray[np.float64]


def enough(held: int | float, trials: int = TRIALS) -> bool:
    return held / trials >= 0.95 - SLACK - 4 * (0.95 * 0.05 / trials) ** 0.5


def worlds(subjects: int, effect: float, seed: int) -> Iterator[Floats]:
    """Comparison scores of every two of some subjects, each of whom is more or less like everybody."""
    random = np.random.default_rng(seed)
    for _ in range(TRIALS):
        own = random.normal(0, effect, subjects)
        noise = np.triu(random.normal(size=(subjects, subjects)), 1)
        scores = own[:, np.newaxis] + own + noise + noise.T
        np.fill_diagonal(scores, -np.inf)
        yield scores


@pytest.mark.parametrize("rate", [0.0002, 0.001, 0.01, 0.1, 0.5])
def test_wilson_bounds_hold_the_true_rate(rate: float) -> None:
    events = np.random.default_rng(1).binomial(2000, rate, TRIALS)
    low, high = rates.interval(events / 2000, np.full(TRIALS, 2000.0))
    assert enough(int(np.count_nonzero((low <= rate) & (rate <= high))))


@pytest.mark.parametrize("effect", [0.0, 0.3, 0.5])
def test_bounds_of_fmr_hold_the_true_one_whoever_resembles_whom(effect: float) -> None:
    thresholds = np.array([1.0, 2.0, 2.8])
    truth = stats.norm.sf(thresholds / (1 + 2 * effect**2) ** 0.5)
    held = np.zeros(3)
    for scores in worlds(120, effect, 2):
        events = np.stack([(scores >= at).sum(axis=1) for at in thresholds], axis=1).astype(float)
        curve = rates.of_subjects(events, np.full(120, 119.0), sides=2, counted=2, whole=True)
        held += (curve.low <= truth) & (truth <= curve.high)
    assert [enough(one) for one in held] == [True] * 3, held / TRIALS


@pytest.mark.parametrize("effect", [0.0, 0.3, 0.5])
def test_bounds_of_fpir_hold_the_true_one_of_all_galleries(effect: float) -> None:
    size, threshold = 20, 3.0

    def searched(own: float) -> float:
        one = stats.norm.sf((threshold - own) / (1 + effect**2) ** 0.5)
        return float((1 - (1 - one) ** size) * stats.norm.pdf(own, 0, effect))

    truth = 1 - stats.norm.cdf(threshold) ** size if not effect else integrate.quad(searched, -6, 6)[0]
    held = again = 0
    before = 0.0
    for scores in worlds(120, effect, 3):
        above = (scores >= threshold).sum(axis=1)
        curve = rates.of_subjects(rates.in_gallery(above, 119, size)[:, np.newaxis], np.ones(120), sides=2, whole=True)
        held += int(curve.low[0] <= truth <= curve.high[0])
        other = calibrating.expected(curve, 0)
        again += int(other.low <= before <= other.high)
        before = other.value
    assert enough(held), held / TRIALS
    assert enough(again), again / TRIALS


@pytest.mark.parametrize("spread", [2.0, 20.0])
def test_bounds_of_fnmr_hold_the_true_one_whoever_is_hard_to_recognise(spread: float) -> None:
    random = np.random.default_rng(4)
    truth, held = 0.08, 0
    for _ in range(TRIALS):
        trials = random.integers(1, 8, 150)
        events = random.binomial(trials, random.beta(truth * spread, (1 - truth) * spread, 150))
        curve = rates.of_subjects(events[:, np.newaxis].astype(float), trials.astype(float), whole=True)
        held += int(curve.low[0] <= truth <= curve.high[0])
    assert enough(held), held / TRIALS


def test_a_million_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    rows = count(1_000_000, 200_000)
    with (tmp_path / "m.csv").open("w", encoding="utf-8") as file:
        file.write("image,subject,tone\n")
        file.writelines(f"folder/图片-{n}.jpg,subject-{n // 3},{'abc'[n % 3]}\n" for n in range(rows))
    program = (
        "import resource, sys; from pathlib import Path; from countenance.evaluation import manifest; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; found = manifest.read(Path(sys.argv[1])); "
        "print(len(found.rows), sum(found.left_out.values()), "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "m.csv")], capture_output=True, text=True, check=True
    )
    used, left_out, kibibytes = (int(word) for word in done.stdout.split())
    assert used <= 20_000
    assert used + left_out == rows
    assert kibibytes * 1024 < 900 * rows
