"""Evaluation: its speed against bare matrix products and one core, and whether its bounds hold for other people.

Pictures of people are read from a manifest beside this checkout (`../shared/faces/manifest-dev.csv`) or from
`--manifest FILE`; they are not part of it. In one run, in turn, medians over rounds:

* `vs_numpy_matmul`: seconds of numpy's float32 matrix product of the same pairs, over ours, which counts every score by
  subject, reference and threshold. Both on all processors. The product is the least there is: blocks of rows times all
  from there on, each pair once, into memory that is there already. Without `--json`, `templates @ templates.T` as well.
* `extract_two_core_speedup`: the folder's images with one process, over two, the start of the processes included.
* `held_within_bound`: people are halved at random, again and again; a threshold for an FPIR of 1 % is chosen on one
  half (`evaluate calibrate`), and the FPIR of the other is within the bounds that were stated, in this share of times.

Without `--json` the development figures of the default extractor follow: of the manifest, of the official LFW pairs and
of the ORL faces, where these lie beside it.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from threadpoolctl import threadpool_limits

from countenance.errors import CountenanceError
from countenance.evaluation import calibrating, identification, manifest, pairs, results, trials, verification
from countenance.evaluation.pairs import THRESHOLDS, Prepared
from countenance.vocabulary.evaluation import Acquired
from countenance.warrants.built_in import BUILT_IN

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "faces" / "manifest-dev.csv"
BLOCK = 512
SETTLE = 0.2
"""Seconds in which the product's threads, which go on spinning for more work, give the processors back."""
SIZES = (100, 500, 1500)
GALLERIES = (100, 500)
"""Of which halves are searched: half of the people must be more than the gallery."""
PROCESSORS = len(os.sched_getaffinity(0))
console = Console(stderr=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, default=BESIDE)
    parser.add_argument("--rounds", type=int, default=15, help="of comparing all pairs")
    parser.add_argument("--extractions", type=int, default=3, help="rounds of extraction; 0 leaves it out")
    parser.add_argument("--repeats", type=int, default=200, help="times people are halved")
    parser.add_argument("--templates", type=Path, help="keep templates here, and use them again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.manifest.is_file():
        sys.exit(
            f"malformed: there is no manifest at {options.manifest.name}: name one with --manifest (image,subject)"
        )
    try:
        table = manifest.read(options.manifest)
        speedup = extraction(table, options.extractions) if options.extractions else None
        outcomes = trials.extract(table.rows, table.folder, processes=PROCESSORS, kept=options.templates)
        ready, _ = results.prepared(table, outcomes)
    except CountenanceError as error:
        sys.exit(f"{error.name}: {error}")
    seconds, whole, least = comparing(ready, options.rounds)
    held = {size: halved(ready, size, options.repeats) for size in GALLERIES if size < len(ready.references) // 2}
    n = len(ready.values)
    found: dict[str, object] = {
        "pairs": n * (n - 1) // 2,
        "seconds": round(seconds, 4),
        "vs_numpy_matmul": round(least / seconds, 3),
        "extract_two_core_speedup": round(speedup, 3) if speedup else None,
        "held_within_bound": round(statistics.mean(held.values()), 3) if held else None,
    }
    if options.json:
        print(json.dumps(found))
        return
    shown = Table("figure", "value")
    for name, value in found.items():
        shown.add_row(name, str(value))
    shown.add_row("against templates @ templates.T", f"{whole / seconds:.3f}")
    for size, share in held.items():
        shown.add_row(f"held within bound, gallery of {size}", f"{share:.3f}")
    Console().print(shown)
    development(ready, sum(isinstance(one, Acquired) for one in outcomes))
    official(table, outcomes)
    orl(table.folder / "orl")


def comparing(ready: Prepared, rounds: int) -> tuple[float, float, float]:
    """Median seconds of ours, of the bare product, and of the least that a product can do, in turn.

    Each is done twice and timed the second time: what another left in caches, and sleeping processors, cost it nothing.
    """

    def whole() -> None:
        with threadpool_limits(PROCESSORS, user_api="blas"):
            ready.values @ ready.values.T

    acts = (lambda: pairs.count(ready, threads=PROCESSORS), whole, lambda: products(ready))
    found: list[list[float]] = [[], [], []]
    for _ in track(range(rounds), "comparing", console=console, transient=True):
        for act, seconds in zip(acts, found, strict=True):
            time.sleep(SETTLE)
            act()
            seconds.append(timed(act))
    ours, bare, least = (statistics.median(seconds) for seconds in found)
    return ours, bare, least


def products(ready: Prepared) -> None:
    """numpy's product of every row with all from its block on, into memory that is there already."""
    values = ready.values
    room = np.empty(BLOCK * len(values), np.float32)
    with threadpool_limits(PROCESSORS, user_api="blas"):
        for start in range(0, len(values), BLOCK):
            above, rest = values[start : start + BLOCK], values[start:]
            np.matmul(above, rest.T, out=room[: len(above) * len(rest)].reshape(len(above), len(rest)))


def extraction(table: manifest.Manifest, rounds: int) -> float:
    """How many times as quick two processes are as one, over the whole folder, the order changing."""
    found: dict[int, list[float]] = {1: [], 2: []}
    for turn in track(range(rounds), "extracting", console=console, transient=True):
        for processes in (1, 2) if turn % 2 else (2, 1):
            found[processes].append(timed(lambda: trials.extract(table.rows, table.folder, processes=processes)))  # noqa: B023
    return statistics.median(found[1]) / statistics.median(found[2])


def halved(ready: Prepared, size: int, repeats: int) -> float:
    """The share of halvings in which the other half's FPIR is within the bounds that were stated."""
    held = 0
    halves = calibrating.halves(len(ready.references), repeats, seed=size)
    for chosen in track(halves, f"halving, gallery of {size}", repeats, console=console, transient=True):
        mine, other = (subset(ready, flags) for flags in (chosen, ~chosen))
        found = calibrating.choose(mine, pairs.count(mine, threads=PROCESSORS), gallery=size, fpir=0.01)
        rate = identification.fpir(other, pairs.count(other, threads=PROCESSORS), size).value[found.index]
        held += found.fpir.low <= rate <= found.fpir.high
    return held / repeats


def subset(ready: Prepared, subjects: np.ndarray) -> Prepared:
    """The images of some subjects."""
    images = subjects[ready.subjects]
    return pairs.prepare(ready.values[images], ready.subjects[images])


def development(ready: Prepared, images: int) -> None:
    """The figures of docs/benchmarks.md."""
    tallied = pairs.count(ready, threads=PROCESSORS)
    people = len(ready.references)
    shown = Table("gallery", "threshold for FPIR 1 %", "FPIR", "TPIR", "FPIR at 0.365", title=f"{images} / {people}")
    for size in (size for size in SIZES if size < people):
        curve = identification.fpir(ready, tallied, size)
        found = calibrating.choose(ready, tallied, gallery=size, fpir=0.01)
        rate, missed = curve.at(found.index), identification.fnir(ready, tallied, size).at(found.index)
        loose = curve.at(int(np.argmin(np.abs(THRESHOLDS - 0.365))))
        shown.add_row(
            str(size),
            f"{found.threshold:.3f}",
            f"{rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})",
            f"{1 - missed.value:.3f} ({1 - missed.high:.3f} to {1 - missed.low:.3f})",
            f"{loose.value:.2f}",
        )
    Console().print(shown)
    shown = Table("FMR", "score", "1 - FNMR")
    for rate in (1e-2, 1e-3, 1e-4, 1e-5):
        score, share = verification.at_fmr(tallied, rate)
        shown.add_row(f"{rate:g}", f"{score:.3f}", f"{share:.3f}")
    Console().print(shown)
    print(f"rank 1 of {people} references: {identification.ranks(tallied)[0]:.3f}")
    made = calibrating.calibration(ready, tallied, BUILT_IN.extractor, gallery=500, told="this run", made=0)
    counted = {one.threshold: one for one in made.points}
    shown = Table(
        "threshold", "reached", "at most, of 10^9", "FNIR, of 1,000", title="the built-in calibration, and this run"
    )
    for one in BUILT_IN.points:
        here = counted.get(one.threshold)
        pairs_of = [(one.false, here.false), (one.most, here.most), (one.fnir, here.fnir)] if here else []
        shown.add_row(str(one.threshold), *(f"{built:,} / {run:,}" for built, run in pairs_of))
    Console().print(shown)


def official(table: manifest.Manifest, outcomes: list[trials.Outcome]) -> None:
    """LFW's own protocol, on its pairs that are here: ten parts, each tried at the best threshold of the others."""
    listed = table.folder / "lfw-pairs-dev.txt"
    if not listed.is_file():
        return
    known = {
        Path(table.rows[one.row].image).stem: np.frombuffer(one.values, "<f4")
        for one in outcomes
        if isinstance(one, Acquired)
    }
    scores, same = [], []
    for line in listed.read_text(encoding="utf-8").splitlines():
        cells = line.split()
        names = [cells[0], cells[1], cells[0], cells[2]] if len(cells) == 3 else cells
        if len(names) != 4:
            continue
        first, second = (known.get(f"{name}_{int(number):04d}") for name, number in (names[:2], names[2:]))
        if first is not None and second is not None:
            scores.append(float(first @ second))
            same.append(len(cells) == 3)
    given, truth = np.array(scores), np.array(same)
    part = np.random.default_rng(1).permutation(len(given)) % 10
    limits = np.arange(0.1, 0.7, 0.001)
    right = (given >= limits[:, np.newaxis]) == truth
    parts = [float(right[right[:, part != k].mean(axis=1).argmax(), part == k].mean()) for k in range(10)]
    error = statistics.stdev(parts) / 10**0.5
    share = statistics.mean(parts)
    print(f"LFW, {len(given)} official pairs: {100 * share:.2f} % right, standard error {100 * error:.2f}")


def orl(folder: Path) -> None:
    """Errors on the ORL faces, which are grey and uncropped."""
    if not folder.is_dir():
        return
    images = sorted(path for path in folder.glob("*/*") if path.is_file())
    rows = [manifest.Row(str(path.relative_to(folder)), path.parent.name, False, ()) for path in images]
    table = manifest.Manifest(folder, tuple(rows), (), {})
    outcomes = trials.extract(rows, folder, processes=PROCESSORS)
    tallied = pairs.count(results.prepared(table, outcomes)[0])
    found = [f"{verification.at_fmr(tallied, rate)[1]:.3f} at {rate:g}" for rate in (1e-2, 1e-3, 1e-4)]
    acquired = sum(isinstance(one, Acquired) for one in outcomes)
    print(f"ORL, {acquired} of {len(rows)} images: 1 - FNMR {', '.join(found)} (FMR)")


def timed(act: Callable[[], object]) -> float:
    """Seconds by the clock."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
